// Rows of many definitions at once, for reading a whole kernel. SQLite puts a table into one text and columns of numbers keep what is in it:
// handing over a row costs more than finding it, and a million small objects cost more than the rows.
import type { ExpressionRow, ExpressionRows, ParamRow } from './expressions.ts';
import { kindNumber } from './kinds.ts';
import type { Statements } from './statements.ts';

/** What an image has: index + `first` is the BTF id, 0 where that id is no definition. */
export interface Possession {
  readonly first: number;
  readonly definitions: Uint32Array;
}

/** By row of the image. @param images only these; undefined: all of the kernel. */
export function readPossessions(statements: Statements, kernel: number, images: ReadonlySet<number> | undefined): ReadonlyMap<number, Possession> {
  const gathered = new Map<number, { ids: number[]; definitions: number[] }>();
  const rows = statements.all<readonly [number, number, number, string]>('SELECT image, base, first, ids FROM image_block WHERE kernel = ?', kernel);
  for (const [image, base, first, ids] of rows) {
    if (images !== undefined && !images.has(image)) continue;
    let into = gathered.get(image);
    if (into === undefined) {
      into = { ids: [], definitions: [] };
      gathered.set(image, into);
    }
    // src/index/membership.ts: a character is an id, counted from the row's lowest, plus 2; 1 is none.
    for (let at = 0; at < ids.length; at++) {
      const code = ids.charCodeAt(at);
      if (code < 2) continue;
      into.ids.push(base + code - 2);
      into.definitions.push(first + at);
    }
  }
  return new Map([...gathered].map(([image, { ids, definitions }]) => [image, placed(ids, definitions)]));
}

function placed(ids: readonly number[], definitions: readonly number[]): Possession {
  let first = Infinity;
  let last = 0;
  for (const id of ids) {
    if (id < first) first = id;
    if (id > last) last = id;
  }
  const byId = new Uint32Array(last - first + 1);
  for (let at = 0; at < ids.length; at++) byId[(ids[at] ?? 0) - first] = definitions[at] ?? 0;
  return { first, definitions: byId };
}

/** Rows of a set of definitions, by their numbers; a kind is read when it is first asked for. */
export class Contents {
  readonly expressions: ExpressionTable;
  readonly #wanted: Uint8Array;
  readonly #kinds: Uint8Array;
  readonly #names: (string | null | undefined)[];
  readonly #sizes: Uint32Array;
  readonly #signed: Uint8Array;
  readonly #types: Uint32Array;
  readonly #members = new MemberTable();
  readonly #values = new Map<number, string>();
  readonly #loaded = new Set<number>();

  constructor(
    readonly statements: Statements,
    possessions: readonly Possession[],
  ) {
    let last = 0;
    for (const { definitions } of possessions) for (const id of definitions) if (id > last) last = id;
    this.#wanted = new Uint8Array(last + 1);
    for (const { definitions } of possessions) for (const id of definitions) this.#wanted[id] = 1;
    this.#wanted[0] = 0;
    this.#kinds = new Uint8Array(last + 1);
    this.#names = new Array<string | null | undefined>(last + 1);
    this.#sizes = new Uint32Array(last + 1);
    this.#signed = new Uint8Array(last + 1);
    this.#types = new Uint32Array(last + 1);
    this.expressions = new ExpressionTable(statements);
  }

