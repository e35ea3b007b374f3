// Members by their position, for those who go through all records of a kernel: seventy thousand members are not worth an object each.
import type { CType, Member, RecordDefinition } from './ctype.ts';

export interface MemberColumns {
  readonly count: number;
  name(at: number): string | null;
  type(at: number): CType;
  /** Bits from the start of the record. */
  bitOffset(at: number): number;
  /** Width of a bitfield, null for ordinary members. */
  bitSize(at: number): number | null;
}

export function columnsOf(record: RecordDefinition): MemberColumns {
  return record.columns ?? new MemberList(record.members);
}

class MemberList implements MemberColumns {
  constructor(readonly members: readonly Member[]) {}

  get count(): number {
    return this.members.length;
  }

  name(at: number): string | null {
    return this.#member(at).name;
  }

  type(at: number): CType {
    return this.#member(at).type;
  }

  bitOffset(at: number): number {
    return this.#member(at).bitOffset;
  }

  bitSize(at: number): number | null {
    return this.#member(at).bitSize;
  }

  #member(at: number): Member {
    const member = this.members[at];
    if (member === undefined) throw new RangeError(`no member ${at} of ${this.members.length}`);
    return member;
  }
}

/** The members that columns hold, as objects. */
export function memberList(columns: MemberColumns): readonly Member[] {
  const members: Member[] = [];
  for (let at = 0; at < columns.count; at++) members.push({ name: columns.name(at), type: columns.type(at), bitOffset: columns.bitOffset(at), bitSize: columns.bitSize(at) });
  return members;
}
