// Which functions, raw tracepoints and events of a kernel hand one a value of some type: the catalog's expressions are searched for every way
// to write the type, then prototypes for those, then functions for the prototypes.
import type { CType } from '../ctype/ctype.ts';
import { openForReading, type Database } from './database.ts';
import { kindNumber } from './kinds.ts';
import { blockBits, inKernel, nearKernel } from './membership.ts';
import type { KernelInfo, SourceKind } from './reader.ts';
import { headersImage } from './sight.ts';
import { globPrefix, prefixEnd, Statements } from './statements.ts';
import { Symbols } from './symbols.ts';

/** Rows of `expression`, all of which mean one type. */
export type Spellings = ReadonlySet<number>;

/** A parameter, or a field, of a wanted type. */
export interface FoundParam {
  /** From 0, as the prototype counts. */
  readonly position: number;
  /** C text of its own type: `const struct sock *`. */
  readonly type: string;
}

export interface FoundField {
  readonly name: string;
  readonly type: string;
}

export interface FoundFunction {
  readonly name: string;
  readonly image: string;
  /** Position → name, null where BTF has none; of all parameters. */
  readonly params: readonly (string | null)[];
  readonly variadic: boolean;
  /** The parameters of each wanted type, in order of the types. */
  readonly wanted: readonly (readonly FoundParam[])[];
  /** The symbol table has it; undefined when that was not read. */
  readonly present: boolean | undefined;
  /** ftrace lists it; undefined when its list was not read. */
  readonly traceable: boolean | undefined;
  /** The image has others of that name. */
  readonly ambiguous: boolean;
  /** It takes or returns a struct, a union or a floating-point number by value: registers may not be where positions say. */
  readonly unusual: boolean;
}

export interface FoundEvent {
  readonly system: string;
  readonly name: string;
  /** The fields of each wanted type, in order of the types. */
  readonly wanted: readonly (readonly FoundField[])[];
}

export interface FoundSyscall {
  /** Without `sys_`. */
  readonly name: string;
  /** The arguments of each wanted type, in order of the types. */
  readonly wanted: readonly (readonly (FoundParam & FoundField)[])[];
}

export interface FoundRaw {
  readonly name: string;
  readonly image: string;
  /** Like those of functions; the first parameter is the one behind `void *__data`. */
  readonly wanted: readonly (readonly FoundParam[])[];
}

/** What is looked for, in words of the catalog. */
export interface FunctionQuestion {
  readonly args: readonly Spellings[];
  readonly returns: Spellings | undefined;
  readonly image: string | undefined;
  readonly name: string;
}

/** Searches one kernel of a catalog. */
export class ProbeSearch {
  readonly #db: Database;
  readonly #statements: Statements;
  readonly #symbols: Symbols;
  readonly #byValue = new Map<number, boolean>();

  /** @param path the catalog's file. Throws like `openCatalog`. */
  constructor(
    path: string,
    readonly kernel: KernelInfo,
  ) {
    const db = openForReading(path);
    if (db === undefined) throw new RangeError(`${path}: no catalog`);
    this.#db = db;
    this.#statements = new Statements(db);
    this.#symbols = new Symbols(this.#statements, kernel.id);
  }

  close(): void {
    this.#db.close();
  }

  /** Runs questions of this object under one lock: taking it costs more than most of them. */
  together<T>(ask: () => T): T {
    return this.#statements.together(ask);
  }

  /** Every expression that means the type in this kernel: qualified, through a typedef, of a const or tagged target. */
  spellings(type: CType): Spellings {
    switch (type.kind) {
      case 'ptr': {
        const targets = this.spellings(type.to);
        return this.#closed(this.#around(targets, pointers));
      }
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'tag':
        return this.spellings(type.of);
      case 'array':
        return this.#closed([...this.spellings(type.of)].flatMap((of) => this.#arrays(of, type.count)));
      case 'function':
        return new Set();
      case 'void':
        return this.#closed(this.#leaves(kindNumber.void, null));
      default:
        return this.#closed(this.#leaves(kindNumber[type.kind], type.name));
    }
  }

