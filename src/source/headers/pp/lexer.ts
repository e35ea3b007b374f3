// Translation phases 1 to 3 of C (C11 5.1.1.2): a file becomes preprocessing tokens in typed arrays, once, however often it is included.
import { sym, type Sym, type SymbolKind, type Symbols } from '../symbols.ts';

/** A token is a number: its spelling × 8, and these. */
export const flag = { space: 1, blue: 2, lineStart: 4 } as const;
export const flagBits = 3;

export type Packed = number;

export interface LexProblem {
  readonly offset: number;
  readonly message: string;
}

/** The tokens of one file. */
export interface Lexed {
  readonly path: string;
  /** As lexed: where a line is spliced in the middle of a token, without the splice. */
  readonly text: string;
  readonly count: number;
  readonly tokens: Int32Array;
  /** In `text`. */
  readonly offsets: Int32Array;
  /** Tokens `#` that begin a directive, by their index. */
  readonly directives: Int32Array;
  readonly problems: readonly LexProblem[];
  /** The macro that guards all of the file (`#ifndef X … #endif`); 0 for none. */
  readonly guard: Sym;
  /** Line and column, from 1, of an offset. */
  place(offset: number): { readonly line: number; readonly column: number };
}

/** No header of a kernel is longer than 2 MB. */
export const maxFileSize = 1 << 24;

export function lex(path: string, source: string, symbols: Symbols): Lexed {
  const { text, splices } = unspliced(source);
  return new Lexer(path, text, splices, symbols).lex();
}

interface Spliced {
  readonly text: string;
  /** Offsets in `text` where a splice was taken out, rising. */
  readonly splices: readonly number[];
}

/** A splice between spaces needs no care: only those that may cut a token in two are taken out. */
function unspliced(source: string): Spliced {
  if (!/[^\s]\\\r?\n[^\s]/.test(source)) return { text: source, splices: [] };
  const splices: number[] = [];
  let text = '';
  let at = 0;
  for (const match of source.matchAll(/(?<=\S)\\\r?\n(?=\S)/g)) {
    text += source.slice(at, match.index);
    splices.push(text.length);
    at = match.index + match[0].length;
  }
  return { text: text + source.slice(at), splices };
}

/** What a character begins or is part of. */
const character = { other: 0, space: 1, newline: 2, letter: 3, digit: 4, punctuator: 5, double: 6, single: 7, slash: 8, backslash: 9, dot: 10 } as const;

const classes = new Uint8Array(256).fill(character.other);
for (const each of ' \t\v\f\r\0') classes[each.charCodeAt(0)] = character.space;
classes[10] = character.newline;
for (let code = 0; code < 256; code++) if (/[A-Za-z_$]/.test(String.fromCharCode(code)) || code >= 0x80) classes[code] = character.letter;
for (let code = 48; code < 58; code++) classes[code] = character.digit;
for (const each of '{}()[];,:?=+-*%&|^~!<>#') classes[each.charCodeAt(0)] = character.punctuator;
classes[34] = character.double;
classes[39] = character.single;
classes[47] = character.slash;
classes[92] = character.backslash;
classes[46] = character.dot;

/** Punctuators by their first character, the longest first; digraphs with what they stand for. */
const punctuatorsBy: readonly (readonly (readonly [text: string, symbol: Sym])[])[] = (() => {
  const all: (readonly [string, Sym])[] = Object.keys(sym).filter((text) => /^[^\w]+$/.test(text)).map((text) => [text, sym[text as keyof typeof sym]] as const);
  all.push(['<%', sym['{']], ['%>', sym['}']], ['<:', sym['[']], [':>', sym[']']], ['%:%:', sym['##']], ['%:', sym['#']]);
  all.sort(([a], [b]) => b.length - a.length);
  return Array.from({ length: 128 }, (_, code) => all.filter(([text]) => text.charCodeAt(0) === code));
})();

class Lexer {
  #tokens = new Int32Array(1024);
  #offsets = new Int32Array(1024);
  #count = 0;
  #lineStart = true;
  #space = false;
  readonly #directives: number[] = [];
  readonly #problems: LexProblem[] = [];

