// A catalog as the first version of this program wrote it, made of one of today's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

const schema = join(import.meta.dirname, '../../db/001_catalog.sql');

/** Writes what the first schema has room for of a catalog into a new one. */
export function writeFirstVersion(catalog: string, path: string): void {
  const db = new Sqlite(path);
  try {
    db.pragma('page_size = 8192');
    db.exec(readFileSync(schema, 'utf8'));
    db.prepare('ATTACH ? AS today').run(catalog);
    for (const table of db.prepare<[], string>("SELECT name FROM main.sqlite_master WHERE type = 'table'").pluck().all()) {
      const columns = db.prepare<[string], string>("SELECT name FROM pragma_table_info(?, 'main')").pluck().all(table).map((name) => `"${name}"`).join(', ');
      // The first schema fills a table itself.
      db.exec(`DELETE FROM main."${table}"; INSERT INTO main."${table}" (${columns}) SELECT ${columns} FROM today."${table}"`);
    }
    db.exec('DETACH today');
    db.pragma('application_id = 0x6274666c');
    db.pragma('user_version = 1');
  } finally {
    db.close();
  }
}
