// ar archives, which Debian packages are (deb(5), ar(5)).
import type { ByteStream } from './stream.ts';

/**
 * The part of a .deb that has its files: `data.tar`, packed somehow. Throws FormatError when there is none.
 */
export async function debianData(source: ByteStream): Promise<AsyncGenerator<Uint8Array>> {
  await source.skip(magicSize);
  while (!(await source.atEnd())) {
    const start = source.offset;
    const header = Buffer.from(await source.read(headerSize)).toString('latin1');
    const size = /^\d+$/.exec(header.slice(48, 58).trim())?.[0];
    if (size === undefined || header.slice(58) !== '`\n') source.fail('not the header of an ar member', start);
    const length = Number(size);
    if (/^data\.tar/.test(header)) return source.part(length);
    await source.skip(length);
    // Members begin at even offsets; the last may lack the byte that pads it.
    if (length % 2 === 1 && !(await source.atEnd())) await source.skip(1);
  }
  return source.fail('the archive has no data.tar: not a Debian package');
}

/** `!<arch>` and a newline. */
const magicSize = 8;

/** name 16, time 12, owner 6, group 6, mode 8, size 10, end 2. */
const headerSize = 60;
