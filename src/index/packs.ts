// Blocks of definitions and of type expressions in columns, for questions about a whole kernel. They are made of the tables' rows, which never change
// once they are written: a block is made anew when rows were added to it.
import { plural } from '../base/plural.ts';
import { readColumns, writeColumns, type Column, type ColumnValues } from './columns.ts';
import type { Database } from './database.ts';
import { kindNumber } from './kinds.ts';
import { Statements } from './statements.ts';

/** Structs, unions, enums and typedefs with ids from `block << bits` on; members of one definition behind those of the one before. */
export interface DefinitionPack {
  /** id, counted from the block's first. */
  readonly at: Column;
  readonly kind: Column;
  /** 1: of an enum that has values below 0. */
  readonly signed: Column;
  /** Bytes; of a typedef the expression that it stands for. */
  readonly extent: Column;
  readonly members: Column;
  readonly memberType: Column;
  /** Bits. */
  readonly memberOffset: Column;
  /** Bits of a bitfield, plus 1; 0 for what is none. */
  readonly memberWidth: Column;
  /** Lengths in `text`, 0 for none: the definitions' names, and behind all of them the members'. */
  readonly names: Column;
  readonly text: Column;
}

/** Expressions but prototypes; these stand with the pointer to them, for most are of functions, which few questions ask about. */
export interface ExpressionPack {
  readonly at: Column;
  readonly kind: Column;
  /** 0 for none. */
  readonly of: Column;
  /** Plus 1; 0 for none. */
  readonly value: Column;
  readonly prototype: Column;
  readonly returns: Column;
  readonly params: Column;
  /** 0: `...`. */
  readonly paramType: Column;
  /** Lengths in `text`, 0 for none: the expressions' names, and behind all of them the parameters'. */
  readonly names: Column;
  readonly text: Column;
}

/** A table of blocks. */
export interface Packs {
  readonly table: string;
  /** The rows that go into it. */
  readonly rows: string;
  /** Rows a block, as a power of two. */
  readonly bits: number;
}

/** @typeParam P the columns of a block */
export interface PackKind<P> extends Packs {
  /** In the order in which a block has them. */
  readonly columns: readonly (keyof P & string)[];
}

export const definitionPacks: PackKind<DefinitionPack> = {
  table: 'definition_pack',
  rows: 'definition',
  bits: 10,
  columns: ['at', 'kind', 'signed', 'extent', 'members', 'memberType', 'memberOffset', 'memberWidth', 'names', 'text'],
};

export const expressionPacks: PackKind<ExpressionPack> = {
  table: 'expression_pack',
  rows: 'expression',
  bits: 12,
  columns: ['at', 'kind', 'of', 'value', 'prototype', 'returns', 'params', 'paramType', 'names', 'text'],
};

/** Blocks by their numbers, each with the first id that it may have. Throws RangeError for those that are missing or damaged. */
export function readPacks<P>(statements: Statements, kind: PackKind<P>, blocks: readonly number[]): readonly (readonly [first: number, pack: P])[] {
  const sql = `SELECT p.block, p.content FROM json_each(?) b CROSS JOIN ${kind.table} p ON p.block = b.value`;
  const rows = statements.all(sql, JSON.stringify(blocks)) as unknown as readonly (readonly [number, Buffer])[];
  if (rows.length < blocks.length) throw new RangeError(`catalog: ${plural(blocks.length - rows.length, 'block')} of ${kind.table} missing`);
  return rows.map(([block, content]) => [block << kind.bits, readPack(kind, content)]);
}

function readPack<P>({ table, columns }: PackKind<P>, content: Buffer): P {
  const read = readColumns(content);
  if (read.length !== columns.length) throw new RangeError(`catalog: a block of ${table} has ${plural(read.length, 'column')}`);
  return Object.fromEntries(columns.map((name, at) => [name, read[at]])) as P;
}

/** The names in a block, one behind the other; null for none. */
export function namesOf({ names, text }: Pick<DefinitionPack | ExpressionPack, 'names' | 'text'>): readonly (string | null)[] {
  const all = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8');
  let end = 0;
  return Array.from(names, (length) => (length === 0 ? null : all.slice(end, (end += length))));
}

/** Makes the blocks that are missing, or have got rows since they were made. Inside the writer's transaction. */
export function refreshPacks(db: Database): void {
  const statements = new Statements(db);
  refresh(db, definitionPacks, (first, last) => packDefinitions(statements, first, last));
  refresh(db, expressionPacks, (first, last) => packExpressions(statements, first, last));
}

