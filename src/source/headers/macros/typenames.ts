// Names of types inside expressions: `unsigned long`, `struct sock *`, `char[16]`, `typeof(x)` (C11 6.7.7).
import type { CType, IntType } from '../../../ctype/ctype.ts';
import type { Types } from '../../../ctype/types.ts';

interface Found {
  readonly type: CType;
  /** Index of the token behind it. */
  readonly end: number;
}

type Reader<T> = (at: number) => (T & { readonly end: number }) | undefined;

/** Type names in a list of tokens. */
export class TypeNames {
  constructor(
    readonly tokens: readonly string[],
    readonly types: Types,
    readonly unsignedChar: boolean,
    readonly typeOf: Reader<{ readonly type: CType }>,
    readonly constant: Reader<{ readonly value: number }>,
  ) {}

  /** The type name that begins at a token; undefined when none does. */
  at(start: number): Found | undefined {
    const base = this.#specifiers(start);
    return base === undefined ? undefined : this.#declarator(base.type, base.end);
  }

  #specifiers(start: number): Found | undefined {
    const words: string[] = [];
    let named: CType | undefined;
    let at = start;
    for (let token = this.tokens[at]; token !== undefined; token = this.tokens[at]) {
      if (qualifiers.has(token)) at++;
      else if (token === '__attribute__' || token === '__attribute') at = this.#attribute(at);
      else if (integerWords.has(token)) {
        words.push(integerWords.get(token) ?? '');
        at++;
      } else if (named !== undefined || words.length > 0) break;
      else {
        const found = this.#named(token, at);
        if (found === undefined) return undefined;
        named = found.type;
        at = found.end;
      }
    }
    const type = named ?? (words.length === 0 ? undefined : this.#integer(words));
    return type === undefined ? undefined : { type, end: at };
  }

  #named(token: string, at: number): Found | undefined {
    const next = this.tokens[at + 1];
    if (token === 'struct' || token === 'union' || token === 'enum') {
      return next !== undefined && /^[A-Za-z_]/.test(next) ? { type: { kind: token, name: next, key: null }, end: at + 2 } : undefined;
    }
    if (typeofWords.has(token) && next === '(') return this.#typeof(at + 2);
    if (!/^[A-Za-z_]/.test(token) || this.types.find('typedef', token).length === 0) return undefined;
    return { type: { kind: 'typedef', name: token, key: null }, end: at + 1 };
  }

  #typeof(at: number): Found | undefined {
    const found = this.at(at) ?? this.typeOf(at);
    return found !== undefined && this.tokens[found.end] === ')' ? { type: found.type, end: found.end + 1 } : undefined;
  }

  #attribute(at: number): number {
    let depth = 0;
    for (let end = at + 1; end < this.tokens.length; end++) {
      if (this.tokens[end] === '(') depth++;
      if (this.tokens[end] === ')' && --depth === 0) return end + 1;
    }
    return this.tokens.length;
  }

  /** Abstract declarators: stars, a function pointer, dimensions. */
  #declarator(base: CType, start: number): Found | undefined {
    let type = base;
    let at = start;
    for (let token = this.tokens[at]; token !== undefined; token = this.tokens[at]) {
      if (token === '*') {
        type = { kind: 'ptr', to: type };
        at++;
      } else if (qualifiers.has(token)) at++;
      else if (token === '__attribute__') at = this.#attribute(at);
      else break;
    }
    if (this.tokens[at] === '(' && this.tokens[at + 1] === '*' && this.tokens[at + 2] === ')' && this.tokens[at + 3] === '(') {
      return { type: { kind: 'ptr', to: { kind: 'function', returns: type, params: [], variadic: false } }, end: this.#attribute(at + 2) };
    }
    return this.#dimensions(type, at);
  }

  #dimensions(of: CType, at: number): Found | undefined {
    if (this.tokens[at] !== '[') return { type: of, end: at };
    const empty = this.tokens[at + 1] === ']';
    const count = empty ? { value: 0, end: at + 1 } : this.constant(at + 1);
    if (count === undefined || this.tokens[count.end] !== ']') return undefined;
    const inner = this.#dimensions(of, count.end + 1);
    return inner === undefined ? undefined : { type: { kind: 'array', of: inner.type, count: count.value }, end: inner.end };
  }

  /** undefined: no such combination, or one that is no integer. */
  #integer(words: readonly string[]): CType | undefined {
    const key = words.toSorted().join(' ');
    if (key === 'void') return { kind: 'void' };
    const form = integers[key];
    if (form === undefined) return undefined;
    const signed = key === 'char' ? !this.unsignedChar : form.signed;
    return { ...form, kind: 'int', size: form.size === 0 ? this.types.pointerSize : form.size, signed };
  }
}

const qualifiers: ReadonlySet<string> = new Set(['const', '__const', '__const__', 'volatile', '__volatile', '__volatile__', 'restrict', '__restrict', '__restrict__', '__extension__', '_Atomic']);
const typeofWords: ReadonlySet<string> = new Set(['typeof', '__typeof', '__typeof__', '__auto_type', 'typeof_unqual', '__typeof_unqual__']);

/** Each in its usual spelling. */
const integerWords: ReadonlyMap<string, string> = new Map([
  ...['void', 'char', 'short', 'int', 'long', 'signed', 'unsigned', '_Bool', '__int128'].map((word) => [word, word] as const),
  ['__signed', 'signed'], ['__signed__', 'signed'], ['__int128_t', '__int128'],
]);

/** By their words in the order of the alphabet; `long` has the size of a pointer, which 0 stands for. */
const integers: Readonly<Record<string, Omit<IntType, 'kind'>>> = Object.fromEntries(
  ([
    ['_Bool', 1, false, '_Bool'], ['char', 1, true, 'char'], ['char signed', 1, true, 'signed char'], ['char unsigned', 1, false, 'unsigned char'],
    ['short', 2, true, 'short int'], ['int short', 2, true, 'short int'], ['short signed', 2, true, 'short int'], ['int short signed', 2, true, 'short int'],
    ['short unsigned', 2, false, 'short unsigned int'], ['int short unsigned', 2, false, 'short unsigned int'],
    ['int', 4, true, 'int'], ['signed', 4, true, 'int'], ['int signed', 4, true, 'int'], ['unsigned', 4, false, 'unsigned int'], ['int unsigned', 4, false, 'unsigned int'],
    ['long', 0, true, 'long int'], ['int long', 0, true, 'long int'], ['long signed', 0, true, 'long int'], ['int long signed', 0, true, 'long int'],
    ['long unsigned', 0, false, 'long unsigned int'], ['int long unsigned', 0, false, 'long unsigned int'],
    ['long long', 8, true, 'long long int'], ['int long long', 8, true, 'long long int'], ['long long signed', 8, true, 'long long int'], ['int long long signed', 8, true, 'long long int'],
    ['long long unsigned', 8, false, 'long long unsigned int'], ['int long long unsigned', 8, false, 'long long unsigned int'],
    ['__int128', 16, true, '__int128'], ['__int128 signed', 16, true, '__int128'], ['__int128 unsigned', 16, false, '__int128 unsigned'],
  ] as const).map(([words, size, signed, name]) => [words, { name, size, signed, encoding: name === '_Bool' ? 'bool' : /char/.test(name) ? 'char' : 'int' }]),
);
