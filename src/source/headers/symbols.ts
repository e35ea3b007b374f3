// Spellings of C tokens as small numbers: every token of every header is one, so that the engine compares and copies integers only.

export type SymbolKind = 'end' | 'identifier' | 'number' | 'string' | 'character' | 'punctuator' | 'other';

/** Punctuators of C11 6.4.6, the alternative spellings mapped to the usual ones by the lexer. */
const punctuators = [
  '{', '}', '(', ')', '[', ']', ';', ',', ':', '?', '.', '->', '...', '=', '+', '-', '*', '/', '%', '&', '|', '^', '~', '!', '<', '>', '<<', '>>', '<=', '>=', '==', '!=', '&&', '||',
  '++', '--', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=', '#', '##',
] as const;

/** Words that a part of the engine asks for by number: keywords of C11 and gcc, directives, builtins of the preprocessor. */
const words = [
  'void', 'char', 'short', 'int', 'long', 'float', 'double', 'signed', '__signed', '__signed__', 'unsigned', '_Bool', '_Complex', '__int128', '__int128_t', '__uint128_t', '_Float16', '_Float128', '__float128', '__bf16', '_BitInt',
  'struct', 'union', 'enum', 'typedef', 'extern', 'static', 'inline', '__inline', '__inline__', 'auto', 'register', '_Thread_local', '__thread', '_Noreturn', '__auto_type',
  'const', '__const', '__const__', 'volatile', '__volatile', '__volatile__', 'restrict', '__restrict', '__restrict__', '_Atomic', '__extension__',
  'typeof', '__typeof', '__typeof__', 'typeof_unqual', '__typeof_unqual__', 'sizeof', '_Alignof', '__alignof', '__alignof__', '_Alignas', '_Static_assert', 'static_assert', '_Generic',
  'asm', '__asm', '__asm__', '__attribute', '__attribute__', '__label__',
  '__builtin_offsetof', '__builtin_types_compatible_p', '__builtin_choose_expr', '__builtin_constant_p', '__builtin_va_list', '__builtin_expect',
  'define', 'undef', 'include', 'include_next', 'import', 'if', 'ifdef', 'ifndef', 'elif', 'elifdef', 'elifndef', 'else', 'endif', 'error', 'warning', 'pragma', 'line', 'ident', 'sccs', 'assert', 'unassert',
  'defined', '__VA_ARGS__', '__VA_OPT__', '_Pragma', '__has_include', '__has_include_next', '__has_attribute', '__has_cpp_attribute', '__has_c_attribute', '__has_builtin', '__has_feature', '__has_extension',
  '__FILE__', '__LINE__', '__COUNTER__', '__DATE__', '__TIME__', '__TIMESTAMP__', '__INCLUDE_LEVEL__', '__BASE_FILE__', '__FILE_NAME__', 'once', 'push_macro', 'pop_macro',
  'pack', 'push', 'pop', 'system_header', 'GCC',
] as const;

type Fixed = (typeof punctuators)[number] | (typeof words)[number] | '';

/** A number that stands for a spelling; 0 is the end of the text. Small numbers are those of `sym`, equal in every table. */
export type Sym = number;

/** `sym['{']`, `sym.struct`: the numbers that every table begins with. */
export const sym: Readonly<Record<Fixed, Sym>> = Object.fromEntries(['', ...punctuators, ...words].map((text, index) => [text, index])) as Record<Fixed, Sym>;

/** Spellings and their numbers; one table for everything that is read together. */
export class Symbols {
  readonly #numbers = new Map<string, Sym>();
  readonly #texts: string[] = [];
  readonly #kinds: SymbolKind[] = [];

  constructor() {
    this.number('', 'end');
    for (const text of punctuators) this.number(text, 'punctuator');
    for (const text of words) this.number(text, 'identifier');
  }

  /** The number of a spelling, a new one for a new spelling. Its first characters decide the kind, so one spelling has one kind. */
  number(text: string, kind: SymbolKind): Sym {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const made = this.#texts.length;
    this.#numbers.set(text, made);
    this.#texts.push(text);
    this.#kinds.push(kind);
    return made;
  }

  /** undefined: nothing read so far is spelled like that. */
  known(text: string): Sym | undefined {
    return this.#numbers.get(text);
  }

  text(symbol: Sym): string {
    return this.#texts[symbol] ?? '';
  }

  kind(symbol: Sym): SymbolKind {
    return this.#kinds[symbol] ?? 'other';
  }

  get size(): number {
    return this.#texts.length;
  }
}
