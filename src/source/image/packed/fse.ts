// Finite state entropy coding of Zstandard (RFC 8878, section 4.1), and the bits that it and the Huffman codes are read from.

/** Bits that are read from the end of the data to its start (section 4.1.1). Past the start there are zeros; `left` is then negative. */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  /** Of the bit behind those that are left, counted from the start of the margin. */
  #end: number;

  /** undefined: the mark that ends the bits is missing. */
  static of(bytes: Uint8Array, start: number, size: number): BackwardBits | undefined {
    const last = bytes[start + size - 1] ?? 0;
    return size === 0 || last === 0 ? undefined : new BackwardBits(bytes, start, size, 8 * size - 1 - (Math.clz32(last) - 24));
  }

  private constructor(bytes: Uint8Array, start: number, size: number, bits: number) {
    this.#bytes = new Uint8Array(margin + size + margin);
    this.#bytes.set(bytes.subarray(start, start + size), margin);
    this.#end = 8 * margin + bits;
  }

  get left(): number {
    return this.#end - 8 * margin;
  }

  /** Up to 25 bits. */
  read(count: number): number {
    this.#end -= count;
    return this.#at(this.#end) & ((1 << count) - 1);
  }

  /** Up to 32 bits. */
  readLong(count: number): number {
    return count <= 16 ? this.read(count) : this.read(count - 16) * 65536 + this.read(16);
  }

  /** The next bits without reading them, up to 25. */
  peek(count: number): number {
    return this.#at(this.#end - count) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#end -= count;
  }

  #at(bit: number): number {
    const bytes = this.#bytes;
    const at = bit >> 3;
    return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> (bit & 7);
  }
}

/** Bytes of zeros around the data, so that reading over its ends needs no test. */
const margin = 8;

/** By state: the symbol, and the next state as `base` plus so many bits. */
export interface FseTable {
  readonly log: number;
  readonly symbol: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** A table with one symbol, which takes no bits. */
export function singleSymbol(symbol: number): FseTable {
  return { log: 0, symbol: Uint8Array.of(symbol), bits: new Uint8Array(1), base: new Uint16Array(1) };
}

/** Spreads symbols over the states by their probabilities; -1 is less than one (section 4.1.1). */
export function makeTable(log: number, probabilities: readonly number[]): FseTable {
  const size = 1 << log;
  const symbol = new Uint8Array(size);
  const next = probabilities.map((probability) => (probability === -1 ? 1 : probability));
  let high = size;
  probabilities.forEach((probability, index) => {
    if (probability === -1) symbol[--high] = index;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  probabilities.forEach((probability, index) => {
    for (let count = 0; count < probability; count++) {
      symbol[at] = index;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  });
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const index = symbol[state] ?? 0;
    const value = next[index] ?? 1;
    next[index] = value + 1;
    const width = log - (31 - Math.clz32(value));
    bits[state] = width;
    base[state] = (value << width) - size;
  }
  return { log, symbol, bits, base };
}

/**
 * A table as the file describes it, from `start` on (section 4.1.1). Returns how many bytes that took, or what is wrong with it.
 * @param largest the largest symbol that may be
 */
export function readTable(bytes: Uint8Array, start: number, end: number, maxLog: number, largest: number): { readonly table: FseTable; readonly size: number } | string {
  let bit = 0;
  const take = (count: number): number => {
    const at = start + (bit >> 3);
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (word >>> (bit & 7)) & ((1 << count) - 1);
  };
  const log = take(4) + 5;
  bit += 4;
  if (log > maxLog) return `an FSE table of 2^${log} states, more than 2^${maxLog}`;
  const probabilities: number[] = [];
  for (let left = 1 << log; left > 0; ) {
    if (probabilities.length > largest) return `an FSE table with more than ${largest + 1} symbols`;
    // Values 0..left+1; the lower ones take a bit less.
    const width = 32 - Math.clz32(left + 1);
    const short = (1 << width) - 1 - (left + 1);
    let value = take(width - 1);
    if (value < short) {
      bit += width - 1;
    } else {
      value = take(width);
      bit += width;
      if (value >= 1 << (width - 1)) value -= short;
    }
    probabilities.push(value - 1);
    left -= Math.abs(value - 1);
    if (value !== 1) continue;
    for (let repeat = 3; repeat === 3; bit += 2) {
      repeat = take(2);
      for (let count = 0; count < repeat; count++) probabilities.push(0);
      if (probabilities.length > largest + 1) return `an FSE table with more than ${largest + 1} symbols`;
    }
  }
  const size = (bit + 7) >> 3;
  if (start + size > end) return 'an FSE table without an end';
  return { table: makeTable(log, probabilities), size };
}
