// C's arithmetic types as debug information names them, with the sizes of the 64-bit Linux ABIs.
import { voidType, type CType, type IntType } from './ctype.ts';

/** The type of a name such as `long unsigned int` or `_Bool`; undefined for every other name. */
export function baseType(name: string): CType | undefined {
  return name === 'void' ? voidType : types.get(name);
}

/** Names of <stdint.h> and <linux/types.h>, for scripts on machines whose types do not have them. */
export function wellKnownTypedef(name: string): CType | undefined {
  const target = aliases.get(name);
  return target === undefined ? undefined : types.get(target);
}

const int = (name: string, size: number, signed: boolean, encoding: IntType['encoding'] = 'int'): [string, CType] => [name, { kind: 'int', name, size, signed, encoding }];

const types: ReadonlyMap<string, CType> = new Map<string, CType>([
  int('char', 1, true, 'char'),
  int('signed char', 1, true, 'char'),
  int('unsigned char', 1, false, 'char'),
  int('short int', 2, true),
  int('short unsigned int', 2, false),
  int('int', 4, true),
  int('unsigned int', 4, false),
  int('long int', 8, true),
  int('long unsigned int', 8, false),
  int('long long int', 8, true),
  int('long long unsigned int', 8, false),
  int('__int128', 16, true),
  int('__int128 unsigned', 16, false),
  int('_Bool', 1, false, 'bool'),
  ['float', { kind: 'float', name: 'float', size: 4 }],
  ['double', { kind: 'float', name: 'double', size: 8 }],
  ['long double', { kind: 'float', name: 'long double', size: 16 }],
]);

const aliases: ReadonlyMap<string, string> = new Map([
  ...(['int', 'uint'] as const).flatMap((kind) =>
    [['8', 'char'], ['16', 'short'], ['32', 'int'], ['64', 'long']].map(([bits = '', word = '']): [string, string] => [`${kind}${bits}_t`, ranked(word, kind === 'uint')]),
  ),
  ...['', '__'].flatMap((prefix) =>
    (['s', 'u'] as const).flatMap((sign) =>
      [['8', 'char'], ['16', 'short'], ['32', 'int'], ['64', 'long long']].map(([bits = '', word = '']): [string, string] => [`${prefix}${sign}${bits}`, ranked(word, sign === 'u')]),
    ),
  ),
  ['bool', '_Bool'],
  ['size_t', 'long unsigned int'],
  ['ssize_t', 'long int'],
  ['uintptr_t', 'long unsigned int'],
  ['intptr_t', 'long int'],
  ['__be16', 'short unsigned int'],
  ['__be32', 'unsigned int'],
  ['__be64', 'long long unsigned int'],
  ['__le16', 'short unsigned int'],
  ['__le32', 'unsigned int'],
  ['__le64', 'long long unsigned int'],
  ['pid_t', 'int'],
  ['dev_t', 'unsigned int'],
]);

function ranked(word: string, unsigned: boolean): string {
  if (word === 'char') return unsigned ? 'unsigned char' : 'signed char';
  return word === 'int' ? (unsigned ? 'unsigned int' : 'int') : `${word} ${unsigned ? 'unsigned ' : ''}int`;
}
