// Questions in SQL that somebody typed: one reading statement over the catalog's views, and nothing else.
import Sqlite from 'better-sqlite3';
import { UsageError } from '../base/errors.ts';
import { nearest } from '../ctype/suggest.ts';
import { openForReading, type Database } from './database.ts';

export type Cell = string | number | bigint | Uint8Array | null;

export interface Answer {
  readonly columns: readonly string[];
  /** Made as they are asked for; integers are bigint where a double cannot hold them. */
  readonly rows: IterableIterator<readonly Cell[]>;
}

export interface ViewInfo {
  readonly name: string;
  readonly columns: readonly string[];
}

/** One catalog, open for questions. Throws like `openCatalog`; UsageError for statements that are refused and for what SQLite says of them. */
export class Queries {
  readonly #db: Database;

  /** @param kernel name of the only kernel that the views show; undefined: all */
  constructor(path: string, kernel: string | undefined) {
    const db = openForReading(path);
    if (db === undefined) throw new UsageError(`${path}: the catalog is empty`, 'btfly index reads the running kernel into it');
    this.#db = db;
    if (kernel !== undefined) this.#narrow(kernel);
    db.pragma('query_only = ON');
  }

  close(): void {
    this.#db.close();
  }

  ask(sql: string): Answer {
    checkWords(sql);
    const statement = this.#explained(() => this.#db.prepare(sql));
    if (!statement.reader || !statement.readonly) throw notReading();
    statement.raw().safeIntegers(true);
    return { columns: statement.columns().map(({ name }) => name), rows: this.#rows(statement) };
  }

  /** The views that are made for people, and their columns, in order of their names. */
  views(): readonly ViewInfo[] {
    const columns = this.#db.prepare('SELECT name FROM pragma_table_info(?)').pluck();
    return this.#names('view').filter((name) => name.startsWith('v_')).map((name) => ({ name, columns: columns.all(name) as string[] }));
  }

  *#rows(statement: Sqlite.Statement): IterableIterator<readonly Cell[]> {
    const rows = this.#explained(() => statement.iterate()) as IterableIterator<readonly Cell[]>;
    try {
      for (let next = this.#explained(() => rows.next()); next.done !== true; next = this.#explained(() => rows.next())) {
        yield next.value.map((cell) => (typeof cell === 'bigint' && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell));
      }
    } finally {
      rows.return?.();
    }
  }

  /** Views of the same names that stand before those of the catalog. */
  #narrow(kernel: string): void {
    for (const { name, columns } of this.views()) {
      const column = columns.includes('kernel') ? 'kernel' : name === 'v_kernel' ? 'name' : undefined;
      if (column !== undefined) this.#db.exec(`CREATE TEMP VIEW ${name} AS SELECT * FROM main.${name} WHERE ${column} = ${quoted(kernel)}`);
    }
  }

  #names(type: 'view' | 'table'): readonly string[] {
    return this.#db.prepare('SELECT name FROM main.sqlite_schema WHERE type = ? ORDER BY name').pluck().all(type) as string[];
  }

  #explained<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof Sqlite.SqliteError) throw new UsageError(`SQL: ${error.message}`, this.#hint(error.message));
      // better-sqlite3 takes one statement.
      if (error instanceof RangeError) throw new UsageError(`SQL: ${error.message}`);
      throw error;
    }
  }

  #hint(message: string): string | undefined {
    const [, what, name = ''] = /^no such (table|column): (?:\w+\.)?(\S+)$/.exec(message) ?? [];
    if (what === undefined) return undefined;
    const views = this.views();
    const candidates = what === 'table' ? [...views.map((view) => view.name), ...this.#names('table')] : views.flatMap(({ columns }) => columns);
    const near = nearest(name, candidates, 3);
    return near.length === 0 ? '`btfly sql` without a query lists views and columns' : `near it: ${near.join(', ')}`;
  }
}

/** SQLite's file is open for reading only; what is left to refuse are statements that change the connection (ATTACH, PRAGMA). */
function checkWords(sql: string): void {
  const bare = sql.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$)|\()+/, '');
  if (!/^(?:select|with|values|explain)\b/i.test(bare)) throw notReading();
}

function notReading(): UsageError {
  return new UsageError('only questions are answered: SELECT, WITH, VALUES, EXPLAIN');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
