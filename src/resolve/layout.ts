// Where the members of a struct or union lie, and what lies between them: holes, padding, storage units of bitfields, and the
// alignment and packing that the offsets give away (BTF does not record them). Counted as pahole counts, so that its text can be printed.
import type { CType, Member, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import { sizeOf, strip, type Types } from '../ctype/types.ts';

export interface Layout {
  readonly record: RecordDefinition;
  readonly members: readonly MemberLayout[];
  /** Unused bytes and bits before the first member. */
  readonly leadingHole: number;
  readonly leadingBitHole: number;
  /** Unused bytes after the last member, and unused bits of its storage unit. */
  readonly padding: number;
  readonly bitPadding: number;
  readonly packed: boolean;
  /** Bytes that the record must have been aligned to, beyond what its members ask for; 0 when nothing shows it. */
  readonly forcedAlignment: number;
}

export interface MemberLayout {
  readonly member: Member;
  /** Bytes from the start of the record; of the storage unit, for a bitfield. */
  readonly offset: number;
  /** Bytes, of the declared type. */
  readonly size: number;
  /** Bits from the start of the storage unit, null for what is no bitfield. */
  readonly bitInUnit: number | null;
  /** Unused bytes and bits between this member and the next. */
  readonly hole: number;
  readonly bitHole: number;
  /** Like that of the record. */
  readonly forcedAlignment: number;
}

/** Bytes of a cacheline, where nothing else was asked for. */
export const cachelineSize = 64;

/** Computes layouts and keeps them, since records contain each other. */
export class Layouts {
  readonly #layouts = new WeakMap<RecordDefinition, Layout>();
  readonly #alignments = new WeakMap<RecordDefinition, number>();

  constructor(readonly types: Types) {}

  of(record: RecordDefinition): Layout {
    const known = this.#layouts.get(record);
    if (known) return known;
    const placed = this.#place(record);
    const gaps = record.kind === 'struct' ? findGaps(record, placed) : noGaps(placed);
    const members = placed.map((each, index) => ({ ...each, ...(gaps.after[index] ?? noGap) }));
    const last = placed.findLast((each) => each.size > 0);
    const layout: Layout = {
      record,
      members,
      leadingHole: gaps.leading.hole,
      leadingBitHole: gaps.leading.bitHole,
      padding: gaps.padding,
      bitPadding: gaps.bitPadding,
      packed: this.#packed(record, placed, gaps),
      forcedAlignment: record.kind === 'struct' ? inferAlignment(record.size, this.#recordAlignment(record), last ? last.offset + last.size : 0) : 0,
    };
    this.#layouts.set(record, layout);
    return layout;
  }

  /** Alignment in bytes that a type asks for by itself, at least 1. */
  alignment(type: CType): number {
    const under = strip(this.types, type);
    switch (under.kind) {
      case 'ptr':
        return this.types.pointerSize;
      case 'int':
      case 'float':
      case 'enum':
        return Math.max(1, sizeOf(this.types, under));
      case 'array':
        return this.alignment(under.of);
      case 'struct':
      case 'union': {
        const record = recordOf(this.types, under);
        return record ? this.#recordAlignment(record) : 1;
      }
      default:
        return 1;
    }
  }

  #recordAlignment(record: RecordDefinition): number {
    const known = this.#alignments.get(record);
    if (known !== undefined) return known;
    this.#alignments.set(record, 1);
    const alignment = Math.max(1, ...record.members.map((member) => this.alignment(member.type)));
    this.#alignments.set(record, alignment);
    return alignment;
  }

  #place(record: RecordDefinition): Placed[] {
    let end = 0;
    return record.members.map((member) => {
      const size = sizeOf(this.types, member.type);
      const offset = storageOffset(member, size);
      const forcedAlignment = size === 0 ? 0 : inferAlignment(Math.floor(member.bitOffset / 8), this.alignment(member.type), end);
      if (size > 0) end = Math.floor(member.bitOffset / 8) + size;
      return { member, offset, size, bitInUnit: member.bitSize === null ? null : member.bitOffset - offset * 8, forcedAlignment };
    });
  }

  /** A struct without gaps, with a member off its natural boundary or a size that its alignment does not divide, was packed. */
  #packed(record: RecordDefinition, placed: readonly Placed[], gaps: Gaps): boolean {
    if (record.kind === 'union') return false;
    if (gaps.padding !== 0 || gaps.leading.hole !== 0 || gaps.after.some((gap) => gap.hole !== 0)) return false;
    return placed.some((each) => each.offset % this.alignment(each.member.type) !== 0) || record.size % this.#recordAlignment(record) !== 0;
  }
}

