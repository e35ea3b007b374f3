// Member lookup by name: one place knows how anonymous structs and unions are seen through.
import type { CType, Member, RecordDefinition } from './ctype.ts';
import { sizeOf, strip, type Types } from './types.ts';

/** A member as seen from the record that was asked. */
export interface FoundMember {
  readonly member: Member;
  readonly type: CType;
  /** Bits from the start of the record that was asked, the anonymous records in between included. */
  readonly bitOffset: number;
  /** Width of a bitfield, null for ordinary members. */
  readonly bitSize: number | null;
  /** It lies in a union: the record itself, or one on the way. */
  readonly inUnion: boolean;
}

/**
 * The member of that name, also inside anonymous struct and union members (depth first, in order of declaration); else what headers
 * call so: `sk_family` of a struct sock is its `__sk_common.skc_family`.
 */
export function findMember(types: Types, record: RecordDefinition, name: string): FoundMember | undefined {
  const own = search(types, record, name, start);
  if (own !== undefined) return own;
  for (const path of types.memberAliases(name)) {
    const found = follow(types, record, path);
    if (found !== undefined) return found;
  }
  return undefined;
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

interface From {
  /** Bits from the start of the record that was asked. */
  readonly base: number;
  readonly inUnion: boolean;
  readonly depth: number;
}

const start: From = { base: 0, inUnion: false, depth: 0 };

function search(types: Types, record: RecordDefinition, name: string, from: From): FoundMember | undefined {
  const inUnion = from.inUnion || record.kind === 'union';
  for (const member of record.members) {
    const bitOffset = from.base + member.bitOffset;
    if (member.name === name) return { member, type: member.type, bitOffset, bitSize: member.bitSize, inUnion };
    if (member.name !== null || from.depth >= maxNesting) continue;
    const inner = recordOf(types, member.type);
    const found = inner && search(types, inner, name, { base: bitOffset, inUnion, depth: from.depth + 1 });
    if (found) return found;
  }
  return undefined;
}

/** `__sk_common.skc_family`, `a.b[1].c`; undefined for paths that lead nowhere from here, or through a pointer. */
function follow(types: Types, record: RecordDefinition, path: string): FoundMember | undefined {
  const [first = '', ...steps] = path.split(/\.|(?=\[)/);
  let found = search(types, record, first, start);
  for (const step of steps) {
    if (found === undefined || found.bitSize !== null) return undefined;
    found = step.startsWith('[') ? element(types, found, Number(step.slice(1, -1))) : inner(types, found, step);
  }
  return found;
}

function inner(types: Types, { type, bitOffset, inUnion }: FoundMember, name: string): FoundMember | undefined {
  const record = recordOf(types, type);
  return record && search(types, record, name, { base: bitOffset, inUnion, depth: 0 });
}

function element(types: Types, found: FoundMember, index: number): FoundMember | undefined {
  const under = strip(types, found.type);
  if (under.kind !== 'array' || !(index < under.count)) return undefined;
  return { ...found, type: under.of, bitOffset: found.bitOffset + 8 * index * sizeOf(types, under.of) };
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
