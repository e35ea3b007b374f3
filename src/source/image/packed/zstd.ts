// Zstandard (RFC 8878): frames of blocks, each made of literals and of sequences that copy from what was made before.
import { FormatError } from '../../../base/errors.ts';
import type { ByteStream } from '../stream.ts';
import { BackwardBits, makeTable, readTable, singleSymbol, type FseTable } from './fse.ts';
import { readHuffman, readSymbols, type HuffmanTable } from './huffman.ts';
import { Window } from './window.ts';
import { Xxh64 } from './xxh64.ts';

/** Unpacks every frame, one behind the other. Throws FormatError. */
export async function* unpackZstd(source: ByteStream): AsyncGenerator<Uint8Array> {
  do {
    const magic = little(await source.read(4), 0, 4);
    if (magic === MAGIC) yield* frame(source);
    else if (magic >>> 4 === SKIPPED >>> 4) await source.skip(little(await source.read(4), 0, 4));
    else source.fail(`no Zstandard frame begins with 0x${magic.toString(16)}`, source.offset - 4);
  } while (!(await source.atEnd()));
}

const MAGIC = 0xfd2fb528;
const SKIPPED = 0x184d2a50;

async function* frame(source: ByteStream): AsyncGenerator<Uint8Array> {
  const start = source.offset;
  const { window: reach, size, checked } = await readFrameHeader(source);
  const decoder = new BlockDecoder(source.what, new Window(source.what, reach));
  const hash = checked ? new Xxh64() : undefined;
  let made = 0;
  for (let last = false; !last; ) {
    const header = little(await source.read(3), 0, 3);
    last = (header & 1) === 1;
    const piece = await block(source, decoder, (header >> 1) & 3, header >> 3, Math.min(reach, maxBlock));
    made += piece.length;
    hash?.update(piece);
    yield piece;
  }
  if (size !== undefined && made !== size) source.fail(`the frame unpacks to ${made} bytes, its header says ${size}`, start);
  if (hash !== undefined && hash.low() !== little(await source.read(4), 0, 4)) source.fail('the frame does not match its checksum', start);
}

/** Bytes of a block, packed or not. */
const maxBlock = 2 ** 17;

interface FrameHeader {
  readonly window: number;
  readonly size: number | undefined;
  readonly checked: boolean;
}

