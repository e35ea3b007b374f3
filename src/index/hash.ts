// 64-bit content hashes for definitions and type expressions. They are stored: a change here needs a new schema version.

/** Two 32-bit lanes that see the same words through different multipliers, mixed into each other at the end (after MurmurHash3). */
export class ContentHash {
  /** After `end()`: the halves of the hash. */
  high = 0;
  low = 0;

  begin(seed: number): void {
    this.high = seed ^ 0x2f0b4c47;
    this.low = seed ^ 0x5bd1e995;
  }

  word(value: number): void {
    this.high = rotate(this.high ^ Math.imul(rotate(Math.imul(value, 0x239b961b), 16), 0xab0e9789 | 0), 19);
    this.high = (Math.imul(this.high, 5) + 0x561ccd1b) | 0;
    this.low = rotate(this.low ^ Math.imul(rotate(Math.imul(value, 0xcc9e2d51 | 0), 15), 0x1b873593), 13);
    this.low = (Math.imul(this.low, 5) + 0xe6546b64) | 0;
  }

  /** The bytes up to the NUL, and their number. */
  name(bytes: Uint8Array, start: number): void {
    let at = start;
    for (let byte = bytes[at] ?? 0; byte !== 0; byte = bytes[++at] ?? 0) this.word(byte);
    this.word(start - at);
  }

  end(): void {
    const high = avalanche(this.high);
    const low = avalanche(this.low ^ high);
    this.high = avalanche(high + low);
    this.low = low;
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function avalanche(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b | 0);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35 | 0);
  return h ^ (h >>> 16);
}
