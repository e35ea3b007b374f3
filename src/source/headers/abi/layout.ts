// Where the members of a record lie: the rules of gcc for targets where the type of a bitfield matters (PCC_BITFIELD_TYPE_MATTERS), which all of ours are.
import { alignUp } from '../../../base/bits.ts';
import type { Abi } from './abi.ts';

/** A member whose type is known, on its way to a place. Sizes and alignments in bytes. */
export interface Unplaced {
  readonly size: number;
  /** Of its type, outside of records. */
  readonly align: number;
  /** An `aligned` decided the alignment of its type, not the ABI alone. */
  readonly userAlign: boolean;
  /** Its elements are integers or doubles of 8 bytes: where the ABI knows less alignment for them in records, they get it. */
  readonly wide: boolean;
  /** Width of a bitfield, null for ordinary members. */
  readonly bits: number | null;
  readonly named: boolean;
  readonly packed: boolean;
  /** Alignment that the member itself asks for. */
  readonly wanted: number | null;
}

export interface RecordOptions {
  readonly union: boolean;
  readonly packed: boolean;
  /** Alignment that the record itself asks for. */
  readonly wanted: number | null;
  /** `#pragma pack(n)`; null where none is in force. */
  readonly pack: number | null;
}

export interface RecordLayout {
  /** Bits from the start of the record, by member. */
  readonly offsets: readonly number[];
  /** Bytes, by member; what `__alignof__` says of it. */
  readonly aligns: readonly number[];
  readonly size: number;
  readonly align: number;
  readonly userAlign: boolean;
}

/** Places members one behind the other, or all at the start of a union. */
export function layOut(abi: Abi, members: readonly Unplaced[], options: RecordOptions): RecordLayout {
  const walk = new Walk(abi, options);
  const offsets = members.map((member) => walk.place(member));
  return { offsets, ...walk.end() };
}

class Walk {
  /** Bits so far. */
  #end = 0;
  #size = 0;
  /** Bits. */
  #align: number;
  #userAlign: boolean;
  readonly #aligns: number[] = [];

  constructor(
    readonly abi: Abi,
    readonly options: RecordOptions,
  ) {
    this.#align = 8 * Math.max(1, options.wanted ?? 1);
    this.#userAlign = options.wanted !== null;
  }

  place(member: Unplaced): number {
    // The word on the record packs what has something to pack.
    const packed = member.packed || (this.options.packed && (member.bits !== null || member.align > 1));
    const from = this.options.union ? 0 : this.#end;
    const at = member.bits === null ? this.#ordinary(member, packed, from) : this.#bitfield(member, member.bits, packed, from);
    this.#end = at + (member.bits ?? 8 * member.size);
    this.#size = Math.max(this.#size, this.#end);
    return at;
  }

  end(): Omit<RecordLayout, 'offsets'> {
    const align = this.#align / 8;
    return { aligns: this.#aligns, size: alignUp(Math.ceil(this.#size / 8), align), align, userAlign: this.#userAlign };
  }

  #ordinary(member: Unplaced, packed: boolean, from: number): number {
    const align = this.#limited(this.#alignOf(member, packed));
    this.#raise(align, hasUserAlign(member, packed));
    this.#aligns.push(align / 8);
    return alignUp(from, align);
  }

  /** Bits. */
  #alignOf(member: Unplaced, packed: boolean): number {
    const wanted = 8 * (member.wanted ?? 1);
    if (packed) return wanted;
    return member.wanted !== null && member.wanted >= member.align ? wanted : Math.max(wanted, this.#inRecord(member));
  }

  #inRecord({ align, userAlign, wide }: Unplaced): number {
    const { largestMemberAlign } = this.abi;
    return 8 * (largestMemberAlign === null || !wide || userAlign ? align : Math.min(align, largestMemberAlign));
  }

  #limited(align: number): number {
    return this.options.pack === null ? align : Math.min(align, 8 * this.options.pack);
  }

  #raise(align: number, byUser: boolean): void {
    this.#align = Math.max(this.#align, align);
    this.#userAlign ||= byUser;
  }

  #bitfield(member: Unplaced, bits: number, packed: boolean, from: number): number {
    const typeAlign = this.#inRecord(member);
    const whole = this.#wholeUnit(member, bits, packed, from);
    const own = bits === 0 ? Math.max(typeAlign, 8 * (member.wanted ?? 1)) : this.#limited(Math.max(whole, 8 * (member.wanted ?? 0)));
    if (member.named || this.abi.unnamedBitfieldsAlign) {
      // One of no width opens the next unit, whatever is said about packing.
      const byType = bits === 0 ? typeAlign : this.options.pack !== null ? this.#limited(typeAlign) : packed ? 8 : typeAlign;
      this.#raise(Math.max(own, byType), member.wanted !== null || member.userAlign);
    }
    this.#aligns.push(Math.max(1, own / 8));
    const at = own === 0 ? from : alignUp(from, own);
    if (bits === 0 || packed || whole !== 0 || this.options.pack !== null) return at;
    // It may not touch more units of its type's alignment than its type does.
    const units = Math.floor(((at % typeAlign) + bits + typeAlign - 1) / typeAlign);
    if (units <= (8 * member.size) / typeAlign) return at;
    // gcc counts from the last multiple of the largest alignment, where its type is aligned to even more.
    const chunk = 8 * Math.max(this.options.wanted ?? 1, this.abi.largestAlign);
    const base = own >= chunk ? at : from - (from % chunk);
    return base + alignUp(at - base, typeAlign);
  }

  /** One that is as wide as an integer and stands where one could stand is no bitfield to gcc: the bits of alignment that it has as such, else 0. */
  #wholeUnit({ wanted }: Unplaced, bits: number, packed: boolean, from: number): number {
    const { largestIntegerBits, largestMemberAlign } = this.abi;
    const isInteger = bits >= 8 && bits <= largestIntegerBits && (bits & (bits - 1)) === 0;
    if (!isInteger || (packed && bits > 8) || from % bits !== 0) return 0;
    return largestMemberAlign === null || wanted !== null ? bits : Math.min(bits, 8 * largestMemberAlign);
  }
}

/** Less than its type has is not what a member gets, so nobody has decided anything. */
function hasUserAlign({ wanted, align, userAlign }: Unplaced, packed: boolean): boolean {
  return wanted !== null && (packed || wanted >= align) ? true : userAlign;
}
