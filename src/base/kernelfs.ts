// The only toucher of /sys, /proc and /boot: reads what the running kernel tells about itself. Tests give it a fake tree.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { constants } from 'node:os';
import { SysError } from './errors.ts';

/**
 * Files by absolute path (`/sys/kernel/notes`). What does not exist is undefined; what exists and may not be read,
 * or cannot be, is a SysError with the errno.
 */
export interface KernelFs {
  bytes(path: string): Uint8Array | undefined;
  /** As latin1: kernel text is ASCII, and bytes survive. */
  text(path: string): string | undefined;
  /** The first `size` bytes at most. */
  head(path: string, size: number): Uint8Array | undefined;
  /** Names in a folder, sorted byte-wise. */
  list(path: string): readonly string[] | undefined;
  /** The same file as the operating system knows it, for calls that want a path. */
  locate(path: string): string;
}

/** The tree of the machine itself. */
export const kernelFs: KernelFs = kernelFsAt('/');

/** A tree whose `/` is the folder `root`. */
export function kernelFsAt(root: string): KernelFs {
  const locate = (path: string): string => (root === '/' ? path : join(root, path));
  return {
    bytes: (path) => present('read', path, () => readFileSync(locate(path))),
    text: (path) => present('read', path, () => readFileSync(locate(path), 'latin1')),
    head: (path, size) => present('read', path, () => readHead(locate(path), size)),
    list: (path) => present('readdir', path, () => readdirSync(locate(path)).sort()),
    locate,
  };
}

function readHead(path: string, size: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(size);
    let filled = 0;
    for (let got = 1; got > 0 && filled < size; filled += got) got = readSync(fd, buffer, filled, size - filled, null);
    return buffer.subarray(0, filled);
  } finally {
    closeSync(fd);
  }
}

function present<T>(call: string, path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === undefined) throw error;
    throw new SysError(`${call} ${path}`, errnoOf(code), code);
  }
}

function errnoOf(code: string): number {
  const table: Readonly<Record<string, number>> = constants.errno;
  return table[code] ?? 0;
}
