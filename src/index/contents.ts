// What a set of images has, of many definitions at once, for reading a whole kernel: structs, unions, enums and typedefs out of the packs, columns that stay
// columns until one is asked for. A million small objects would cost more than the rows.
import type { Column } from './columns.ts';
import type { ExpressionRow, ExpressionRows, ParamRow } from './expressions.ts';
import { grown } from './hashtable.ts';
import { kindNumber } from './kinds.ts';
import { definitionPacks, expressionPacks, readDefinitionPack, readExpressionPack, type DefinitionPack, type ExpressionPack, type PackKind } from './packs.ts';
import type { Statements } from './statements.ts';
/** What an image has: index + `first` is the BTF id, 0 where that id is no definition. */
export interface Possession {
  readonly first: number;
  readonly definitions: Uint32Array;
}

/** By row of the image. @param images only these; undefined: all of the kernel. */
export function readPossessions(statements: Statements, kernel: number, images: ReadonlySet<number> | undefined): ReadonlyMap<number, Possession> {
  const blocks = new Map<number, Block[]>();
  for (const [image, base, first, ids] of statements.all<readonly [number, number, number, string]>('SELECT image, base, first, ids FROM image_block WHERE kernel = ?', kernel)) {
    if (images !== undefined && !images.has(image)) continue;
    const known = blocks.get(image);
    if (known === undefined) blocks.set(image, [{ base, first, ids }]);
    else known.push({ base, first, ids });
  }
  return new Map([...blocks].map(([image, rows]) => [image, placed(rows)]));
}

/** A row of image_block: src/index/membership.ts. */
interface Block {
  /** The lowest BTF id. */
  readonly base: number;
  /** Definition of the first character. */
  readonly first: number;
  readonly ids: string;
}

function placed(blocks: readonly Block[]): Possession {
  const first = blocks.reduce((least, { base }) => Math.min(least, base), Infinity);
  let definitions = new Uint32Array(1 << 12);
  let end = 0;
  for (const { base, first: definition, ids } of blocks) {
    for (let at = 0; at < ids.length; at++) {
      // A character is an id, counted from the row's lowest, plus 2; 1 is none.
      const code = ids.charCodeAt(at);
      if (code < 2) continue;
      const to = base + code - 2 - first;
      if (to >= definitions.length) definitions = grown(definitions, 2 * to);
      definitions[to] = definition + at;
      if (to >= end) end = to + 1;
    }
  }
  return { first, definitions: definitions.subarray(0, end) };
}

/** Rows of a set of definitions, by their numbers; functions and variables are read when they are first asked for. */
export class Contents {
  readonly expressions: ExpressionTable;
  readonly types: DefinitionTable;
  readonly #rows = new Map<number, BareRow>();
  readonly #values = new Map<number, string>();
  readonly #loaded = new Set<number>();

  constructor(
    readonly statements: Statements,
    readonly possessions: readonly Possession[],
  ) {
    this.types = new DefinitionTable(readBlocks(statements, definitionPacks, possessions).map(([block, content]) => [block << definitionPacks.bits, readDefinitionPack(content)]));
    this.expressions = new ExpressionTable(statements);
  }

