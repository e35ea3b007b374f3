// Structs of a kernel that have holes, found without reading each: only those with bitfields, and with names that mean several types, are laid out.
import type { RecordDefinition } from '../ctype/ctype.ts';
import type { PlacedMember, SizeTable } from '../index/sizetable.ts';
import type { Layouts } from './layout.ts';

export interface Hole {
  /** The member in front of it, null at the start. */
  readonly after: string | null;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly size: number;
}

/** By definition: the holes, or undefined where only a layout tells. Structs without holes are left out. */
export function structsWithHoles(sizes: SizeTable): ReadonlyMap<number, readonly Hole[] | undefined> {
  const found = new Map<number, readonly Hole[] | undefined>();
  for (const [definition, members] of sizes.structs()) {
    const holes = between(sizes, members);
    if (holes === undefined || holes.length > 0) found.set(definition, holes);
  }
  return found;
}

function between(sizes: SizeTable, members: readonly PlacedMember[]): readonly Hole[] | undefined {
  const holes: Hole[] = [];
  let end = 0;
  let after: string | null = null;
  for (const { name, type, bitOffset, bitfield } of members) {
    const size = sizes.of(type);
    if (bitfield || size === undefined) return undefined;
    const start = bitOffset / 8;
    if (start > end) holes.push({ after, offset: end, size: start - end });
    end = start + size;
    after = shown(name);
  }
  return holes;
}

/** Of one struct, by its layout. */
export function holesOf(layouts: Layouts, record: RecordDefinition): readonly Hole[] {
  const layout = layouts.of(record);
  const leading = layout.leadingHole > 0 ? [{ after: null, offset: 0, size: layout.leadingHole }] : [];
  return [...leading, ...layout.members.filter(({ hole }) => hole > 0).map(({ member, size, hole, bitHole }) => ({
    after: shown(member.name ?? ''),
    offset: Math.floor((member.bitOffset + (member.bitSize ?? size * 8) + bitHole) / 8),
    size: hole,
  }))];
}

function shown(name: string): string {
  return name === '' ? '{...}' : name;
}
