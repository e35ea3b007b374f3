// The bounds-checked reader through which all untrusted bytes are read.
import { FormatError } from './errors.ts';

/** Reads integers and strings from a byte range; every access past the end is a FormatError that names the range. */
export class Bytes {
  readonly #view: DataView;

  /** @param what name of the data, for error messages */
  constructor(
    readonly what: string,
    readonly data: Uint8Array,
    readonly littleEndian = true,
  ) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get length(): number {
    return this.data.byteLength;
  }

  u8(offset: number): number {
    this.#check(offset, 1);
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.#check(offset, 2);
    return this.#view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.#check(offset, 4);
    return this.#view.getUint32(offset, this.littleEndian);
  }

  s32(offset: number): number {
    this.#check(offset, 4);
    return this.#view.getInt32(offset, this.littleEndian);
  }

  u64(offset: number): bigint {
    this.#check(offset, 8);
    return this.#view.getBigUint64(offset, this.littleEndian);
  }

  s64(offset: number): bigint {
    this.#check(offset, 8);
    return this.#view.getBigInt64(offset, this.littleEndian);
  }

  /** A 64-bit file offset or size as a number; refuses what a double cannot hold. */
  size64(offset: number): number {
    const value = this.u64(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail(offset, `size ${value} is beyond 2^53`);
    return Number(value);
  }

  /** NUL-terminated string; without a NUL before the end of the range it is an error. */
  cstring(offset: number): string {
    this.#check(offset, 1);
    const end = this.data.indexOf(0, offset);
    if (end < 0) this.fail(offset, 'string without an end');
    return decoder.decode(this.data.subarray(offset, end));
  }

  /** A view of `size` bytes, not a copy. */
  slice(offset: number, size: number, what = this.what): Bytes {
    this.#check(offset, size);
    return new Bytes(what, this.data.subarray(offset, offset + size), this.littleEndian);
  }

  fail(offset: number, detail: string): never {
    throw new FormatError(this.what, offset, detail);
  }

  #check(offset: number, size: number): void {
    if (offset < 0 || size < 0 || offset + size > this.length) {
      this.fail(offset, `${size} bytes wanted, the data ends at ${this.length}`);
    }
  }
}

const decoder = new TextDecoder('latin1');