  /** Reads all definitions of those kinds. */
  load(kinds: readonly number[]): void {
    const missing = kinds.filter((kind) => !this.#loaded.has(kind));
    for (const kind of missing) this.#loaded.add(kind);
    if (missing.length > 0) this.#loadDefinitions(missing);
  }

  /** 0 for one of a kind that was not loaded. */
  kind(definition: number): number {
    return this.#kinds[definition] ?? 0;
  }

  name(definition: number): string | null {
    return this.#names[definition] ?? null;
  }

  size(definition: number): number {
    return this.#sizes[definition] ?? 0;
  }

  signed(definition: number): boolean {
    return this.#signed[definition] === 1;
  }

  type(definition: number): number {
    return this.#types[definition] ?? 0;
  }

  /** Of structs and unions: what `make` makes of each member, in their order. */
  members<M>(definition: number, make: (name: string | null, type: number, bitOffset: number, bitSize: number | null, position: number) => M): M[] {
    return this.#members.rows(definition, make);
  }

  /** Of enums: name and value for each; values are decimal texts, for they have 64 bits. */
  values(definition: number): readonly string[] {
    const known = this.#values.get(definition);
    const text = known ?? this.statements.get<readonly [string | null]>(`SELECT group_concat(${valueColumns}) FROM enumerator e WHERE e."enum" = ?`, definition)?.[0];
    return parseList(text) as readonly string[];
  }

  /** Reads the members of the loaded structs and unions. */
  loadMembers(): void {
    const ids = this.#idsOf([kindNumber.struct, kindNumber.union]);
    for (const runs of slices(runsOf(ids, 3), manyRuns)) this.#members.read(this.statements, runs);
  }

  /** Reads the values of the loaded enums; without this each is read when it is asked for. */
  loadValues(): void {
    const sql = `SELECT id.value, (SELECT group_concat(${valueColumns}) FROM enumerator e WHERE e."enum" = id.value) FROM json_each(?) id`;
    for (const [id, text] of this.statements.all<readonly [number, string | null]>(sql, JSON.stringify(this.#idsOf([kindNumber.enum])))) this.#values.set(id, text ?? '');
  }

  #idsOf(kinds: readonly number[]): readonly number[] {
    const ids: number[] = [];
    for (let id = 1; id < this.#kinds.length; id++) if (kinds.includes(this.#kinds[id] ?? 0)) ids.push(id);
    return ids;
  }

  #loadDefinitions(kinds: readonly number[]): void {
    // The + keeps SQLite from the index by kind: it would go through all kernels' definitions for every run of ids.
    const sql = `SELECT group_concat(d.id || ',' || d.kind || ',' || json_quote(d.name) || ',' || ifnull(d.size, 0) || ',' || ifnull(d.signed, 0) || ',' || ifnull(d.type, 0))
      FROM json_each(?) run CROSS JOIN definition d ON d.id BETWEEN run.value ->> 0 AND run.value ->> 1 WHERE +d.kind IN (${kinds.join(', ')})`;
    const ids: number[] = [];
    for (let id = 1; id < this.#wanted.length; id++) if (this.#wanted[id] === 1) ids.push(id);
    for (const runs of slices(runsOf(ids, 16), manyRuns)) {
      const flat = parseList(this.statements.get<readonly [string | null]>(sql, JSON.stringify(runs))?.[0]);
      for (let at = 0; at < flat.length; at += 6) {
        const id = flat[at] as number;
        if (this.#wanted[id] !== 1) continue;
        this.#kinds[id] = flat[at + 1] as number;
        this.#names[id] = flat[at + 2] as string | null;
        this.#sizes[id] = flat[at + 3] as number;
        this.#signed[id] = flat[at + 4] as number;
        this.#types[id] = flat[at + 5] as number;
      }
    }
  }
}

/** Stretches of rising ids; a gap of up to `gap` costs less than a further search. */
function runsOf(ids: readonly number[], gap: number): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  let run: [number, number] | undefined;
  for (const id of ids) {
    if (run !== undefined && id - run[1] <= gap && id - run[0] < longRun) run[1] = id;
    else runs.push((run = [id, id]));
  }
  return runs;
}

const valueColumns = "json_quote(e.name) || ',\"' || e.value || '\"'";

const longRun = 4096;
const manyRuns = 1024;

function* slices<T>(all: readonly T[], size: number): IterableIterator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

function parseList(text: string | null | undefined): readonly (string | number | null)[] {
  return JSON.parse(`[${text ?? ''}]`) as readonly (string | number | null)[];
}

const someRows = 1 << 17;

/** Members in columns. Names stay in the texts that SQLite made until one is asked for. */
class MemberTable {
  /** By definition: number of its first member, plus 1. */
  #first = new Uint32Array(0);
  #counts = new Uint32Array(0);
  #size = 0;
  #types = new Uint32Array(someRows);
  #offsets = new Float64Array(someRows);
  /** Of bitfields; 0 for others, plus 1. */
  #widths = new Uint16Array(someRows);
  readonly #texts: string[] = [];
  #text = new Uint8Array(someRows);
  #start = new Uint32Array(someRows);
  #end = new Uint32Array(someRows);

  rows<M>(definition: number, make: (name: string | null, type: number, bitOffset: number, bitSize: number | null, position: number) => M): M[] {
    const first = (this.#first[definition] ?? 0) - 1;
    const made: M[] = [];
    const end = first + (this.#counts[definition] ?? 0);
    for (let at = first; at < end; at++) {
      const name = (this.#texts[this.#text[at] ?? 0] ?? '').slice(this.#start[at], this.#end[at]);
      const width = this.#widths[at] ?? 0;
      made.push(make(name === '' ? null : name, this.#types[at] ?? 0, this.#offsets[at] ?? 0, width === 0 ? null : width - 1, at - first));
    }
    return made;
  }

  read(statements: Statements, runs: readonly (readonly [number, number])[]): void {
    const row = statements.get<readonly (string | null)[]>(
      `SELECT group_concat(m.record), group_concat(m.type), group_concat(m.bit_offset), group_concat(ifnull(m.bit_size, -1)), group_concat(ifnull(m.name, ''), char(10))
       FROM json_each(?) run CROSS JOIN member m ON m.record BETWEEN run.value ->> 0 AND run.value ->> 1`,
      JSON.stringify(runs),
    );
    if (row === undefined || row[0] === null) return;
    const [records = [], types = [], offsets = [], widths = []] = row.slice(0, 4).map((text) => parseList(text) as readonly number[]);
    this.#grow(this.#size + records.length, records.reduce((most, id) => Math.max(most, id), 0));
    const names = row[4] ?? '';
    const text = this.#texts.push(names) - 1;
    let start = 0;
    for (let at = 0; at < records.length; at++) {
      const record = records[at] ?? 0;
      const to = this.#size++;
      if ((this.#first[record] ?? 0) === 0) this.#first[record] = to + 1;
      this.#counts[record] = (this.#counts[record] ?? 0) + 1;
      this.#types[to] = types[at] ?? 0;
      this.#offsets[to] = offsets[at] ?? 0;
      this.#widths[to] = (widths[at] ?? -1) + 1;
      const newline = names.indexOf('\n', start);
      const end = newline === -1 ? names.length : newline;
      this.#text[to] = text;
      this.#start[to] = start;
      this.#end[to] = end;
      start = end + 1;
    }
  }

  #grow(rows: number, definition: number): void {
    if (definition >= this.#first.length) {
      this.#first = grown(this.#first, new Uint32Array(2 * definition));
      this.#counts = grown(this.#counts, new Uint32Array(2 * definition));
    }
    if (rows <= this.#types.length) return;
    const size = 2 * rows;
    this.#types = grown(this.#types, new Uint32Array(size));
    this.#offsets = grown(this.#offsets, new Float64Array(size));
    this.#widths = grown(this.#widths, new Uint16Array(size));
    this.#text = grown(this.#text, new Uint8Array(size));
    this.#start = grown(this.#start, new Uint32Array(size));
    this.#end = grown(this.#end, new Uint32Array(size));
  }
}

function grown<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** Type expressions, a page of thousands at a time. Most prototypes are of functions: only those that something points to come with a page. */
export class ExpressionTable implements ExpressionRows {
  #kinds = new Uint8Array(0);
  #inner = new Uint32Array(0);
  /** Sizes, counts, definitions; -1 for none. */
  #values = new Float64Array(0);
  readonly #names: (string | null | undefined)[] = [];
  readonly #prototypes = new Map<number, Prototype>();
  readonly #pages = new Set<number>();

  constructor(readonly statements: Statements) {}

  row(id: number): ExpressionRow {
    const page = id >> pageBits;
    if (!this.#pages.has(page)) this.#load(page);
    const kind = this.#kinds[id] ?? none;
    if (kind === none) return this.#prototype(id);
    const value = this.#values[id] ?? -1;
    const inner = this.#inner[id] ?? 0;
    return [kind, inner === 0 ? null : inner, value === -1 ? null : value, this.#names[id] ?? null];
  }

  params(prototype: number): readonly ParamRow[] {
    const known = this.#prototypes.get(prototype);
    if (known === undefined) return this.statements.all<ParamRow>('SELECT name, type FROM param WHERE prototype = ? ORDER BY position', prototype);
    const rows: ParamRow[] = [];
    for (let at = 0; at < known.params.length; at += 2) rows.push([known.params[at] as string | null, known.params[at + 1] as number | null]);
    return rows;
  }

  #prototype(id: number): ExpressionRow {
    const known = this.#prototypes.get(id);
    if (known !== undefined) return [kindNumber.prototype, known.returns, null, null];
    const row = this.statements.get<ExpressionRow>('SELECT kind, "of", value, name FROM expression WHERE id = ?', id);
    if (row === undefined) throw new RangeError(`catalog: no expression ${id}`);
    return row;
  }

  #load(page: number): void {
    this.#pages.add(page);
    this.#grow((page + 1) << pageBits);
    const flat = parseList(this.statements.get<readonly [string | null]>(
      `SELECT group_concat(id || ',' || kind || ',' || ifnull("of", 0) || ',' || ifnull(value, -1) || ',' || json_quote(name))
       FROM expression WHERE id BETWEEN ? AND ? AND +kind <> ${kindNumber.prototype}`,
      page << pageBits, ((page + 1) << pageBits) - 1,
    )?.[0]);
    for (let at = 0; at < flat.length; at += 5) {
      const id = flat[at] as number;
      this.#kinds[id] = flat[at + 1] as number;
      this.#inner[id] = flat[at + 2] as number;
      this.#values[id] = flat[at + 3] as number;
      this.#names[id] = flat[at + 4] as string | null;
    }
    this.#loadPrototypes(page);
  }

  #loadPrototypes(page: number): void {
    const text = this.statements.get<readonly [string | null]>(
      `SELECT group_concat(p.id || ',' || ifnull(p."of", 'null') || ',[' || ifnull((SELECT group_concat(json_quote(q.name) || ',' || ifnull(q.type, 'null')) FROM param q WHERE q.prototype = p.id), '') || ']')
       FROM expression e CROSS JOIN expression p ON p.id = e."of" AND p.kind = ${kindNumber.prototype} WHERE e.id BETWEEN ? AND ? AND e.kind = ${kindNumber.ptr}`,
      page << pageBits, ((page + 1) << pageBits) - 1,
    )?.[0];
    const flat: readonly unknown[] = parseList(text);
    for (let at = 0; at < flat.length; at += 3) {
      this.#prototypes.set(flat[at] as number, { returns: flat[at + 1] as number | null, params: flat[at + 2] as readonly (string | number | null)[] });
    }
  }

  #grow(size: number): void {
    if (size <= this.#kinds.length) return;
    const before = this.#kinds.length;
    this.#kinds = grown(this.#kinds, new Uint8Array(2 * size));
    this.#kinds.fill(none, before);
    this.#inner = grown(this.#inner, new Uint32Array(2 * size));
    this.#values = grown(this.#values, new Float64Array(2 * size));
  }
}

interface Prototype {
  readonly returns: number | null;
  /** Name and type of each parameter, in a row. */
  readonly params: readonly (string | number | null)[];
}

const pageBits = 13;

/** No kind has this number. */
const none = 255;
