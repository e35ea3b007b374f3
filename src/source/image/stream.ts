// Bytes that arrive in pieces: what is larger than memory should hold is read through this, a few bytes or a piece at a time.
import { FormatError } from '../../base/errors.ts';

export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Reads on from where the last read ended. What a read returns is valid until the next one. */
export class ByteStream {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;
  #before = 0;
  #ended = false;

  /** @param what name of the data, for error messages */
  constructor(
    readonly what: string,
    pieces: Pieces,
  ) {
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#before + this.#at;
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    return this.#at >= this.#piece.length && !(await this.#next());
  }

  /** Exactly `size` bytes; FormatError when the data ends before. */
  async read(size: number): Promise<Uint8Array> {
    if (this.#at + size > this.#piece.length) {
      const have = await this.#gather(size);
      if (have < size) this.fail(`${size} bytes wanted, the data ends after ${have}`);
    }
    const found = this.#piece.subarray(this.#at, this.#at + size);
    this.#at += size;
    return found;
  }

  /** The next bytes without reading them: fewer than `size` only at the end. */
  async peek(size: number): Promise<Uint8Array> {
    if (this.#at + size > this.#piece.length) await this.#gather(size);
    return this.#piece.subarray(this.#at, this.#at + size);
  }

  /** As much as is at hand and at most `size`; empty only at the end. */
  async some(size: number): Promise<Uint8Array> {
    if (await this.atEnd()) return this.#piece.subarray(0, 0);
    const found = this.#piece.subarray(this.#at, this.#at + size);
    this.#at += found.length;
    return found;
  }

  /** Passes over `size` bytes; FormatError when the data ends before. */
  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) {
      const passed = (await this.some(left)).length;
      if (passed === 0) this.fail(`${left} bytes wanted, the data ends here`);
      left -= passed;
    }
  }

  /** The next `size` bytes in pieces, for a reader of what is inside. */
  async *part(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      const found = await this.some(left);
      if (found.length === 0) this.fail(`${left} bytes wanted, the data ends here`);
      left -= found.length;
      yield found;
    }
  }

  /** Gives back whatever feeds it. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#pieces.return?.();
  }

  fail(detail: string, offset = this.offset): never {
    throw new FormatError(this.what, offset, detail);
  }

  /** Makes the current piece hold `size` bytes from the current place on, if there are so many. */
  async #gather(size: number): Promise<number> {
    const parts: Uint8Array[] = [this.#piece.slice(this.#at)];
    let have = this.#piece.length - this.#at;
    const start = this.offset;
    while (have < size && (await this.#next())) {
      parts.push(this.#piece);
      have += this.#piece.length;
    }
    this.#piece = Buffer.concat(parts);
    this.#at = 0;
    this.#before = start;
    return have;
  }

  async #next(): Promise<boolean> {
    while (!this.#ended) {
      const { done, value } = await this.#pieces.next();
      if (done === true) {
        this.#ended = true;
        break;
      }
      if (value.length === 0) continue;
      this.#before += this.#piece.length;
      this.#piece = value;
      this.#at = 0;
      return true;
    }
    this.#before += this.#piece.length;
    this.#piece = new Uint8Array(0);
    this.#at = 0;
    return false;
  }
}

/** All pieces in one; FormatError past `limit` bytes. */
export async function collect(what: string, pieces: Pieces, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > limit) throw new FormatError(what, 0, `unpacked it has more than ${limit} bytes`);
    parts.push(piece.slice());
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, size);
}
