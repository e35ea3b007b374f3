// Prepared statements, made when they are first needed and kept.
import type { Database, Statement } from './database.ts';

/** Rows come as arrays, in order of the columns. */
export type Row = readonly (number | bigint | string | null)[];

export class Statements {
  readonly #made = new Map<string, Statement>();

  readonly #begin: Statement;
  readonly #end: Statement;

  constructor(readonly db: Database) {
    this.#begin = db.prepare('BEGIN');
    this.#end = db.prepare('COMMIT');
  }

  /** Runs reads under one lock: taking it costs as much as a look-up. Keep it short, a writer waits for it. */
  together<T>(read: () => T): T {
    if (this.db.inTransaction) return read();
    this.#begin.run();
    try {
      return read();
    } finally {
      this.#end.run();
    }
  }

  all<R extends Row>(sql: string, ...values: readonly (number | string | null)[]): readonly R[] {
    return this.#prepare(sql, false).all(...values) as R[];
  }

  get<R extends Row>(sql: string, ...values: readonly (number | string | null)[]): R | undefined {
    return this.#prepare(sql, false).get(...values) as R | undefined;
  }

  /**
   * The columns of a row of JSON arrays (`json_group_array`), parsed: SQLite strings many rows together in a quarter of the time that fetching them takes.
   * @typeParam C what is in each of them
   */
  columns<C extends readonly (readonly unknown[])[]>(sql: string, ...values: readonly (number | string | null)[]): C {
    return (this.get<readonly string[]>(sql, ...values) ?? []).map((column) => JSON.parse(column) as readonly unknown[]) as readonly (readonly unknown[])[] as C;
  }

  /** With every integer as a bigint: for columns that need 64 bits. */
  allWide<R extends Row>(sql: string, ...values: readonly (number | string | null)[]): readonly R[] {
    return this.#prepare(sql, true).all(...values) as R[];
  }

  #prepare(sql: string, wide: boolean): Statement {
    const known = this.#made.get(sql);
    if (known !== undefined) return known;
    const made = this.db.prepare(sql).raw().safeIntegers(wide);
    this.#made.set(sql, made);
    return made;
  }
}

/** The part of a glob before its first special character: names that match begin with it. */
export function globPrefix(glob: string): string {
  return glob.slice(0, /[*?[]|$/.exec(glob)?.index ?? 0);
}

/** One past every name with that prefix, in SQLite's byte order. */
export function prefixEnd(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
