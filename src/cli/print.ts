// What commands say: whole texts to standard output and standard error, written at once and to the end.
import { writeSync } from 'node:fs';
import { SysError } from '../base/errors.ts';

/** What the shell shows of a process that a broken pipe ended. */
const readerGoneStatus = 141;
/** Milliseconds between attempts where the descriptor does not block and its reader is slow. */
const retryAfter = 2;

/** Answers: text, as UTF-8, to standard output. The process ends quietly when nobody reads it any more; a full disk throws. */
export function print(text: string | Uint8Array): void {
  writeAll(1, text);
}

/** Messages: UTF-8 text to standard error. */
export function complain(text: string): void {
  writeAll(2, text);
}

/** `process.stdout` is not used: its streams cost milliseconds at every start, and lose what a pipe does not take before the exit. */
function writeAll(fd: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.byteLength; ) at += writeSome(fd, bytes, at);
}

function writeSome(fd: number, bytes: Uint8Array, at: number): number {
  try {
    return writeSync(fd, bytes, at);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EPIPE') process.exit(readerGoneStatus);
    if (code !== 'EAGAIN') throw told(error, fd);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryAfter);
    return 0;
  }
}

/** Node's text does not say what was written to. */
function told(error: unknown, fd: number): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('errno' in error)) return error;
  const what = fd === 1 ? 'standard output' : 'standard error';
  const [, reason = error.message] = /: (.*), write$/.exec(error.message) ?? [];
  return new SysError(`write ${what}`, -Number(error.errno), String(error.code), reason);
}
