// Member lookup by name: one place knows how anonymous structs and unions are seen through.
import type { CType, Member, RecordDefinition } from './ctype.ts';
import { strip, type Types } from './types.ts';

/** A member as seen from the record that was asked. */
export interface FoundMember {
  readonly member: Member;
  readonly type: CType;
  /** Bits from the start of the record that was asked, the anonymous records in between included. */
  readonly bitOffset: number;
  /** Width of a bitfield, null for ordinary members. */
  readonly bitSize: number | null;
}

/** The member of that name, also inside anonymous struct and union members (depth first, in order of declaration). */
export function findMember(types: Types, record: RecordDefinition, name: string): FoundMember | undefined {
  return search(types, record, name, 0, 0);
}

/** Every name that `findMember` answers to, in order of declaration. */
export function memberNames(types: Types, record: RecordDefinition): readonly string[] {
  const names: string[] = [];
  collect(types, record, names, 0);
  return names;
}

/** The struct or union that a type means once typedefs, qualifiers and tags are taken off; undefined for others and for those only declared. */
export function recordOf(types: Types, type: CType): RecordDefinition | undefined {
  const under = strip(types, type);
  if (under.kind !== 'struct' && under.kind !== 'union') return undefined;
  const definition = types.definition(under);
  return definition?.kind === 'struct' || definition?.kind === 'union' ? definition : undefined;
}

/** Anonymous records nest 7 deep in real kernels; a definition that contains itself is broken data. */
const maxNesting = 64;

function search(types: Types, record: RecordDefinition, name: string, base: number, depth: number): FoundMember | undefined {
  for (const member of record.members) {
    if (member.name === name) {
      return { member, type: member.type, bitOffset: base + member.bitOffset, bitSize: member.bitSize };
    }
    if (member.name !== null || depth >= maxNesting) continue;
    const inner = recordOf(types, member.type);
    const found = inner && search(types, inner, name, base + member.bitOffset, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function collect(types: Types, record: RecordDefinition, names: string[], depth: number): void {
  for (const member of record.members) {
    if (member.name !== null) {
      names.push(member.name);
    } else if (depth < maxNesting) {
      const inner = recordOf(types, member.type);
      if (inner) collect(types, inner, names, depth + 1);
    }
  }
}
