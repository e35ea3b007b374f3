// The BTF header: where the type, layout and string sections are, in either byte order.
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { KindLayout } from './kinds.ts';

/** Offsets in bytes from the start of the data. */
export interface BtfHeader {
  readonly littleEndian: boolean;
  readonly types: { readonly offset: number; readonly size: number };
  readonly strings: { readonly offset: number; readonly size: number };
  /** The kind layout section of kernel 7.1 and later, by kind number; empty where there is none. */
  readonly layouts: readonly KindLayout[];
  readonly warnings: readonly string[];
}

/** Whether the data starts like raw BTF, in either byte order. */
export function isBtf(data: Uint8Array): boolean {
  return (data[0] === 0x9f && data[1] === 0xeb) || (data[0] === 0xeb && data[1] === 0x9f);
}

/** Throws FormatError. */
export function readHeader(what: string, data: Uint8Array): BtfHeader {
  if (data.length < oldHeader) throw new FormatError(what, 0, `${data.length} bytes are too few for a BTF header of ${oldHeader}`);
  if (!isBtf(data)) throw new FormatError(what, 0, `not BTF: the magic number is ${hex(data[0])}${hex(data[1])}, not 9feb or eb9f`);
  const littleEndian = data[0] === 0x9f;
  const bytes = new Bytes(what, data, littleEndian);
  const version = bytes.u8(2);
  if (version !== 1) bytes.fail(2, `BTF version ${version}, known is 1`);
  if (bytes.u8(3) !== 0) bytes.fail(3, `header flags 0x${hex(bytes.u8(3))}, known are none`);
  const length = bytes.u32(4);
  if (length < oldHeader) bytes.fail(4, `a header of ${length} bytes is shorter than ${oldHeader}`);
  if (length > bytes.length) bytes.fail(4, `a header of ${length} bytes in ${bytes.length} bytes of data`);
  const section = (at: number): Section => ({ at, offset: length + bytes.u32(at), size: bytes.u32(at + 4) });
  const types = section(8);
  const strings = section(16);
  const layout = length >= layoutHeader && bytes.u32(28) > 0 ? section(24) : undefined;
  checkSections(bytes, length, types, layout, strings);
  return { littleEndian, types, strings, layouts: layout ? readLayouts(bytes, layout) : [], warnings: unknownFields(bytes, length) };
}

/** Up to str_len; then layout_off and layout_len. */
const oldHeader = 24;
const layoutHeader = 32;

interface Section {
  readonly at: number;
  readonly offset: number;
  readonly size: number;
}

/** The order is types, layout, strings, with gaps allowed; types and layout are made of aligned words. */
function checkSections(bytes: Bytes, header: number, types: Section, layout: Section | undefined, strings: Section): void {
  const parts = [
    { name: 'type section', ...types },
    ...(layout ? [{ name: 'layout section', ...layout }] : []),
    { name: 'string section', ...strings },
  ];
  let end = 0;
  let previous = 'header';
  for (const part of parts) {
    if (part.offset + part.size > bytes.length) {
      bytes.fail(part.at, `the ${part.name} ends at ${part.offset + part.size}, the data at ${bytes.length}`);
    }
    if (part.offset < end) bytes.fail(part.at, `the ${part.name} starts at ${part.offset}, before the ${previous} ends (${end})`);
    end = part.offset + part.size;
    previous = part.name;
  }
  if ((types.offset - header) % 4 !== 0) bytes.fail(types.at, `the type section starts at ${types.offset - header}, not a multiple of 4`);
  if (types.size % 4 !== 0) bytes.fail(types.at + 4, `the type section has ${types.size} bytes, not a multiple of 4`);
}

/** One entry a kind, from kind 0 on: u8 info_sz, u8 elem_sz, u16 flags. */
function readLayouts(bytes: Bytes, section: Section): readonly KindLayout[] {
  if (section.size % 4 !== 0) bytes.fail(section.at + 4, `the layout section has ${section.size} bytes, not a multiple of 4`);
  const layouts: KindLayout[] = [];
  for (let at = section.offset; at < section.offset + section.size; at += 4) {
    const fixed = bytes.u8(at);
    const each = bytes.u8(at + 1);
    if (fixed % 4 !== 0 || each % 4 !== 0) {
      bytes.fail(at, `layout of kind ${layouts.length}: sizes ${fixed} and ${each} are not multiples of 4`);
    }
    layouts.push({ fixed: fixed / 4, each: each / 4 });
  }
  return layouts;
}

function unknownFields(bytes: Bytes, length: number): readonly string[] {
  for (let at = layoutHeader; at < length; at++) {
    if (bytes.u8(at) !== 0) return [`${bytes.what}: the header has ${length - layoutHeader} bytes more than is known, and they are not zero`];
  }
  return [];
}

function hex(byte = 0): string {
  return byte.toString(16).padStart(2, '0');
}
