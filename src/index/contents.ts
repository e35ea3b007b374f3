// Rows of many definitions at once, for reading a whole kernel: SQLite puts what belongs together into one text, because handing over
// a row costs more than finding it.
import type { ExpressionRow, ExpressionRows, ParamRow } from './expressions.ts';
import type { Statements } from './statements.ts';

/** kind, name, size, signed, type. */
export type DefinitionRow = readonly [kind: number, name: string | null, size: number | null, signed: number | null, type: number | null];

/** name, type, bit offset, width of a bitfield. */
export type MemberRow = readonly [name: string | null, type: number, bitOffset: number, bitSize: number | null];

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
  ids.forEach((id, at) => {
    byId[id - first] = definitions[at] ?? 0;
  });
  return { first, definitions: byId };
}

/** Rows of a set of definitions; a kind is read when it is first asked for. */
export class Contents {
  readonly expressions: ExpressionPages;
  readonly #wanted: Uint8Array;
  readonly #rows: (DefinitionRow | undefined)[] = [];
  /** Texts of lists, parsed when they are asked for. */
  readonly #members = new Map<number, string>();
  readonly #values = new Map<number, string>();
  readonly #kinds = new Set<number>();

  constructor(
    readonly statements: Statements,
    possessions: Iterable<Possession>,
  ) {
    this.expressions = new ExpressionPages(statements);
    const all = [...possessions];
    this.#wanted = new Uint8Array(all.reduce((most, each) => each.definitions.reduce((max, id) => Math.max(max, id), most), 0) + 1);
    for (const { definitions } of all) for (const id of definitions) this.#wanted[id] = 1;
    this.#wanted[0] = 0;
  }

  /** Reads all definitions of those kinds. */
  load(kinds: readonly number[]): void {
    const missing = kinds.filter((kind) => !this.#kinds.has(kind));
    for (const kind of missing) this.#kinds.add(kind);
    if (missing.length > 0) this.#loadDefinitions(missing);
  }

  /** undefined for a kind that was not loaded. */
  row(definition: number): DefinitionRow | undefined {
    return this.#rows[definition];
  }

  /** Of structs and unions: four values for each member. */
  members(definition: number): readonly MemberRow[] {
    const text = this.#members.get(definition);
    if (text === undefined) return [];
    const flat = JSON.parse(text) as readonly (string | number | null)[];
    return rowsOf<MemberRow>(flat, 4);
  }

  /** Of enums; the values are decimal texts, for they have 64 bits. */
  values(definition: number): readonly (readonly [name: string, value: string])[] {
    let text = this.#values.get(definition);
    if (text === undefined) {
      text = this.statements.get<readonly [string | null]>(`SELECT '[' || group_concat(${valueColumns}) || ']' FROM enumerator e WHERE e."enum" = ?`, definition)?.[0] ?? '[]';
      this.#values.set(definition, text);
    }
    return rowsOf(JSON.parse(text) as readonly string[], 2);
  }

  /** Reads the members of the loaded definitions of that kind. */
  loadMembers(kind: number): void {
    this.#loadLists(kind, "json_quote(m.name) || ',' || m.type || ',' || m.bit_offset || ',' || ifnull(m.bit_size, 'null')", 'member m WHERE m.record', this.#members);
  }

  /** Reads the values of the loaded enums; without this each is read when it is asked for. */
  loadValues(kind: number): void {
    this.#loadLists(kind, valueColumns, 'enumerator e WHERE e."enum"', this.#values);
  }

  #loadDefinitions(kinds: readonly number[]): void {
    // The + keeps SQLite from the index by kind: it would go through all kernels' definitions for every run of ids.
    const rows = this.statements.all<readonly [string | null]>(
      `SELECT (SELECT '[' || group_concat(d.id || ',' || d.kind || ',' || json_quote(d.name) || ',' || ifnull(d.size, 'null') || ',' || ifnull(d.signed, 'null') || ',' || ifnull(d.type, 'null')) || ']'
         FROM definition d WHERE d.id BETWEEN run.value ->> 0 AND run.value ->> 1 AND +d.kind IN (${kinds.join(', ')}))
       FROM json_each(?) run`,
      JSON.stringify(this.#runs()),
    );
    for (const [text] of rows) {
      if (text === null) continue;
      for (const [id, ...row] of rowsOf<readonly [number, ...DefinitionRow]>(JSON.parse(text) as readonly (string | number | null)[], 6)) {
        if (this.#wanted[id] === 1) this.#rows[id] = row;
      }
    }
  }

  /** Stretches of wanted ids; a short gap costs less than a further search, a long stretch makes a long text. */
  #runs(): readonly (readonly [number, number])[] {
    const runs: [number, number][] = [];
    let run: [number, number] | undefined;
    this.#wanted.forEach((wanted, id) => {
      if (wanted === 0) return;
      if (run !== undefined && id - run[1] <= shortGap && id - run[0] < longRun) run[1] = id;
      else runs.push((run = [id, id]));
    });
    return runs;
  }

  #loadLists(kind: number, columns: string, from: string, into: Map<number, string>): void {
    const ids: number[] = [];
    this.#rows.forEach((row, id) => {
      if (row?.[0] === kind && !into.has(id)) ids.push(id);
    });
    for (let at = 0; at < ids.length; at += longRun) {
      const rows = this.statements.all<readonly [number, string | null]>(
        `SELECT id.value, (SELECT '[' || group_concat(${columns}) || ']' FROM ${from} = id.value) FROM json_each(?) id`, JSON.stringify(ids.slice(at, at + longRun)),
      );
      for (const [id, text] of rows) if (text !== null) into.set(id, text);
    }
  }
}

