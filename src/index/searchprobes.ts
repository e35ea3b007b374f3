// Which functions, raw tracepoints and events of a kernel hand one a value of some type: the catalog's expressions are searched for every way
// to write the type, then prototypes for those, then functions for the prototypes.
import { append } from '../base/append.ts';
import type { CType } from '../ctype/ctype.ts';
import { kindNumber } from './kinds.ts';
import { holds, inKernel } from './membership.ts';
import type { SourceKind } from './reader.ts';
import { headersImage } from './sight.ts';
import { globPrefix, prefixEnd, type Statements } from './statements.ts';
import { Symbols, type SymbolRow } from './symbols.ts';
import { callerPrefixes, typedefPrefix } from './tracepoints.ts';

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
  readonly prototype: FoundPrototype;
  /** The symbol table has it; undefined when that was not read. */
  readonly present: boolean | undefined;
  /** ftrace lists it; undefined when its list was not read. */
  readonly traceable: boolean | undefined;
  /** The image has others of that name. */
  readonly ambiguous: boolean;
}

/** One object for all functions that have it. */
export interface FoundPrototype {
  /** Position → name, null where BTF has none; of all parameters. */
  readonly params: readonly (string | null)[];
  readonly variadic: boolean;
  /** The parameters of each wanted type, in order of the types. */
  readonly wanted: readonly (readonly FoundParam[])[];
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
  /** Position → name, null where nothing tells. */
  readonly params: readonly (string | null)[];
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
  readonly #symbols: Symbols;
  readonly #images = new Map<number, Image>();
  readonly #byValue = new Map<number, boolean>();

  /** @param kernel its number in the catalog */
  constructor(
    readonly statements: Statements,
    readonly kernel: number,
  ) {
    this.#symbols = new Symbols(statements, kernel);
  }

