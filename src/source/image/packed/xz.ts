// The .xz file format 1.2.1: streams of blocks, each packed with LZMA2, through a filter perhaps, and checked.
import { FormatError } from '../../../base/errors.ts';
import type { ByteStream } from '../stream.ts';
import { crc32, crc32Checksum, crc64Checksum, sha256Checksum, type Checksum } from './checksum.ts';
import { filtered, filters, type Filter } from './filter.ts';
import { unpackLzma2 } from './lzma.ts';

/** Unpacks every stream, one behind the other. Throws FormatError. */
export async function* unpackXz(source: ByteStream): AsyncGenerator<Uint8Array> {
  do yield* unpackStream(source);
  while (await anotherStream(source));
}

const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];

interface Check {
  readonly name: string;
  readonly size: number;
  readonly make: () => Checksum | undefined;
}

/** By number; the others are known by their size only, and skipped. */
const checks: Readonly<Record<number, Check>> = {
  0: { name: 'none', size: 0, make: () => undefined },
  1: { name: 'CRC32', size: 4, make: crc32Checksum },
  4: { name: 'CRC64', size: 8, make: crc64Checksum },
  10: { name: 'SHA-256', size: 32, make: sha256Checksum },
};

/** As the index tells them again. */
interface BlockSizes {
  readonly packed: number;
  readonly unpacked: number;
}

async function* unpackStream(source: ByteStream): AsyncGenerator<Uint8Array> {
  const start = source.offset;
  const header = (await source.read(12)).slice();
  if (magic.some((byte, index) => header[index] !== byte)) source.fail('not an xz stream', start);
  if (crc32(header.subarray(6, 8)) !== little32(header, 8)) source.fail('the stream header does not match its CRC32', start + 8);
  const number = header[7] ?? 0;
  const check = checks[number];
  if (header[6] !== 0 || check === undefined) source.fail(`stream flags ${header[6]} ${number} are not known`, start + 6);
  const blocks: BlockSizes[] = [];
  for (;;) {
    const size = (await source.peek(1))[0];
    if (size === 0) break;
    if (blocks.length >= maxBlocks) source.fail(`more than ${maxBlocks} blocks`);
    blocks.push(yield* unpackBlock(source, check));
  }
  const indexSize = await readIndex(source, blocks);
  const footerAt = source.offset;
  const footer = await source.read(12);
  if (footer[10] !== 0x59 || footer[11] !== 0x5a) source.fail('the stream footer does not end with YZ', footerAt + 10);
  if (crc32(footer.subarray(4, 10)) !== little32(footer, 0)) source.fail('the stream footer does not match its CRC32', footerAt);
  if (footer[8] !== header[6] || footer[9] !== number) source.fail('the stream footer has other flags than the header', footerAt + 8);
  if (4 * (little32(footer, 4) + 1) !== indexSize) source.fail(`the stream footer tells of another index than the one of ${indexSize} bytes`, footerAt + 4);
}

/** A gigabyte in the blocks of 3 MiB that kernel modules have is 340. */
const maxBlocks = 2 ** 20;

async function anotherStream(source: ByteStream): Promise<boolean> {
  while (!(await source.atEnd())) {
    const next = await source.peek(4);
    if (next.length === 4 && little32(next, 0) === 0) await source.skip(4);
    else if (next[0] === magic[0]) return true;
    else source.fail('what follows the stream is neither padding nor a stream');
  }
  return false;
}

async function* unpackBlock(source: ByteStream, check: Check): AsyncGenerator<Uint8Array, BlockSizes> {
  const start = source.offset;
  const header = await readBlockHeader(source);
  const dataStart = source.offset;
  const checksum = check.make();
  let pieces: AsyncIterable<Uint8Array> = unpackLzma2(source, header.dictionary);
  for (const filter of header.filters) pieces = filtered(pieces, filter);
  let unpacked = 0;
  for await (const piece of pieces) {
    unpacked += piece.length;
    checksum?.update(piece);
    yield piece;
  }
  const packed = source.offset - dataStart;
  if (header.packed !== undefined && header.packed !== packed) source.fail(`the block has ${packed} bytes, its header says ${header.packed}`, start);
  if (header.unpacked !== undefined && header.unpacked !== unpacked) source.fail(`the block unpacks to ${unpacked} bytes, its header says ${header.unpacked}`, start);
  const padding = -(source.offset - start) & 3;
  if ((await source.read(padding)).some((byte) => byte !== 0)) source.fail('the padding of the block is not zero');
  const size = source.offset - start + check.size;
  const stored = await source.read(check.size);
  if (checksum !== undefined && Buffer.compare(checksum.result(), stored) !== 0) source.fail(`the block does not match its ${check.name}`, start);
  return { packed: size - padding, unpacked };
}