async function readFrameHeader(source: ByteStream): Promise<FrameHeader> {
  const start = source.offset;
  const flags = (await source.read(1))[0] ?? 0;
  const single = (flags & 0x20) !== 0;
  if ((flags & 0x08) !== 0) source.fail(`frame flags 0x${flags.toString(16)} are not known`, start);
  const descriptor = single ? 0 : ((await source.read(1))[0] ?? 0);
  const dictionarySize = [0, 1, 2, 4][flags & 3] ?? 0;
  if (little(await source.read(dictionarySize), 0, dictionarySize) !== 0) source.fail('the frame needs a dictionary', start);
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const size = sizeBytes === 0 ? undefined : little(await source.read(sizeBytes), 0, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  const base = 2 ** (10 + (descriptor >> 3));
  const window = single ? (size ?? 0) : base + (base / 8) * (descriptor & 7);
  return { window, size, checked: (flags & 0x04) !== 0 };
}

async function block(source: ByteStream, decoder: BlockDecoder, kind: number, size: number, largest: number): Promise<Uint8Array> {
  if (size > largest || kind === 3) source.fail(`a block of kind ${kind} and ${size} bytes, at most ${largest}`, source.offset - 3);
  if (kind === 0) return decoder.window.append(await source.read(size));
  if (kind === 1) return decoder.window.append(new Uint8Array(size).fill((await source.read(1))[0] ?? 0));
  const start = source.offset;
  return decoder.decode(await source.read(size), start, largest);
}

/** Codes of one of the three parts of a sequence: to each a start, and how many bits are added. */
interface Part {
  readonly name: string;
  readonly maxLog: number;
  readonly start: Float64Array;
  readonly bits: Uint8Array;
  readonly standard: FseTable;
}

/** Each code starts where the codes before it end. */
function part(name: string, maxLog: number, first: number, bits: readonly number[], log: number, probabilities: readonly number[]): Part {
  let next = first;
  const start = bits.map((width) => {
    const own = next;
    next += 2 ** width;
    return own;
  });
  return { name, maxLog, start: Float64Array.from(start), bits: Uint8Array.from(bits), standard: makeTable(log, probabilities) };
}

/** Sections 3.1.1.3.2.1.1 and 3.1.1.3.2.2. */
const lengthParts = {
  literals: part(
    'literal lengths', 9, 0, [...Array<number>(16).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    6, [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
  ),
  match: part(
    'match lengths', 9, 3, [...Array<number>(32).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    6, [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array<number>(37).fill(1), -1, -1, -1, -1, -1, -1, -1],
  ),
};

const offsets: Part = {
  name: 'offsets',
  maxLog: 8,
  start: Float64Array.from({ length: 32 }, (_, code) => 2 ** code),
  bits: Uint8Array.from({ length: 32 }, (_, code) => code),
  standard: makeTable(5, [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]),
};

/** What blocks of a frame hand on: tables, and the last three offsets. */
class BlockDecoder {
  #huffman: HuffmanTable | undefined;
  #literalTable: FseTable | undefined;
  #offsetTable: FseTable | undefined;
  #matchTable: FseTable | undefined;
  #offset1 = 1;
  #offset2 = 4;
  #offset3 = 8;
  readonly #buffer = new Uint8Array(maxBlock);
  #literals: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(
    readonly what: string,
    readonly window: Window,
  ) {}

  /** @param start where the block is in the source, for messages */
  decode(bytes: Uint8Array, start: number, largest: number): Uint8Array {
    this.#start = start;
    let at = this.#readLiterals(bytes, largest);
    const first = bytes[at] ?? this.#fail(at, 'the block has no sequences');
    const second = bytes[at + 1] ?? 0;
    const count = first < 128 ? first : first < 255 ? ((first - 128) << 8) + second : second + ((bytes[at + 2] ?? 0) << 8) + 0x7f00;
    at += first < 128 ? 1 : first < 255 ? 2 : 3;
    this.window.room(largest);
    if (count === 0) {
      if (at !== bytes.length) this.#fail(at, `${bytes.length - at} bytes behind a block without sequences`);
      return this.window.append(this.#literals);
    }
    const modes = bytes[at++] ?? this.#fail(at, 'the block ends before its sequences');
    if ((modes & 3) !== 0) this.#fail(at - 1, `sequence modes 0x${modes.toString(16)} are not known`);
    const reader = { at };
    this.#literalTable = this.#table(bytes, reader, modes >> 6, lengthParts.literals, this.#literalTable);
    this.#offsetTable = this.#table(bytes, reader, (modes >> 4) & 3, offsets, this.#offsetTable);
    this.#matchTable = this.#table(bytes, reader, (modes >> 2) & 3, lengthParts.match, this.#matchTable);
    const bits = BackwardBits.of(bytes, reader.at, bytes.length - reader.at);
    if (bits === undefined) return this.#fail(reader.at, 'the sequences have no end mark');
    this.#sequences(bits, count, largest, this.#literalTable, this.#offsetTable, this.#matchTable);
    return this.window.flush();
  }

  /** Section 3.1.1.3.1. Returns where the sequences begin. */
  #readLiterals(bytes: Uint8Array, largest: number): number {
    const first = bytes[0] ?? 0;
    const kind = first & 3;
    const format = (first >> 2) & 3;
    if (kind >= 2) return this.#packedLiterals(bytes, format, kind === 2, largest);
    const headerSize = [1, 2, 1, 3][format] ?? 0;
    const size = little(bytes, 0, headerSize) >> (headerSize === 1 ? 3 : 4);
    const end = headerSize + (kind === 0 ? size : 1);
    if (end > bytes.length || size > largest) this.#fail(0, `${size} literals, the block has ${bytes.length} bytes`);
    this.#literals = kind === 0 ? bytes.subarray(headerSize, end) : this.#buffer.subarray(0, size).fill(bytes[headerSize] ?? 0);
    return end;
  }

  #packedLiterals(bytes: Uint8Array, format: number, described: boolean, largest: number): number {
    const headerSize = [3, 3, 4, 5][format] ?? 0;
    const width = [10, 10, 14, 18][format] ?? 0;
    const header = little(bytes, 0, headerSize);
    const size = Math.floor(header / 16) % 2 ** width;
    const packed = Math.floor(header / 2 ** (4 + width));
    const end = headerSize + packed;
    if (end > bytes.length || size > largest) this.#fail(0, `${size} literals in ${packed} bytes, the block has ${bytes.length} bytes`);
    let at = headerSize;
    if (described) {
      const read = readHuffman(bytes, at, end);
      if (typeof read === 'string') return this.#fail(at, read);
      this.#huffman = read.table;
      at += read.size;
    }
    const table = this.#huffman ?? this.#fail(0, 'literals by a Huffman table that is not there');
    this.#literals = this.#buffer.subarray(0, size);
    const fits = format === 0 ? readSymbols(table, bytes, at, end - at, this.#buffer, 0, size) : this.#fourStreams(table, bytes, at, end, size);
    if (!fits) this.#fail(at, `the Huffman codes do not make ${size} literals`);
    return end;
  }

  /** The sizes of the first three stand in front. */
  #fourStreams(table: HuffmanTable, bytes: Uint8Array, start: number, end: number, size: number): boolean {
    const each = (size + 3) >> 2;
    let at = start + 6;
    for (let stream = 0; stream < 4; stream++) {
      const packed = stream < 3 ? little(bytes, start + 2 * stream, 2) : end - at;
      const count = stream < 3 ? each : size - 3 * each;
      if (packed <= 0 || at + packed > end || count < 0) return false;
      if (!readSymbols(table, bytes, at, packed, this.#buffer, stream * each, count)) return false;
      at += packed;
    }
    return true;
  }

  #table(bytes: Uint8Array, reader: { at: number }, mode: number, { name, maxLog, bits, standard }: Part, before: FseTable | undefined): FseTable {
    const largest = bits.length - 1;
    if (mode === 0) return standard;
    if (mode === 3) return before ?? this.#fail(reader.at, `${name} by a table that is not there`);
    if (mode === 1) {
      const symbol = bytes[reader.at++] ?? this.#fail(reader.at, `the block ends before its ${name}`);
      if (symbol > largest) this.#fail(reader.at - 1, `${name}: code ${symbol} of ${largest}`);
      return singleSymbol(symbol);
    }
    const read = readTable(bytes, reader.at, bytes.length, maxLog, largest);
    if (typeof read === 'string') return this.#fail(reader.at, `${name}: ${read}`);
    reader.at += read.size;
    return read.table;
  }

  /** Section 3.1.1.4. */
  #sequences(bits: BackwardBits, count: number, largest: number, literalTable: FseTable, offsetTable: FseTable, matchTable: FseTable): void {
    const window = this.window;
    const literals = this.#literals;
    const limit = window.position + largest;
    const { literals: literalPart, match: matchPart } = lengthParts;
    let literalState = bits.read(literalTable.log);
    let offsetState = bits.read(offsetTable.log);
    let matchState = bits.read(matchTable.log);
    let used = 0;
    for (let index = 0; index < count; index++) {
      const offsetCode = offsetTable.symbol[offsetState] ?? 0;
      const value = (offsets.start[offsetCode] ?? 0) + bits.readLong(offsetCode);
      const matchCode = matchTable.symbol[matchState] ?? 0;
      const matched = (matchPart.start[matchCode] ?? 0) + bits.read(matchPart.bits[matchCode] ?? 0);
      const literalCode = literalTable.symbol[literalState] ?? 0;
      const length = (literalPart.start[literalCode] ?? 0) + bits.read(literalPart.bits[literalCode] ?? 0);
      if (index + 1 < count) {
        literalState = (literalTable.base[literalState] ?? 0) + bits.read(literalTable.bits[literalState] ?? 0);
        matchState = (matchTable.base[matchState] ?? 0) + bits.read(matchTable.bits[matchState] ?? 0);
        offsetState = (offsetTable.base[offsetState] ?? 0) + bits.read(offsetTable.bits[offsetState] ?? 0);
      }
      if (used + length > literals.length) this.#fail(0, `sequence ${index} wants ${length} literals, ${literals.length - used} are left`);
      if (window.position + length + matched > limit) this.#fail(0, `sequence ${index} makes the block larger than ${largest} bytes`);
      window.put(literals, used, length);
      used += length;
      const offset = this.#repeated(value, length);
      if (offset === 0 || !window.copy(offset, matched)) this.#fail(0, `sequence ${index} copies from ${offset} bytes back`);
    }
    if (bits.left !== 0) this.#fail(0, `${count} sequences leave ${bits.left} bits`);
    if (window.position + literals.length - used > limit) this.#fail(0, `the block is larger than ${largest} bytes`);
    window.bytes.set(literals.subarray(used), window.position);
    window.position += literals.length - used;
  }

  /** Values up to 3 mean one of the last three offsets; without literals the one before is no choice (section 3.1.1.5). */
  #repeated(value: number, literals: number): number {
    if (value > 3) {
      this.#offset3 = this.#offset2;
      this.#offset2 = this.#offset1;
      this.#offset1 = value - 3;
      return this.#offset1;
    }
    const which = literals === 0 ? value + 1 : value;
    if (which === 1) return this.#offset1;
    const found = which === 2 ? this.#offset2 : which === 3 ? this.#offset3 : this.#offset1 - 1;
    if (which !== 2) this.#offset3 = this.#offset2;
    this.#offset2 = this.#offset1;
    this.#offset1 = found;
    return found;
  }

  #fail(at: number, detail: string): never {
    throw new FormatError(this.what, this.#start + at, detail);
  }
}

/** Little-endian, up to 8 bytes; above 2⁵³ it is not exact. */
function little(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