  /** Runs questions of this object under one lock: taking it costs more than most of them. */
  together<T>(ask: () => T): T {
    return this.statements.together(ask);
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

  /** By image, sorted by name. Positions are as the prototype counts them. */
  functions({ args, returns, image: scope, name: glob }: FunctionQuestion): readonly FoundFunction[] {
    const wanted = this.#prototypes(args, returns);
    const { names, types, images, several } = this.#definitions(glob, JSON.stringify([...wanted.keys()]));
    const prototypes = this.#shapes(new Set(types), wanted);
    const ambiguous = this.#ambiguous(names.filter((_, at) => several[at] === 1));
    const symbols = this.#symbolsOf(names);
    const found: FoundFunction[] = [];
    for (let at = 0; at < names.length; at++) {
      const name = names[at] ?? '';
      const prototype = prototypes.get(types[at] ?? 0);
      const image = this.#home(this.#image(images[at] ?? 0), name, symbols);
      if (prototype === undefined || image === undefined || (scope !== undefined && !this.#matches(image.name, scope))) continue;
      const symbol = symbols.get(name)?.find(([, id]) => id === image.id);
      found.push({
        name, image: image.name, prototype, present: said(symbol?.[2], image, 'kallsyms'), traceable: said(symbol?.[3], image, 'functions'),
        ambiguous: several[at] === 1 && ambiguous.has(`${image.id} ${name}`),
      });
    }
    return found;
  }

  /** Functions with these prototypes, once for each image; `several`: the catalog has others of that name. */
  #definitions(glob: string, prototypes: string): Columns<'types' | 'images' | 'several'> {
    const prefix = globPrefix(glob);
    const [names, types, images, several] = this.statements.columns<readonly [readonly string[], readonly number[], readonly number[], readonly number[]]>(
      `SELECT json_group_array(name), json_group_array(type), json_group_array(image), json_group_array(several) FROM (
         SELECT d.name, d.type, b.image, (SELECT count(*) FROM definition o WHERE o.kind = d.kind AND o.name = d.name) > 1 AS several
         FROM definition d INDEXED BY ${prefix === '' ? 'definition_by_type' : 'definition_by_name'} CROSS JOIN image_block b ON ${holds('d.id')}
         WHERE d.kind = ? AND d.type IN (SELECT value FROM json_each(?)) AND d.name >= ? AND d.name < ? AND +d.name GLOB ? ORDER BY b.image, d.name, d.id)`,
      this.kernel, kindNumber.function, prototypes, prefix, prefixEnd(prefix), glob,
    );
    return { names, types, images, several };
  }

  /** Whole-function clones that took the place of a function, sorted by name. */
  clones(name: string, image: string): readonly string[] {
    const there = this.#symbols.match(`${name}.*`).filter(([, id, present, traceable]) => (traceable ?? present) === 1 && this.#image(id).name === image);
    return there.map(([clone]) => clone).filter((clone) => !/\.(?:part|cold)(?:\.|$)/.test(clone));
  }

  /** Sorted by name. */
  rawTracepoints({ args, name }: FunctionQuestion): readonly FoundRaw[] {
    const prototypes = this.#prototypes(args, undefined);
    const rows = this.statements.all<readonly [string, number, number]>(
      `SELECT d.name, e."of", min(b.image) FROM json_each(?) p CROSS JOIN expression e ON e."of" = p.value AND e.kind = ? CROSS JOIN definition d INDEXED BY definition_by_type ON d.type = e.id
       CROSS JOIN image_block b ON ${holds('d.id')} WHERE d.kind = ? AND d.name GLOB ? GROUP BY d.id ORDER BY d.name`,
      JSON.stringify([...prototypes.keys()]), kindNumber.ptr, this.kernel, kindNumber.typedef, typedefPrefix + name,
    );
    const params = this.#paramsOfRaw(rows.map(([typedef, prototype]) => [typedef.slice(typedefPrefix.length), prototype]));
    return rows.map(([typedef, prototype, image]) => ({
      name: typedef.slice(typedefPrefix.length), image: this.#image(image).name, params: params.get(typedef.slice(typedefPrefix.length)) ?? [],
      wanted: (prototypes.get(prototype) ?? []).map((each) => each.map(({ position, type }) => ({ position: position - 1, type }))),
    }));
  }

  /** C text of every type that fields of this kernel's events have. */
  fieldTypes(): readonly string[] {
    return this.statements.all<readonly [string]>(
      'SELECT DISTINCT f.type FROM event_field f WHERE f.format IN (SELECT format FROM event WHERE kernel = ?) AND f.location = \'record\' AND f.array = \'\'', this.kernel,
    ).map(([text]) => text);
  }

  /** Events with fields of all the wanted types, each given by its texts; sorted by system, then name. */
  events(texts: readonly (readonly string[])[], system: string, name: string): readonly FoundEvent[] {
    const rows = this.statements.all<readonly [string, string, string, string]>(
      `SELECT DISTINCT e.system, e.name, f.name, f.type FROM event e JOIN event_field f ON f.format = e.format WHERE e.kernel = ? AND e.system GLOB ? AND e.name GLOB ?
       AND f.location = 'record' AND f.array = '' AND f.type IN (SELECT value FROM json_each(?)) AND f.name NOT LIKE 'common\\_%' ESCAPE '\\' ORDER BY e.system, e.name, f.position`,
      this.kernel, system, name, JSON.stringify(texts.flat()),
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
    return this.statements.all<readonly [string]>(
      'SELECT DISTINCT a.type FROM syscall_arg a WHERE a.signature IN (SELECT signature FROM syscall WHERE kernel = ?)', this.kernel,
    ).map(([text]) => text);
  }

  /** System calls with arguments of all the wanted types, each given by its texts; sorted by name. */
  syscalls(texts: readonly (readonly string[])[]): readonly FoundSyscall[] {
    const rows = this.statements.all<readonly [string, number, string, string]>(
      'SELECT s.name, a.position, a.name, a.type FROM syscall s JOIN syscall_arg a ON a.signature = s.signature WHERE s.kernel = ? AND a.type IN (SELECT value FROM json_each(?)) ORDER BY s.name, a.position',
      this.kernel, JSON.stringify(texts.flat()),
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
      ? this.statements.all<readonly [number]>('SELECT id FROM expression WHERE kind = ? AND name IS NULL', kind)
      : this.statements.all<readonly [number]>('SELECT id FROM expression WHERE kind = ? AND name = ?', kind, name);
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
    return this.statements.all<readonly [number]>(
      'SELECT id FROM expression WHERE "of" IN (SELECT value FROM json_each(?)) AND kind IN (SELECT value FROM json_each(?))', JSON.stringify([...inner]), JSON.stringify([...kinds]),
    ).map(([id]) => id);
  }

  #arrays(of: number, count: number): readonly number[] {
    return this.statements.all<readonly [number]>('SELECT id FROM expression WHERE kind = ? AND "of" = ? AND value = ?', kindNumber.array, of, count).map(([id]) => id);
  }

  /** Leaves that name typedefs of these expressions. */
  #typedefs(of: readonly number[]): readonly number[] {
    const rows = this.statements.all<readonly [string]>(
      `SELECT DISTINCT d.name FROM definition d INDEXED BY definition_by_type WHERE d.kind = ${kindNumber.typedef} AND d.type IN (SELECT value FROM json_each(?)) AND ${inKernel('d.id')}`,
      JSON.stringify(of), this.kernel,
    );
    if (rows.length === 0) return [];
    return this.statements.all<readonly [number]>(
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
    const types = args.flatMap((each) => [...each]);
    const [prototypes, positions, paramTypes] = this.statements.columns<readonly [readonly number[], readonly number[], readonly number[]]>(
      `SELECT json_group_array(prototype), json_group_array(position), json_group_array(type)
       FROM (SELECT prototype, position, type FROM param WHERE type IN (SELECT value FROM json_each(?)) ORDER BY prototype, position)`, JSON.stringify(types),
    );
    const texts = new Map(this.statements.all<readonly [number, string]>('SELECT id, text FROM v_type WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(types)));
    for (const [row, prototype] of prototypes.entries()) {
      const [position = 0, type = 0] = [positions[row], paramTypes[row]];
      let wanted = found.get(prototype);
      if (wanted === undefined) found.set(prototype, (wanted = args.map(() => [])));
      for (const [at, each] of args.entries()) if (each.has(type)) wanted[at]?.push({ position, type: texts.get(type) ?? '' });
    }
    if (args.length > 1) for (const [prototype, wanted] of found) if (wanted.some((each) => each.length === 0)) found.delete(prototype);
    if (returns === undefined) return found;
    const ids = 'SELECT json_group_array(id) FROM expression WHERE kind = ? AND "of" IN (SELECT value FROM json_each(?))';
    const among = args.length === 0 ? [] : [JSON.stringify([...found.keys()])];
    const [returning] = this.statements.columns<readonly [readonly number[]]>(
      args.length === 0 ? ids : `${ids} AND +id IN (SELECT value FROM json_each(?))`, kindNumber.prototype, JSON.stringify([...returns]), ...among,
    );
    return new Map(returning.map((prototype) => [prototype, found.get(prototype) ?? []]));
  }

  /** Where the function is. A prototype of headers is none: where they are the kernel's only types, its symbols say which functions there are. */
  #home(image: Image, name: string, symbols: SymbolsByName): Image | undefined {
    if (image.name !== headersImage) return image;
    const vmlinux = this.statements.get<readonly [number]>("SELECT id FROM image WHERE kernel = ? AND name = 'vmlinux'", this.kernel)?.[0];
    const isThere = symbols.get(name)?.some(([, id, present]) => id === vmlinux && present === 1) === true;
    return isThere && vmlinux !== undefined ? this.#image(vmlinux) : undefined;
  }

  #matches(name: string, glob: string): boolean {
    return this.statements.get('SELECT 1 WHERE ? GLOB ?', name, glob) !== undefined;
  }

  #image(id: number): Image {
    let known = this.#images.get(id);
    if (known === undefined) {
      const [name = '', kinds = null] = this.statements.get<readonly [string, string | null]>('SELECT i.name, (SELECT group_concat(s.kind) FROM source s WHERE s.image = i.id) FROM image i WHERE i.id = ?', id) ?? [];
      known = { id, name, sources: new Set(kinds?.split(',')) };
      this.#images.set(id, known);
    }
    return known;
  }

  #symbolsOf(names: readonly string[]): SymbolsByName {
    const symbols = new Map<string, SymbolRow[]>();
    for (const row of this.#symbols.named(names)) append(symbols, row[0], row);
    return symbols;
  }

  /** Of names those that an image has several functions of, behind its row. */
  #ambiguous(names: readonly string[]): ReadonlySet<string> {
    return new Set(this.statements.all<readonly [string, number]>(
      `SELECT d.name, b.image FROM json_each(?) n CROSS JOIN definition d ON d.kind = ? AND d.name = n.value CROSS JOIN image_block b ON ${holds('d.id')} GROUP BY d.name, b.image HAVING count(*) > 1`,
      JSON.stringify(names), kindNumber.function, this.kernel,
    ).map(([name, image]) => `${image} ${name}`));
  }

  #shapes(prototypes: ReadonlySet<number>, wanted: Prototypes): ReadonlyMap<number, FoundPrototype> {
    const list = JSON.stringify([...prototypes]);
    const [owners, names, types] = this.statements.columns<readonly [readonly number[], readonly (string | null)[], readonly number[]]>(
      'SELECT json_group_array(q.prototype), json_group_array(q.name), json_group_array(ifnull(q.type, 0)) FROM json_each(?) p CROSS JOIN param q ON q.prototype = p.value', list,
    );
    const [ids, returns] = this.statements.columns<readonly [readonly number[], readonly number[]]>(
      'SELECT json_group_array(e.id), json_group_array(ifnull(e."of", 0)) FROM json_each(?) p CROSS JOIN expression e ON e.id = p.value', list,
    );
    const isByValue = this.#byValueAmong(new Set([...types, ...returns]));
    const shapes = new Map<number, Shape>();
    for (const [at, id] of ids.entries()) shapes.set(id, { params: [], variadic: false, wanted: wanted.get(id) ?? [], unusual: isByValue.has(returns[at] ?? 0) });
    for (let at = 0; at < owners.length; at++) {
      const shape = shapes.get(owners[at] ?? 0);
      const type = types[at] ?? 0;
      if (shape === undefined) continue;
      if (type === 0) shape.variadic = true;
      else shape.params.push(names[at] ?? null);
      if (isByValue.has(type)) shape.unusual = true;
    }
    return shapes;
  }

