// Output to a descriptor: buffered, whole, and honest about a reader that left or a disk that is full.
import { closeSync, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { SysError } from '../base/errors.ts';
import { strerror } from './strerror.ts';

/** `line`: what a slice of events printed goes out together (5 ms at most); `none`: every piece at once; `full`: when much is there. */
export type Buffering = 'line' | 'full' | 'none';

/** Bytes that are kept back at most. */
const fullBuffer = 64 << 10;
/** Milliseconds between attempts where the descriptor does not block and its reader is slow. */
const retryAfter = 2;

/** Thrown away by the run: whoever read the output has gone. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** Takes byte strings. */
export class Writer {
  #text = '';
  #failed = false;

  constructor(
    readonly fd: number,
    readonly what: string,
    readonly buffering: Buffering,
  ) {}

  /** Throws ReaderGone, or SysError (ENOSPC and the like) that names the file. */
  write(text: string): void {
    this.#text += text;
    if (this.buffering === 'none' || this.#text.length >= fullBuffer) this.flush();
  }

  /** A slice of events is over. */
  pause(): void {
    if (this.buffering === 'line') this.flush();
  }

  flush(): void {
    if (this.#text === '') return;
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    // A descriptor that failed once stays silent: the error has been told.
    if (this.#failed) return;
    for (let at = 0; at < bytes.byteLength; ) at += this.#writeSome(bytes, at);
  }

  #writeSome(bytes: Buffer, at: number): number {
    try {
      return writeSync(this.fd, bytes, at);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      if (code === 'EAGAIN') {
        Atomics.wait(sleeper, 0, 0, retryAfter);
        return 0;
      }
      this.#failed = true;
      if (code === 'EPIPE') throw new ReaderGone(`${this.what}: nobody reads`);
      const table: Readonly<Record<string, number>> = constants.errno;
      throw new SysError(`write ${this.what}`, table[code] ?? 0, code, reasons[code]);
    }
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

const reasons: Readonly<Record<string, string | undefined>> = { ENOSPC: 'the disk is full', EIO: 'the disk failed', EDQUOT: 'the quota is used up' };

/** The file of `-o`; throws SysError. */
export function openOutput(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const table: Readonly<Record<string, number>> = constants.errno;
    const errno = table[code] ?? 0;
    throw new SysError(`open ${path}`, errno, code, strerror(errno));
  }
}

export function closeOutput(fd: number): void {
  closeSync(fd);
}
