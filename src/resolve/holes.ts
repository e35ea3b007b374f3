// Structs of a kernel that have holes, found without laying out each.
import type { RecordDefinition } from '../ctype/ctype.ts';
import type { SizeTable } from '../index/sizetable.ts';
import type { Layouts } from './layout.ts';

export interface Hole {
  /** The member in front of it, null at the start. */
  readonly after: string | null;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly size: number;
}

/**
 * By definition: the holes, or undefined where a name means several types and only a layout tells. Structs without holes are left out.
 * @param least bytes of a hole
 */
export function structsWithHoles(sizes: SizeTable, least: number): ReadonlyMap<number, readonly Hole[] | undefined> {
  const found = new Map<number, Hole[] | undefined>();
  const numbers = sizes.structs();
  const room = new Room();
  let before = 0;
  let position = 0;
  for (let at = 0; at < numbers.length; at += 4) {
    const record = numbers[at] ?? 0;
    position = record === before ? position + 1 : 0;
    if (position === 0) room.begin();
    before = record;
    const size = sizes.of(numbers[at + 3] ?? 0);
    if (size === undefined) found.set(record, undefined);
    const hole = room.hole(numbers[at + 1] ?? 0, numbers[at + 2] ?? 0, size ?? 0);
    if (hole < least || (found.has(record) && found.get(record) === undefined)) continue;
    const holes = found.get(record) ?? [];
    found.set(record, holes);
    holes.push({ after: position === 0 ? null : shown(sizes.name(record, position - 1)), offset: room.freeFrom, size: hole });
  }
  return found;
}

/** Walks over the members of a struct as `Layouts` does, for whole bytes only. Bits. */
class Room {
  /** Bytes. */
  freeFrom = 0;
  #seen = 0;
  /** The storage unit that the bitfields read last share; of no size behind an ordinary member. */
  #unitEnd = 0;
  #unitSize = 0;

  begin(): void {
    this.#seen = 0;
    this.#unitEnd = 0;
    this.#unitSize = 0;
  }

  /** Bytes that are free in front of a member. */
  hole(start: number, width: number, size: number): number {
    if (this.#unitSize > 0) this.#seen = Math.max(this.#seen, Math.min(start, this.#unitEnd));
    this.freeFrom = Math.floor(this.#seen / 8);
    if (width === 0) {
      this.#unitSize = 0;
      this.#seen = start + size * 8;
      return Math.floor(start / 8) - this.freeFrom;
    }
    return this.#bitfield(start, width, size * 8);
  }

  #bitfield(start: number, width: number, bits: number): number {
    const unit = bits === 0 ? start : Math.floor(start / bits) * bits;
    const hole = this.#seen < unit ? unit / 8 - this.freeFrom : 0;
    this.#seen = start + width;
    if (this.#seen > this.#unitEnd || bits > this.#unitSize) {
      this.#unitSize = bits;
      this.#unitEnd = unit + bits;
      if (this.#seen > this.#unitEnd) this.#unitEnd += bits;
    }
    return hole;
  }
}

/** Of one struct, by its layout. */
export function holesOf(layouts: Layouts, record: RecordDefinition): readonly Hole[] {
  const layout = layouts.of(record);
  const leading = layout.leadingHole > 0 ? [{ after: null, offset: 0, size: layout.leadingHole }] : [];
  return [...leading, ...layout.members.filter(({ hole }) => hole > 0).map(({ name, bitOffset, bitSize, size, hole, bitHole }) => ({
    after: shown(name),
    offset: Math.floor((bitOffset + (bitSize ?? size * 8) + bitHole) / 8),
    size: hole,
  }))];
}

function shown(name: string | null): string {
  return name ?? '{...}';
}
