// ELF notes, as sections of files and /sys/kernel/notes have them (elf(5), "Notes").
import type { Bytes } from '../../base/bytes.ts';

const NT_GNU_BUILD_ID = 3;

/** The build-id among ELF notes (`/sys/kernel/notes` has the same form), in hexadecimal. Throws FormatError. */
export function buildIdOf(notes: Bytes): string | undefined {
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameSize = notes.u32(at);
    const size = notes.u32(at + 4);
    const type = notes.u32(at + 8);
    const contents = at + 12 + align4(nameSize);
    if (type === NT_GNU_BUILD_ID && nameSize === 4 && notes.cstring(at + 12) === 'GNU') {
      return Buffer.from(notes.slice(contents, size).data).toString('hex');
    }
    at = contents + align4(size);
  }
  return undefined;
}

function align4(size: number): number {
  return Math.ceil(size / 4) * 4;
}