  /** Reads all functions or variables. */
  load(kinds: readonly number[]): void {
    const missing = kinds.filter((kind) => !this.#loaded.has(kind));
    for (const kind of missing) this.#loaded.add(kind);
    if (missing.length > 0) this.#loadRows(missing);
  }

  /** 0 for one of a kind that was not loaded. */
  kind(definition: number): number {
    const kind = this.types.kind(definition);
    return kind === 0 && this.#rows.size > 0 ? (this.#rows.get(definition)?.kind ?? 0) : kind;
  }

  name(definition: number): string | null {
    return this.types.has(definition) ? this.types.name(definition) : (this.#rows.get(definition)?.name ?? null);
  }

  /** Expression of a typedef, function or variable. */
  type(definition: number): number {
    return this.types.has(definition) ? this.types.extent(definition) : (this.#rows.get(definition)?.type ?? 0);
  }

  /** Of enums: name and value for each; values are decimal texts, for they have 64 bits. */
  values(definition: number): readonly string[] {
    const known = this.#values.get(definition);
    const text = known ?? this.statements.get<readonly [string | null]>(`SELECT group_concat(${valueColumns}) FROM enumerator e WHERE e."enum" = ?`, definition)?.[0];
    return parseList(text) as readonly string[];
  }

  /** Reads the values of all enums; without this each is read when it is asked for. */
  loadValues(): void {
    const sql = `SELECT id.value, (SELECT group_concat(${valueColumns}) FROM enumerator e WHERE e."enum" = id.value) FROM json_each(?) id`;
    const enums = idsOf(this.possessions).filter((id) => this.types.kind(id) === kindNumber.enum);
    for (const [id, text] of this.statements.all<readonly [number, string | null]>(sql, JSON.stringify(enums))) this.#values.set(id, text ?? '');
  }

  #loadRows(kinds: readonly number[]): void {
    // The + keeps SQLite from the index by kind: it would go through all kernels' definitions for every run of ids.
    const sql = `SELECT group_concat(d.id || ',' || d.kind || ',' || json_quote(d.name) || ',' || ifnull(d.type, 0))
      FROM json_each(?) run CROSS JOIN definition d ON d.id BETWEEN run.value ->> 0 AND run.value ->> 1 WHERE +d.kind IN (${kinds.join(', ')})`;
    for (const runs of slices(runsOf(idsOf(this.possessions), 16), manyRuns)) {
      const flat = parseList(this.statements.get<readonly [string | null]>(sql, JSON.stringify(runs))?.[0]);
      for (let at = 0; at < flat.length; at += 4) {
        this.#rows.set(flat[at] as number, { kind: flat[at + 1] as number, name: flat[at + 2] as string, type: flat[at + 3] as number });
      }
    }
  }
}

/** A function or variable. */
interface BareRow {
  readonly kind: number;
  readonly name: string;
  readonly type: number;
}

/** Rising, each once. */
function idsOf(possessions: readonly Possession[]): readonly number[] {
  let last = 0;
  for (const { definitions } of possessions) for (const id of definitions) if (id > last) last = id;
  const wanted = new Uint8Array(last + 1);
  for (const { definitions } of possessions) for (const id of definitions) wanted[id] = 1;
  const ids: number[] = [];
  for (let id = 1; id <= last; id++) if (wanted[id] === 1) ids.push(id);
  return ids;
}

/** The packs in which any of them are. */
function readBlocks(statements: Statements, { table, bits }: PackKind, possessions: readonly Possession[]): readonly (readonly [block: number, content: Buffer])[] {
  const wanted = new Uint8Array((statements.get<readonly [number | null]>(`SELECT max(block) FROM ${table}`)?.[0] ?? 0) + 1);
  for (const { definitions } of possessions) for (let at = 0; at < definitions.length; at++) wanted[(definitions[at] ?? 0) >> bits] = 1;
  const blocks = [...wanted.keys()].filter((block) => wanted[block] === 1);
  const rows = statements.all(`SELECT p.block, p.content FROM json_each(?) b CROSS JOIN ${table} p ON p.block = b.value`, JSON.stringify(blocks));
  return rows as unknown as readonly (readonly [number, Buffer])[];
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

/** Structs, unions, enums and typedefs, and the members of all of them one behind the other. */
export class DefinitionTable {
  /** By row of a member: its type's expression, its place in bits, and the width of a bitfield plus 1, 0 for what is none. */
  readonly memberTypes: Uint32Array;
  readonly memberOffsets: Float64Array;
  readonly memberWidths: Uint16Array;
  /** By definition: its row, 0 for none. */
  readonly #rows: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #signed: Uint8Array;
  readonly #extents: Float64Array;
  readonly #names: Names;
  /** By row: its first member. The row behind the last has the end. */
  readonly #members: Uint32Array;
  readonly #memberNames: Names;

  constructor(packs: readonly (readonly [first: number, pack: DefinitionPack])[]) {
    let rows = 1;
    let members = 0;
    let last = 0;
    for (const [first, { at, memberType }] of packs) {
      rows += at.length;
      members += memberType.length;
      last = Math.max(last, first + (at[at.length - 1] ?? 0));
    }
    this.#rows = new Uint32Array(last + 1);
    this.#kinds = new Uint8Array(rows);
    this.#signed = new Uint8Array(rows);
    this.#extents = new Float64Array(rows);
    this.#members = new Uint32Array(rows + 1);
    this.memberTypes = new Uint32Array(members);
    this.memberOffsets = new Float64Array(members);
    this.memberWidths = new Uint16Array(members);
    const text = new TextOfPacks();
    this.#names = new Names(text, rows);
    this.#memberNames = new Names(text, members);
    this.#read(packs, text);
  }

  has(definition: number): boolean {
    return this.#row(definition) !== 0;
  }

  /** 0 for none. */
  kind(definition: number): number {
    return this.#kinds[this.#row(definition)] ?? 0;
  }

  name(definition: number): string | null {
    return this.#names.of(this.#row(definition));
  }

  /** Bytes; of a typedef the expression that it stands for. */
  extent(definition: number): number {
    return this.#extents[this.#row(definition)] ?? 0;
  }

  signed(definition: number): boolean {
    return this.#signed[this.#row(definition)] === 1;
  }

  /** The row of its first member; the others are behind it. */
  firstMember(definition: number): number {
    return this.#members[this.#row(definition)] ?? 0;
  }

  members(definition: number): number {
    const row = this.#row(definition);
    return (this.#members[row + 1] ?? 0) - (this.#members[row] ?? 0);
  }

  /** @param member a row */
  memberName(member: number): string | null {
    return this.#memberNames.of(member);
  }

  #row(definition: number): number {
    return this.#rows[definition] ?? 0;
  }

  #read(packs: readonly (readonly [number, DefinitionPack])[], text: TextOfPacks): void {
    let row = 1;
    let member = 0;
    for (const [first, pack] of packs) {
      this.#kinds.set(pack.kind, row);
      this.#signed.set(pack.signed, row);
      this.#extents.set(pack.extent, row);
      this.memberTypes.set(pack.memberType, member);
      this.memberOffsets.set(pack.memberOffset, member);
      this.memberWidths.set(pack.memberWidth, member);
      const count = pack.at.length;
      const start = text.add(pack.text);
      const end = this.#names.add(row, pack.names, 0, count, start);
      this.#memberNames.add(member, pack.names, count, pack.names.length, end);
      for (let at = 0; at < count; at++) {
        this.#rows[first + (pack.at[at] ?? 0)] = row;
        this.#members[row++] = member;
        member += pack.members[at] ?? 0;
      }
    }
    this.#members[row] = member;
  }
}

/** All texts as one: what is cut out of it costs nothing until it is looked at. */
class TextOfPacks {
  readonly #texts: string[] = [];
  #length = 0;
  #joined = '';

  /** Returns where it begins. */
  add(bytes: Column): number {
    const text = textOf(bytes);
    this.#texts.push(text);
    this.#length += text.length;
    return this.#length - text.length;
  }

  slice(start: number, length: number): string {
    if (this.#texts.length > 0) this.#joined += this.#texts.splice(0).join('');
    return this.#joined.slice(start, start + length);
  }
}

function textOf(bytes: Column): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Names by row, null for none. */
class Names {
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;

  constructor(
    readonly text: TextOfPacks,
    rows: number,
  ) {
    this.#starts = new Uint32Array(rows);
    this.#lengths = new Uint32Array(rows);
  }

  /** Lengths of one name behind the other, from `start` in the text. Returns where the last one ends. */
  add(row: number, lengths: Column, from: number, to: number, start: number): number {
    let end = start;
    for (let at = from; at < to; at++, row++) {
      const length = lengths[at] ?? 0;
      this.#starts[row] = end;
      this.#lengths[row] = length;
      end += length;
    }
    return end;
  }

  of(row: number): string | null {
    const length = this.#lengths[row] ?? 0;
    return length === 0 ? null : this.text.slice(this.#starts[row] ?? 0, length);
  }
}

/** Type expressions, by id; a block of them is read when one is first asked for. */
export class ExpressionTable implements ExpressionRows {
  readonly #blocks: Uint8Array;
  readonly #kinds: Uint8Array;
  readonly #of: Uint32Array;
  /** Plus 1; 0 for none. */
  readonly #values: Float64Array;
  readonly #names: (string | undefined)[];
  readonly #prototypes = new Map<number, Prototype>();

  constructor(readonly statements: Statements) {
    const blocks = 1 + (statements.get<readonly [number | null]>(`SELECT max(block) FROM ${expressionPacks.table}`)?.[0] ?? 0);
    this.#blocks = new Uint8Array(blocks);
    this.#kinds = new Uint8Array(blocks << expressionPacks.bits).fill(unread);
    this.#of = new Uint32Array(blocks << expressionPacks.bits);
    this.#values = new Float64Array(blocks << expressionPacks.bits);
    this.#names = new Array<string | undefined>(blocks << expressionPacks.bits);
  }

  row(id: number): ExpressionRow {
    if (this.#blocks[id >> expressionPacks.bits] === 0) this.#open(id >> expressionPacks.bits);
    const kind = this.#kinds[id] ?? unread;
    if (kind === unread) return this.#prototype(id);
    const of = this.#of[id] ?? 0;
    const value = this.#values[id] ?? 0;
    return [kind, of === 0 ? null : of, value === 0 ? null : value - 1, this.#names[id] ?? null];
  }

  params(prototype: number): readonly ParamRow[] {
    return this.#prototypes.get(prototype)?.params ?? this.statements.all<ParamRow>('SELECT name, type FROM param WHERE prototype = ? ORDER BY position', prototype);
  }

  #prototype(id: number): ExpressionRow {
    const known = this.#prototypes.get(id);
    if (known !== undefined) return [kindNumber.prototype, known.returns, null, null];
    const row = this.statements.get<ExpressionRow>('SELECT kind, "of", value, name FROM expression WHERE id = ?', id);
    if (row === undefined) throw new RangeError(`catalog: no expression ${id}`);
    return row;
  }

  #open(block: number): void {
    this.#blocks[block] = 1;
    const row = this.statements.get(`SELECT content FROM ${expressionPacks.table} WHERE block = ?`, block);
    if (row === undefined) throw new RangeError(`catalog: no block ${block} of expressions`);
    const pack = readExpressionPack(row[0] as unknown as Buffer);
    const names = cut(pack.names, textOf(pack.text));
    const first = block << expressionPacks.bits;
    for (let at = 0; at < pack.at.length; at++) {
      const id = first + (pack.at[at] ?? 0);
      this.#kinds[id] = pack.kind[at] ?? 0;
      this.#of[id] = pack.of[at] ?? 0;
      this.#values[id] = pack.value[at] ?? 0;
      const name = names[at] ?? null;
      if (name !== null) this.#names[id] = name;
    }
    this.#readPrototypes(pack, names);
  }

  /** @param names of expressions, then of parameters */
  #readPrototypes(pack: ExpressionPack, names: readonly (string | null)[]): void {
    let param = 0;
    for (let at = 0; at < pack.prototype.length; at++) {
      const params: ParamRow[] = [];
      for (const end = param + (pack.params[at] ?? 0); param < end; param++) params.push([names[pack.at.length + param] ?? null, nullable(pack.paramType[param] ?? 0)]);
      this.#prototypes.set(pack.prototype[at] ?? 0, { returns: nullable(pack.returns[at] ?? 0), params });
    }
  }
}

/** No kind has this number: prototypes without a pointer, and numbers that nothing has. */
const unread = 255;

/** Names by their lengths, null for none. */
function cut(lengths: Column, text: string): readonly (string | null)[] {
  let end = 0;
  return Array.from(lengths, (length) => (length === 0 ? null : text.slice(end, (end += length))));
}

/** What a pointer's prototype is made of. */
interface Prototype {
  readonly returns: number | null;
  readonly params: readonly ParamRow[];
}

function nullable(id: number): number | null {
  return id === 0 ? null : id;
}
