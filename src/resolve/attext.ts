// What lies at a byte, in words: the enclosing members as in a layout, then one line for each thing that the bytes are.
import { plural } from '../base/plural.ts';
import { unreachable } from '../base/unreachable.ts';
import type { RecordDefinition } from '../ctype/ctype.ts';
import { typeText } from '../ctype/print.ts';
import type { Enclosing, End, Place, Span } from './at.ts';

/** @param typedef the name that was asked for, where it is a typedef's */
export function placeText(place: Place, typedef?: string): string {
  const { record } = place;
  const head = `${typedef === undefined ? '' : 'typedef '}${recordLabel(record)} {\n`;
  const tail = `}${typedef === undefined ? '' : ` ${typedef}`};\n\n`;
  const ends = place.ends.map((end) => `/* ${endText(place, end)} */\n`).join('');
  return place.members.length === 0 ? ends : `${head}${place.members.map(memberLine).join('')}${tail}${ends}`;
}

function memberLine({ path, type, offset, size, bitOffset, bitSize }: Enclosing): string {
  const bits = bitSize === undefined ? '' : `:${bitSize}`;
  const text = path === null ? `${typeText(type)}${bits};` : `${typeText(type).padEnd(26)} ${path}${bits};`;
  const inByte = bitOffset === undefined ? '' : `:${String(bitOffset % 8).padStart(2)}`;
  return `\t${text.padEnd(48)} /* ${String(offset).padStart(5)}${inByte} ${String(size).padStart(inByte === '' ? 5 : 2)} */\n`;
}

function endText({ record, offset }: Place, end: End): string {
  switch (end.kind) {
    case 'member':
      return `${numbers(end.bytes)}: ${part(end.bytes, { start: end.member.offset, size: end.member.size })}${end.path} (${typeText(end.member.type)}, ${plural(end.member.size, 'byte')})`;
    case 'bitfield':
      return `${bitNumbers(end.bits)}: ${bitPart(end.bits, end.member)}${end.path} (${typeText(end.member.type)}:${end.member.bitSize ?? 0})`;
    case 'hole':
      return `${numbers(end.bytes)}: ${part(end.bytes, end.gap)}a hole of ${plural(end.gap.size, 'byte')}${behind(end.after)}, before ${end.before}`;
    case 'padding':
      return `${numbers(end.bytes)}: ${part(end.bytes, end.gap)}the padding of ${plural(end.gap.size, 'byte')} at the end of ${article(end.of)}${behind(end.after)}`;
    case 'unused bits':
      return `${bitNumbers(end.bits)}: unused${behind(end.after)}`;
    case 'past the end': {
      const element = record.size > 0 ? `; in an array of them, byte ${offset % record.size} of [${Math.floor(offset / record.size)}]` : '';
      return `${numbers({ start: offset, size: 1 })}: past the end, ${recordLabel(record)} has ${plural(record.size, 'byte')}${element}`;
    }
    default:
      return unreachable(end);
  }
}

/** `byte 3 of `, `bytes 0-3 of `; nothing where it is all of it. */
function part(bytes: Span, whole: Span): string {
  if (bytes.size === whole.size) return '';
  const first = bytes.start - whole.start;
  return bytes.size === 1 ? `byte ${first} of ` : `bytes ${first}-${first + bytes.size - 1} of `;
}

function bitPart(bits: Span, { bitOffset = 0, bitSize = 0 }: Enclosing): string {
  return bits.size === bitSize ? '' : `${bitRange(bits.start - bitOffset, bits.size)} of `;
}

/** `12 (0xc)`, `12-15 (0xc-0xf)`. */
function numbers({ start, size }: Span): string {
  const last = start + size - 1;
  return size === 1 ? `${start} (0x${start.toString(16)})` : `${start}-${last} (0x${start.toString(16)}-0x${last.toString(16)})`;
}

/** `16 (0x10) bits 0-3`. */
function bitNumbers({ start, size }: Span): string {
  return `${numbers({ start: Math.floor(start / 8), size: 1 })} ${bitRange(start % 8, size)}`;
}

/** `bit 4`, `bits 3-6`. */
export function bitRange(first: number, count: number): string {
  return count === 1 ? `bit ${first}` : `bits ${first}-${first + count - 1}`;
}

function behind(after: string | null): string {
  return after === null ? '' : ` after ${after}`;
}

function article(record: RecordDefinition): string {
  return record.name === null ? `an anonymous ${record.kind}` : recordLabel(record);
}

function recordLabel(record: RecordDefinition): string {
  return record.name === null ? record.kind : `${record.kind} ${record.name}`;
}
