// Rows found by a 64-bit hash, over typed arrays: a hundred thousand of them without an object each.

/** Row numbers are given in order of arrival, from 0. Grows as it needs. */
export class HashTable {
  #slots: Int32Array;
  #high: Int32Array;
  #low: Int32Array;
  #size = 0;

  /** @param capacity rows that it takes before it grows */
  constructor(capacity: number) {
    this.#slots = new Int32Array(slotsFor(capacity));
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
    if (this.#size >= this.#high.length) this.#grow();
    this.#high[this.#size] = high;
    this.#low[this.#size] = low;
    this.#slots[this.#slot(high, low)] = ++this.#size;
    return this.#size - 1;
  }

  high(row: number): number {
    return this.#high[row] ?? 0;
  }

  low(row: number): number {
    return this.#low[row] ?? 0;
  }

  /** The halves of all hashes, by row: copies of just that length. */
  hashes(): { readonly high: Int32Array; readonly low: Int32Array } {
    return { high: this.#high.slice(0, this.#size), low: this.#low.slice(0, this.#size) };
  }

  #grow(): void {
    const capacity = Math.max(16, 2 * this.#high.length);
    this.#high = grown(this.#high, capacity);
    this.#low = grown(this.#low, capacity);
    if (slotsFor(capacity) === this.#slots.length) return;
    this.#slots = new Int32Array(slotsFor(capacity));
    for (let row = 0; row < this.#size; row++) this.#slots[this.#slot(this.high(row), this.low(row))] = row + 1;
  }

  #slot(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const row = (this.#slots[slot] ?? 0) - 1;
      if (row < 0 || (this.#low[row] === low && this.#high[row] === high)) return slot;
    }
  }
}

/** At most half of the slots are taken. */
function slotsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity + 1) + 1);
}

/** The same values with room for more. */
export function grown<T extends Int32Array | Uint32Array | Uint16Array | Uint8Array>(values: T, capacity: number): T {
  const bigger = new (values.constructor as new (length: number) => T)(capacity);
  bigger.set(values);
  return bigger;
}

/** A hash as SQLite's signed 64-bit integer. */
export function hashKey(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}
