// C types of tracepoint fields, from the text of tracefs: a declaration specifier with pointers, typed through the kernel's BTF.
import { pointerTo, voidType, type CType, type IntType } from '../ctype/ctype.ts';
import { sizeOf, type Types } from '../ctype/types.ts';

export interface FieldText {
  /** C text before the name: `const struct sock *`. */
  readonly type: string;
  /** C text after it: `[16]`, `[TASK_COMM_LEN]`, `[]`, or empty. */
  readonly array: string;
  /** Bytes; of the whole array. */
  readonly size: number;
  readonly signed: boolean;
}

/**
 * The type of a field. Names that the kernel's types do not have become an integer of the field's size, and the number of elements
 * follows from the size, since the text may hold a macro.
 */
export function fieldType(types: Types, field: FieldText): CType {
  const element = parseType(types, field.type);
  if (field.array === '') return element ?? integer(field.size, field.signed);
  const of = element ?? integer(1, field.signed);
  const size = sizeOf(types, of);
  return { kind: 'array', of, count: size === 0 ? 0 : Math.floor(field.size / size) };
}

/** The type that a text means; undefined where a word in it is not known. */
export function parseType(types: Types, text: string): CType | undefined {
  const [head = '', ...stars] = text.split(/(\*)/).map((part) => part.trim());
  let type = baseType(types, head);
  for (const part of stars) {
    if (type === undefined || part === '') continue;
    if (part === '*') type = pointerTo(type);
    else type = qualified(type, part.split(/\s+/));
  }
  return type;
}

function baseType(types: Types, text: string): CType | undefined {
  const words = text.split(/\s+/).filter((word) => word !== '' && !word.startsWith('__seg_') && !annotations.has(word));
  const qualifiers = words.filter((word) => word === 'const' || word === 'volatile');
  const rest = words.filter((word) => word !== 'const' && word !== 'volatile');
  const type = namedType(types, rest);
  return type && qualified(type, qualifiers);
}

/** Words that sparse reads and the compiler does not. */
const annotations: ReadonlySet<string> = new Set(['__user', '__kernel', '__percpu', '__rcu', '__iomem', '__force']);

function namedType(types: Types, words: readonly string[]): CType | undefined {
  const [first = '', second = ''] = words;
  if (words.length === 2 && (first === 'struct' || first === 'union' || first === 'enum')) return { kind: first, name: second, key: null };
  if (words.length === 1 && first === 'void') return voidType;
  const counted = words.length === 1 || words.includes('char') ? words : words.filter((word) => word !== 'signed');
  const basic = basicTypes.get([...counted].sort().join(' '));
  if (basic) return basic;
  if (words.length !== 1) return undefined;
  return types.find('typedef', first).length > 0 ? { kind: 'typedef', name: first, key: null } : undefined;
}

function qualified(type: CType, words: readonly string[]): CType {
  let result = type;
  if (words.includes('volatile')) result = { kind: 'volatile', of: result };
  if (words.includes('const')) result = { kind: 'const', of: result };
  return result;
}

/** Keywords in order of the alphabet, `signed` left out where it changes nothing, → the type as DWARF spells it. */
const basicTypes: ReadonlyMap<string, IntType> = new Map(
  (
    [
      ['_Bool', '_Bool', 1, false],
      ['char', 'char', 1, true],
      ['char signed', 'signed char', 1, true],
      ['char unsigned', 'unsigned char', 1, false],
      ['short', 'short int', 2, true],
      ['int short', 'short int', 2, true],
      ['short unsigned', 'short unsigned int', 2, false],
      ['int short unsigned', 'short unsigned int', 2, false],
      ['int', 'int', 4, true],
      ['signed', 'int', 4, true],
      ['unsigned', 'unsigned int', 4, false],
      ['int unsigned', 'unsigned int', 4, false],
      ['long', 'long int', 8, true],
      ['int long', 'long int', 8, true],
      ['long unsigned', 'long unsigned int', 8, false],
      ['int long unsigned', 'long unsigned int', 8, false],
      ['long long', 'long long int', 8, true],
      ['int long long', 'long long int', 8, true],
      ['long long unsigned', 'long long unsigned int', 8, false],
      ['int long long unsigned', 'long long unsigned int', 8, false],
    ] as const
  ).map(([words, name, size, signed]): [string, IntType] => [words, { kind: 'int', name, size, signed, encoding: encodingOf(name) }]),
);

function encodingOf(name: string): IntType['encoding'] {
  if (name === '_Bool') return 'bool';
  return name === 'char' ? 'char' : 'int';
}

function integer(size: number, signed: boolean): CType {
  const known = [...basicTypes.values()].find((each) => each.size === size && each.signed === signed && each.encoding === 'int');
  if (known) return known;
  return { kind: 'array', of: { kind: 'int', name: 'unsigned char', size: 1, signed: false, encoding: 'int' }, count: size };
}
