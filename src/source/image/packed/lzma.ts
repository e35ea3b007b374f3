// LZMA as it is inside of xz: the range decoder and its model (the LZMA specification of the LZMA SDK, "lzma-specification.txt").
import type { ByteStream } from '../stream.ts';
import { Window } from './window.ts';

/** LZMA2: chunks of packed or plain bytes, up to the chunk that ends them. Throws FormatError. */
export async function* unpackLzma2(source: ByteStream, dictionary: number): AsyncGenerator<Uint8Array> {
  const lzma = new Lzma(new Window(source.what, dictionary));
  let needs: 'dictionary' | 'properties' | 'nothing' = 'dictionary';
  for (;;) {
    const control = (await source.read(1))[0] ?? 0;
    if (control === 0) return;
    const packed = control >= 0x80;
    if (control === 1 || control >= 0xe0) needs = packed ? 'nothing' : 'properties';
    else if (needs === 'dictionary') source.fail('the first LZMA2 chunk does not begin a dictionary', source.offset - 1);
    else if (control > 2 && !packed) source.fail(`LZMA2 chunk of kind ${control}`, source.offset - 1);
    if (control === 1 || control >= 0xe0) lzma.window.forget();
    if (packed) {
      if (control >= 0xc0) needs = 'nothing';
      if (needs === 'properties') source.fail('an LZMA2 chunk without properties', source.offset - 1);
      yield await packedChunk(source, lzma, control);
    } else {
      const size = big16(await source.read(2), 0) + 1;
      yield lzma.window.append(await source.read(size));
    }
  }
}

async function packedChunk(source: ByteStream, lzma: Lzma, control: number): Promise<Uint8Array> {
  const header = await source.read(control >= 0xc0 ? 5 : 4);
  const size = ((control & 0x1f) << 16) + big16(header, 0) + 1;
  const packedSize = big16(header, 2) + 1;
  if (control >= 0xc0) {
    const properties = header[4] ?? 0;
    if (!lzma.configure(properties)) source.fail(`LZMA properties ${properties}`, source.offset - 1);
  }
  if (control >= 0xa0) lzma.reset();
  const start = source.offset;
  const input = await source.read(packedSize);
  const wrong = packedSize < 5 || input[0] !== 0 ? 'the range coder does not begin with 0' : lzma.decode(input, size);
  if (wrong !== undefined) source.fail(`LZMA2 chunk of ${packedSize} bytes: ${wrong}`, start);
  return lzma.window.flush();
}

function big16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Where each group of probabilities begins in the one array that has all. */
const IS_MATCH = 0;
const IS_REP = IS_MATCH + (12 << 4);
const IS_REP_G0 = IS_REP + 12;
const IS_REP_G1 = IS_REP_G0 + 12;
const IS_REP_G2 = IS_REP_G1 + 12;
const IS_REP0_LONG = IS_REP_G2 + 12;
const POS_SLOT = IS_REP0_LONG + (12 << 4);
const POS_SPECIAL = POS_SLOT + (4 << 6);
const POS_ALIGN = POS_SPECIAL + 128;
const LENGTH = POS_ALIGN + 16;
const REP_LENGTH = LENGTH + 2 + (16 << 3) + (16 << 3) + 256;
const LITERAL = REP_LENGTH + 2 + (16 << 3) + (16 << 3) + 256;
/** LZMA2 allows lc + lp up to 4. */
const PROBABILITIES = LITERAL + (0x300 << 4);

const MID = 2 + (16 << 3);
const HIGH = MID + (16 << 3);
const half = 1024;
const normal = 2 ** 24;

/** The model and the range decoder. Numbers are kept unsigned by `>>> 0`; the input's end reads as zeros and is found afterwards. */
class Lzma {
  readonly #probs = new Uint16Array(PROBABILITIES);
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #range = 0;
  #code = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  #literalContext = 0;
  #literalMask = 0;
  #positionMask = 0;

  constructor(readonly window: Window) {}

  /** Properties byte: (pb × 5 + lp) × 9 + lc. False: out of range. */
  configure(properties: number): boolean {
    const lc = properties % 9;
    const lp = Math.floor(properties / 9) % 5;
    const pb = Math.floor(properties / 45);
    this.#literalContext = lc;
    this.#literalMask = (1 << lp) - 1;
    this.#positionMask = (1 << pb) - 1;
    return pb <= 4 && lc + lp <= 4;
  }

