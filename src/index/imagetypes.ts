// The types of one kernel, read from the catalog as they are asked for.
import type {
  Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, FunctionType, Member, Ref,
} from '../ctype/ctype.ts';
import { UsageError } from '../base/errors.ts';
import type { NamedMacro } from '../ctype/types.ts';
import { nearest } from '../ctype/suggest.ts';
import { Everything } from './everything.ts';
import { Expressions, TypeRows, keyedLeaves, readKey, type ExpressionRow, type LeafKey, type SettledLeaves } from './expressions.ts';
import { FunctionList } from './functions.ts';
import { kindNumber } from './kinds.ts';
import { KernelMacros } from './macros.ts';
import { underId } from './membership.ts';
import { namesLike } from './near.ts';
import { Places } from './places.ts';
import type { FunctionEntry, ImageTypes, KernelInfo, RawTracepoint, RawTracepointName, SourceKind, Tracepoint, TracepointCandidate, TracepointName } from './reader.ts';
import { Settlements, type Settled } from './settlements.ts';
import { headersImage, type Sight } from './sight.ts';
import { globPrefix, prefixEnd, type Statements } from './statements.ts';
import { readSyscall, syscallNames, type SyscallSignature } from './syscalls.ts';
import { TracepointList } from './tracepoints.ts';

/** definition, size, signed, type. */
type Bare = readonly [number, number | null, number | null, number | null];
/** And image, BTF id. */
type Found = readonly [...Bare, number, number];
type NamedFound = readonly [string | null, ...Found];

// CROSS JOIN keeps the order of the tables: without statistics SQLite would begin with all definitions of the kernel.
const found = 'd.id, d.size, d.signed, d.type, x.image, x.btf_id';
const fromKernel = 'FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id';

export class CatalogTypes implements ImageTypes {
  readonly kernel: KernelInfo;
  readonly pointerSize: number;
  readonly #statements: Statements;
  readonly #sight: Sight;
  readonly #rowsOfTypes: TypeRows;
  readonly #expressions = new Map<number, Expressions>();
  readonly #settlements: Settlements;
  readonly #places: Places;
  readonly #known = new Map<string, readonly Found[]>();
  readonly #named = new Map<string, readonly Definition[]>();
  readonly #leaves = new Map<string, Definition | undefined>();
  readonly #macros: KernelMacros;
  readonly #functions: FunctionList;
  readonly #tracepoints: TracepointList;

  constructor(statements: Statements, sight: Sight, pointerSize: number) {
    this.#statements = statements;
    this.#sight = sight;
    this.kernel = sight.kernel;
    this.pointerSize = pointerSize;
    this.#macros = new KernelMacros(statements, this.kernel.id);
    this.#functions = new FunctionList(statements, sight);
    this.#tracepoints = new TracepointList(statements, this);
    this.#settlements = new Settlements(statements);
    this.#places = new Places(statements);
    this.#rowsOfTypes = new TypeRows(statements);
  }