  /** Sorted by name, then image. Positions are as the prototype counts them. */
  functions({ args, returns, image, name }: FunctionQuestion): readonly FoundFunction[] {
    const prototypes = this.#prototypes(args, returns);
    const ids = JSON.stringify([...prototypes.keys()]);
    const prefix = globPrefix(name);
    // With a +: names spread over the whole table, which is read faster from its beginning to its end than by the index.
    const rows = this.#statements.all<readonly [number, string, number]>(
      prefix === ''
        ? `SELECT d.id, d.name, d.type FROM ${nearKernel('definition d', 'd.id')} WHERE +d.type IN (SELECT value FROM json_each(?)) AND +d.kind = ? AND d.name GLOB ? AND ${inKernel('d.id')}`
        : `SELECT d.id, d.name, d.type FROM definition d WHERE d.kind = ? AND d.type IN (SELECT value FROM json_each(?)) AND d.name GLOB ? AND d.name >= ? AND d.name < ? AND ${inKernel('d.id')}`,
      ...(prefix === '' ? [this.kernel.id, ids, kindNumber.function, name] : [kindNumber.function, ids, name, prefix, prefixEnd(prefix)]), this.kernel.id,
    );
    this.#readPlaces(rows.map(([definition]) => definition));
    const known = this.#known(rows.map(([, each]) => each), new Set(rows.map(([, , type]) => type)));
    const found = rows.flatMap(([definition, functionName, type]) => this.#homesOf(definition, functionName, image, known).map((row) => this.#function(functionName, row, prototypes.get(type) ?? [], type, known)));
    return found.sort((a, b) => compare(a.name, b.name) || compare(a.image, b.image));
  }

  /** Whole-function clones that took the place of a function, sorted by name. */
  clones(name: string, image: string): readonly string[] {
    const there = this.#symbols.match(`${name}.*`).filter(([, id, present, traceable]) => (traceable ?? present) === 1 && this.#imageName(id) === image);
    return there.map(([clone]) => clone).filter((clone) => !/\.(?:part|cold)(?:\.|$)/.test(clone));
  }