  constructor(
    readonly path: string,
    readonly text: string,
    readonly splices: readonly number[],
    readonly symbols: Symbols,
  ) {
    const guess = Math.max(64, text.length >> 2);
    this.#tokens = new Int32Array(guess);
    this.#offsets = new Int32Array(guess);
  }

  lex(): Lexed {
    this.#scan();
    const tokens = this.#tokens.subarray(0, this.#count);
    const directives = Int32Array.from(this.#directives);
    const lines = new Lines(this.text, this.splices);
    return {
      path: this.path, text: this.text, count: this.#count, tokens, offsets: this.#offsets.subarray(0, this.#count), directives,
      problems: this.#problems, guard: guardOf(tokens, directives), place: (offset) => lines.place(offset),
    };
  }

  #scan(): void {
    const { text } = this;
    const end = text.length;
    let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
    while (at < end) {
      const code = text.charCodeAt(at);
      switch (code < 256 ? classes[code] : character.letter) {
        case character.space:
          this.#space = true;
          at++;
          break;
        case character.newline:
          this.#lineStart = true;
          this.#space = true;
          at++;
          break;
        case character.letter:
          at = this.#word(at);
          break;
        case character.digit:
          at = this.#number(at);
          break;
        case character.dot:
          at = isDigit(text.charCodeAt(at + 1)) ? this.#number(at) : this.#punctuator(at, code);
          break;
        case character.double:
        case character.single:
          at = this.#quoted(at, at);
          break;
        case character.slash:
          at = this.#slash(at);
          break;
        case character.backslash:
          at = this.#backslash(at);
          break;
        case character.punctuator:
          at = this.#punctuator(at, code);
          break;
        default:
          at = this.#add(at, at + 1, 'other');
      }
    }
  }

  #word(start: number): number {
    const { text } = this;
    let at = start + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      const kind = code < 256 ? classes[code] : character.letter;
      if (kind !== character.letter && kind !== character.digit) break;
      if (Number.isNaN(code)) break;
      at++;
    }
    const next = text.charCodeAt(at);
    if ((next === 34 || next === 39) && at - start <= 2 && encodings.has(text.slice(start, at))) return this.#quoted(start, at);
    return this.#add(start, at, 'identifier');
  }

  /** A preprocessing number (C11 6.4.8): also much that is no number. */
  #number(start: number): number {
    const { text } = this;
    let at = start + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (Number.isNaN(code)) break;
      const kind = code < 256 ? classes[code] : character.letter;
      const sign = (code === 43 || code === 45) && exponents.has(text.charCodeAt(at - 1));
      if (kind !== character.letter && kind !== character.digit && kind !== character.dot && !sign) break;
      at++;
    }
    return this.#add(start, at, 'number');
  }

  /** @param quote where the quote is, behind the encoding. A text that its line does not end is one token and, where somebody uses it, a mistake: assembler has apostrophes. */
  #quoted(start: number, quote: number): number {
    const { text } = this;
    const close = text.charCodeAt(quote);
    let at = quote + 1;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === close) return this.#add(start, at + 1, close === 34 ? 'string' : 'character');
      if (code === 10) break;
      if (code === 92) at += text.charCodeAt(at + 1) === 13 && text.charCodeAt(at + 2) === 10 ? 2 : 1;
    }
    // As gcc does: the quote is a token by itself, and what follows is read on.
    return this.#add(start, quote + 1, 'other');
  }

  #slash(start: number): number {
    const { text } = this;
    const next = text.charCodeAt(start + 1);
    if (next === 42) {
      const end = text.indexOf('*/', start + 2);
      this.#space = true;
      if (end >= 0) return end + 2;
      this.#problems.push({ offset: start, message: 'unterminated comment' });
      return text.length;
    }
    if (next !== 47) return this.#punctuator(start, 47);
    this.#space = true;
    let at = start + 2;
    for (;;) {
      const newline = text.indexOf('\n', at);
      if (newline < 0) return text.length;
      const before = text.charCodeAt(newline - 1) === 13 ? newline - 2 : newline - 1;
      if (text.charCodeAt(before) !== 92) return newline;
      at = newline + 1;
    }
  }

  /** A splice that stands between spaces. */
  #backslash(at: number): number {
    const { text } = this;
    const match = text.charCodeAt(at + 1) === 10 ? 2 : text.charCodeAt(at + 1) === 13 && text.charCodeAt(at + 2) === 10 ? 3 : 0;
    if (match > 0) {
      this.#space = true;
      return at + match;
    }
    // Blanks between the backslash and the end of the line: gcc takes it for a splice, too.
    let behind = at + 1;
    while (text.charCodeAt(behind) === 32 || text.charCodeAt(behind) === 9) behind++;
    if (text.charCodeAt(behind) !== 10) return this.#add(at, at + 1, 'other');
    this.#space = true;
    return behind + 1;
  }

  #punctuator(at: number, code: number): number {
    const { text } = this;
    for (const [spelling, symbol] of punctuatorsBy[code] ?? []) {
      if (spelling.length === 1 || text.startsWith(spelling, at)) return this.#put(symbol, at, at + spelling.length);
    }
    return this.#add(at, at + 1, 'other');
  }

  #add(start: number, end: number, kind: SymbolKind): number {
    return this.#put(this.symbols.number(this.text.slice(start, end), kind), start, end);
  }

  #put(symbol: Sym, start: number, end: number): number {
    if (this.#count === this.#tokens.length) this.#grow();
    if (this.#lineStart && symbol === sym['#']) this.#directives.push(this.#count);
    this.#tokens[this.#count] = (symbol << flagBits) | (this.#space ? flag.space : 0) | (this.#lineStart ? flag.lineStart : 0);
    this.#offsets[this.#count++] = start;
    this.#space = false;
    this.#lineStart = false;
    return end;
  }

  #grow(): void {
    const [tokens, offsets] = [this.#tokens, this.#offsets];
    this.#tokens = new Int32Array(2 * tokens.length);
    this.#tokens.set(tokens);
    this.#offsets = new Int32Array(2 * offsets.length);
    this.#offsets.set(offsets);
  }
}