  reset(): void {
    this.#probs.fill(half);
    this.#state = this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /** Appends exactly `size` bytes to the window. Returns what is wrong, if anything. */
  decode(input: Uint8Array, size: number): string | undefined {
    const window = this.window;
    window.room(size);
    this.#input = input;
    this.#range = 0xffffffff;
    this.#code = new DataView(input.buffer, input.byteOffset).getUint32(1);
    this.#at = 5;
    const limit = window.position + size;
    while (window.position < limit) {
      const step = (this.#state << 4) + (window.total() & this.#positionMask);
      if (this.#bit(IS_MATCH + step) === 0) {
        this.#literal();
        continue;
      }
      const length = this.#bit(IS_REP + this.#state) === 0 ? this.#match(step & 15) : this.#repeat(step);
      if (length > limit - window.position) return `a match of ${length} bytes, the chunk has ${limit - window.position} left`;
      if (!window.copy(this.#rep0 + 1, length)) return `a match ${this.#rep0 + 1} bytes back, behind the dictionary's start`;
    }
    if (this.#range < normal) this.#at++;
    return this.#at === input.length ? undefined : `it was read up to byte ${this.#at}`;
  }

  /** A new distance; returns the length. */
  #match(position: number): number {
    this.#rep3 = this.#rep2;
    this.#rep2 = this.#rep1;
    this.#rep1 = this.#rep0;
    const length = this.#length(LENGTH, position);
    this.#state = this.#state < 7 ? 7 : 10;
    const slot = this.#tree(POS_SLOT + (Math.min(length - 2, 3) << 6), 64);
    this.#rep0 = slot < 4 ? slot : this.#distance(slot);
    return length;
  }

  #distance(slot: number): number {
    const bits = (slot >> 1) - 1;
    const start = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return start + this.#reverseTree(POS_SPECIAL + start - slot, bits);
    return start + this.#direct(bits - 4) * 16 + this.#reverseTree(POS_ALIGN, 4);
  }

  /** One of the last four distances; returns the length. */
  #repeat(step: number): number {
    const state = this.#state;
    if (this.#bit(IS_REP_G0 + state) === 0) {
      if (this.#bit(IS_REP0_LONG + step) === 0) {
        this.#state = state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      let distance = this.#rep1;
      if (this.#bit(IS_REP_G1 + state) !== 0) {
        distance = this.#rep2;
        if (this.#bit(IS_REP_G2 + state) !== 0) {
          distance = this.#rep3;
          this.#rep3 = this.#rep2;
        }
        this.#rep2 = this.#rep1;
      }
      this.#rep1 = this.#rep0;
      this.#rep0 = distance;
    }
    this.#state = state < 7 ? 8 : 11;
    return this.#length(REP_LENGTH, step & 15);
  }

  #length(probs: number, position: number): number {
    if (this.#bit(probs) === 0) return 2 + this.#tree(probs + 2 + (position << 3), 8);
    if (this.#bit(probs + 1) === 0) return 10 + this.#tree(probs + MID + (position << 3), 8);
    return 18 + this.#tree(probs + HIGH, 256);
  }

  /** The step that most of the time is spent in: the range decoder is written out, its state in local variables. */
  #literal(): void {
    const probs = this.#probs;
    const input = this.#input;
    const window = this.window;
    let range = this.#range;
    let code = this.#code;
    let at = this.#at;
    const context = ((window.total() & this.#literalMask) << this.#literalContext) + (window.last() >>> (8 - this.#literalContext));
    const base = LITERAL + 0x300 * context;
    // After a match the byte at the last distance is a part of the context, for as long as it agrees.
    let match = this.#state < 7 ? 0 : window.back(this.#rep0 + 1);
    let offset = this.#state < 7 ? 0 : 0x100;
    let symbol = 1;
    do {
      match <<= 1;
      const bit = match & offset;
      if (range < normal) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | (input[at++] ?? 0)) >>> 0;
      }
      const index = base + offset + bit + symbol;
      const prob = probs[index] ?? 0;
      const bound = (range >>> 11) * prob;
      if (code < bound) {
        range = bound;
        probs[index] = prob + ((2048 - prob) >>> 5);
        symbol <<= 1;
        offset &= ~bit;
      } else {
        range -= bound;
        code -= bound;
        probs[index] = prob - (prob >>> 5);
        symbol = (symbol << 1) | 1;
        offset &= bit;
      }
    } while (symbol < 0x100);
    this.#range = range;
    this.#code = code;
    this.#at = at;
    window.push(symbol & 0xff);
    const state = this.#state;
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  #bit(index: number): number {
    if (this.#range < normal) this.#normalize();
    const prob = this.#probs[index] ?? 0;
    const bound = (this.#range >>> 11) * prob;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probs[index] = prob + ((2048 - prob) >>> 5);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    this.#probs[index] = prob - (prob >>> 5);
    return 1;
  }

  #normalize(): void {
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#input[this.#at++] ?? 0)) >>> 0;
  }

  #tree(probs: number, size: number): number {
    let symbol = 1;
    do symbol = (symbol << 1) | this.#bit(probs + symbol);
    while (symbol < size);
    return symbol - size;
  }

  #reverseTree(probs: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let index = 0; index < bits; index++) {
      const bit = this.#bit(probs + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  /** Bits of equal probability. */
  #direct(bits: number): number {
    let value = 0;
    for (let left = bits; left > 0; left--) {
      if (this.#range < normal) this.#normalize();
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = (value << 1) | bit;
    }
    return value >>> 0;
  }
}
