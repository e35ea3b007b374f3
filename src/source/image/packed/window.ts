// The last bytes that an unpacker has made, which it copies from; it grows with what is made, up to the size that the format allows.
import { FormatError } from '../../../base/errors.ts';

export class Window {
  /** Where in `bytes` the next one goes. */
  position = 0;
  bytes = new Uint8Array(0);
  /** What was handed out ends here. */
  #flushed = 0;
  /** Copies may not reach behind this. */
  #start = 0;
  /** Bytes that were made and are no longer kept. */
  #gone = 0;
  readonly #reach: number;

  /** @param reach how far back, in bytes, copies may come from */
  constructor(what: string, reach: number) {
    if (reach > maxReach) throw new FormatError(what, 0, `its dictionary of ${reach} bytes is larger than ${maxReach}`);
    this.#reach = reach;
  }

  /** Bytes made so far, modulo 2³². */
  total(): number {
    return (this.#gone + this.position) >>> 0;
  }

  /** Nothing before this may be copied. */
  forget(): void {
    this.#start = this.position;
    this.#gone = 0 - this.position;
  }

  /** Makes place for `size` more; all that was made must have been handed out. */
  room(size: number): void {
    if (this.position + size <= this.bytes.length) return;
    const keep = Math.min(this.position - this.#start, this.#reach);
    const from = this.position - keep;
    const wanted = keep + size;
    if (wanted <= this.bytes.length && from >= keep) {
      this.bytes.copyWithin(0, from, this.position);
    } else {
      // Twice of what is kept: moving it then costs no more than making the rest.
      const larger = new Uint8Array(Math.max(2 * keep + size, this.bytes.length, firstSize));
      larger.set(this.bytes.subarray(from, this.position));
      this.bytes = larger;
    }
    this.#gone += from;
    this.#start = Math.max(0, this.#start - from);
    this.position = keep;
    this.#flushed = keep;
  }

  /** The last byte, 0 at the start. */
  last(): number {
    return this.position > this.#start ? (this.bytes[this.position - 1] ?? 0) : 0;
  }

  /** The byte that is `distance` back; 0 where there is none. */
  back(distance: number): number {
    return this.bytes[this.position - distance] ?? 0;
  }

  push(byte: number): void {
    this.bytes[this.position++] = byte;
  }

  /** Takes over `length` bytes. Needs `room`. */
  put(from: Uint8Array, start: number, length: number): void {
    const bytes = this.bytes;
    let to = this.position;
    this.position = to + length;
    if (length > 64) {
      bytes.set(from.subarray(start, start + length), to);
      return;
    }
    for (let at = start; at < start + length; ) bytes[to++] = from[at++] ?? 0;
  }

  /** Repeats `length` bytes from `distance` back, which may overlap what is made. False: that is too far back. Needs `room`. */
  copy(distance: number, length: number): boolean {
    const bytes = this.bytes;
    let to = this.position;
    let from = to - distance;
    if (from < this.#start) return false;
    this.position = to + length;
    if (length > 32 && distance >= length) {
      bytes.copyWithin(to, from, from + length);
      return true;
    }
    for (const end = to + length; to < end; ) bytes[to++] = bytes[from++] ?? 0;
    return true;
  }

  /** Puts bytes in and hands them out. */
  append(bytes: Uint8Array): Uint8Array {
    this.room(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
    return this.flush();
  }

  /** What was made since the last time; a view that the next `room` may change. */
  flush(): Uint8Array {
    const made = this.bytes.subarray(this.#flushed, this.position);
    this.#flushed = this.position;
    return made;
  }
}

/** xz -9 has 64 MiB, zstd --ultra 128 MiB. */
const maxReach = 2 ** 28;

const firstSize = 2 ** 17;