  /** Sorted by name. @param prefix of the typedefs that tell of raw tracepoints */
  rawTracepoints({ args, name }: FunctionQuestion, prefix: string): readonly FoundRaw[] {
    const prototypes = this.#prototypes(args, undefined);
    const rows = this.#statements.all<readonly [number, string, number]>(
      `SELECT d.id, d.name, e."of" FROM definition d JOIN expression e ON e.id = d.type AND e.kind = ? WHERE d.kind = ? AND d.name >= ? AND d.name < ? AND d.name GLOB ?
       AND e."of" IN (SELECT value FROM json_each(?)) ORDER BY d.name`,
      kindNumber.ptr, kindNumber.typedef, prefix, prefixEnd(prefix), prefix + name, JSON.stringify([...prototypes.keys()]),
    );
    return rows.flatMap(([definition, found, prototype]) => this.#imagesOf(definition, undefined).slice(0, 1).map((row) => ({
      name: found.slice(prefix.length), image: row.name, wanted: (prototypes.get(prototype) ?? []).map((each) => each.map(({ position, type }) => ({ position: position - 1, type }))),
    })));
  }

  /** C text of every type that fields of this kernel's events have. */
  fieldTypes(): readonly string[] {
    return this.#statements.all<readonly [string]>(
      'SELECT DISTINCT f.type FROM event_field f WHERE f.format IN (SELECT format FROM event WHERE kernel = ?) AND f.location = \'record\' AND f.array = \'\'', this.kernel.id,
    ).map(([text]) => text);
  }

  /** Events with fields of all the wanted types, each given by its texts; sorted by system, then name. */
  events(texts: readonly (readonly string[])[], system: string, name: string): readonly FoundEvent[] {
    const rows = this.#statements.all<readonly [string, string, string, string]>(
      `SELECT DISTINCT e.system, e.name, f.name, f.type FROM event e JOIN event_field f ON f.format = e.format WHERE e.kernel = ? AND e.system GLOB ? AND e.name GLOB ?
       AND f.location = 'record' AND f.array = '' AND f.type IN (SELECT value FROM json_each(?)) AND f.name NOT LIKE 'common\\_%' ESCAPE '\\' ORDER BY e.system, e.name, f.position`,
      this.kernel.id, system, name, JSON.stringify(texts.flat()),
    );
    const events = new Map<string, { system: string; name: string; wanted: FoundField[][] }>();
    for (const [inSystem, event, field, type] of rows) {
      const found = events.get(`${inSystem}:${event}`) ?? { system: inSystem, name: event, wanted: texts.map(() => []) };
      events.set(`${inSystem}:${event}`, found);
      for (const [at, each] of texts.entries()) if (each.includes(type)) found.wanted[at]?.push({ name: field, type });
    }
    return [...events.values()].filter(({ wanted }) => wanted.every((each) => each.length > 0));
  }

  /** C text of every type that arguments of this kernel's system calls have. */
  syscallTypes(): readonly string[] {
    return this.#statements.all<readonly [string]>(
      'SELECT DISTINCT a.type FROM syscall_arg a WHERE a.signature IN (SELECT signature FROM syscall WHERE kernel = ?)', this.kernel.id,
    ).map(([text]) => text);
  }

  /** System calls with arguments of all the wanted types, each given by its texts; sorted by name. */
  syscalls(texts: readonly (readonly string[])[]): readonly FoundSyscall[] {
    const rows = this.#statements.all<readonly [string, number, string, string]>(
      'SELECT s.name, a.position, a.name, a.type FROM syscall s JOIN syscall_arg a ON a.signature = s.signature WHERE s.kernel = ? AND a.type IN (SELECT value FROM json_each(?)) ORDER BY s.name, a.position',
      this.kernel.id, JSON.stringify(texts.flat()),
    );
    const calls = new Map<string, (FoundParam & FoundField)[][]>();
    for (const [call, position, name, type] of rows) {
      const wanted = calls.get(call) ?? texts.map(() => []);
      calls.set(call, wanted);
      for (const [at, each] of texts.entries()) if (each.includes(type)) wanted[at]?.push({ position, name, type });
    }
    return [...calls].map(([name, wanted]) => ({ name, wanted })).filter(({ wanted }) => wanted.every((each) => each.length > 0));
  }

  #leaves(kind: number, name: string | null): readonly number[] {
    // The index has those with names.
    const rows = name === null
      ? this.#statements.all<readonly [number]>('SELECT id FROM expression WHERE kind = ? AND name IS NULL', kind)
      : this.#statements.all<readonly [number]>('SELECT id FROM expression WHERE kind = ? AND name = ?', kind, name);
    return rows.map(([id]) => id);
  }

  /** With qualifiers, tags and typedefs around them. */
  #closed(start: readonly number[]): Spellings {
    const all = new Set(start);
    for (let fresh = start; fresh.length > 0; ) {
      fresh = [...this.#around(fresh, qualifiers), ...this.#typedefs(fresh)].filter((id) => !all.has(id));
      for (const id of fresh) all.add(id);
    }
    return all;
  }

  /** Expressions of these kinds that stand directly around one of the others. */
  #around(inner: Iterable<number>, kinds: ReadonlySet<number>): readonly number[] {
    return this.#statements.all<readonly [number]>(
      'SELECT id FROM expression WHERE "of" IN (SELECT value FROM json_each(?)) AND kind IN (SELECT value FROM json_each(?))', JSON.stringify([...inner]), JSON.stringify([...kinds]),
    ).map(([id]) => id);
  }

  #arrays(of: number, count: number): readonly number[] {
    return this.#statements.all<readonly [number]>('SELECT id FROM expression WHERE kind = ? AND "of" = ? AND value = ?', kindNumber.array, of, count).map(([id]) => id);
  }

  /** Leaves that name typedefs of these expressions. */
  #typedefs(of: readonly number[]): readonly number[] {
    const rows = this.#statements.all<readonly [string]>(
      `SELECT DISTINCT d.name FROM definition d INDEXED BY definition_by_type WHERE d.kind = ${kindNumber.typedef} AND d.type IN (SELECT value FROM json_each(?)) AND ${inKernel('d.id')}`,
      JSON.stringify(of), this.kernel.id,
    );
    if (rows.length === 0) return [];
    return this.#statements.all<readonly [number]>(
      'SELECT id FROM expression WHERE kind = ? AND name IN (SELECT value FROM json_each(?))', kindNumber.typedef, JSON.stringify(rows.map(([name]) => name)),
    ).map(([id]) => id);
  }

  /** Prototypes that have a parameter of every type, with those, and return what is wanted. */
  #prototypes(args: readonly Spellings[], returns: Spellings | undefined): Prototypes {
    // Functions and raw tracepoints are asked about one after the other, and reading all parameters takes as long as everything else.
    if (this.#last?.args === args && this.#last.returns === returns) return this.#last.found;
    const found = this.#findPrototypes(args, returns);
    this.#last = { args, returns, found };
    return found;
  }

  #last: { readonly args: readonly Spellings[]; readonly returns: Spellings | undefined; readonly found: Prototypes } | undefined;

  #findPrototypes(args: readonly Spellings[], returns: Spellings | undefined): Prototypes {
    const found = new Map<number, FoundParam[][]>();
    const all = JSON.stringify(args.flatMap((each) => [...each]));
    for (const [prototype, position, type] of this.#statements.all<readonly [number, number, number]>(
      'SELECT prototype, position, type FROM param WHERE type IN (SELECT value FROM json_each(?)) ORDER BY prototype, position', all,
    )) {
      const wanted = found.get(prototype) ?? args.map(() => []);
      found.set(prototype, wanted);
      for (const [at, each] of args.entries()) if (each.has(type)) wanted[at]?.push({ position, type: this.#text(type) });
    }
    for (const [prototype, wanted] of found) if (wanted.some((each) => each.length === 0)) found.delete(prototype);
    if (returns === undefined) return found;
    const returning = new Set(this.#statements.all<readonly [number]>(
      'SELECT id FROM expression WHERE kind = ? AND "of" IN (SELECT value FROM json_each(?))', kindNumber.prototype, JSON.stringify([...returns]),
    ).map(([id]) => id));
    if (args.length === 0) return new Map([...returning].map((id) => [id, []]));
    for (const prototype of found.keys()) if (!returning.has(prototype)) found.delete(prototype);
    return found;
  }

  readonly #blocks = new Map<number, readonly Block[]>();
  readonly #images = new Map<number, string>();

  /** What is asked of the images of many definitions, in two statements. */
  #readPlaces(definitions: readonly number[]): void {
    const numbers = [...new Set(definitions.map((definition) => definition >>> blockBits))].filter((number) => !this.#blocks.has(number));
    const blocks = new Map(numbers.map((number): [number, Block[]] => [number, []]));
    const images = new Set<number>();
    for (const [number, ...block] of this.#statements.all<readonly [number, ...Block]>(
      'SELECT b.block, b.image, b.first, b.ids FROM json_each(?) j CROSS JOIN image_block b ON b.kernel = ? AND b.block = j.value', JSON.stringify(numbers), this.kernel.id,
    )) {
      blocks.get(number)?.push(block);
      if (!this.#sources.has(block[0])) images.add(block[0]);
    }
    for (const [number, rows] of blocks) this.#blocks.set(number, rows);
    for (const [id, name, kinds] of this.#statements.all<readonly [number, string, string | null]>(
      'SELECT i.id, i.name, (SELECT group_concat(s.kind) FROM source s WHERE s.image = i.id) FROM json_each(?) j CROSS JOIN image i ON i.id = j.value', JSON.stringify([...images]),
    )) {
      this.#images.set(id, name);
      this.#sources.set(id, new Set(kinds?.split(',')));
    }
  }

  /** Sixty-four definitions are a row: read once, since what is found lies together. */
  #imagesOf(definition: number, glob: string | undefined): readonly ImageRow[] {
    const number = definition >>> blockBits;
    let blocks = this.#blocks.get(number);
    if (blocks === undefined) {
      blocks = this.#statements.all<Block>('SELECT image, first, ids FROM image_block WHERE kernel = ? AND block = ?', this.kernel.id, number);
      this.#blocks.set(number, blocks);
    }
    const images = new Set(blocks.flatMap(([image, first, ids]) => (ids.charCodeAt(definition - first) > 1 ? [image] : [])));
    return [...images].map((id) => ({ id, name: this.#imageName(id) })).filter(({ name }) => glob === undefined || this.#matches(name, glob));
  }

  /** Images that have the function. A prototype of headers is none: where they are the kernel's only types, its symbols say which functions there are. */
  #homesOf(definition: number, name: string, glob: string | undefined, known: KnownFunctions): readonly ImageRow[] {
    return this.#imagesOf(definition, undefined).flatMap((row) => {
      const home = row.name === headersImage ? this.#vmlinux() : row;
      const isThere = row.name !== headersImage || (home !== undefined && known.symbols.get(`${home.id} ${name}`)?.present === 1);
      return home !== undefined && isThere && (glob === undefined || this.#matches(home.name, glob)) ? [home] : [];
    });
  }

  #vmlinux(): ImageRow | undefined {
    const id = this.#statements.get<readonly [number]>("SELECT id FROM image WHERE kernel = ? AND name = 'vmlinux'", this.kernel.id)?.[0];
    return id === undefined ? undefined : { id, name: 'vmlinux' };
  }

  #matches(name: string, glob: string): boolean {
    return this.#statements.get('SELECT 1 WHERE ? GLOB ?', name, glob) !== undefined;
  }

  #imageName(id: number): string {
    let known = this.#images.get(id);
    if (known === undefined) {
      known = this.#statements.get<readonly [string]>('SELECT name FROM image WHERE id = ?', id)?.[0] ?? '';
      this.#images.set(id, known);
    }
    return known;
  }

  #function(name: string, image: ImageRow, wanted: readonly (readonly FoundParam[])[], prototype: number, known: KnownFunctions): FoundFunction {
    const symbol = known.symbols.get(`${image.id} ${name}`);
    const said = (column: number | null | undefined, source: SourceKind): boolean | undefined => (column === null || column === undefined ? this.#imageHas(image.id, source) || undefined : column === 1);
    const shape = known.shapes.get(prototype) ?? { params: [], variadic: false, unusual: false };
    return {
      name, image: image.name, wanted, ...shape,
      present: said(symbol?.present, 'kallsyms'), traceable: said(symbol?.traceable, 'functions'),
      ambiguous: known.several.has(name) && this.#isAmbiguous(name, image.id),
    };
  }

  /** One statement for all of them is many times faster than one for each. */
  #known(names: readonly string[], prototypes: ReadonlySet<number>): KnownFunctions {
    const list = JSON.stringify(names);
    const symbols = this.#symbols.named(names);
    // Nearly every name has one definition in the kernel.
    const several = this.#statements.all<readonly [string]>(
      `SELECT d.name FROM definition d WHERE d.kind = ? AND d.name IN (SELECT value FROM json_each(?)) AND ${inKernel('d.id')} GROUP BY d.name HAVING count(*) > 1`,
      kindNumber.function, list, this.kernel.id,
    );
    return {
      symbols: new Map(symbols.map(([name, image, present, traceable]) => [`${image} ${name}`, { present, traceable }])),
      several: new Set(several.map(([name]) => name)),
      shapes: this.#shapes(prototypes),
    };
  }

  #shapes(prototypes: ReadonlySet<number>): ReadonlyMap<number, Shape> {
    const list = JSON.stringify([...prototypes]);
    const returns = this.#statements.all<readonly [number, number | null]>('SELECT id, "of" FROM expression WHERE id IN (SELECT value FROM json_each(?))', list);
    const shapes = new Map(returns.map(([prototype, of]) => [prototype, { params: new Array<string | null>(), variadic: false, unusual: of !== null && this.#isByValue(of) }]));
    for (const [prototype, name, type] of this.#statements.all<readonly [number, string | null, number | null]>(
      'SELECT prototype, name, type FROM param WHERE prototype IN (SELECT value FROM json_each(?)) ORDER BY prototype, position', list,
    )) {
      const shape = shapes.get(prototype);
      if (shape === undefined) continue;
      if (type === null) shape.variadic = true;
      else {
        shape.params.push(name);
        shape.unusual ||= this.#isByValue(type);
      }
    }
    return shapes;
  }

  readonly #sources = new Map<number, ReadonlySet<string>>();

  /** A function of BTF without a row of its own is present and traceable where its image has those sources. */
  #imageHas(image: number, source: SourceKind): boolean {
    let known = this.#sources.get(image);
    if (known === undefined) {
      known = new Set(this.#statements.all<readonly [string]>('SELECT kind FROM source WHERE image = ?', image).map(([kind]) => kind));
      this.#sources.set(image, known);
    }
    return known.has(source);
  }

  #isAmbiguous(name: string, image: number): boolean {
    const rows = this.#statements.all(
      'SELECT 1 FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id WHERE d.kind = ? AND d.name = ? AND x.image = ? LIMIT 2',
      this.kernel.id, kindNumber.function, name, image,
    );
    return rows.length > 1;
  }

  readonly #texts = new Map<number, string>();

  #text(expression: number): string {
    let known = this.#texts.get(expression);
    if (known === undefined) {
      known = this.#statements.get<readonly [string]>('SELECT text FROM v_type WHERE id = ?', expression)?.[0] ?? '';
      this.#texts.set(expression, known);
    }
    return known;
  }

  /** Whether an expression is a struct, a union or a floating-point number, or may be one. */
  #isByValue(expression: number): boolean {
    const known = this.#byValue.get(expression);
    if (known !== undefined) return known;
    const [kind = 0, of = null, name = null] = this.#statements.get<readonly [number, number | null, string | null]>('SELECT kind, "of", name FROM expression WHERE id = ?', expression) ?? [];
    this.#byValue.set(expression, false);
    const answer = kind === kindNumber.struct || kind === kindNumber.union || kind === kindNumber.float
      || (qualifiers.has(kind) && of !== null && this.#isByValue(of)) || (kind === kindNumber.typedef && this.#typedefTypes(name).some((type) => this.#isByValue(type)));
    this.#byValue.set(expression, answer);
    return answer;
  }

  #typedefTypes(name: string | null): readonly number[] {
    return this.#statements.all<readonly [number]>('SELECT type FROM definition WHERE kind = ? AND name = ?', kindNumber.typedef, name).map(([type]) => type);
  }
}

interface ImageRow {
  readonly id: number;
  readonly name: string;
}

/** What is known of functions that were found. */
interface KnownFunctions {
  /** By row of the image and name. */
  readonly symbols: ReadonlyMap<string, { readonly present: number | null; readonly traceable: number | null }>;
  /** Names with several definitions. */
  readonly several: ReadonlySet<string>;
  readonly shapes: ReadonlyMap<number, Shape>;
}

type Prototypes = ReadonlyMap<number, readonly (readonly FoundParam[])[]>;

type Shape = Pick<FoundFunction, 'params' | 'variadic' | 'unusual'>;

type Block = readonly [image: number, first: number, ids: string];

const pointers: ReadonlySet<number> = new Set([kindNumber.ptr]);

const qualifiers: ReadonlySet<number> = new Set([kindNumber.const, kindNumber.volatile, kindNumber.restrict, kindNumber.tag]);

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
