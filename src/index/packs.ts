// Blocks of definitions and of type expressions in columns, for questions about a whole kernel. They are made of the tables' rows, which never change
// once they are written: a block is made anew when rows were added to it.
import { readColumns, writeColumns, type Column } from './columns.ts';
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

export interface PackKind {
  readonly table: string;
  /** The rows that go into it. */
  readonly rows: string;
  /** Rows a block, as a power of two. */
  readonly bits: number;
}

export const definitionPacks: PackKind = { table: 'definition_pack', rows: 'definition', bits: 10 };
export const expressionPacks: PackKind = { table: 'expression_pack', rows: 'expression', bits: 12 };

export function readDefinitionPack(content: Buffer): DefinitionPack {
  const [at = none, kind = none, signed = none, extent = none, members = none, memberType = none, memberOffset = none, memberWidth = none, names = none, text = none] = readColumns(content);
  return { at, kind, signed, extent, members, memberType, memberOffset, memberWidth, names, text };
}

export function readExpressionPack(content: Buffer): ExpressionPack {
  const [at = none, kind = none, of = none, value = none, prototype = none, returns = none, params = none, paramType = none, names = none, text = none] = readColumns(content);
  return { at, kind, of, value, prototype, returns, params, paramType, names, text };
}

export function textOf(bytes: Column): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

const none = new Uint8Array(0);

/** Makes the blocks that are missing, or have got rows since they were made. Inside the writer's transaction. */
export function refreshPacks(db: Database): void {
  const statements = new Statements(db);
  refresh(db, definitionPacks, (first, last) => packDefinitions(statements, first, last));
  refresh(db, expressionPacks, (first, last) => packExpressions(statements, first, last));
}

/** To be called for rows that were deleted: their blocks are made anew. @param first id */
export function dropPacks(db: Database, { table, bits }: PackKind, first: number, last: number): void {
  db.prepare(`DELETE FROM ${table} WHERE block BETWEEN ? AND ?`).run(first >> bits, last >> bits);
}

function refresh(db: Database, { table, rows, bits }: PackKind, pack: (first: number, last: number) => Buffer): void {
  const most = db.prepare<[], number | null>(`SELECT max(id) FROM ${rows}`).pluck().get() ?? 0;
  const known = new Map(db.prepare<[], [number, number]>(`SELECT block, last FROM ${table}`).raw().all());
  const put = db.prepare(`INSERT OR REPLACE INTO ${table} (block, last, content) VALUES (?, ?, ?)`);
  for (let block = 0; block << bits <= most; block++) {
    const last = Math.min(most, ((block + 1) << bits) - 1);
    if (known.get(block) !== last) put.run(block, last, pack(block << bits, last));
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

function packDefinitions(statements: Statements, first: number, last: number): Buffer {
  const [ids, kinds, signed, extents, names] = statements.columns<[Numbers, Numbers, Numbers, Numbers, Names]>(definitionRows, first, last);
  const [records, types, offsets, widths, memberNames] = statements.columns<[Numbers, Numbers, Numbers, Numbers, Names]>(memberRows, first, last);
  const counts = new Map<number, number>();
  for (const record of records) counts.set(record, (counts.get(record) ?? 0) + 1);
  return writeColumns([ids.map((id) => id - first), kinds, signed, extents, ids.map((id) => counts.get(id) ?? 0), types, offsets, widths, ...texts([...names, ...memberNames])]);
}

function packExpressions(statements: Statements, first: number, last: number): Buffer {
  const [ids, kinds, ofs, values, names] = statements.columns<[Numbers, Numbers, Numbers, Numbers, Names]>(expressionRows, first, last);
  const prototypes = statements.columns<[Numbers, Numbers, Numbers]>(prototypeRows, first, last);
  const [paramTypes, paramNames] = statements.columns<[Numbers, Names]>(paramRows, first, last);
  return writeColumns([ids.map((id) => id - first), kinds, ofs, values, ...prototypes, paramTypes, ...texts([...names, ...paramNames])]);
}

/** Their lengths in UTF-16 code units, and their bytes. */
function texts(names: readonly (string | null)[]): readonly [readonly number[], Uint8Array] {
  return [names.map((name) => name?.length ?? 0), Buffer.from(names.join(''), 'utf8')];
}