  has(source: SourceKind): boolean {
    return this.#statements.get(`SELECT 1 FROM image i JOIN source s ON s.image = i.id WHERE i.kernel = ? AND i.name IN ('vmlinux', '${headersImage}') AND s.kind = ?`, this.kernel.id, source) !== undefined;
  }

  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    const key = `${kind} ${name}`;
    let definitions = this.#named.get(key);
    if (definitions === undefined) {
      definitions = this.#statements.together(() => this.#find(kind, name));
      this.#named.set(key, definitions);
    }
    return definitions as readonly DefinitionOf<K>[];
  }

  definition(ref: Ref): Definition | undefined {
    const key = typeof ref.key === 'string' ? readKey(ref.key) : undefined;
    if (key === undefined) return ref.name === null ? undefined : this.find(ref.kind, ref.name)[0];
    const memo = `${ref.kind} ${ref.name ?? ''} ${ref.key ?? ''}`;
    if (this.#leaves.has(memo)) return this.#leaves.get(memo);
    const made = key.target === 0 ? undefined : this.#statements.together(() => this.#leaf(ref, key));
    this.#leaves.set(memo, made);
    return made;
  }

  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[] {
    const rows = this.#sight.first((key) => this.#statements.all<readonly [number, number, string | null, ...Found]>(
      `SELECT e.position, d.kind, d.name, ${found} FROM enumerator e CROSS JOIN definition d ON d.id = e."enum" CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id WHERE e.name = ? ORDER BY x.image, x.btf_id`,
      key, name,
    ));
    const answers = this.#sight.order(rows, (row) => row[7]).map(([position, , enumName, ...row]) => {
      const of = this.#same('enum', enumName, row);
      const enumerator = of.values[position];
      return enumerator === undefined ? undefined : { of, enumerator };
    });
    return answers.filter((answer) => answer !== undefined);
  }

  constant(name: string): { readonly value: bigint; readonly header: string } | undefined {
    const own = this.#macros.integer(name);
    if (own !== undefined) return own;
    // What the architecture's own header says comes before what all others say.
    const rows = this.#statements.allWide<readonly [bigint, string, bigint | null]>(
      "SELECT value, header, unsigned FROM constant WHERE name = ? AND arch IN ('', ?) ORDER BY arch DESC, header", name, this.kernel.arch ?? 'x86_64',
    );
    const row = rows[0];
    return row === undefined ? undefined : { value: row[2] === null ? row[0] : BigInt.asUintN(64, row[0]), header: row[1] };
  }

  macro(name: string): NamedMacro | undefined {
    return this.#macros.other(name);
  }

  memberAliases(name: string): readonly string[] {
    return this.#macros.aliases(name);
  }

  near(kind: DefinitionKind, name: string, limit: number): readonly string[] {
    return nearest(name, this.#sight.first((key) => namesLike(this.#statements, key, kindNumber[kind], name)), limit);
  }

  names(kind: DefinitionKind, glob = '*'): readonly string[] {
    const prefix = globPrefix(glob);
    const rows = this.#sight.first((key) => this.#statements.all<readonly [string]>(
      `SELECT DISTINCT d.name ${fromKernel} WHERE d.kind = ? AND d.name >= ? AND d.name < ? AND d.name GLOB ? ORDER BY d.name`,
      key, kindNumber[kind], prefix, prefixEnd(prefix), glob,
    ));
    return rows.map(([name]) => name);
  }

  *all<K extends DefinitionKind>(kind: K, glob?: string): IterableIterator<DefinitionOf<K>> {
    const prefix = globPrefix(glob ?? '*');
    const named = this.#sight.first((key) => this.#statements.all<NamedFound>(
      `SELECT d.name, ${found} ${fromKernel} WHERE d.kind = ? AND d.name >= ? AND d.name < ? AND d.name GLOB ? ORDER BY d.name, x.image, x.btf_id`,
      key, kindNumber[kind], prefix, prefixEnd(prefix), glob ?? '*',
    ));
    yield* this.#loadAll(kind, named);
    if (glob !== undefined) return;
    yield* this.#loadAll(kind, this.#sight.first((key) => this.#statements.all<NamedFound>(
      `SELECT d.name, ${found} ${fromKernel} WHERE d.kind = ? AND d.name IS NULL ORDER BY x.image, x.btf_id`, key, kindNumber[kind],
    )));
  }

  everything(image?: string): Everything {
    if (image === undefined) return new Everything(this.#statements, this.#sight, this, undefined);
    // Where there is no BTF, headers are what there is.
    const name = image === 'vmlinux' && !this.has('btf') && this.has('headers') ? headersImage : image;
    const only = this.#sight.scopes.named(name.replaceAll('-', '_'));
    if (only === undefined) throw new UsageError(`${this.kernel.name}: ${image} is not in the catalog`);
    return new Everything(this.#statements, this.#sight, this, only);
  }

  byId(id: number, image = 'vmlinux'): Definition | undefined {
    const scope = [...this.#sight.scopes.values()].find((each) => each.name === image);
    const row = this.#statements.get<readonly [number, string | null, ...Found]>(
      `SELECT d.kind, d.name, ${found} FROM ${underId} x CROSS JOIN definition d ON d.id = x.definition`, id, this.#sight.keyOf(scope?.id ?? -1), scope?.id ?? -1,
    );
    if (row === undefined) return undefined;
    const [kind, name, ...rest] = row;
    return this.#same(definitionKinds[kind] ?? 'struct', name, rest);
  }

  functions(glob: string): readonly FunctionEntry[] {
    return this.#functions.match(glob);
  }

  #hasBtf: boolean | undefined;

  hasFunction(name: string): boolean {
    this.#hasBtf ??= this.has('btf');
    if (this.#hasBtf) return this.#rows(this.kernel.id, 'function', name).length > 0;
    return !this.has('kallsyms') || this.functions(name).some(({ present }) => present === true);
  }

  tracepoints(system: string, name: string): readonly TracepointName[] {
    return this.#tracepoints.match(system, name);
  }

  tracepoint(system: string, name: string): Tracepoint | undefined {
    return this.#tracepoints.get(system, name);
  }

  tracepointCandidates(name: string): readonly TracepointCandidate[] {
    return this.#tracepoints.candidates(name);
  }

  nearTracepoints(system: string | undefined, name: string, limit: number): readonly string[] {
    return this.#tracepoints.near(system, name, limit);
  }

  rawTracepoints(glob: string): readonly RawTracepointName[] {
    return this.#tracepoints.raw(glob);
  }

  rawTracepoint(name: string): RawTracepoint | undefined {
    return this.#tracepoints.rawDetail(name);
  }

  syscalls(glob: string): readonly string[] {
    return syscallNames(this.#statements, this.kernel.id, glob);
  }

  syscall(name: string): SyscallSignature | undefined {
    return readSyscall(this.#statements, this.kernel.id, name);
  }

  differsInHeaders({ kind, name, id, image }: Definition): boolean {
    if (name === null || image === headersImage) return false;
    const theirs = this.#sight.apart((key) => this.#rows(key, kind, name));
    if (theirs.length === 0) return false;
    const own = this.#rows(this.kernel.id, kind, name).find((row) => row[5] === id && this.#sight.scopes.get(row[4])?.name === image);
    return own !== undefined && theirs.every((row) => row[0] !== own[0]);
  }

  kfuncs(): ReadonlySet<string> | undefined {
    this.#kfuncs ??= this.#readKfuncs();
    return this.#kfuncs.size === 0 ? undefined : this.#kfuncs;
  }

  #kfuncs: ReadonlySet<string> | undefined;

  #readKfuncs(): ReadonlySet<string> {
    const rows = this.#statements.all<readonly [string]>(
      "SELECT d.name FROM image i JOIN tag t ON t.image = i.id JOIN definition d ON d.id = t.definition WHERE i.kernel = ? AND t.tag = 'bpf_kfunc' AND d.kind = ?",
      this.kernel.id, kindNumber.function,
    );
    return new Set(rows.map(([name]) => name));
  }

  #find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    const rows = this.#sight.first((key) => this.#rows(key, kind, name));
    return this.#sight.order(rows, (row) => row[4], (row) => row[0]).map((row) => this.#load(kind, name, row, variantOf(row, rows)));
  }

  #rows(key: number, kind: DefinitionKind, name: string): readonly Found[] {
    const memo = `${key} ${kind} ${name}`;
    let rows = this.#known.get(memo);
    if (rows === undefined) {
      rows = this.#held(key, this.#statements.all<Bare>('SELECT id, size, signed, type FROM definition WHERE kind = ? AND name = ?', kindNumber[kind], name));
      this.#known.set(memo, rows);
    }
    return rows;
  }

  /** Those of the definitions that the kernel has, in order of the images, then of the BTF ids. */
  #held(key: number, definitions: readonly Bare[]): readonly Found[] {
    const rows = definitions.flatMap((row) => this.#places.of(key, row[0]).map((place): Found => [...row, ...place]));
    return rows.length < 2 ? rows : rows.sort((a, b) => a[4] - b[4] || a[5] - b[5]);
  }

  /** What a leaf of that image means: the image's own definitions, else its base's; the one that is asked for, else the first. */
  #leaf(ref: Ref, { image, definition, target }: LeafKey): Definition | undefined {
    let rows: readonly Found[] = [];
    let read = 0;
    for (let scope = this.#sight.scopes.get(image); scope !== undefined; scope = scope.base) {
      const { id } = scope;
      const key = this.#sight.keyOf(id);
      if (key !== read) {
        rows = definition === undefined ? this.#rows(key, ref.kind, ref.name ?? '') : this.#held(key, this.#statements.all<Bare>('SELECT id, size, signed, type FROM definition WHERE id = ?', definition));
        read = key;
      }
      const row = rows.find((each) => each[4] === id && (target === undefined || each[5] === target));
      if (row !== undefined) return ref.name === null ? this.#load(ref.kind, null, row, only) : this.#load(ref.kind, ref.name, row, variantOf(row, rows));
    }
    return undefined;
  }

  /** A definition by its row, with its place among those of its name. */
  #same<K extends DefinitionKind>(kind: K, name: string | null, row: Found): DefinitionOf<K> {
    if (name === null) return this.#load(kind, null, row, only);
    return this.#load(kind, name, row, variantOf(row, this.#rows(this.#sight.keyOf(row[4]), kind, name)));
  }

  #load<K extends DefinitionKind>(kind: K, name: string | null, row: Found, place: Variant): DefinitionOf<K> {
    const [definition, size, signed, type, image, id] = row;
    const defined = { id, image: this.#sight.scopes.get(image)?.name ?? '', ...place };
    const settled = this.#settlements.of(image, id);
    const typeOf = (): DefinitionOf<'typedef'>['type'] => this.#type(image, type ?? 0, settled?.get(0));
    const make: { readonly [M in DefinitionKind]: () => DefinitionOf<M> } = {
      struct: () => ({ kind: 'struct', name, size: size ?? 0, members: this.#members(definition, image, settled), ...defined }),
      union: () => ({ kind: 'union', name, size: size ?? 0, members: this.#members(definition, image, settled), ...defined }),
      enum: () => ({ kind: 'enum', name, size: size ?? 0, signed: signed === 1, values: this.#values(definition, signed === 1), ...defined }),
      typedef: () => ({ kind: 'typedef', name: name ?? '', type: typeOf(), ...defined }),
      function: () => ({ kind: 'function', name: name ?? '', type: asFunction(typeOf()), ...defined }),
      variable: () => ({ kind: 'variable', name: name ?? '', type: typeOf(), offset: this.#offset(image, id), ...defined }),
    };
    return make[kind]();
  }

  /** Rows in order of their names; a batch is loaded under one lock. */
  *#loadAll<K extends DefinitionKind>(kind: K, rows: readonly NamedFound[]): IterableIterator<DefinitionOf<K>> {
    const groups: (readonly NamedFound[])[] = [];
    for (let start = 0, end = 0; start < rows.length; start = end) {
      const name = rows[start]?.[0] ?? null;
      end = start + 1;
      while (name !== null && rows[end]?.[0] === name) end++;
      groups.push(rows.slice(start, end));
    }
    for (let at = 0; at < groups.length; at += batch) {
      yield* this.#statements.together(() => groups.slice(at, at + batch).flatMap((group) => {
        const bare = group.map(([, ...row]) => row);
        return bare.map((row) => this.#load(kind, group[0]?.[0] ?? null, row, variantOf(row, bare)));
      }));
    }
  }

  #members(record: number, image: number, settled: Settled | undefined): readonly Member[] {
    const rows = this.#statements.all<readonly [string | null, number, number, number | null, ...ExpressionRow]>(
      'SELECT m.name, m.type, m.bit_offset, m.bit_size, e.kind, e."of", e.value, e.name FROM member m JOIN expression e ON e.id = m.type WHERE m.record = ? ORDER BY m.position',
      record,
    );
    return rows.map(([name, type, bitOffset, bitSize, ...row], index) => {
      return { name, type: this.#type(image, type, settled?.get(index), row), bitOffset, bitSize };
    });
  }

  #values(definition: number, signed: boolean): readonly Enumerator[] {
    const rows = this.#statements.allWide<readonly [string, bigint]>('SELECT name, value FROM enumerator WHERE "enum" = ? ORDER BY position', definition);
    return rows.map(([name, value]) => ({ name, value: signed ? value : BigInt.asUintN(64, value) }));
  }

  #offset(image: number, id: number): number {
    return this.#statements.get<readonly [number]>('SELECT "offset" FROM variable WHERE image = ? AND btf_id = ?', image, id)?.[0] ?? 0;
  }

  #type(image: number, expression: number, leaves: SettledLeaves | undefined, row?: ExpressionRow): Member['type'] {
    let expressions = this.#expressions.get(image);
    if (expressions === undefined) {
      expressions = new Expressions(this.#rowsOfTypes, keyedLeaves(image));
      this.#expressions.set(image, expressions);
    }
    return expressions.type(expression, leaves, row);
  }
}

/** Definitions that `all` loads at once. */
const batch = 256;

interface Variant {
  readonly variant: number;
  readonly variants: number;
}

const only: Variant = { variant: 1, variants: 1 };

const definitionKinds: Readonly<Record<number, DefinitionKind>> = {
  [kindNumber.struct]: 'struct', [kindNumber.union]: 'union', [kindNumber.enum]: 'enum', [kindNumber.typedef]: 'typedef',
  [kindNumber.function]: 'function', [kindNumber.variable]: 'variable',
};

/** The place of a row among the rows of its image, which are in order of their BTF ids. */
function variantOf(row: Found, rows: readonly Found[]): Variant {
  if (rows.length === 1) return only;
  const same = rows.filter((each) => each[4] === row[4]);
  return { variant: 1 + same.findIndex((each) => each[5] === row[5]), variants: same.length };
}

function asFunction(type: Member['type']): FunctionType {
  if (type.kind !== 'function') throw new RangeError(`catalog: a function whose type is ${type.kind}`);
  return type;
}
