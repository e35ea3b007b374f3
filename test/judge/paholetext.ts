// Members in pahole's text and in our definitions, as lines of the same form: `declaration @bit offset +size`.
import type { ArrayType, CType, RecordDefinition } from '../../src/ctype/ctype.ts';
import { declaration } from '../../src/ctype/print.ts';
import { sizeOf, type Types } from '../../src/ctype/types.ts';

/** Attributes, which BTF does not have, are pahole's guesses and left out. `struct name` and the members of each definition that pahole prints, nested ones before what they are part of. */
export function* paholeRecords(text: string): Generator<readonly [head: string, members: string]> {
  for (const [, head = '', body = ''] of text.matchAll(/^((?:struct|union) \w+) \{\n([^]*?)^\}/gm)) {
    const members: string[] = [];
    for (const [, declared = '', bytes, bits = '0', size] of body.matchAll(/^\t+(.*);\s*\/\*\s*(\d+)(?:: *(\d+))?\s+(\d+) \*\/$/gm)) {
      members.push(`${plain(declared.replaceAll(/__attribute__\(\(\w+(?:\(\d+\))?\)\)/g, ''))} @${8 * Number(bytes) + Number(bits)} +${size}`);
    }
    yield [head, members.join('\n')];
  }
}

/** The same of ours. */
export function ourMembers(types: Types, record: RecordDefinition): string {
  return [...flatten(types, record, 0)].join('\n');
}

/** @param behind of a pointer: there every body counts from its own start */
function* flatten(types: Types, record: RecordDefinition, start: number, behind = false): Generator<string> {
  for (const { name, type, bitOffset, bitSize } of record.members) {
    const { body, pointers } = inPlace(type);
    // Of a pointer pahole prints what is behind it, at the offsets of there.
    if (body !== undefined && body.kind !== 'enum') {
      const inner = types.definition(body);
      if (inner?.kind === 'struct' || inner?.kind === 'union') yield* flatten(types, inner, pointers === '' && !behind ? start + bitOffset : 0, behind || pointers !== '');
    }
    const declared = body === undefined ? paholeDeclaration(asPahole(type), name ?? '') : `}${pointers}${name ?? ''}${dimensions(type)}`;
    yield `${plain(declared)}${bitSize === null ? '' : `:${bitSize}`} @${start + bitOffset} +${sizeOf(types, type)}`;
  }
}

/** Of an array of function pointers pahole prints the dimensions at the end. */
function paholeDeclaration(type: CType, name: string): string {
  // Of what is volatile and an array the dimensions are lost.
  if (type.kind === 'volatile' && type.of.kind === 'array') return declaration({ ...type, of: underArrays(type.of) }, name);
  const element = underArrays(type);
  const toFunction = element.kind === 'ptr' && element.to.kind === 'function';
  return toFunction ? `${declaration(element, name)}${dimensions(type)}` : declaration(type, name);
}

type Anonymous = Extract<CType, { name: string | null; key: unknown }>;

/** The struct, union or enum without a name that a member's type is, its elements' type, or what it points to. */
function inPlace(type: CType): { readonly body: Anonymous | undefined; readonly pointers: string } {
  let at = type;
  let pointers = '';
  // A volatile body is not printed.
  if (type.kind === 'volatile') return { body: undefined, pointers };
  while ('of' in at || at.kind === 'ptr') {
    if (at.kind === 'ptr') pointers += '*';
    at = at.kind === 'ptr' ? at.to : at.of;
  }
  return { body: (at.kind === 'struct' || at.kind === 'union' || at.kind === 'enum') && at.name === null ? at : undefined, pointers };
}

function dimensions(type: CType): string {
  if (!('of' in type)) return '';
  return type.kind === 'array' ? `${dimensions(type.of)}[${type.count}]` : dimensions(type.of);
}

/**
 * What pahole 1.24 prints for a type that it does not spell as C does: a pointer to an array is one to its element, the qualifiers of a pointer
 * stand in front of what it points to, and of arrays of arrays, which compilers of its time did not tell of, the innermost comes first.
 */
function asPahole(type: CType): CType {
  switch (type.kind) {
    case 'ptr': {
      let to = type.to;
      while (to.kind === 'array') to = to.of;
      // Behind an array it forgets the qualifiers of pointers.
      if (to !== type.to && to.kind === 'const' && to.of.kind === 'ptr') to = to.of;
      const inner = to.kind === 'const' && to.of.kind === 'ptr' ? { ...to, of: asPahole(to.of) } : asPahole(to);
      return { kind: 'ptr', to: inner };
    }
    case 'const':
    case 'volatile': {
      const of = asPahole(type.of);
      return underArrays(of).kind === 'ptr' ? qualified(type.kind, of) : { kind: type.kind, of };
    }
    case 'array':
      return reversed(type);
    case 'restrict':
    case 'tag':
      return { ...type, of: asPahole(type.of) };
    case 'function':
      return { ...type, returns: asPahole(type.returns), params: type.params.map((each) => ({ name: null, type: asPahole(each.type) })) };
    default:
      return type;
  }
}

function reversed(type: ArrayType): CType {
  const counts: number[] = [];
  let at: CType = type;
  for (; at.kind === 'array'; at = at.of) counts.push(at.count);
  return counts.reduce<CType>((of, count) => ({ kind: 'array', of, count }), asPahole(at));
}

/** With the qualifier at the very left. */
function qualified(kind: 'const' | 'volatile', type: CType): CType {
  if (type.kind === 'ptr') return { kind: 'ptr', to: qualified(kind, type.to) };
  if (type.kind === 'function') return { ...type, returns: qualified(kind, type.returns) };
  if ('of' in type) return { ...type, of: qualified(kind, type.of) };
  return { kind, of: type };
}

function underArrays(type: CType): CType {
  return type.kind === 'array' ? underArrays(type.of) : type;
}

/**
 * Without spaces; a last array without elements is `[]` for pahole and `[0]` in BTF; of an array and its elements both may be qualified; qualifiers
 * stand as BTF has them; floats have a size in words.
 */
function plain(text: string): string {
  const words = text.replaceAll(/\bsingle (?=double|float)/g, '').replaceAll(/\bvolatile const\b/g, 'const volatile');
  return words.replaceAll(/\s+/g, '').replaceAll('[0]', '[]').replaceAll(/(?:const){2,}/g, 'const').replaceAll(/(?:volatile){2,}/g, 'volatile').replaceAll('{...}', '');
}
