// Files and folders on disk, as the readers of sources want them.
import { closeSync, openSync, readdirSync, readSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { cannotRead, isSystemError } from '../../base/errors.ts';
import { ByteStream } from './stream.ts';

/** The first bytes of a file, at most `size`. */
export function readHead(path: string, size: number): Uint8Array {
  const fd = open(path);
  try {
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, readSync(fd, buffer, 0, size, 0));
  } finally {
    closeSync(fd);
  }
}

/** A file from its start. It stays open until it is read to its end or closed. */
export function fileStream(path: string): ByteStream {
  return new ByteStream(path, filePieces(path));
}

/** What a path is; undefined where it cannot be looked at: who opens it will say why. */
export function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** Every regular file below a folder, by path in byte order; links are not followed. */
export function* filesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

const pieceSize = 2 ** 18;

function* filePieces(path: string): Generator<Uint8Array> {
  const fd = open(path);
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(pieceSize);
      const size = readSync(fd, buffer, 0, pieceSize, null);
      if (size === 0) return;
      yield buffer.subarray(0, size);
    }
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw cannotRead(path, error);
  }
}
