// Damages bytes for fuzz tests, the same way every time for the same seed.

/** xorshift32: numbers below `bound`. */
export function randomNumbers(seed: number): (bound: number) => number {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** Copies with one to four damages each: bits flipped, bytes and words overwritten with values that hurt, the end cut off, parts doubled. */
export function* mutations(bytes: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  const random = randomNumbers(seed);
  for (let made = 0; made < count; made++) {
    let copy = new Uint8Array(bytes);
    for (let damages = 1 + random(4); damages > 0; damages--) {
      const damage = damageKinds[random(damageKinds.length)];
      if (damage !== undefined && copy.length > 8) copy = damage(copy, random);
    }
    yield copy;
  }
}

type Damage = (bytes: Uint8Array<ArrayBuffer>, random: (bound: number) => number) => Uint8Array<ArrayBuffer>;

const painful = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const damageKinds: readonly Damage[] = [
  (bytes, random) => {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  (bytes, random) => {
    new DataView(bytes.buffer).setUint32(4 * random(Math.floor(bytes.length / 4)), painful[random(painful.length)] ?? 0, true);
    return bytes;
  },
  (bytes, random) => {
    const view = new DataView(bytes.buffer);
    view.setUint32(4 * random(Math.floor(bytes.length / 4)), view.getUint32(4 * random(Math.floor(bytes.length / 4)), true), true);
    return bytes;
  },
  (bytes, random) => bytes.slice(0, 8 + random(bytes.length - 8)),
  (bytes, random) => {
    const from = random(bytes.length);
    bytes.copyWithin(random(bytes.length), from, from + random(64));
    return bytes;
  },
];
