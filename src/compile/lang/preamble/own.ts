// A script's own definition of what the kernel has, too: it is the one that counts, and the user is told when the two are not the same.
import type { CPart } from '../../../ctype/cpart.ts';
import type { Definition, Member } from '../../../ctype/ctype.ts';
import type { Types } from '../../../ctype/types.ts';

export interface OwnDefinition {
  /** Of the C text. */
  readonly line: number;
  readonly message: string;
}

export function ownAndOthers(part: CPart, known: Types): readonly OwnDefinition[] {
  if (part.definitions.length === 0) return [];
  const types = part.types(known);
  return part.definitions.flatMap(({ kind, name, line }) => {
    const others = known.find(kind, name);
    const [own] = types.find(kind, name);
    if (own === undefined || others.length === 0 || others.some((other) => isSame(own, other))) return [];
    const [other] = others;
    return [{ line, message: `'${kind} ${name}' is the script's own, which is not the kernel's${other === undefined ? '' : difference(own, other)}` }];
  });
}

function isSame(own: Definition, other: Definition): boolean {
  if ('members' in own && 'members' in other) return own.size === other.size && own.members.length === other.members.length && own.members.every((member, index) => isAt(member, other.members[index]));
  if ('values' in own && 'values' in other) return own.size === other.size && own.values.length === other.values.length && own.values.every(({ name, value }, index) => name === other.values[index]?.name && value === other.values[index].value);
  return own.kind === 'typedef';
}

function isAt({ name, bitOffset, bitSize }: Member, other: Member | undefined): boolean {
  return other?.name === name && other.bitOffset === bitOffset && other.bitSize === bitSize;
}

function difference(own: Definition, other: Definition): string {
  return 'size' in own && 'size' in other && own.size !== other.size ? `: ${own.size} bytes, there ${other.size}` : '';
}
