// Damages samples for fuzz tests. Mutation number i of a seed is the same whatever was made before it, so that one can be made again alone.

/** Other numbers find other things: BTFLY_FUZZ_SEED. */
export const seed = Number(process.env['BTFLY_FUZZ_SEED'] ?? 20_261_122);

/** Numbers below `bound`. */
export type Random = (bound: number) => number;

/** A counter whose bits are mixed (MurmurHash3's finalizer). */
export function randomOf(seed: number, index: number): Random {
  let state = mix(seed) ^ mix(index + 0x9e3779b9);
  return (bound) => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) % bound;
  };
}

function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** One of the samples with one to six damages. `text` adds those that hurt readers of lines and numbers. */
export function mutation(samples: readonly Uint8Array[], seed: number, index: number, text = false): Uint8Array {
  const random = randomOf(seed, index);
  const kinds = text ? [...damages, ...textDamages, ...textDamages] : damages;
  let bytes: Uint8Array = new Uint8Array(pick(samples, random));
  for (let left = 1 + random(1 + random(6)); left > 0; left--) {
    if (bytes.length < 8) break;
    bytes = pick(kinds, random)(bytes, random, samples);
  }
  return bytes;
}

/** The first mutations of one sample. */
export function* mutations(bytes: Uint8Array, count: number): Generator<Uint8Array> {
  for (let index = 0; index < count; index++) yield mutation([bytes], seed, index);
}

type Damage = (bytes: Uint8Array, random: Random, samples: readonly Uint8Array[]) => Uint8Array;

function pick<T>(from: readonly T[], random: Random): T {
  const found = from[random(from.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
}

const painful = [0, 1, 2, 4, 8, 12, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];

/** Sizes are cut where they would only make the test slow. */
const maxSize = 1 << 20;

const damages: readonly Damage[] = [
  (bytes, random) => {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  // Words that hurt, aligned or not, in both byte orders.
  (bytes, random) => {
    view(bytes).setUint32(place(bytes, 4, random), pick(painful, random), random(4) > 0);
    return bytes;
  },
  (bytes, random) => {
    view(bytes).setUint16(place(bytes, 2, random), pick(painful, random) & 0xffff, random(4) > 0);
    return bytes;
  },
  (bytes, random) => {
    view(bytes).setBigUint64(place(bytes, 8, random), (BigInt(pick(painful, random)) << 32n) | BigInt(pick(painful, random)), random(4) > 0);
    return bytes;
  },
  // Small numbers are ids and counts: what refers to itself, or to what comes later.
  (bytes, random) => {
    view(bytes).setUint32(place(bytes, 4, random), random(64), random(4) > 0);
    return bytes;
  },
  (bytes, random) => {
    const [from, to] = [place(bytes, 4, random), place(bytes, 4, random)];
    view(bytes).setUint32(to, view(bytes).getUint32(from));
    return bytes;
  },
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  (bytes, random) => joined([bytes, new Uint8Array(1 + random(64)).fill(pick([0, 0xff, 1], random))]),
  (bytes, random) => {
    const from = random(bytes.length);
    bytes.copyWithin(random(bytes.length), from, from + 1 + random(64));
    return bytes;
  },
  (bytes, random) => {
    const from = random(bytes.length);
    return joined([bytes.subarray(0, from), bytes.subarray(from + 1 + random(32))]);
  },
  (bytes, random) => {
    const from = random(bytes.length);
    return joined([bytes.subarray(0, from), bytes.subarray(random(from + 1))]);
  },
  // The head of one and the tail of another.
  (bytes, random, samples) => {
    const other = pick(samples, random);
    return joined([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))]);
  },
];

const numbers = ['0', '-1', '4294967295', '4294967296', '18446744073709551616', '9'.repeat(400), '0x', '1e999'];
const newline = 10;

const textDamages: readonly Damage[] = [
  (bytes, random) => replaced(bytes, random, /\d+/g, () => pick(numbers, random)),
  (bytes, random) => replaced(bytes, random, /\w+/g, () => pick(['', 'x'.repeat(1 + random(5000)), '[', '*', ';'], random)),
  (bytes, random) => replaced(bytes, random, /[^\w\s]/g, () => pick(['', '[', ']', '(', '"', '\t', '\n', ';', ':', '\0'], random)),
  (bytes, random) => {
    const [from, to] = line(bytes, random);
    return joined([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const [from, to] = line(bytes, random);
    return joined([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const at = random(bytes.length);
    return joined([bytes.subarray(0, at), new Uint8Array(1 + random(20_000)).fill(pick([32, 9, newline, 91, 42, 65], random)), bytes.subarray(at)]);
  },
];

/** Between the first and the last byte of a line, its end included. */
function line(bytes: Uint8Array, random: Random): readonly [number, number] {
  const at = random(bytes.length);
  const end = bytes.indexOf(newline, at);
  return [bytes.lastIndexOf(newline, at) + 1, end < 0 ? bytes.length : end + 1];
}

function replaced(bytes: Uint8Array, random: Random, what: RegExp, by: () => string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const found = [...text.matchAll(what)];
  if (found.length === 0) return bytes;
  const one = pick(found, random);
  return new Uint8Array(Buffer.from(text.slice(0, one.index) + by() + text.slice(one.index + one[0].length), 'latin1'));
}

function place(bytes: Uint8Array, size: number, random: Random): number {
  const at = random(bytes.length - size + 1);
  return random(4) > 0 ? at - (at % size) : at;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts).subarray(0, maxSize));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
