// gzip (RFC 1952) by node:zlib.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FormatError } from '../../../base/errors.ts';
import type { ByteStream } from '../stream.ts';

/** Unpacks every member, one behind the other. Throws FormatError. */
export async function* unpackGzip(source: ByteStream): AsyncGenerator<Uint8Array> {
  const start = source.offset;
  const gunzip = createGunzip({ chunkSize: pieceSize });
  const fed = pipeline(Readable.from(copies(source)), gunzip).then(() => undefined, (error: unknown) => error);
  try {
    for await (const piece of gunzip) yield piece as Uint8Array;
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(source.what, start, `not gzip: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    gunzip.destroy();
  }
  const wrong = await fed;
  if (wrong instanceof Error) throw wrong;
}

const pieceSize = 2 ** 18;

/** A stream of node reads ahead; what is read here is valid until the next read only. */
async function* copies(source: ByteStream): AsyncGenerator<Uint8Array> {
  for (let piece = await source.some(pieceSize); piece.length > 0; piece = await source.some(pieceSize)) yield piece.slice();
}
