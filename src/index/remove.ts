// Takes a kernel out of the catalog, with all that only it had.
import { statSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { append } from '../base/append.ts';
import type { Database } from './database.ts';
import { openForWriting } from './database.ts';
import { kindNumber } from './kinds.ts';
import { sweepMacros } from './macros.ts';
import { definitionPacks, dropPacks, expressionPacks, type Packs } from './packs.ts';
import { sweepSymbols } from './symbols.ts';
import { writeCatalog } from './writer.ts';

export interface Removed {
  readonly images: number;
  readonly definitions: number;
  readonly expressions: number;
  /** Bytes of the catalog's file, before and after. */
  readonly before: number;
  readonly after: number;
}

export interface RemoveOptions {
  readonly path: string;
  readonly shared?: boolean;
  /** Called once when another writer is at work. */
  readonly waiting?: () => void;
}

/** @param kernel its row. Space is given back where it is worth the copying, else the next index fills it. */
export async function removeKernel(kernel: number, options: RemoveOptions): Promise<Removed> {
  const { path, shared = false, waiting = (): void => undefined } = options;
  const before = statSync(path).size;
  const counts = await writeCatalog({ path, shared, waiting }, (db) => {
    const images = db.prepare('SELECT count(*) FROM image WHERE kernel = ?').pluck().get(kernel) as number;
    for (const sql of ofKernel) db.prepare(sql).run(kernel);
    return { images, ...sweep(db) };
  });
  compact(path, shared);
  return { ...counts, before, after: statSync(path).size };
}

const itsImages = 'SELECT id FROM image WHERE kernel = ?';

/** Children first. */
const ofKernel: readonly string[] = [
  ...['settlement', 'variable', 'tag', 'source'].map((table) => `DELETE FROM ${table} WHERE image IN (${itsImages})`),
  'WITH k (id) AS (VALUES (?)) DELETE FROM image_block WHERE kernel IN (SELECT id FROM k UNION SELECT -id FROM k)',
  ...['symbol_block', 'event', 'event_candidate', 'syscall', 'macro_block'].map((table) => `DELETE FROM ${table} WHERE kernel = ?`),
  'DELETE FROM image WHERE kernel = ? AND base IS NOT NULL',
  'DELETE FROM image WHERE kernel = ?',
  'DELETE FROM kernel WHERE id = ?',
];

/** Deletes definitions that no image has, expressions that no definition is made of, formats and signatures that nothing refers to. */
function sweep(db: Database): { definitions: number; expressions: number } {
  const used = new Marks(db);
  used.mark();
  const definitions = deleteOthers(db, definitionPacks, used.definitions, [['member', 'record'], ['enumerator', 'enum']]);
  const expressions = deleteOthers(db, expressionPacks, used.expressions, [['param', 'prototype']]);
  for (const sql of [
    'DELETE FROM event_format WHERE id NOT IN (SELECT format FROM event UNION SELECT format FROM event_candidate)',
    'DELETE FROM event_field WHERE format NOT IN (SELECT id FROM event_format)',
    'DELETE FROM syscall_signature WHERE id NOT IN (SELECT signature FROM syscall)',
    'DELETE FROM syscall_arg WHERE signature NOT IN (SELECT id FROM syscall_signature)',
  ]) db.exec(sql);
  sweepMacros(db);
  sweepSymbols(db);
  return { definitions, expressions };
}

/** One byte a row: what is reached from the definitions that images have. */
class Marks {
  readonly definitions: Uint8Array;
  readonly expressions: Uint8Array;
  /** By expression: what it is made of, 0 for none; and of anonymous records and enums the definition. */
  readonly #of: Uint32Array;
  readonly #anonymous: Uint32Array;
  readonly #params = new Map<number, number[]>();
  readonly #parts = new Map<number, number[]>();

  constructor(readonly db: Database) {
    const last = (table: string): number => Number(db.prepare(`SELECT coalesce(max(id), 0) FROM ${table}`).pluck().get());
    this.definitions = new Uint8Array(last('definition') + 1);
    this.expressions = new Uint8Array(last('expression') + 1);
    this.#of = new Uint32Array(this.expressions.length);
    this.#anonymous = new Uint32Array(this.expressions.length);
    this.#read();
  }

  mark(): void {
    const open = this.db.prepare('SELECT DISTINCT definition FROM image_definition').pluck().all() as number[];
    for (let definition = open.pop(); definition !== undefined; definition = open.pop()) {
      if (this.definitions[definition] === 1) continue;
      this.definitions[definition] = 1;
      for (const part of this.#parts.get(definition) ?? []) this.#markExpression(part, open);
    }
  }

  #markExpression(first: number, definitions: number[]): void {
    const open = [first];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === 0 || this.expressions[at] === 1) continue;
      this.expressions[at] = 1;
      open.push(this.#of[at] ?? 0, ...(this.#params.get(at) ?? []));
      const anonymous = this.#anonymous[at] ?? 0;
      if (anonymous !== 0) definitions.push(anonymous);
    }
  }

  #read(): void {
    const { db } = this;
    const rows = (sql: string): IterableIterator<[number, number, number]> => db.prepare(sql).raw().iterate() as IterableIterator<[number, number, number]>;
    for (const [id, of] of rows('SELECT id, "of" FROM expression WHERE "of" IS NOT NULL')) this.#of[id] = of;
    for (const [id, value] of rows(`SELECT id, value FROM expression WHERE kind IN (${anonymousKinds}) AND value IS NOT NULL`)) this.#anonymous[id] = value;
    for (const [prototype, type] of rows('SELECT prototype, type FROM param WHERE type IS NOT NULL')) append(this.#params, prototype, type);
    for (const [record, type] of rows('SELECT record, type FROM member')) append(this.#parts, record, type);
    for (const [id, type] of rows('SELECT id, type FROM definition WHERE type IS NOT NULL')) append(this.#parts, id, type);
  }
}

const anonymousKinds = [kindNumber.struct, kindNumber.union, kindNumber.enum].join(', ');

/** Rows that are not marked, and what hangs on them. Returns how many rows of the table itself. */
function deleteOthers(db: Database, packs: Packs, marks: Uint8Array, hanging: readonly (readonly [table: string, column: string])[]): number {
  const { rows: table } = packs;
  const statements = hanging.map(([other, column]) => db.prepare(`DELETE FROM ${other} WHERE "${column}" BETWEEN ? AND ?`));
  statements.push(db.prepare(`DELETE FROM ${table} WHERE id BETWEEN ? AND ?`));
  const before = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  for (let first = 1; first < marks.length; first++) {
    if (marks[first] === 1) continue;
    let last = first;
    while (last + 1 < marks.length && marks[last + 1] === 0) last++;
    for (const statement of statements) statement.run(first, last);
    dropPacks(db, packs, first, last);
    first = last;
  }
  return before - (db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number);
}

/** A quarter of the file empty is worth copying the rest. Where there is no room for that, the empty pages stay for the next index. */
function compact(path: string, shared: boolean): void {
  const db = openForWriting(path, shared);
  try {
    const [pages, free] = ['page_count', 'freelist_count'].map((name) => Number(db.pragma(name, { simple: true })));
    if (pages === undefined || free === undefined || free < pages / 4) return;
    db.pragma('temp_store = FILE');
    db.exec('VACUUM');
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || !goesWithout.has(error.code)) throw error;
  } finally {
    db.close();
  }
}

const goesWithout: ReadonlySet<string> = new Set(['SQLITE_FULL', 'SQLITE_BUSY', 'SQLITE_IOERR_WRITE']);
