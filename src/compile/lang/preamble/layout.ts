// Sizes, alignments and member offsets of C records: the System V ABI of x86-64, which arm64's AAPCS64 agrees with
// except for the alignment that an unnamed bitfield lends its record.
import { alignUp } from '../../../base/bits.ts';
import type { CType, Member } from '../../../ctype/ctype.ts';

/** A member whose type is known, on its way to a place. Alignments in bytes. */
export interface Unplaced {
  readonly name: string | null;
  readonly type: CType;
  readonly bits: number | null;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  /** `packed` and `aligned` of the member itself. */
  readonly packed: boolean;
  readonly wanted: number | null;
}

export interface RecordLayout {
  readonly members: readonly Member[];
  /** Bytes. */
  readonly size: number;
  readonly align: number;
}

/** Places the members one behind the other, or all at 0 in a union. */
export function layOut(tag: 'struct' | 'union', unplaced: readonly Unplaced[], packed: boolean, wanted: number | null): RecordLayout {
  const members: Member[] = [];
  let align = wanted ?? 1;
  let end = 0;
  let size = 0;
  for (const member of unplaced) {
    const from = tag === 'union' ? 0 : end;
    const isPacked = packed || member.packed;
    const natural = Math.max(isPacked ? 1 : member.align, member.wanted ?? 1);
    const bitOffset = member.bits === null ? alignUp(from, natural * 8) : bitfieldOffset(from, member, isPacked);
    end = bitOffset + (member.bits ?? member.size * 8);
    size = Math.max(size, end);
    if (member.name !== null || member.bits === null) align = Math.max(align, natural);
    if (member.name !== null || member.bits === null) members.push({ name: member.name, type: member.type, bitOffset, bitSize: member.bits });
  }
  return { members, size: alignUp(Math.ceil(size / 8), align), align };
}

/** A bitfield stays inside one storage unit of its type; width 0 closes the unit; packed ones follow bit by bit. */
function bitfieldOffset(from: number, member: Unplaced, packed: boolean): number {
  const bits = member.bits ?? 0;
  const unit = member.align * 8;
  if (bits === 0) return alignUp(from, unit);
  const at = member.wanted === null ? from : alignUp(from, member.wanted * 8);
  if (packed) return at;
  const straddles = Math.floor(at / unit) !== Math.floor((at + bits - 1) / unit);
  return straddles ? alignUp(at, unit) : at;
}