/** To be called for rows that were deleted: their blocks are made anew. @param first id */
export function dropPacks(db: Database, { table, bits }: Packs, first: number, last: number): void {
  db.prepare(`DELETE FROM ${table} WHERE block BETWEEN ? AND ?`).run(first >> bits, last >> bits);
}

/** What goes into a block. */
type Values<P> = Readonly<Record<keyof P, ColumnValues>>;

function refresh<P>(db: Database, { table, rows, bits, columns }: PackKind<P>, pack: (first: number, last: number) => Values<P>): void {
  const most = db.prepare<[], number | null>(`SELECT max(id) FROM ${rows}`).pluck().get() ?? 0;
  const known = new Map(db.prepare<[], [number, number]>(`SELECT block, last FROM ${table}`).raw().all());
  const put = db.prepare(`INSERT OR REPLACE INTO ${table} (block, last, content) VALUES (?, ?, ?)`);
  for (let block = 0; block << bits <= most; block++) {
    const last = Math.min(most, ((block + 1) << bits) - 1);
    if (known.get(block) === last) continue;
    const values = pack(block << bits, last);
    put.run(block, last, writeColumns(columns.map((name) => values[name])));
  }
}

const packedKinds = [kindNumber.struct, kindNumber.union, kindNumber.enum, kindNumber.typedef].join(', ');

const each = (...columns: readonly string[]): string => columns.map((column) => `json_group_array(${column})`).join(', ');

const definitionRows = `SELECT ${each('id', 'kind', 'ifnull(signed, 0)', `ifnull(CASE WHEN kind = ${kindNumber.typedef} THEN type ELSE size END, 0)`, 'name')}
  FROM definition WHERE id BETWEEN ? AND ? AND +kind IN (${packedKinds})`;

const memberRows = `SELECT ${each('record', 'type', 'bit_offset', 'ifnull(bit_size + 1, 0)', 'name')} FROM member WHERE record BETWEEN ? AND ?`;

const expressionRows = `SELECT ${each('id', 'kind', 'ifnull("of", 0)', 'ifnull(value + 1, 0)', 'name')} FROM expression WHERE id BETWEEN ? AND ? AND kind <> ${kindNumber.prototype}`;

const pointedTo = `FROM expression e CROSS JOIN expression p ON p.id = e."of" AND p.kind = ${kindNumber.prototype}`;
const pointers = `e.id BETWEEN ? AND ? AND e.kind = ${kindNumber.ptr}`;

const prototypeRows = `SELECT ${each('p.id', 'ifnull(p."of", 0)', '(SELECT count(*) FROM param q WHERE q.prototype = p.id)')} ${pointedTo} WHERE ${pointers}`;

const paramRows = `SELECT ${each('ifnull(q.type, 0)', 'q.name')} ${pointedTo} CROSS JOIN param q ON q.prototype = p.id WHERE ${pointers}`;

type Numbers = readonly number[];
type Names = readonly (string | null)[];

function packDefinitions(statements: Statements, first: number, last: number): Values<DefinitionPack> {
  const [ids, kind, signed, extent, own] = statements.columns<[Numbers, Numbers, Numbers, Numbers, Names]>(definitionRows, first, last);
  const [records, memberType, memberOffset, memberWidth, memberNames] = statements.columns<[Numbers, Numbers, Numbers, Numbers, Names]>(memberRows, first, last);
  const counts = new Map<number, number>();
  for (const record of records) counts.set(record, (counts.get(record) ?? 0) + 1);
  const members = ids.map((id) => counts.get(id) ?? 0);
  return { at: ids.map((id) => id - first), kind, signed, extent, members, memberType, memberOffset, memberWidth, ...texts([...own, ...memberNames]) };
}

function packExpressions(statements: Statements, first: number, last: number): Values<ExpressionPack> {
  const [ids, kind, of, value, own] = statements.columns<[Numbers, Numbers, Numbers, Numbers, Names]>(expressionRows, first, last);
  const [prototype, returns, params] = statements.columns<[Numbers, Numbers, Numbers]>(prototypeRows, first, last);
  const [paramType, paramNames] = statements.columns<[Numbers, Names]>(paramRows, first, last);
  return { at: ids.map((id) => id - first), kind, of, value, prototype, returns, params, paramType, ...texts([...own, ...paramNames]) };
}

/** Their lengths in UTF-16 code units, and their bytes. */
function texts(names: Names): { readonly names: Numbers; readonly text: Uint8Array } {
  return { names: names.map((name) => name?.length ?? 0), text: Buffer.from(names.join(''), 'utf8') };
}