const encodings: ReadonlySet<string> = new Set(['L', 'u', 'U', 'u8']);
const exponents: ReadonlySet<number> = new Set([...'eEpP'].map((each) => each.charCodeAt(0)));

function isDigit(code: number): boolean {
  return code >= 48 && code < 58;
}

/** `#ifndef X` or `#if !defined X` first, its `#endif` last, and nothing outside (gcc's "multiple include optimization"). */
function guardOf(tokens: Int32Array, directives: Int32Array): Sym {
  const at = (index: number): Sym => (tokens[index] ?? 0) >> flagBits;
  if (directives.length < 2 || directives[0] !== 0) return 0;
  const name = at(1) === sym.ifndef ? at(2) : at(1) === sym.if && at(2) === sym['!'] && at(3) === sym.defined ? at(at(4) === sym['('] ? 5 : 4) : 0;
  const rest = at(1) === sym.ifndef ? 3 : at(4) === sym['('] ? 7 : 5;
  if (name === 0 || ((tokens[rest] ?? flag.lineStart) & flag.lineStart) === 0) return 0;
  let depth = 0;
  for (const [index, directive] of directives.entries()) {
    const word = at(directive + 1);
    if (word === sym.if || word === sym.ifdef || word === sym.ifndef) depth++;
    else if (depth === 1 && (word === sym.else || word === sym.elif || word === sym.elifdef || word === sym.elifndef)) return 0;
    else if (word === sym.endif && --depth === 0) return index === directives.length - 1 && endOfLine(tokens, directive) === tokens.length ? name : 0;
  }
  return 0;
}

/** Index of the first token of the next line. */
export function endOfLine(tokens: Int32Array, from: number): number {
  let at = from + 1;
  while (at < tokens.length && ((tokens[at] ?? 0) & flag.lineStart) === 0) at++;
  return at;
}

/** Lines are counted when somebody asks. */
class Lines {
  #starts: number[] | undefined;

  constructor(
    readonly text: string,
    readonly splices: readonly number[],
  ) {}

  place(offset: number): { line: number; column: number } {
    this.#starts ??= this.#count();
    const line = countUpTo(this.#starts, offset);
    const spliced = countUpTo(this.splices, offset);
    return { line: line + spliced, column: offset - (this.#starts[line - 1] ?? 0) + 1 };
  }

  #count(): number[] {
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    return starts;
  }
}

/** How many of the rising numbers are at most that. */
function countUpTo(rising: readonly number[], most: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}