  /** Of expressions those that are a struct, a union or a floating-point number, or may be one. */
  #byValueAmong(types: ReadonlySet<number>): ReadonlySet<number> {
    const [maybe] = this.statements.columns<readonly [readonly number[]]>(
      `SELECT json_group_array(e.id) FROM json_each(?) t CROSS JOIN expression e ON e.id = t.value WHERE e.kind NOT IN (${kindNumber.ptr}, ${kindNumber.int}, ${kindNumber.enum})`, JSON.stringify([...types]),
    );
    return new Set(maybe.filter((type) => this.#isByValue(type)));
  }

  #isByValue(expression: number): boolean {
    const known = this.#byValue.get(expression);
    if (known !== undefined) return known;
    const [kind = 0, of = null, name = null] = this.statements.get<readonly [number, number | null, string | null]>('SELECT kind, "of", name FROM expression WHERE id = ?', expression) ?? [];
    this.#byValue.set(expression, false);
    const answer = kind === kindNumber.struct || kind === kindNumber.union || kind === kindNumber.float
      || (qualifiers.has(kind) && of !== null && this.#isByValue(of)) || (kind === kindNumber.typedef && this.#typedefTypes(name).some((type) => this.#isByValue(type)));
    this.#byValue.set(expression, answer);
    return answer;
  }

  #typedefTypes(name: string | null): readonly number[] {
    return this.statements.all<readonly [number]>('SELECT type FROM definition WHERE kind = ? AND name = ?', kindNumber.typedef, name).map(([type]) => type);
  }

