// One line about a struct: its size and what of it is unused.
import { plural } from '../base/plural.ts';
import type { RecordDefinition } from '../ctype/ctype.ts';
import { typeText } from '../ctype/print.ts';
import type { RecordSize } from '../index/recordsizes.ts';
import type { Layouts } from './layout.ts';

export function sizeOfRecord(layouts: Layouts, record: RecordDefinition): RecordSize {
  return { name: record.name ?? '', size: record.size, holes: holesOf(layouts, record).length };
}

/** `name size holes`, with tabs between, as pahole's --sizes; bytes. */
export function sizesLine({ name, size, holes }: RecordSize): string {
  return `${name}\t${size}\t${holes}\n`;
}

export interface HoleOfRecord {
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** The member in front of it, null at the start; a member without a name is called by its type. */
  readonly after: string | null;
}

/** Unused bytes between the members of a struct, in order; what is left at its end is padding and not among them. */
export function holesOf(layouts: Layouts, record: RecordDefinition): readonly HoleOfRecord[] {
  const { leadingHole, members } = layouts.of(record);
  const holes: HoleOfRecord[] = leadingHole > 0 ? [{ offset: 0, size: leadingHole, after: null }] : [];
  members.forEach((each, at) => {
    if (each.hole <= 0) return;
    const next = members[at + 1];
    const end = next === undefined ? record.size : next.offset;
    holes.push({ offset: end - each.hole, size: each.hole, after: each.name ?? typeText(each.type) });
  });
  return holes;
}

/** Whether a struct has holes or padding. */
export function hasHoles(layouts: Layouts, record: RecordDefinition): boolean {
  return layouts.padding(record) > 0 || holesOf(layouts, record).length > 0;
}

/** The holes of a struct, a line each, below one with their sum. */
export function holesText(layouts: Layouts, record: RecordDefinition): string {
  const padding = layouts.padding(record);
  const holes = holesOf(layouts, record);
  const sum = holes.reduce((bytes, hole) => bytes + hole.size, 0);
  const lines = holes.map(({ offset, size, after }) => `\t${String(size).padStart(6)} at ${String(offset).padStart(6)}${after === null ? '' : `  behind ${after}`}\n`);
  const end = padding > 0 ? `\t${String(padding).padStart(6)} at ${String(record.size - padding).padStart(6)}  padding\n` : '';
  return `${record.kind} ${record.name ?? ''}: ${record.size} bytes, ${plural(holes.length, 'hole')}${sum > 0 ? ` of ${plural(sum, 'byte')}` : ''}, ${plural(Math.max(0, padding), 'byte')} of padding\n${lines.join('')}${end}`;
}
