// Many rows of numbers as one text that SQLite strings together: a row costs more to fetch than to read out of a text.
import type { Statements } from './statements.ts';

/**
 * Runs a query of one row whose first column is `group_concat(a || ' ' || b, ' ')`, of numbers that are not negative; one behind the other.
 * A second column of names comes back split.
 */
export function packedRows(statements: Statements, sql: string, ...values: readonly (number | string)[]): { readonly numbers: Int32Array; readonly names: readonly string[] } {
  const [text, names] = statements.get<readonly (string | null)[]>(sql, ...values) ?? [];
  return { numbers: numbersIn(text ?? ''), names: typeof names === 'string' ? names.split(' ') : [] };
}

function numbersIn(text: string): Int32Array {
  const numbers = new Int32Array((text.length >> 1) + 1);
  let count = 0;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === blank) {
      numbers[count++] = value;
      value = 0;
    } else {
      value = value * 10 + code - zero;
    }
  }
  if (text.length > 0) numbers[count++] = value;
  return numbers.subarray(0, count);
}

const blank = 0x20;
const zero = 0x30;

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

  has(key: number): boolean {
    return (this.#heads[key] ?? 0) !== 0;
  }
}
