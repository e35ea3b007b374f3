// Opening the catalog's file: the one place that knows where SQLite's addon and the migrations are, and how readers and writers share a file.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { FormatError, NotSupported, UsageError } from '../base/errors.ts';
import { CatalogRefused } from './failures.ts';
import { Membership } from './membership.ts';

export type Database = Sqlite.Database;
export type Statement = Sqlite.Statement;

/** What `PRAGMA user_version` says in a catalog of this program. */
export const schemaVersion = 8;

/** `PRAGMA application_id`: "btfl". */
const applicationId = 0x6274666c;

/** How long a reader waits for the moment in which a writer swaps its pages in, milliseconds. */
const readerPatience = 30_000;

/**
 * Opens for reading. undefined when the file is not there, or nothing was ever written to it.
 * Throws FormatError for a file that is no catalog, UsageError for one of another version, NotSupported when it may not be read.
 */
export function openForReading(path: string): Database | undefined {
  if (!existsSync(path)) return undefined;
  if (statSync(path).isDirectory()) throw new CatalogRefused('catalog', `${path}: a folder, not a catalog`, [elsewhere]);
  const db = explain(path, () => new Sqlite(path, { readonly: true, fileMustExist: true, timeout: readerPatience, ...binding() }));
  const version = explain(path, () => readVersion(db, path));
  if (version === schemaVersion) return db;
  // A file that another process has just made.
  const empty = version === 0 && explain(path, () => db.prepare('SELECT count(*) FROM sqlite_master').pluck().get()) === 0;
  db.close();
  if (empty) return undefined;
  throw version === 0 ? new FormatError(path, 0, 'a SQLite file, but not a catalog') : wrongVersion(path, Number(version));
}

/** For one who is going to write: a catalog of an earlier version has nothing that could be known before it is brought up to date. */
export function openExisting(path: string): Database | undefined {
  try {
    return openForReading(path);
  } catch (error) {
    if (error instanceof OldCatalog) return undefined;
    throw error;
  }
}

/** A writer that was killed while its pages went in leaves a journal: whoever may write the file rolls it back, as SQLite does by itself. */
function readVersion(db: Database, path: string): unknown {
  try {
    return userVersion(db);
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || error.code !== 'SQLITE_READONLY_ROLLBACK') throw error;
    const healer = new Sqlite(path, { fileMustExist: true, timeout: readerPatience, ...binding() });
    try {
      userVersion(healer);
    } finally {
      healer.close();
    }
    return userVersion(db);
  }
}

function userVersion(db: Database): unknown {
  return db.pragma('user_version', { simple: true });
}

/** Opens for writing; makes the folder and an empty file. The schema is made by `migrate`, inside the writer's transaction. */
export function openForWriting(path: string, shared: boolean): Database {
  if (path !== ':memory:') makeFolder(dirname(path), shared ? 0o755 : 0o777);
  const db = explain(path, () => new Sqlite(path, { timeout: 1_000, ...binding() }));
  // Pages stay in memory until the commit: a reader is kept out only while they are written, and a killed writer leaves nothing.
  for (const pragma of ['page_size = 8192', 'journal_mode = DELETE', 'synchronous = NORMAL', 'cache_spill = OFF', 'cache_size = -65536', 'temp_store = MEMORY']) {
    explain(path, () => db.pragma(pragma));
  }
  if (shared) chmodSync(path, 0o644);
  return db;
}

/** One level after the other: node's own `recursive` never ends below /proc. */
function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new CatalogRefused('catalog', `${folder}: the catalog's folder cannot be made: ${code ?? String(error)}`, [elsewhere], { cause: error });
  }
}

/** Brings an open transaction's database to this program's schema. Returns whether the catalog was empty before. */
export function migrate(db: Database, path: string): boolean {
  const version = Number(userVersion(db));
  if (version > schemaVersion) throw wrongVersion(path, version);
  if (version === schemaVersion) return false;
  for (const [index, file] of migrations().entries()) {
    if (index < version) continue;
    db.exec(readFileSync(file, 'utf8'));
    if (index + 1 === 2) intoBlocks(db);
  }
  db.pragma(`user_version = ${schemaVersion}`);
  db.pragma(`application_id = ${applicationId}`);
  return version === 0;
}

