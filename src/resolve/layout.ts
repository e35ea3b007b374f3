// Where the members of a struct or union lie, and what lies between them: holes, padding, storage units of bitfields, and the
// alignment and packing that the offsets give away (BTF does not record them). Counted as pahole counts, so that its text can be printed.
import { columnsOf, memberList, type MemberColumns } from '../ctype/columns.ts';
import type { CType, Definition, Member, RecordDefinition } from '../ctype/ctype.ts';
import { GapWalk, storageUnit } from '../ctype/gaps.ts';
import type { Types } from '../ctype/types.ts';

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
    const placing = new Placing(record);
    const columns = columnsOf(record);
    for (let at = 0; at < columns.count; at++) {
      const type = columns.type(at);
      const { size, alignment } = this.#measure(type);
      const bitOffset = columns.bitOffset(at);
      const forced = size === 0 ? 0 : this.#inferAlignment(Math.floor(bitOffset / 8), alignment, placing.end);
      placing.add(type, bitOffset, columns.bitSize(at), size, alignment, forced);
    }
    this.#alignments.set(record, placing.alignment);
    const forced = record.kind === 'struct' ? this.#inferAlignment(record.size, placing.alignment, placing.lastEnd) : 0;
    return new Layout(record, columns, placing, forced);
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
    const columns = columnsOf(record);
    for (let at = 0; at < columns.count; at++) alignment = Math.max(alignment, this.#measure(columns.type(at)).alignment);
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

/** Where the numbers of a member stand, from `at * perMember` on. A width of -1 is none. */
const cell = { offset: 0, size: 1, alignment: 2, forced: 3, hole: 4, bitHole: 5, bitOffset: 6, width: 7 } as const;
const perMember = 8;

/** Puts one member behind the other. */
class Placing {
  readonly cells: number[] = [];
  readonly types: CType[] = [];
  leadingHole = 0;
  leadingBitHole = 0;
  /** What the members ask for. */
  alignment = 1;
  /** Bytes: where the member before ends, if it has a size, and where its storage unit does. */
  end = 0;
  lastEnd = 0;
  readonly #walk: GapWalk | undefined;
  #holes = false;
  #off = false;

  constructor(readonly record: RecordDefinition) {
    this.#walk = record.kind === 'struct' ? new GapWalk(record.size) : undefined;
  }

  add(type: CType, bitOffset: number, bitSize: number | null, size: number, alignment: number, forced: number): void {
    const start = Math.floor(bitOffset / 8);
    const offset = bitSize === null ? start : storageUnit(bitOffset, size);
    if (this.#walk !== undefined) this.#gap(this.#walk, bitOffset, bitSize, size);
    this.types.push(type);
    this.cells.push(offset, size, alignment, forced, 0, 0, bitOffset, bitSize ?? -1);
    if (alignment > this.alignment) this.alignment = alignment;
    if (offset % alignment !== 0) this.#off = true;
    if (size === 0) return;
    this.end = start + size;
    this.lastEnd = offset + size;
  }

  /** Tells the member before what lies behind it. */
  #gap(walk: GapWalk, bitOffset: number, bitSize: number | null, size: number): void {
    walk.next(bitOffset, bitSize, size);
    if (walk.hole !== 0) this.#holes = true;
    const before = this.cells.length - perMember;
    if (before < 0) {
      this.leadingHole = walk.hole;
      this.leadingBitHole = walk.bitHole;
    } else {
      this.cells[before + cell.hole] = walk.hole;
      this.cells[before + cell.bitHole] = walk.bitHole;
    }
  }

  /** To be asked when all members are there. */
  ending(): { readonly padding: number; readonly bitPadding: number; readonly packed: boolean } {
    if (this.#walk === undefined) return { padding: 0, bitPadding: 0, packed: false };
    const { padding, bitPadding } = this.#walk.end();
    // A struct without gaps, with a member off its natural boundary or a size that its alignment does not divide, was packed.
    return { padding, bitPadding, packed: padding === 0 && !this.#holes && (this.#off || this.record.size % this.alignment !== 0) };
  }
}

/** Where the members of a record lie. Members are asked for by position; those who want objects take `members`. */
export class Layout {
  readonly count: number;
  /** Unused bytes and bits before the first member. */
  readonly leadingHole: number;
  readonly leadingBitHole: number;
  /** Unused bytes after the last member, and unused bits of its storage unit. */
  readonly padding: number;
  readonly bitPadding: number;
  readonly packed: boolean;
  readonly #columns: MemberColumns;
  readonly #types: readonly CType[];
  readonly #cells: readonly number[];

  constructor(
    readonly record: RecordDefinition,
    columns: MemberColumns,
    placing: Placing,
    /** Bytes that the record must have been aligned to, beyond what its members ask for; 0 when nothing shows it. */
    readonly forcedAlignment: number,
  ) {
    this.count = columns.count;
    this.leadingHole = placing.leadingHole;
    this.leadingBitHole = placing.leadingBitHole;
    ({ padding: this.padding, bitPadding: this.bitPadding, packed: this.packed } = placing.ending());
    this.#columns = columns;
    this.#types = placing.types;
    this.#cells = placing.cells;
  }

  get members(): readonly MemberLayout[] {
    return memberList(this.#columns).map((member, at) => ({
      member, offset: this.offset(at), size: this.size(at), bitInUnit: this.bitInUnit(at), hole: this.hole(at), bitHole: this.bitHole(at),
      alignment: this.#cell(at, cell.alignment), forcedAlignment: this.forcedAlignmentOf(at),
    }));
  }

  name(at: number): string | null {
    return this.#columns.name(at);
  }

  type(at: number): CType {
    const type = this.#types[at];
    if (type === undefined) throw new RangeError(`no member ${at} of ${this.count}`);
    return type;
  }

  /** Width of a bitfield in bits. */
  bitSize(at: number): number | null {
    const width = this.#cell(at, cell.width);
    return width === -1 ? null : width;
  }

  /** This and what follows: as in MemberLayout. */
  offset(at: number): number {
    return this.#cell(at, cell.offset);
  }

  size(at: number): number {
    return this.#cell(at, cell.size);
  }

  bitInUnit(at: number): number | null {
    return this.#cell(at, cell.width) === -1 ? null : this.#cell(at, cell.bitOffset) - this.offset(at) * 8;
  }

  hole(at: number): number {
    return this.#cell(at, cell.hole);
  }

  bitHole(at: number): number {
    return this.#cell(at, cell.bitHole);
  }

  forcedAlignmentOf(at: number): number {
    return this.#cell(at, cell.forced);
  }

  #cell(at: number, which: number): number {
    return this.#cells[at * perMember + which] ?? 0;
  }
}
