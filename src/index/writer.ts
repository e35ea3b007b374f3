// The one writer of a catalog at a time: takes its turn, and puts everything in with one transaction.
import Sqlite from 'better-sqlite3';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate, openForWriting, refusalOf, type Database } from './database.ts';
import { refreshPacks } from './packs.ts';

export interface WriterOptions {
  readonly path: string;
  /** Readable for everybody. */
  readonly shared: boolean;
  /** Called once when another writer is at work. */
  readonly waiting: () => void;
}

/**
 * Runs `work` inside a transaction in which nobody else writes and everybody reads the catalog as it was. A throw undoes everything.
 * Readers are kept out only while the commit writes the pages.
 */
export async function writeCatalog<T>(options: WriterOptions, work: (db: Database, empty: boolean) => T | Promise<T>): Promise<T> {
  const db = openForWriting(options.path, options.shared);
  try {
    await patiently(() => db.exec('BEGIN IMMEDIATE'), options.waiting);
    const empty = migrate(db, options.path);
    const result = empty ? await withoutIndexes(db, () => work(db, empty)) : await work(db, empty);
    refreshPacks(db);
    await patiently(() => db.exec('COMMIT'), () => undefined);
    return result;
  } catch (error) {
    throw refusalOf(options.path, error);
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
    db.close();
  }
}

/** Repeats what meets another's lock; each try waits a second itself. */
async function patiently(step: () => void, waiting: () => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      step();
      return;
    } catch (error) {
      if (!(error instanceof Sqlite.SqliteError) || error.code !== 'SQLITE_BUSY') throw error;
      if (tries === 0) waiting();
      await sleep(10);
    }
  }
}

/** Filling an empty catalog is faster when the indexes are made last. */
async function withoutIndexes<T>(db: Database, work: () => T | Promise<T>): Promise<T> {
  const indexes = db.prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all();
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
  const result = await work();
  for (const { sql } of indexes) db.exec(sql);
  return result;
}
