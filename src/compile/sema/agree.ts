// Whether definitions of one name are alike in what a script uses of them: then it does not matter which one it means.
import type { CType, Definition, EnumDefinition, RecordDefinition } from '../../ctype/ctype.ts';
import { findMember } from '../../ctype/member.ts';
import { typeText } from '../../ctype/print.ts';
import { sizeOf, strip, type Types } from '../../ctype/types.ts';

/** What of the definitions is asked for: their size, everything, or one member. */
export type Use = 'size' | 'whole' | { readonly member: string };

export function agree(types: Types, definitions: readonly Definition[], use: Use): boolean {
  const [first, ...others] = definitions;
  return first === undefined || others.every((other) => alike(types, first, other, use));
}

function alike(types: Types, a: Definition, b: Definition, use: Use): boolean {
  if (a.kind === 'typedef' || b.kind === 'typedef') return a.kind === 'typedef' && b.kind === 'typedef' && sameType(types, a.type, b.type, 0);
  if (use === 'whole') return sameDefinition(types, a, b, 0);
  if (!isRecord(a) || !isRecord(b)) return isEnum(a) && isEnum(b) && a.size === b.size;
  if (use === 'size') return a.size === b.size;
  const [left, right] = [findMember(types, a, use.member), findMember(types, b, use.member)];
  if (left === undefined || right === undefined) return left === right;
  return left.bitOffset === right.bitOffset && left.bitSize === right.bitSize && sameType(types, left.type, right.type, 0);
}

/** Embedded records nest; one that contains itself is broken data. */
const deepest = 16;

/** What lies there, not what it points to. */
function sameType(types: Types, left: CType, right: CType, depth: number): boolean {
  const [a, b] = [strip(types, left), strip(types, right)];
  if (a.kind === 'array' && b.kind === 'array') return a.count === b.count && sameType(types, a.of, b.of, depth);
  if (a.kind === 'ptr' || b.kind === 'ptr' || a.kind === 'int' || b.kind === 'int') return typeText(a) === typeText(b) && sizeOf(types, a) === sizeOf(types, b);
  if ((a.kind === 'struct' || a.kind === 'union' || a.kind === 'enum') && a.kind === b.kind) {
    const [one, other] = [types.definition(a), types.definition(b)];
    return one === undefined || other === undefined ? one === other : sameDefinition(types, one, other, depth + 1);
  }
  return a.kind === b.kind;
}

function sameDefinition(types: Types, a: Definition, b: Definition, depth: number): boolean {
  if (a === b) return true;
  if (isEnum(a) && isEnum(b)) return a.size === b.size && a.signed === b.signed && sameValues(a, b);
  if (!isRecord(a) || !isRecord(b)) return false;
  if (a.kind !== b.kind || a.size !== b.size || a.members.length !== b.members.length || depth > deepest) return false;
  return a.members.every((member, index) => {
    const other = b.members[index];
    return other !== undefined && member.name === other.name && member.bitOffset === other.bitOffset && member.bitSize === other.bitSize && sameType(types, member.type, other.type, depth);
  });
}

function sameValues(a: EnumDefinition, b: EnumDefinition): boolean {
  return a.values.length === b.values.length && a.values.every(({ name, value }, index) => b.values[index]?.name === name && b.values[index].value === value);
}

function isRecord(definition: Definition): definition is RecordDefinition {
  return definition.kind === 'struct' || definition.kind === 'union';
}

function isEnum(definition: Definition): definition is EnumDefinition {
  return definition.kind === 'enum';
}