/** A member with its place, before the gaps are known. */
type Placed = Omit<MemberLayout, 'hole' | 'bitHole'>;

interface Gap {
  readonly hole: number;
  readonly bitHole: number;
}

interface Gaps {
  readonly leading: Gap;
  /** After each member, 0 after the last. */
  readonly after: readonly Gap[];
  readonly padding: number;
  readonly bitPadding: number;
}

const noGap: Gap = { hole: 0, bitHole: 0 };

/** Byte offset of a member; a bitfield lies in a unit of its declared type's size, aligned to that size. */
function storageOffset(member: Member, size: number): number {
  if (member.bitSize === null || size === 0) return Math.floor(member.bitOffset / 8);
  return Math.floor(member.bitOffset / (size * 8)) * size;
}

/**
 * Walks the members by bit offset. In front of an ordinary member every unused byte is a hole; in front of a bitfield the bytes up to
 * its storage unit are a hole and the rest is a bit hole; bits left in the unit of the bitfields before it are a bit hole too.
 */
function findGaps(record: RecordDefinition, placed: readonly Placed[]): Gaps {
  const before: Gap[] = [];
  const unit = new OpenUnit(record.size * 8);
  let seen = 0;
  for (const each of placed) {
    const start = each.member.bitOffset;
    const width = each.member.bitSize;
    let hole = 0;
    let bitHole = 0;
    if (unit.open) {
      const unitEnd = Math.min(start, unit.end);
      bitHole = unitEnd - seen;
      seen = unitEnd;
    }
    if (width === null) {
      hole = Math.floor(start / 8) - Math.floor(seen / 8);
      seen = start + each.size * 8;
      unit.close(seen);
    } else {
      const unitStart = each.offset * 8;
      if (seen < unitStart && unitStart <= start) {
        hole = each.offset - Math.floor(seen / 8);
        seen = unitStart;
      }
      bitHole += start - seen;
      seen = start + width;
      unit.extend(each, seen);
    }
    before.push({ hole, bitHole });
  }
  let bitPadding = 0;
  if (unit.open) {
    const end = Math.min(record.size * 8, unit.end);
    bitPadding = end - seen;
    seen = end;
  }
  return { leading: before[0] ?? noGap, after: [...before.slice(1), noGap], bitPadding, padding: record.size - Math.floor(seen / 8) };
}

function noGaps(placed: readonly Placed[]): Gaps {
  return { leading: noGap, after: placed.map(() => noGap), padding: 0, bitPadding: 0 };
}

/** The storage unit that the bitfields read so far share. Offsets in bits. */
class OpenUnit {
  open = false;
  #size = 0;

  constructor(public end: number) {}

  close(end: number): void {
    this.open = false;
    this.#size = 0;
    this.end = end;
  }

  /** A field past the unit's end, or of a bigger type, opens a new unit; one that borrowed bits of the unit before reaches one further. */
  extend(placed: Placed, fieldEnd: number): void {
    this.open = true;
    const size = placed.size * 8;
    if (fieldEnd <= this.end && size <= this.#size) return;
    this.#size = size;
    this.end = placed.offset * 8 + size;
    if (fieldEnd > this.end) this.end += size;
  }
}

/**
 * The alignment that must have been written in the source for something to lie at `offset` when `end` was free and its type asks for
 * `natural` only: the next power of two above the distance, and a whole cacheline where that fits as well. 0 when none shows.
 */
function inferAlignment(offset: number, natural: number, end: number): number {
  const distance = offset - end;
  if (distance <= 0 || offset % 2 !== 0) return 0;
  const alignment = 2 ** (32 - Math.clz32(distance));
  if (alignment <= natural) return 0;
  if (alignment < cachelineSize && cachelineSize % alignment === 0 && offset % cachelineSize === 0) return cachelineSize;
  return alignment;
}
