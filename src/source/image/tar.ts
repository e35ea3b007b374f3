// tar archives: ustar with the long names of GNU and pax (pax(1), tar(5)).
import { FormatError } from '../../base/errors.ts';
import type { ByteStream } from './stream.ts';

export interface TarEntry {
  /** Without a leading `./` or `/`. */
  readonly path: string;
  readonly size: number;
  /** Its bytes; whatever of them is not read is passed over. */
  readonly bytes: ByteStreamPart;
}

export interface ByteStreamPart {
  peek(size: number): Promise<Uint8Array>;
  pieces(): AsyncGenerator<Uint8Array>;
}

/** Regular files, in order. Throws FormatError. */
export async function* tarEntries(source: ByteStream): AsyncGenerator<TarEntry> {
  let longName: string | undefined;
  while (!(await source.atEnd())) {
    const start = source.offset;
    const header = (await source.read(blockSize)).slice();
    if (header.every((byte) => byte === 0)) return;
    if (octal(header, 148, 8) !== checksum(header)) source.fail('not the header of a tar entry: its checksum is wrong', start + 148);
    const size = fileSize(source, header, start);
    const kind = String.fromCharCode(header[156] ?? 0);
    const end = source.offset + Math.ceil(size / blockSize) * blockSize;
    if (kind === 'L' || kind === 'x') {
      if (size > maxName) source.fail(`a name of ${size} bytes`, start + 124);
      const text = Buffer.from(await source.read(size)).toString('utf8');
      longName = kind === 'L' ? text.replace(/\0.*$/s, '') : (paxPath(text) ?? longName);
    } else {
      if (kind === '0' || kind === '\0' || kind === '7') {
        const path = (longName ?? shortName(header)).replace(/^(?:\.?\/)+/, '');
        let left = size;
        yield {
          path,
          size,
          bytes: {
            peek: (wanted) => source.peek(Math.min(wanted, left)),
            pieces: async function* () {
              for (; left > 0; ) {
                const piece = await source.some(left);
                if (piece.length === 0) source.fail(`${path} ends ${left} bytes before its size of ${size}`);
                left -= piece.length;
                yield piece;
              }
            },
          },
        };
      }
      longName = undefined;
    }
    await source.skip(end - source.offset);
  }
}

const blockSize = 512;
const maxName = 2 ** 16;

function shortName(header: Uint8Array): string {
  const prefix = field(header, 345, 155);
  const name = field(header, 0, 100);
  return prefix === '' || field(header, 257, 5) !== 'ustar' || header[262] === 0x20 ? name : `${prefix}/${name}`;
}

/** `30 path=…` lines; the size of the line stands in front. */
function paxPath(text: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1];
}

function fileSize(source: ByteStream, header: Uint8Array, start: number): number {
  // GNU: the highest bit says that the rest is binary, for files of 8 GiB and more.
  const size = (header[124] ?? 0) >= 0x80 ? NaN : octal(header, 124, 12);
  if (!Number.isFinite(size)) throw new FormatError(source.what, start + 124, 'an entry of 8 GiB or more, or without a size');
  return size;
}

function octal(header: Uint8Array, at: number, size: number): number {
  const digits = field(header, at, size).trim();
  return /^[0-7]*$/.test(digits) ? parseInt(digits === '' ? '0' : digits, 8) : NaN;
}

function field(header: Uint8Array, at: number, size: number): string {
  return Buffer.from(header.subarray(at, at + size)).toString('latin1').replace(/\0.*$/s, '');
}

/** The sum of all bytes, those of the checksum itself taken as blanks. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}
