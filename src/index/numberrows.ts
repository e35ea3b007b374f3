// Many rows of numbers as one text that SQLite strings together: a row costs more to fetch than to read out of a text.
import type { Statements } from './statements.ts';

/**
 * Runs a query of one row whose first column is `group_concat(a || ',' || b, ',')`, of numbers; one behind the other.
 * A second column of names, `group_concat(name, char(10))`, comes back split. Node's own parsers read them: a loop here would be compiled first.
 */
export function packedRows(statements: Statements, sql: string, ...values: readonly (number | string)[]): { readonly numbers: readonly number[]; readonly names: readonly string[] } {
  const [text, names] = statements.get<readonly (string | null)[]>(sql, ...values) ?? [];
  return { numbers: JSON.parse(`[${text ?? ''}]`) as readonly number[], names: typeof names === 'string' ? names.split('\n') : [] };
}

/** Lists of numbers by key, in the order in which they were added last first. */
export class Chains {
  readonly #heads: Int32Array;
  readonly #values: Int32Array;
  readonly #next: Int32Array;
  #used = 0;

  constructor(keys: number, capacity: number) {
    this.#heads = new Int32Array(keys);
    this.#values = new Int32Array(capacity + 1);
    this.#next = new Int32Array(capacity + 1);
  }

  add(key: number, value: number): void {
    const slot = ++this.#used;
    this.#values[slot] = value;
    this.#next[slot] = this.#heads[key] ?? 0;
    this.#heads[key] = slot;
  }

  each(key: number, visit: (value: number) => void): void {
    for (let slot = this.#heads[key] ?? 0; slot !== 0; slot = this.#next[slot] ?? 0) visit(this.#values[slot] ?? 0);
  }

  of(key: number): number[] {
    const values: number[] = [];
    this.each(key, (value) => values.push(value));
    return values;
  }
}
