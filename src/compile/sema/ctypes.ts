// From C types to types of the script: what a value read out of the kernel is called there.
import type { CType, EnumDefinition } from '../../ctype/ctype.ts';
import type { Types } from '../../ctype/types.ts';
import { strip } from '../../ctype/types.ts';
import type { ScriptType, Space } from './stype.ts';

/** The script's type of a value of that C type. Character arrays are strings, functions and floating point numbers have no value. */
export function scriptTypeOf(types: Types, type: CType, space: Space, trusted: boolean): ScriptType {
  const under = strip(types, type);
  switch (under.kind) {
    case 'int':
      if (under.encoding === 'bool' || under.name === '_Bool') return { kind: 'bool' };
      return intOf(under.size, under.signed);
    case 'ptr':
      return { kind: 'pointer', to: under.to, space: userTagged(type) || userTagged(under.to) ? 'user' : space, trusted: trusted && pointsToRecord(types, under.to) };
    case 'array':
      if (under.count > 0 && isChar(types, under.of)) return { kind: 'string', size: under.count };
      return { kind: 'array', of: under.of, count: under.count, space };
    case 'struct':
    case 'union':
      return { kind: 'record', type: { ...under, kind: under.kind }, space, trusted };
    case 'enum': {
      const definition = types.definition(under);
      if (definition?.kind !== 'enum') return { kind: 'int', size: 4, signed: false };
      return enumOf(definition, under.key);
    }
    default:
      return { kind: 'void' };
  }
}

export function enumOf(definition: EnumDefinition, key: string | number | null): ScriptType {
  const size = definition.size === 1 || definition.size === 2 || definition.size === 8 ? definition.size : 4;
  return { kind: 'enum', ref: { kind: 'enum', name: definition.name, key }, size, signed: definition.signed, of: definition };
}

/** `char` itself: `u8` and `unsigned char` are numbers. */
export function isChar(types: Types, type: CType): boolean {
  const under = strip(types, type);
  return under.kind === 'int' && under.size === 1 && under.name === 'char';
}

function intOf(size: number, signed: boolean): ScriptType {
  return size === 1 || size === 2 || size === 4 || size === 8 ? { kind: 'int', size, signed } : { kind: 'array', of: byte, count: size, space: 'kernel' };
}

const byte: CType = { kind: 'int', name: 'unsigned char', size: 1, signed: false, encoding: 'int' };

/** The verifier follows pointers to structs and unions that are defined, unless they point to user or per-CPU memory. */
function pointsToRecord(types: Types, to: CType): boolean {
  for (let at = to; ; ) {
    if (at.kind === 'tag' && (at.tag === 'user' || at.tag === 'percpu')) return false;
    if (at.kind === 'const' || at.kind === 'volatile' || at.kind === 'restrict' || at.kind === 'tag') at = at.of;
    else return (at.kind === 'struct' || at.kind === 'union') && types.definition(at) !== undefined;
  }
}

function userTagged(type: CType): boolean {
  for (let at = type; at.kind === 'const' || at.kind === 'volatile' || at.kind === 'restrict' || at.kind === 'tag'; at = at.of) {
    if (at.kind === 'tag' && at.tag === 'user') return true;
  }
  return false;
}