const valueColumns = "json_quote(e.name) || ',\"' || e.value || '\"'";

const shortGap = 16;
const longRun = 4096;

/** Type expressions by pages of a thousand. */
export class ExpressionPages implements ExpressionRows {
  readonly #rows: (ExpressionRow | undefined)[] = [];
  readonly #params = new Map<number, readonly ParamRow[]>();
  readonly #pages = new Set<number>();
  readonly #paramPages = new Set<number>();

  constructor(readonly statements: Statements) {}

  row(id: number): ExpressionRow {
    const row = this.#rows[id] ?? this.#load(id);
    if (row === undefined) throw new RangeError(`catalog: no expression ${id}`);
    return row;
  }

  params(prototype: number): readonly ParamRow[] {
    const page = prototype >> paramPageBits;
    if (!this.#paramPages.has(page)) {
      this.#paramPages.add(page);
      const rows = this.statements.all<readonly [number, string]>(
        "SELECT prototype, '[' || group_concat(json_quote(name) || ',' || ifnull(type, 'null')) || ']' FROM param WHERE prototype BETWEEN ? AND ? GROUP BY prototype",
        page << paramPageBits, ((page + 1) << paramPageBits) - 1,
      );
      for (const [id, text] of rows) this.#params.set(id, rowsOf<ParamRow>(JSON.parse(text) as readonly (string | number | null)[], 2));
    }
    return this.#params.get(prototype) ?? [];
  }

  #load(id: number): ExpressionRow | undefined {
    const page = id >> pageBits;
    if (this.#pages.has(page)) return undefined;
    this.#pages.add(page);
    const text = this.statements.get<readonly [string | null]>(
      `SELECT '[' || group_concat(id || ',' || kind || ',' || ifnull("of", 'null') || ',' || ifnull(value, 'null') || ',' || json_quote(name)) || ']'
       FROM expression WHERE id BETWEEN ? AND ?`,
      page << pageBits, ((page + 1) << pageBits) - 1,
    )?.[0];
    if (text === null || text === undefined) return undefined;
    for (const [row, ...rest] of rowsOf<readonly [number, ...ExpressionRow]>(JSON.parse(text) as readonly (string | number | null)[], 5)) this.#rows[row] = rest;
    return this.#rows[id];
  }
}

const pageBits = 10;
const paramPageBits = 6;

/** A list without its inner brackets: the statement that made it says how wide a row is. */
function rowsOf<R extends readonly (string | number | null)[]>(flat: readonly (string | number | null)[], width: number): R[] {
  const rows: R[] = [];
  for (let at = 0; at < flat.length; at += width) rows.push(flat.slice(at, at + width) as unknown as R);
  return rows;
}