/** What SQL cannot do of 002: the rows of `image_definition` become blocks. */
function intoBlocks(db: Database): void {
  for (const kernel of db.prepare<[], number>('SELECT id FROM kernel').pluck().all()) {
    const have = new Membership();
    const rows = db.prepare<[number], [number, number, number]>('SELECT definition, image, btf_id FROM image_definition_1 WHERE kernel = ? ORDER BY image, btf_id').raw();
    for (const row of rows.all(kernel)) have.add(...row);
    have.write(db, kernel);
  }
  db.exec('DROP TABLE image_definition_1');
}

/** `db/001_*.sql`, `db/002_*.sql`, … in order. */
function migrations(): readonly string[] {
  const folder = installed('db');
  if (folder === undefined) throw new NotSupported('migrations', 'the folder db/ of this installation is not there');
  return readdirSync(folder).filter((name) => /^\d{3}_.*\.sql$/.test(name)).sort().map((name) => join(folder, name));
}

/** A file or folder of this installation, looked for from this module's place upwards; undefined when it is not there. */
export function installed(name: string): string | undefined {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

/** In a bundle better-sqlite3 cannot find its addon by itself: it lies beside the bundle, named by machine and ABI, or in node_modules. */
function binding(): { nativeBinding?: string } {
  if (process.env.BTFLY_BUNDLED !== '1') return {};
  const path = installed(`better_sqlite3-${process.arch}-${process.versions.modules}.node`) ?? installed('node_modules/better-sqlite3/build/Release/better_sqlite3.node');
  return path === undefined ? {} : { nativeBinding: path };
}

/** A catalog of an earlier version of this program: a writer brings it up to date. */
export class OldCatalog extends UsageError {}

function wrongVersion(path: string, version: number): UsageError {
  return version > schemaVersion
    ? new UsageError(`${path}: made by a newer btfly (catalog version ${version}, this one reads ${schemaVersion})`)
    : new OldCatalog(`${path}: made by an older btfly (catalog version ${version}, this one reads ${schemaVersion})`, 'btfly index brings it up to date');
}

/** Turns SQLite's refusals to open, read and write a file into ours. */
function explain<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw refusalOf(path, error);
  }
}

/** What SQLite refused, in our words; any other error as it is. */
export function refusalOf(path: string, error: unknown): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error;
  const refusal = refusals[error.code] ?? refusals[error.code.split('_').slice(0, 2).join('_')];
  return refusal === undefined ? error : refusal(path, error);
}

const elsewhere = '--db FILE names another catalog';

const refusals: Readonly<Record<string, (path: string, cause: Error) => Error>> = {
  SQLITE_NOTADB: (path, cause) => new FormatError(path, 0, 'not a catalog', { cause }),
  SQLITE_CORRUPT: (path, cause) => new FormatError(path, 0, 'the catalog is damaged: remove it and index again', { cause }),
  SQLITE_CANTOPEN: (path, cause) => new CatalogRefused('catalog', `${path}: cannot be opened`, [elsewhere], { cause }),
  SQLITE_PERM: (path, cause) => new CatalogRefused('catalog', `${path}: permission denied`, [elsewhere], { cause }),
  SQLITE_READONLY: (path, cause) => new CatalogRefused('catalog', `${path}: may not be written`, [elsewhere], { cause }),
  SQLITE_FULL: (path, cause) => new CatalogRefused('catalog', `${path}: no room on its disk; the catalog is as it was`, ['make room there', elsewhere], { cause }),
  SQLITE_IOERR: (path, cause) => new CatalogRefused('catalog', `${path}: reading or writing it failed: ${cause.message}`, ['look at its disk', elsewhere], { cause }),
  SQLITE_READONLY_ROLLBACK: (path, cause) =>
    new CatalogRefused('catalog', `${path}: its last writer was killed while it wrote`, ['one btfly index by its owner restores it'], { cause }),
};
