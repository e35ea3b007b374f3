// Where the members of a struct or union lie, and what lies between them: holes, padding, storage units of bitfields, and the
// alignment and packing that the offsets give away (BTF does not record them). Counted as pahole counts, so that its text can be printed.
import type { CType, Definition, Member, RecordDefinition } from '../ctype/ctype.ts';
import { GapWalk, storageUnit } from '../ctype/gaps.ts';
import type { Types } from '../ctype/types.ts';

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

/** A member with its place. */
export interface MemberLayout extends Member {
  /** Bytes from the start of the record; of the storage unit, for a bitfield. */
  readonly offset: number;
  /** Bytes, of the declared type. */
  readonly size: number;
  /** Bits from the start of the storage unit, null for what is no bitfield. */
  readonly bitInUnit: number | null;
  /** Unused bytes and bits between this member and the next. */
  readonly hole: number;
  readonly bitHole: number;
  /** Bytes that its type asks for by itself. */
  readonly alignment: number;
  /** Like that of the record. */
  readonly forcedAlignment: number;
}

/** Bytes of a cacheline, where nothing else was asked for. */
export const cachelineSize = 64;

/** Computes layouts. Sizes and alignments are kept, since records contain each other; layouts are not: most are asked for once. */
export class Layouts {
  readonly #paddings = new Map<RecordDefinition, number>();
  readonly #alignments = new Map<RecordDefinition, number>();
  /** Equal types of one kernel are one object, which thousands of members share. */
  readonly #measures = new Map<CType, Measure>();
  readonly #pointer: Measure;

  /** @param cacheline bytes; an alignment to whole ones is taken for what the source asked for */
  constructor(
    readonly types: Types,
    readonly cacheline = cachelineSize,
  ) {
    this.#pointer = { size: types.pointerSize, alignment: types.pointerSize };
  }

  of(record: RecordDefinition): Layout {
    const { members, alignment } = this.#place(record);
    const gaps = record.kind === 'struct' ? findGaps(record, members) : noGaps;
    return {
      record,
      members,
      leadingHole: gaps.hole,
      leadingBitHole: gaps.bitHole,
      padding: gaps.padding,
      bitPadding: gaps.bitPadding,
      packed: record.kind === 'struct' && isPacked(record, alignment, members, gaps),
      forcedAlignment: record.kind === 'struct' ? this.#inferAlignment(record.size, alignment, endOf(members)) : 0,
    };
  }