interface BlockHeader {
  readonly packed: number | undefined;
  readonly unpacked: number | undefined;
  /** In the order that undoes them. */
  readonly filters: readonly Filter[];
  readonly dictionary: number;
}

async function readBlockHeader(source: ByteStream): Promise<BlockHeader> {
  const start = source.offset;
  const size = 4 * (((await source.peek(1))[0] ?? 0) + 1);
  const bytes = (await source.read(size)).slice();
  const fail = (detail: string, at: number): never => { throw new FormatError(source.what, start + at, detail); };
  if (crc32(bytes.subarray(0, size - 4)) !== little32(bytes, size - 4)) fail('the block header does not match its CRC32', size - 4);
  const reader = { at: 2 };
  const number = (): number => readNumber(bytes.subarray(0, size - 4), reader, fail);
  const flags = bytes[1] ?? 0;
  if ((flags & 0x3c) !== 0) fail(`block flags 0x${flags.toString(16)} are not known`, 1);
  const packed = (flags & 0x40) === 0 ? undefined : number();
  const unpacked = (flags & 0x80) === 0 ? undefined : number();
  const found: Filter[] = [];
  for (let last = flags & 3; ; last--) {
    const at = reader.at;
    const id = number();
    const propertySize = number();
    const properties = bytes.subarray(reader.at, reader.at + propertySize);
    reader.at += propertySize;
    if (last === 0) {
      if (id !== LZMA2 || propertySize !== 1) fail(`the last filter is 0x${id.toString(16)}, not LZMA2`, at);
      return { packed, unpacked, filters: found, dictionary: dictionarySize(properties[0] ?? 0, (detail) => fail(detail, at)) };
    }
    const filter = filters[id];
    if (filter === undefined) return fail(`filter 0x${id.toString(16)} is not known`, at);
    if (propertySize !== 0) fail(`filter ${filter.name} with a start offset is not known`, at);
    found.unshift(filter.make());
  }
}

const LZMA2 = 0x21;

/** 2 or 3 times a power of two. */
function dictionarySize(bits: number, fail: (detail: string) => never): number {
  if (bits > 40) fail(`dictionary size ${bits} is not known`);
  return bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
}

/** Returns its size in bytes. */
async function readIndex(source: ByteStream, blocks: readonly BlockSizes[]): Promise<number> {
  const start = source.offset;
  // Two numbers of at most 9 bytes each for a block: read by looking ahead, since only reading it tells its size.
  const bytes = (await source.peek(1 + 9 + 18 * blocks.length + 7)).slice();
  const fail = (detail: string, at: number): never => { throw new FormatError(source.what, start + at, detail); };
  const reader = { at: 1 };
  const number = (): number => readNumber(bytes, reader, fail);
  const count = number();
  if (count !== blocks.length) fail(`the index has ${count} blocks, the stream ${blocks.length}`, 1);
  for (const block of blocks) {
    const at = reader.at;
    if (number() !== block.packed || number() !== block.unpacked) fail('the index has other sizes than the block', at);
  }
  const size = Math.ceil(reader.at / 4) * 4 + 4;
  if (size > bytes.length) fail('the data ends inside the index', bytes.length);
  if (crc32(bytes.subarray(0, size - 4)) !== little32(bytes, size - 4)) fail('the index does not match its CRC32', size - 4);
  await source.skip(size);
  return size;
}

/** Seven bits a byte, lowest first. */
function readNumber(bytes: Uint8Array, reader: { at: number }, fail: (detail: string, at: number) => never): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[reader.at];
    if (byte === undefined) return fail('a number without an end', reader.at);
    reader.at++;
    value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER) fail('a number beyond 2^53', reader.at);
    if (byte < 0x80) return value;
  }
}

function little32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