  /** The parameters of raw tracepoints, by name: the typedefs have no names for them, the functions that call the probes have. */
  #paramsOfRaw(raw: readonly (readonly [name: string, prototype: number])[]): ReadonlyMap<string, FoundPrototype['params']> {
    const callers = new Map(this.statements.all<readonly [string, number]>(
      `SELECT d.name, d.type FROM json_each(?) n CROSS JOIN definition d ON d.kind = ? AND d.name = n.value CROSS JOIN image_block b ON ${holds('d.id')} ORDER BY b.image DESC`,
      JSON.stringify(raw.flatMap(([name]) => callerPrefixes.map((prefix) => prefix + name))), kindNumber.function, this.kernel,
    ));
    const shapes = this.#shapes(new Set([...callers.values(), ...raw.map(([, prototype]) => prototype)]), new Map());
    return new Map(raw.map(([name, prototype]) => {
      const own = shapes.get(prototype)?.params ?? [];
      const named = callerPrefixes.map((prefix) => shapes.get(callers.get(prefix + name) ?? 0)?.params).find((params) => params?.length === own.length);
      return [name, (named ?? own).slice(1)];
    }));
  }
}

type Columns<Names extends string> = { readonly names: readonly string[] } & Readonly<Record<Names, readonly number[]>>;

interface Image {
  readonly id: number;
  readonly name: string;
  /** Which of `SourceKind` were read into it. */
  readonly sources: ReadonlySet<string>;
}

type SymbolsByName = ReadonlyMap<string, readonly SymbolRow[]>;

type Prototypes = ReadonlyMap<number, readonly (readonly FoundParam[])[]>;

interface Shape extends FoundPrototype {
  readonly params: (string | null)[];
  variadic: boolean;
  unusual: boolean;
}

const pointers: ReadonlySet<number> = new Set([kindNumber.ptr]);

const qualifiers: ReadonlySet<number> = new Set([kindNumber.const, kindNumber.volatile, kindNumber.restrict, kindNumber.tag]);

/** What a source says of a function; one of BTF about which it says nothing is as expected, where its image has that source. */
function said(column: number | null | undefined, { sources }: Image, source: SourceKind): boolean | undefined {
  return column === null || column === undefined ? sources.has(source) || undefined : column === 1;
}