  /** And what the members ask for. */
  #place(record: RecordDefinition): { readonly members: readonly Placed[]; readonly alignment: number } {
    const members: Placed[] = [];
    let end = 0;
    let most = 1;
    for (const { name, type, bitOffset, bitSize } of record.members) {
      const { size, alignment } = this.#measures.get(type) ?? this.#measure(type);
      const placed = new Placed(name, type, bitOffset, bitSize, size, alignment);
      members.push(placed);
      if (alignment > most) most = alignment;
      if (size === 0) continue;
      const start = Math.floor(placed.bitOffset / 8);
      if (start > end) placed.forcedAlignment = this.#inferAlignment(start, alignment, end);
      end = start + size;
    }
    this.#alignments.set(record, most);
    return { members, alignment: most };
  }

  /** Unused bytes at the end of a record. */
  padding(record: RecordDefinition): number {
    const known = this.#paddings.get(record);
    if (known !== undefined) return known;
    const { padding } = this.of(record);
    this.#paddings.set(record, padding);
    return padding;
  }

  /** Alignment in bytes that a type asks for by itself, at least 1. */
  alignment(type: CType): number {
    return this.#measure(type).alignment;
  }

  #measure(type: CType): Measure {
    const known = this.#measures.get(type);
    if (known !== undefined) return known;
    // What has itself inside, which no compiler makes, has no end otherwise.
    this.#measures.set(type, nothing);
    const made = this.#measured(type);
    this.#measures.set(type, made);
    return made;
  }

  #measured(type: CType): Measure {
    switch (type.kind) {
      case 'ptr':
        return this.#pointer;
      case 'int':
      case 'float':
        return { size: type.size, alignment: Math.max(1, type.size) };
      case 'array': {
        const { size, alignment } = this.#measure(type.of);
        return { size: type.count * size, alignment };
      }
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'tag':
        return this.#measure(type.of);
      case 'void':
      case 'function':
        return nothing;
      default:
        return this.#defined(this.types.definition(type));
    }
  }

  #defined(definition: Definition | undefined): Measure {
    switch (definition?.kind) {
      case 'struct':
      case 'union':
        return { size: definition.size, alignment: this.#recordAlignment(definition) };
      case 'enum':
        return { size: definition.size, alignment: Math.max(1, definition.size) };
      case 'typedef':
        return this.#measure(definition.type);
      default:
        return nothing;
    }
  }

  #recordAlignment(record: RecordDefinition): number {
    const known = this.#alignments.get(record);
    if (known !== undefined) return known;
    this.#alignments.set(record, 1);
    let alignment = 1;
    for (const { type } of record.members) alignment = Math.max(alignment, this.#measure(type).alignment);
    this.#alignments.set(record, alignment);
    return alignment;
  }

  /**
   * The alignment that must have been written in the source for something to lie at `offset` when `end` was free and its type asks for
   * `natural` only: the next power of two above the distance, and a whole cacheline where that fits as well. 0 when none shows.
   */
  #inferAlignment(offset: number, natural: number, end: number): number {
    const distance = offset - end;
    if (distance <= 0 || offset % 2 !== 0) return 0;
    const alignment = 2 ** (32 - Math.clz32(distance));
    if (alignment <= natural) return 0;
    if (alignment < this.cacheline && this.cacheline % alignment === 0 && offset % this.cacheline === 0) return this.cacheline;
    return alignment;
  }
}

interface Measure {
  /** Bytes. */
  readonly size: number;
  readonly alignment: number;
}

/** Of what is no object, or only declared. */
const nothing: Measure = { size: 0, alignment: 1 };

/** What lies behind it is found later. */
class Placed implements MemberLayout {
  readonly offset: number;
  readonly bitInUnit: number | null;
  forcedAlignment = 0;
  hole = 0;
  bitHole = 0;

  constructor(
    readonly name: string | null,
    readonly type: CType,
    readonly bitOffset: number,
    readonly bitSize: number | null,
    readonly size: number,
    readonly alignment: number,
  ) {
    this.offset = bitSize === null ? Math.floor(bitOffset / 8) : storageUnit(bitOffset, size);
    this.bitInUnit = bitSize === null ? null : bitOffset - this.offset * 8;
  }
}

/** Where the last member ends that has a size. */
function endOf(members: readonly Placed[]): number {
  const last = members.findLast((each) => each.size > 0);
  return last === undefined ? 0 : last.offset + last.size;
}

/** What no member has before it, and what is left at the end. */
interface Gaps {
  readonly hole: number;
  readonly bitHole: number;
  readonly padding: number;
  readonly bitPadding: number;
}

const noGaps: Gaps = { hole: 0, bitHole: 0, padding: 0, bitPadding: 0 };

/** A struct without gaps, with a member off its natural boundary or a size that its alignment does not divide, was packed. */
function isPacked(record: RecordDefinition, alignment: number, members: readonly Placed[], gaps: Gaps): boolean {
  if (gaps.padding !== 0 || gaps.hole !== 0) return false;
  let off = record.size % alignment !== 0;
  for (const each of members) {
    if (each.hole !== 0) return false;
    if (each.offset % each.alignment !== 0) off = true;
  }
  return off;
}

/** Tells each member what lies behind it. */
function findGaps(record: RecordDefinition, members: readonly Placed[]): Gaps {
  const walk = new GapWalk(record.size);
  let hole = 0;
  let bitHole = 0;
  let last: Placed | undefined;
  for (const each of members) {
    walk.next(each.bitOffset, each.bitSize, each.size);
    if (last === undefined) {
      ({ hole, bitHole } = walk);
    } else {
      last.hole = walk.hole;
      last.bitHole = walk.bitHole;
    }
    last = each;
  }
  return { hole, bitHole, ...walk.end() };
}
