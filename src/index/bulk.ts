// Many rows into one table: one statement takes fifty rows, which halves the time.
import type { Database, Statement } from './database.ts';

export type Value = number | bigint | string | null;

const batch = 50;

export class Bulk {
  readonly #many: Statement;
  readonly #one: Statement;
  readonly #width: number;
  #values: Value[] = [];
  #rows = 0;

  /** @param columns in the order in which `add` gives their values */
  constructor(db: Database, table: string, columns: readonly string[]) {
    const row = `(${columns.map(() => '?').join(', ')})`;
    const insert = `INSERT INTO ${table} (${columns.map((column) => `"${column}"`).join(', ')}) VALUES `;
    this.#many = db.prepare(insert + Array.from({ length: batch }, () => row).join(', '));
    this.#one = db.prepare(insert + row);
    this.#width = columns.length;
  }

  get rows(): number {
    return this.#rows;
  }

  add(...values: readonly Value[]): void {
    for (const value of values) this.#values.push(value);
    this.#rows++;
    if (this.#values.length === batch * this.#width) {
      this.#many.run(this.#values);
      this.#values = [];
    }
  }

  /** Writes what is left. */
  end(): void {
    for (let at = 0; at < this.#values.length; at += this.#width) this.#one.run(this.#values.slice(at, at + this.#width));
    this.#values = [];
  }
}
