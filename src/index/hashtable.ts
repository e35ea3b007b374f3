// Rows found by a 64-bit hash, over typed arrays: a hundred thousand of them without an object each.

/** Row numbers are given in order of arrival, from 0. */
export class HashTable {
  readonly #slots: Int32Array;
  readonly #high: Int32Array;
  readonly #low: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity + 1) + 1));
    this.#high = new Int32Array(capacity);
    this.#low = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The row with that hash, -1 when there is none. */
  find(high: number, low: number): number {
    return (this.#slots[this.#slot(high, low)] ?? 0) - 1;
  }

  /** The row with that hash, made if it was not there: then it is `size - 1`. */
  add(high: number, low: number): number {
    const slot = this.#slot(high, low);
    const found = this.#slots[slot] ?? 0;
    if (found > 0) return found - 1;
    if (this.#size >= this.#high.length) throw new RangeError(`hash table of ${this.#high.length} rows is full`);
    this.#high[this.#size] = high;
    this.#low[this.#size] = low;
    this.#slots[slot] = ++this.#size;
    return this.#size - 1;
  }

  high(row: number): number {
    return this.#high[row] ?? 0;
  }

  low(row: number): number {
    return this.#low[row] ?? 0;
  }

  /** The hash as SQLite's signed 64-bit integer. */
  key(row: number): bigint {
    return (BigInt(this.high(row)) << 32n) | BigInt(this.low(row) >>> 0);
  }

  #slot(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const row = (this.#slots[slot] ?? 0) - 1;
      if (row < 0 || (this.#low[row] === low && this.#high[row] === high)) return slot;
    }
  }
}
