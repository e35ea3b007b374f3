// Takes the packing off bytes, layer by layer: gzip, xz, zstd, lz4.
import { FormatError } from '../../base/errors.ts';
import { unpackGzip } from './packed/gzip.ts';
import { unpackLz4 } from './packed/lz4.ts';
import { unpackXz } from './packed/xz.ts';
import { unpackZstd } from './packed/zstd.ts';
import { sniff, sniffSize, type Content } from './sniff.ts';
import { ByteStream, collect } from './stream.ts';

type Unpacker = (source: ByteStream) => AsyncGenerator<Uint8Array>;

const unpackers: Readonly<Partial<Record<Content, Unpacker>>> = { gzip: unpackGzip, xz: unpackXz, zstd: unpackZstd, lz4: unpackLz4 };

export function isPacked(content: Content): boolean {
  return unpackers[content] !== undefined;
}

/** Unpacks until the content is none of the packings. Throws FormatError: broken data, more than a gigabyte, packed more than four times. */
export async function unpack(what: string, bytes: Uint8Array): Promise<Uint8Array> {
  let found = bytes;
  for (let layer = 0; ; layer++) {
    const unpacker = unpackers[sniff(found)];
    if (unpacker === undefined) return found;
    if (layer >= maxLayers) throw new FormatError(what, 0, `packed more than ${maxLayers} times`);
    found = await collect(what, unpacker(new ByteStream(what, [found])), maxSize);
  }
}

/** The same for what is too large to be held: its bytes as they come, and what they are. */
export async function unpackStream(source: ByteStream): Promise<{ readonly source: ByteStream; readonly content: Content }> {
  let found = source;
  for (let layer = 0; ; layer++) {
    const content = sniff(await found.peek(sniffSize));
    const unpacker = unpackers[content];
    if (unpacker === undefined) return { source: found, content };
    if (layer >= maxLayers) throw new FormatError(source.what, 0, `packed more than ${maxLayers} times`);
    found = new ByteStream(source.what, unpacker(found));
  }
}

/** A vmlinux with debug information has 600 MB. */
export const maxSize = 2 ** 30;

const maxLayers = 4;
