// XXH64, the check behind Zstandard frames (xxhash_spec.md), in 32-bit halves: bigint is ten times slower.

/** Takes in bytes; `low` gives the lower 32 bits of the hash. Seed 0. */
export class Xxh64 {
  /** The four lanes: low and high half of each, in turn. */
  readonly #lanes = Int32Array.of(...halves(prime1 + prime2), ...halves(prime2), 0, 0, ...halves(-prime1));
  readonly #rest = new Uint8Array(32);
  #held = 0;
  #total = 0;

  update(bytes: Uint8Array): void {
    let at = 0;
    this.#total += bytes.length;
    if (this.#held > 0) {
      at = Math.min(32 - this.#held, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < 32) return;
      this.#stripes(this.#rest, 0, 32);
    }
    const end = at + 32 * Math.floor((bytes.length - at) / 32);
    this.#stripes(bytes, at, end);
    this.#rest.set(bytes.subarray(end));
    this.#held = bytes.length - end;
  }

  low(): number {
    const lanes = [0, 1, 2, 3].map((lane) => BigInt.asUintN(64, (BigInt(this.#lanes[2 * lane + 1] ?? 0) << 32n) | BigInt((this.#lanes[2 * lane] ?? 0) >>> 0)));
    let hash = prime5;
    if (this.#total >= 32) {
      hash = wrap(lanes.reduce((sum, lane, index) => sum + rotate(lane, [1n, 7n, 12n, 18n][index] ?? 0n), 0n));
      for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * prime1 + prime4);
    }
    hash = wrap(hash + BigInt(this.#total));
    const view = new DataView(this.#rest.buffer);
    let at = 0;
    for (; at + 8 <= this.#held; at += 8) hash = wrap(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * prime1 + prime4);
    if (at + 4 <= this.#held) {
      hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint32(at, true)) * prime1), 23n) * prime2 + prime3);
      at += 4;
    }
    for (; at < this.#held; at++) hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint8(at)) * prime5), 11n) * prime1);
    hash = wrap((hash ^ (hash >> 33n)) * prime2);
    hash = wrap((hash ^ (hash >> 29n)) * prime3);
    return Number((hash ^ (hash >> 32n)) & 0xffffffffn);
  }

  /** lane = rotate(lane + word × prime2, 31) × prime1, over stripes of four words. */
  #stripes(bytes: Uint8Array, start: number, end: number): void {
    const lanes = this.#lanes;
    for (let lane = 0; lane < 4; lane++) {
      let low = lanes[2 * lane] ?? 0;
      let high = lanes[2 * lane + 1] ?? 0;
      for (let at = start + 8 * lane; at < end; at += 32) {
        const a = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
        const b = (bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8) | ((bytes[at + 6] ?? 0) << 16) | ((bytes[at + 7] ?? 0) << 24);
        const productHigh = (upper(a, prime2Low) + Math.imul(a, prime2High) + Math.imul(b, prime2Low)) | 0;
        const sum = (low >>> 0) + (Math.imul(a, prime2Low) >>> 0);
        const sumLow = sum | 0;
        const sumHigh = (high + productHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
        const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
        const turnedHigh = (sumHigh << 31) | (sumLow >>> 1);
        high = (upper(turnedLow, prime1Low) + Math.imul(turnedLow, prime1High) + Math.imul(turnedHigh, prime1Low)) | 0;
        low = Math.imul(turnedLow, prime1Low);
      }
      lanes[2 * lane] = low;
      lanes[2 * lane + 1] = high;
    }
  }
}

const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;
const prime1Low = 0x85ebca87;
const prime1High = 0x9e3779b1;
const prime2Low = 0x27d4eb4f;
const prime2High = 0xc2b2ae3d;

/** The upper half of the 64-bit product of two unsigned 32-bit numbers. */
function upper(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const cross = aHigh * bLow + (Math.imul(aLow, bLow) >>> 16);
  const middle = (cross & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(cross / 65536) + Math.floor(middle / 65536)) | 0;
}

function halves(value: bigint): readonly [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, by: bigint): bigint {
  return wrap((value << by) | (wrap(value) >> (64n - by)));
}

function round(lane: bigint, word: bigint): bigint {
  return wrap(rotate(wrap(lane + word * prime2), 31n) * prime1);
}
