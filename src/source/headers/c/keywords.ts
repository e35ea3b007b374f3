// Words of GNU C as the parser asks for them: one small number for all spellings of each.
import type { Sym, Symbols } from '../symbols.ts';

/** What a token is to the parser. Everything above `other` and below `operator` begins or continues a declaration. */
export const word = {
  other: 0,
  base: 1,
  qualifier: 2,
  storage: 3,
  tag: 4,
  typeof: 5,
  attribute: 6,
  alignas: 7,
  autoType: 8,
  vaList: 9,
  extension: 10,
  /** Below: no part of declarations. */
  operator: 16,
  staticAssert: 17,
  asm: 18,
  label: 19,
  statement: 20,
} as const;

/** Base type words are counted in fields of a number: two bits for `long`, one for everything else. */
export const base = {
  void: 1, char: 2, short: 4, int: 8, long: 16, longLong: 32, signed: 64, unsigned: 128, bool: 256, float: 512, double: 1024, complex: 2048, int128: 4096, float16: 8192, float128: 16384,
} as const;

export const storage = { typedef: 1, extern: 2, static: 4, other: 8, inline: 16 } as const;

/** Numbers of words in the table of spellings; one per table. */
export class Keywords {
  readonly classes: Uint8Array;
  /** Of `base`, `qualifier` or `storage`, by the word's class. */
  readonly details: Uint16Array;
  readonly real: readonly Sym[];
  readonly statement: { readonly do: Sym; readonly else: Sym; readonly while: Sym };
  readonly goto: Sym;
  readonly default: Sym;

  constructor(readonly symbols: Symbols) {
    const all = [...wordList()].map(([text, kind, detail]) => ({ symbol: symbols.number(text, 'identifier'), kind, detail }));
    const size = all.reduce((most, { symbol }) => Math.max(most, symbol), 0) + 1;
    this.classes = new Uint8Array(size);
    this.details = new Uint16Array(size);
    for (const { symbol, kind, detail } of all) {
      this.classes[symbol] = kind;
      this.details[symbol] = detail;
    }
    this.real = ['__real', '__real__', '__imag', '__imag__'].map((text) => symbols.number(text, 'identifier'));
    this.statement = { do: symbols.number('do', 'identifier'), else: symbols.number('else', 'identifier'), while: symbols.number('while', 'identifier') };
    this.default = symbols.number('default', 'identifier');
    this.goto = symbols.number('goto', 'identifier');
  }

  class(symbol: Sym): number {
    return symbol < this.classes.length ? (this.classes[symbol] ?? 0) : 0;
  }

  detail(symbol: Sym): number {
    return this.details[symbol] ?? 0;
  }
}

function* wordList(): Generator<readonly [string, number, number]> {
  for (const [text, detail] of baseWords) yield [text, word.base, detail];
  for (const [text, detail] of qualifierWords) yield [text, word.qualifier, detail];
  for (const [text, detail] of storageWords) yield [text, word.storage, detail];
  for (const [kind, texts] of others) for (const text of texts) yield [text, kind, 0];
}

const baseWords: readonly (readonly [string, number])[] = [
  ['void', base.void], ['char', base.char], ['short', base.short], ['int', base.int], ['long', base.long], ['float', base.float], ['double', base.double],
  ['signed', base.signed], ['__signed', base.signed], ['__signed__', base.signed], ['unsigned', base.unsigned], ['_Bool', base.bool], ['_Complex', base.complex], ['__complex__', base.complex],
  ['__int128', base.int128], ['__int128_t', base.int128 | base.signed], ['__uint128_t', base.int128 | base.unsigned],
  ['_Float16', base.float16], ['_Float32', base.float], ['_Float64', base.double], ['_Float32x', base.double], ['_Float128', base.float128], ['__float128', base.float128], ['_Float64x', base.long | base.double],
];

/** Bits of `qualifier` in types.ts. */
const qualifierWords: readonly (readonly [string, number])[] = [
  ['const', 1], ['__const', 1], ['__const__', 1], ['volatile', 2], ['__volatile', 2], ['__volatile__', 2], ['restrict', 4], ['__restrict', 4], ['__restrict__', 4], ['_Atomic', 8],
  ['__seg_gs', 0], ['__seg_fs', 0],
];

const storageWords: readonly (readonly [string, number])[] = [
  ['typedef', storage.typedef], ['extern', storage.extern], ['static', storage.static], ['inline', storage.inline], ['__inline', storage.inline], ['__inline__', storage.inline],
  ['auto', storage.other], ['register', storage.other], ['_Thread_local', storage.other], ['__thread', storage.other], ['_Noreturn', storage.other],
];

const others: readonly (readonly [number, readonly string[]])[] = [
  [word.tag, ['struct', 'union', 'enum']],
  [word.typeof, ['typeof', '__typeof', '__typeof__', 'typeof_unqual', '__typeof_unqual__']],
  [word.attribute, ['__attribute', '__attribute__']],
  [word.alignas, ['_Alignas']],
  [word.autoType, ['__auto_type']],
  [word.vaList, ['__builtin_va_list']],
  [word.extension, ['__extension__']],
  [word.operator, [
    'sizeof', '_Alignof', '__alignof', '__alignof__', '_Generic', '__builtin_offsetof', '__builtin_types_compatible_p', '__builtin_choose_expr', '__builtin_constant_p', '__builtin_va_arg',
    '__real', '__real__', '__imag', '__imag__',
  ]],
  [word.staticAssert, ['_Static_assert']],
  [word.asm, ['asm', '__asm', '__asm__']],
  [word.label, ['__label__']],
  [word.statement, ['if', 'else', 'for', 'while', 'do', 'switch', 'case', 'default', 'return', 'goto', 'break', 'continue']],
];

/** Attributes that a layout or a type depends on; everything else is passed over. */
export type AttributeName = 'packed' | 'aligned' | 'mode' | 'vector_size' | 'btf_type_tag';

/** Both spellings of each, with and without underscores. */
export function attributeNames(symbols: Symbols): ReadonlyMap<Sym, AttributeName> {
  const names: readonly AttributeName[] = ['packed', 'aligned', 'mode', 'vector_size', 'btf_type_tag'];
  return new Map(names.flatMap((name) => [name, `__${name}__`].map((text): [Sym, AttributeName] => [symbols.number(text, 'identifier'), name])));
}
