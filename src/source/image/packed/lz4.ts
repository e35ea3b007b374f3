// LZ4: the legacy frame, in which the kernel packs its image, and the frame of today (lz4_Frame_format.md, lz4_Block_format.md). The hashes in
// frames are passed over.
import { FormatError } from '../../../base/errors.ts';
import type { ByteStream } from '../stream.ts';
import { Window } from './window.ts';

/** Unpacks every frame, one behind the other. Throws FormatError. */
export async function* unpackLz4(source: ByteStream): AsyncGenerator<Uint8Array> {
  do {
    const magic = little32(await source.read(4), 0);
    if (magic === LEGACY) yield* legacyFrame(source);
    else if (magic === FRAME) yield* frame(source);
    else if (magic >>> 4 === SKIPPED >>> 4) await source.skip(little32(await source.read(4), 0));
    else source.fail(`no LZ4 frame begins with 0x${magic.toString(16)}`, source.offset - 4);
  } while (!(await source.atEnd()));
}

const LEGACY = 0x184c2102;
const FRAME = 0x184d2204;
const SKIPPED = 0x184d2a50;

/** Blocks of 8 MiB, the last one less, up to the end or the next magic number. */
async function* legacyFrame(source: ByteStream): AsyncGenerator<Uint8Array> {
  while (!(await source.atEnd())) {
    const size = little32(await source.peek(4), 0);
    if (size === LEGACY || size === FRAME || size >>> 4 === SKIPPED >>> 4) return;
    await source.skip(4);
    if (size > legacyBlock + legacyBlock / 255 + 16) source.fail(`a block of ${size} bytes`, source.offset - 4);
    const window = new Window(source.what, legacyBlock);
    window.room(legacyBlock);
    unpackBlock(source, await source.read(size), window, legacyBlock);
    yield window.flush();
  }
}

const legacyBlock = 2 ** 23;

async function* frame(source: ByteStream): AsyncGenerator<Uint8Array> {
  const start = source.offset;
  const [flags = 0, sizes = 0] = await source.read(2);
  const largest = blockSizes[(sizes >> 4) & 7];
  if (flags >> 6 !== 1 || largest === undefined) source.fail(`frame descriptor 0x${flags.toString(16)} 0x${sizes.toString(16)} is not known`, start);
  if ((flags & HAS_DICTIONARY) !== 0) source.fail('the frame needs a dictionary', start);
  // The content's size, and a byte of hash.
  await source.skip((flags & HAS_SIZE) === 0 ? 1 : 9);
  let window = new Window(source.what, reach);
  for (;;) {
    const size = little32(await source.read(4), 0);
    if (size === 0) break;
    const length = size & 0x7fffffff;
    if (length > largest) source.fail(`a block of ${length} bytes, the frame's are of ${largest}`, source.offset - 4);
    if ((flags & INDEPENDENT) !== 0) window = new Window(source.what, reach);
    const bytes = await source.read(length);
    if (size > 0x7fffffff) {
      yield window.append(bytes);
    } else {
      window.room(largest);
      unpackBlock(source, bytes, window, largest);
      yield window.flush();
    }
    if ((flags & BLOCK_HASH) !== 0) await source.skip(4);
  }
  if ((flags & CONTENT_HASH) !== 0) await source.skip(4);
}

const reach = 2 ** 16;
const blockSizes: readonly (number | undefined)[] = [undefined, undefined, undefined, undefined, 2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22];
const HAS_DICTIONARY = 0x01;
const CONTENT_HASH = 0x04;
const HAS_SIZE = 0x08;
const BLOCK_HASH = 0x10;
const INDEPENDENT = 0x20;

/** Sequences of literals and a match; the last has literals only. */
function unpackBlock(source: ByteStream, input: Uint8Array, window: Window, largest: number): void {
  const limit = window.position + largest;
  let at = 0;
  const fail = (detail: string): never => {
    throw new FormatError(source.what, source.offset - input.length + at, detail);
  };
  /** A length of 15 goes on in bytes of 255. */
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; sum += byte) {
      byte = input[at++] ?? fail('the block ends inside a length');
    }
    return sum;
  };
  while (at < input.length) {
    const token = input[at++] ?? 0;
    const literals = length(token >> 4);
    if (at + literals > input.length || window.position + literals > limit) fail(`${literals} literals, the block has ${input.length - at} bytes left`);
    window.bytes.set(input.subarray(at, at + literals), window.position);
    window.position += literals;
    at += literals;
    if (at === input.length) return;
    if (at + 2 > input.length) fail('the block ends inside a match');
    const distance = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2;
    const matched = 4 + length(token & 15);
    if (window.position + matched > limit) fail(`a match of ${matched} bytes, the block may have ${limit - window.position} more`);
    if (distance === 0 || !window.copy(distance, matched)) fail(`a match ${distance} bytes back`);
  }
}

function little32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
