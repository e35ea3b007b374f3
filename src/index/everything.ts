// Everything that a kernel's images define, in order of their BTF ids. One question reads a row at a time; this reads the tables in a few scans.
import type { CType, Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, Member, Ref } from '../ctype/ctype.ts';
import type { Types } from '../ctype/types.ts';
import { Contents, readPossessions, type DefinitionRow, type Possession } from './contents.ts';
import { Expressions, type LeafMaker } from './expressions.ts';
import { kindNames, kindNumber } from './kinds.ts';
import { Settlements, type Settled } from './settlements.ts';
import type { Scope, Sight } from './sight.ts';
import type { Statements } from './statements.ts';

export class Everything {
  readonly contents: Contents;
  readonly settlements: Settlements;
  readonly #possessions: ReadonlyMap<number, Possession>;
  readonly #images = new Map<number, WholeImage>();

  /**
   * @param types answers what is not about definitions
   * @param only the image to read, with those that it stands on; undefined: all images
   */
  constructor(
    readonly statements: Statements,
    readonly sight: Sight,
    readonly types: Types,
    readonly only: Scope | undefined,
  ) {
    const wanted = only === undefined ? undefined : new Set([...chain(only)].map((scope) => scope.id));
    this.#possessions = readPossessions(statements, sight.kernel.id, wanted);
    this.contents = new Contents(statements, this.#possessions.values());
    this.settlements = new Settlements(statements);
  }

  /** vmlinux first, then modules in order of their names. */
  *images(): IterableIterator<WholeImage> {
    this.contents.load(typeKinds);
    for (const kind of [kindNumber.struct, kindNumber.union]) this.contents.loadMembers(kind);
    const scopes = this.only === undefined ? [...this.sight.scopes.values()].sort(inOrder) : [this.only];
    for (const scope of scopes) yield this.image(scope);
  }

  image(scope: Scope): WholeImage {
    const known = this.#images.get(scope.id);
    if (known !== undefined) return known;
    const base = scope.base && this.image(scope.base);
    const made = new WholeImage(this, scope, base, this.#possessions.get(scope.id) ?? nothing);
    // A module stands alone: what it read is forgotten with it.
    if (scope.base === undefined) this.#images.set(scope.id, made);
    return made;
  }
}

/** What a layout needs. */
const typeKinds: readonly number[] = [kindNumber.struct, kindNumber.union, kindNumber.enum, kindNumber.typedef];

const nothing: Possession = { first: 0, definitions: new Uint32Array(0) };

function* chain(scope: Scope): IterableIterator<Scope> {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.base) yield at;
}

function inOrder(a: Scope, b: Scope): number {
  if ((a.base === undefined) !== (b.base === undefined)) return a.base === undefined ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** A leaf whose meaning is looked up when it is first asked for. */
interface Slot {
  readonly kind: number;
  readonly name: string | null;
  /** Of an anonymous one. */
  readonly definition: number;
  readonly target: number | undefined;
}

/** One image of them. Its types are asked like those of any image; leaves have numbers for keys. */
export class WholeImage implements Types {
  readonly pointerSize: number;
  readonly #everything: Everything;
  readonly #scope: Scope;
  readonly #base: WholeImage | undefined;
  readonly #possession: Possession;
  /** By BTF id - first. */
  readonly #made: (Definition | undefined)[] = [];
  /** BTF ids by kind and name. */
  readonly #named = new Map<number, Map<string, number[]>>();
  /** The first BTF id of an anonymous definition, by its row. */
  readonly #anonymous = new Map<number, number>();
  readonly #expressions: Expressions;
  readonly #slots: Slot[] = [];
  readonly #resolved: (Definition | null | undefined)[] = [];

  constructor(everything: Everything, scope: Scope, base: WholeImage | undefined, possession: Possession) {
    this.#everything = everything;
    this.pointerSize = everything.types.pointerSize;
    this.#scope = scope;
    this.#base = base;
    this.#possession = possession;
    this.#expressions = new Expressions(everything.contents.expressions, this.#leafMaker());
    this.#index(typeKinds);
  }

  /** `vmlinux` or the module's name. */
  get name(): string {
    return this.#scope.name;
  }

  /** The image's own definitions, without its base's. */
  *definitions(kinds: readonly DefinitionKind[]): IterableIterator<Definition> {
    const numbers = new Set<number>(kinds.map((kind) => kindNumber[kind]));
    const more = [...numbers].filter((kind) => !typeKinds.includes(kind));
    if (more.length > 0) {
      this.#everything.contents.load(more);
      this.#index(more);
    }
    if (numbers.has(kindNumber.enum)) this.#everything.contents.loadValues(kindNumber.enum);
    const { first, definitions } = this.#possession;
    for (let at = 0; at < definitions.length; at++) {
      const row = this.#everything.contents.row(definitions[at] ?? 0);
      if (row !== undefined && numbers.has(row[0])) yield this.#definition(first + at, row);
    }
  }

  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    const ids = this.#named.get(kindNumber[kind])?.get(name) ?? [];
    const own = ids.map((id) => this.#byId(id)).filter((each) => each !== undefined);
    return [...(own as DefinitionOf<K>[]), ...(this.#base?.find(kind, name) ?? [])];
  }

  definition(ref: Ref): Definition | undefined {
    if (typeof ref.key !== 'number') return ref.name === null ? undefined : this.find(ref.kind, ref.name)[0];
    let definition = this.#resolved[ref.key];
    if (definition === undefined) {
      const slot = this.#slots[ref.key];
      definition = (slot && this.#resolve(slot)) ?? null;
      this.#resolved[ref.key] = definition;
    }
    return definition ?? undefined;
  }

  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[] {
    return this.#everything.types.enumerators(name);
  }

  constant(name: string): { readonly value: bigint; readonly header: string } | undefined {
    return this.#everything.types.constant(name);
  }

  near(kind: DefinitionKind, name: string, limit: number): readonly string[] {
    return this.#everything.types.near(kind, name, limit);
  }

  #index(kinds: readonly number[]): void {
    for (const kind of kinds) this.#named.set(kind, new Map());
    const { first, definitions } = this.#possession;
    definitions.forEach((definition, at) => {
      const row = this.#everything.contents.row(definition);
      if (row === undefined || !kinds.includes(row[0])) return;
      const [kind, name] = row;
      if (name === null) {
        if (!this.#anonymous.has(definition)) this.#anonymous.set(definition, first + at);
        return;
      }
      const names = this.#named.get(kind);
      const ids = names?.get(name);
      if (ids === undefined) names?.set(name, [first + at]);
      else ids.push(first + at);
    });
  }

  #leafMaker(): LeafMaker {
    const known = new Map<string, number>();
    return (kind, name, definition, target) => {
      const text = target === undefined ? `${kind} ${name ?? definition}` : undefined;
      let slot = text === undefined ? undefined : known.get(text);
      if (slot === undefined) {
        slot = this.#slots.push({ kind: kindNumber[kind], name, definition, target }) - 1;
        if (text !== undefined) known.set(text, slot);
      }
      return { kind, name, key: slot };
    };
  }

  /** The image's own definitions, else its base's; the one that is asked for, else the first. */
  #resolve(slot: Slot): Definition | undefined {
    const { kind, name, definition, target } = slot;
    if (target === 0) return undefined;
    const id = target ?? (name === null ? this.#anonymous.get(definition) : this.#named.get(kind)?.get(name)?.[0]);
    const own = id === undefined ? undefined : this.#byId(id);
    if (own !== undefined || this.#base === undefined) return own;
    return this.#base.#resolve(slot);
  }

  #byId(id: number): Definition | undefined {
    const definition = this.#possession.definitions[id - this.#possession.first];
    const row = definition === undefined ? undefined : this.#everything.contents.row(definition);
    return row && this.#definition(id, row);
  }

  #definition(id: number, row: DefinitionRow): Definition {
    const at = id - this.#possession.first;
    const known = this.#made[at];
    if (known !== undefined) return known;
    const made = this.#make(id, this.#possession.definitions[at] ?? 0, row);
    this.#made[at] = made;
    return made;
  }

  #make(id: number, definition: number, row: DefinitionRow): Definition {
    const [kind, name, size, signed, type] = row;
    const ids = name === null ? undefined : this.#named.get(kind)?.get(name);
    const place = ids === undefined || ids.length === 1 ? { variant: 1, variants: 1 } : { variant: 1 + ids.indexOf(id), variants: ids.length };
    const defined = { id, image: this.#scope.name, ...place };
    const settled = this.#everything.settlements.of(this.#scope.id, id);
    const kindName = kindNames[kind];
    switch (kindName) {
      case 'struct':
      case 'union':
        return { kind: kindName, name, size: size ?? 0, members: this.#members(definition, settled), ...defined };
      case 'enum':
        return { kind: 'enum', name, size: size ?? 0, signed: signed === 1, values: this.#values(definition, signed === 1), ...defined };
      case 'typedef':
        return { kind: 'typedef', name: name ?? '', type: this.#type(type ?? 0, settled, 0), ...defined };
      case 'function':
        return { kind: 'function', name: name ?? '', type: asFunction(this.#type(type ?? 0, settled, 0)), ...defined };
      case 'variable':
        return { kind: 'variable', name: name ?? '', type: this.#type(type ?? 0, settled, 0), offset: this.#offset(id), ...defined };
      default:
        throw new RangeError(`catalog: a definition of kind ${kind}`);
    }
  }

  #members(definition: number, settled: Settled | undefined): readonly Member[] {
    const rows = this.#everything.contents.members(definition);
    return rows.map(([name, type, bitOffset, bitSize], index) => ({ name, type: this.#type(type, settled, index), bitOffset, bitSize }));
  }

  #values(definition: number, signed: boolean): readonly Enumerator[] {
    const { contents } = this.#everything;
    return contents.values(definition).map(([name, value]) => ({ name, value: signed ? BigInt(value) : BigInt.asUintN(64, BigInt(value)) }));
  }

  #offset(id: number): number {
    return this.#everything.statements.get<readonly [number]>('SELECT "offset" FROM variable WHERE image = ? AND btf_id = ?', this.#scope.id, id)?.[0] ?? 0;
  }

  #type(expression: number, settled: Settled | undefined, member: number): CType {
    const leaves = settled?.get(member);
    return leaves === undefined ? this.#expressions.type(expression) : this.#expressions.settledType(expression, leaves);
  }
}

function asFunction(type: CType): DefinitionOf<'function'>['type'] {
  if (type.kind !== 'function') throw new RangeError(`catalog: a function whose type is ${type.kind}`);
  return type;
}
