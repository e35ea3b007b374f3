// The C preprocessor (C11 6.10, GNU cpp): a text and all that it includes, as tokens for the parser.
import type { Files } from '../files.ts';
import { sym, Symbols, type Sym } from '../symbols.ts';
import type { Place, Problem, TokenSource } from '../tokens.ts';
import { BadCondition, isTrue } from './condition.ts';
import { Expander, type Reading } from './expander.ts';
import { FileCache, Includes, type Found } from './include.ts';
import { endOfLine, flag, flagBits, lex, type Lexed, type Packed } from './lexer.ts';
import { parseMacro, sameMacro, type Macro } from './macro.ts';
import { Pragmas } from './pragma.ts';
import { predefinedFor } from './predefined.ts';

export interface PreprocessorConfig {
  /** Folders without a slash at the end. */
  readonly quote: readonly string[];
  readonly system: readonly string[];
  /** Read in front of everything, as `#include "…"`. */
  readonly forced: readonly string[];
  /** `NAME` (which is 1) or `NAME=text`. */
  readonly defines: readonly string[];
  readonly arch: string;
  /** Major version of the gcc that is imitated. */
  readonly gcc: number;
  readonly unsignedChar?: boolean;
}

export interface PreprocessorOptions {
  readonly files: Files;
  /** Kept by the caller, it saves reading and lexing again. */
  readonly cache?: FileCache;
  readonly config: PreprocessorConfig;
  readonly main: { readonly name: string; readonly text: string };
}

/** A file that is being read. */
interface Buffer {
  readonly lexed: Lexed;
  /** Index in `files`. */
  readonly file: number;
  readonly folder: number;
  at: number;
  /** Index in lexed.directives of the first that is not before `at`. */
  directive: number;
  /** Token of the #include that led here, in the buffer below. */
  readonly included: number;
  readonly conditions: Condition[];
}

interface Condition {
  /** Index of its directive. */
  readonly at: number;
  /** A group of it has been taken. */
  taken: boolean;
  else: boolean;
}

const maxIncludes = 200;
const maxProblems = 1000;
/** Characters of an #error. */
const maxMessage = 1000;
/** What one text may cost: tokens that are read, in directives and in expansions, and characters that ## and # make. All headers of a kernel at once take 14 million. */
const maxWork = 40_000_000;
/** A file that is opened costs as much as that many tokens. */
const openWork = 64;

export class Preprocessor implements TokenSource, Reading {
  readonly symbols: Symbols;
  readonly files: string[] = [];
  readonly problems: Problem[] = [];
  readonly expander: Expander;
  readonly #cache: FileCache;
  readonly #includes: Includes;
  readonly #buffers: Buffer[] = [];
  readonly #once = new Set<string>();
  readonly #fileNumbers = new Map<string, number>();
  readonly #forced: string[];
  readonly #pragmas: Pragmas;
  readonly #has: ReadonlyMap<Sym, ReadonlyMap<string, bigint>>;
  #buffer: Buffer | undefined;
  #main: Buffer | undefined;
  /** Of the last token: where it stands, in the file that is read. */
  #placeBuffer: Buffer | undefined;
  #placeAt = 0;
  /** Of the macro that is being expanded. */
  #invokedBuffer: Buffer | undefined;
  #invokedAt = 0;
  #counter = 0;
  #work = 0;
  #ended = false;

  constructor(readonly options: PreprocessorOptions) {
    const { cache, files, config, main } = options;
    this.#cache = cache ?? new FileCache(files, new Symbols());
    this.symbols = this.#cache.symbols;
    this.#includes = new Includes(this.#cache, config.quote, config.system);
    this.expander = new Expander(this.symbols, this);
    this.#pragmas = new Pragmas(this.symbols, this.expander.table);
    const predefined = predefinedFor(config.arch, config.gcc, config.unsignedChar ?? false);
    this.#has = new Map([...predefined.has].map(([question, answers]) => [this.symbols.number(question, 'identifier'), answers]));
    this.#define(lex('<built-in>', predefined.macros, this.symbols));
    this.#define(lex('<command-line>', config.defines.map((each) => `#define ${each.replace('=', ' ')}${each.includes('=') ? '' : ' 1'}\n`).join(''), this.symbols));
    for (const name of builtins) this.#makeBuiltin(this.symbols.number(name, 'identifier'));
    this.#forced = [...config.forced].reverse();
    this.#main = this.#open(lex(main.name, main.text, this.symbols), -1, 0);
  }

  next(): Sym {
    return this.expander.next() >> flagBits;
  }

  get pack(): number | null {
    return this.#pragmas.pack;
  }

  place(): Place {
    return this.expander.idle ? this.#placeOf(this.#placeBuffer, this.#placeAt) : this.#placeOf(this.#invokedBuffer, this.#invokedAt);
  }

  file(): number {
    return (this.expander.idle ? this.#placeBuffer : this.#invokedBuffer)?.file ?? 0;
  }

  invoked(): void {
    this.#invokedBuffer = this.#placeBuffer;
    this.#invokedAt = this.#placeAt;
  }

  skipBraces(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.expander.idle ? this.read() : this.expander.nextRaw();
      if (token === 0) return;
      const symbol = token >> flagBits;
      if (symbol === sym['{']) depth++;
      else if (symbol === sym['}']) depth--;
    }
  }

  /** Every macro that is defined now, but for those of the compiler itself. */
  *macros(): IterableIterator<Macro> {
    for (const macro of this.expander.table) if (macro !== undefined && macro.file !== null) yield macro;
  }

  /** The next token of the files, directives obeyed. */
  read(): Packed {
    for (;;) {
      const buffer = this.#buffer ?? this.#start();
      if (buffer === undefined) return 0;
      const { lexed } = buffer;
      if (buffer.at >= lexed.count) {
        this.#close(buffer);
        continue;
      }
      if (buffer.at === lexed.directives[buffer.directive]) {
        buffer.directive++;
        this.#directive(buffer);
        if (this.#work > maxWork) return this.#tooMuch(buffer);
        continue;
      }
      if (++this.#work > maxWork) return this.#tooMuch(buffer);
      this.#placeBuffer = buffer;
      this.#placeAt = buffer.at;
      return lexed.tokens[buffer.at++] ?? 0;
    }
  }

  problem(message: string): void {
    this.#complain('error', message, this.#placeBuffer, this.#placeAt);
  }

  spend(work: number): boolean {
    this.#work += work;
    return this.#work <= maxWork;
  }

  builtin(name: Sym, token: Packed): readonly Packed[] | undefined {
    const made = (text: string, kind: 'number' | 'string'): Packed[] => [(this.symbols.number(text, kind) << flagBits) | (token & flag.space)];
    switch (name) {
      case sym.__LINE__:
        return made(String(this.#placeOf(this.#invokedBuffer, this.#invokedAt).line), 'number');
      case sym.__COUNTER__:
        return made(String(this.#counter++), 'number');
      case sym.__INCLUDE_LEVEL__:
        return made(String(Math.max(0, this.#buffers.length - 1)), 'number');
      case sym.__FILE__:
      case sym.__FILE_NAME__:
        return made(quoted(this.#buffer?.lexed.path ?? '', name === sym.__FILE_NAME__), 'string');
      case sym.__BASE_FILE__:
        return made(quoted(this.options.main.name, false), 'string');
      case sym.__DATE__:
        return made('"Jan  1 1970"', 'string');
      case sym.__TIME__:
        return made('"00:00:00"', 'string');
      case sym.__TIMESTAMP__:
        return made('"Thu Jan  1 00:00:00 1970"', 'string');
      case sym._Pragma:
        return this.#pragmaOperator();
      default: {
        const answer = this.#answer(name, () => this.expander.nextRaw());
        return answer === undefined ? undefined : made(String(answer), 'number');
      }
    }
  }

  /** `_Pragma("once")`: nothing comes of it that a parser would want. */
  #pragmaOperator(): readonly Packed[] | undefined {
    const open = this.expander.nextRaw();
    if (open >> flagBits !== sym['(']) {
      this.expander.back(open);
      return undefined;
    }
    const text = this.symbols.text(this.expander.nextRaw() >> flagBits);
    this.expander.nextRaw();
    const line = lex('_Pragma', text.replace(/^L?"|"$/g, '').replace(/\\([\\"])/g, '$1'), this.symbols);
    this.#pragmas.obey(line.tokens, 0, line.count);
    return [];
  }

  #start(): Buffer | undefined {
    for (let path = this.#forced.pop(); path !== undefined; path = this.#forced.pop()) {
      const found = this.#includes.find(path, true, '');
      if (found !== undefined) return this.#open(found.lexed, found.folder, 0);
      this.#complain('error', `${path}: No such file or directory`, undefined, 0);
    }
    const main = this.#main;
    this.#main = undefined;
    if (main !== undefined) this.#enter(main);
    return this.#buffer;
  }

  #open(lexed: Lexed, folder: number, included: number): Buffer {
    let file = this.#fileNumbers.get(lexed.path);
    if (file === undefined) {
      file = this.files.push(lexed.path) - 1;
      this.#fileNumbers.set(lexed.path, file);
    }
    this.#work += openWork;
    const buffer: Buffer = { lexed, file, folder, at: 0, directive: 0, included, conditions: [] };
    if (this.#main !== undefined || this.#buffers.length > 0) this.#enter(buffer);
    return buffer;
  }

  #enter(buffer: Buffer): void {
    this.#buffers.push(buffer);
    this.#buffer = buffer;
    for (const { offset, message } of buffer.lexed.problems) this.#complainAt('error', message, buffer, offset);
  }

  #close(buffer: Buffer): void {
    const open = buffer.conditions.at(-1);
    if (open !== undefined) this.#complain('error', `unterminated #${this.#word(buffer, open.at)}`, buffer, open.at);
    this.#buffers.pop();
    this.#buffer = this.#buffers.at(-1);
  }

  #tooMuch(buffer: Buffer): Packed {
    // However many problems there were: this one is said.
    if (!this.#ended) this.problems.push({ place: this.#placeOf(buffer, buffer.at), severity: 'error', message: `it takes more than ${maxWork} tokens: the rest is not read` });
    this.#ended = true;
    this.#buffers.length = 0;
    this.#buffer = undefined;
    this.#forced.length = 0;
    return 0;
  }

  #word(buffer: Buffer, directive: number): string {
    return this.symbols.text((buffer.lexed.tokens[directive + 1] ?? 0) >> flagBits);
  }

  /** `buffer.at` is on its #. */
  #directive(buffer: Buffer): void {
    const { tokens } = buffer.lexed;
    const at = buffer.at;
    const end = endOfLine(tokens, at);
    buffer.at = end;
    this.#work += end - at;
    if (end === at + 1) return;
    const word = (tokens[at + 1] ?? 0) >> flagBits;
    const directive = directives.get(word);
    if (directive !== undefined) directive(this, buffer, at, end);
    else if (this.symbols.kind(word) !== 'number') this.#complain('error', `invalid preprocessing directive #${this.symbols.text(word)}`, buffer, at);
  }

  /** @internal For the table below. */
  readonly obey = {
    define: (buffer: Buffer, at: number, end: number): void => {
      const made = parseMacro(buffer.lexed.tokens, at + 2, end, buffer.lexed, this.symbols);
      if (typeof made === 'string') {
        this.#complain('error', made, buffer, at);
        return;
      }
      const before = this.expander.table[made.name];
      if (this.expander.builtins.has(made.name)) this.expander.builtins.delete(made.name);
      else if (before !== undefined && before.file !== null && !sameMacro(before, made)) this.#complain('warning', `"${this.symbols.text(made.name)}" redefined`, buffer, at);
      this.expander.table[made.name] = { ...made, offset: buffer.lexed.offsets[at + 2] ?? 0 };
    },
    undef: (buffer: Buffer, at: number, end: number): void => {
      const name = (buffer.lexed.tokens[at + 2] ?? 0) >> flagBits;
      if (end < at + 3 || this.symbols.kind(name) !== 'identifier') this.#complain('error', 'macro names must be identifiers', buffer, at);
      else this.expander.table[name] = undefined;
    },
    include: (buffer: Buffer, at: number, end: number, next: boolean): void => { this.#include(buffer, at, end, next); },
    ifdef: (buffer: Buffer, at: number, end: number, wanted: boolean): void => {
      const name = (buffer.lexed.tokens[at + 2] ?? 0) >> flagBits;
      const named = end > at + 2 && this.symbols.kind(name) === 'identifier';
      if (!named) this.#complain('error', `no macro name given in #${this.#word(buffer, at)} directive`, buffer, at);
      this.#condition(buffer, at, named && this.#isDefined(name) === wanted);
    },
    if: (buffer: Buffer, at: number, end: number): void => { this.#condition(buffer, at, this.#evaluate(buffer, at, end)); },
    otherwise: (buffer: Buffer, at: number): void => {
      const open = buffer.conditions.at(-1);
      const word = this.#word(buffer, at);
      if (open === undefined) {
        this.#complain('error', `#${word} without #if`, buffer, at);
        return;
      }
      if (open.else) this.#complain('error', `#${word} after #else`, buffer, at);
      if (word === 'else') open.else = true;
      // Reached by reading, so a group was taken before it.
      this.#skip(buffer);
    },
    endif: (buffer: Buffer, at: number): void => {
      if (buffer.conditions.pop() === undefined) this.#complain('error', '#endif without #if', buffer, at);
    },
    error: (buffer: Buffer, at: number, end: number, severity: 'error' | 'warning'): void => {
      this.#complain(severity, `#${this.#word(buffer, at)}${this.#spelled(buffer, at + 2, end)}`, buffer, at);
    },
    pragma: (buffer: Buffer, at: number, end: number): void => {
      if ((buffer.lexed.tokens[at + 2] ?? 0) >> flagBits === sym.once) this.#once.add(buffer.lexed.path);
      else this.#pragmas.obey(buffer.lexed.tokens, at + 2, end);
    },
    nothing: (): void => undefined,
  };

  #isDefined(name: Sym): boolean {
    return this.expander.table[name] !== undefined;
  }

  #condition(buffer: Buffer, at: number, holds: boolean): void {
    buffer.conditions.push({ at, taken: holds, else: false });
    if (!holds) this.#skip(buffer);
  }

  /** To the group that is taken, or behind the #endif: only directives are looked at. */
  #skip(buffer: Buffer): void {
    const { lexed } = buffer;
    const condition = buffer.conditions.at(-1);
    for (let depth = 0; condition !== undefined && buffer.directive < lexed.directives.length; buffer.directive++) {
      this.#work++;
      const at = lexed.directives[buffer.directive] ?? 0;
      const word = (lexed.tokens[at + 1] ?? 0) >> flagBits;
      if (word === sym.if || word === sym.ifdef || word === sym.ifndef) depth++;
      else if (word === sym.endif && depth-- === 0) {
        buffer.conditions.pop();
        this.#goOn(buffer, at);
        return;
      } else if (depth === 0 && this.#takes(buffer, condition, word, at)) {
        condition.taken = true;
        this.#goOn(buffer, at);
        return;
      }
    }
    buffer.at = lexed.count;
  }

  #goOn(buffer: Buffer, directive: number): void {
    buffer.directive++;
    buffer.at = endOfLine(buffer.lexed.tokens, directive);
  }

  /** Whether the group behind this #else or #elif is the one. */
  #takes(buffer: Buffer, condition: Condition, word: Sym, at: number): boolean {
    if (word !== sym.else && word !== sym.elif && word !== sym.elifdef && word !== sym.elifndef) return false;
    if (condition.else) this.#complain('error', `#${this.symbols.text(word)} after #else`, buffer, at);
    if (word === sym.else) condition.else = true;
    if (condition.taken) return false;
    if (word === sym.else) return true;
    const end = endOfLine(buffer.lexed.tokens, at);
    if (word === sym.elif) return this.#evaluate(buffer, at, end);
    return this.#isDefined((buffer.lexed.tokens[at + 2] ?? 0) >> flagBits) === (word === sym.elifdef);
  }

  #evaluate(buffer: Buffer, at: number, end: number): boolean {
    this.#placeBuffer = buffer;
    this.#placeAt = at;
    this.invoked();
    try {
      return this.expander.within(buffer.lexed.tokens.subarray(at + 2, end), () => isTrue({
        symbols: this.symbols,
        next: () => this.expander.next(),
        nextRaw: () => this.expander.nextRaw(),
        isDefined: (name) => this.#isDefined(name),
        has: (question, readRaw) => (hasQuestions.has(question) ? this.#answer(question, readRaw) : undefined),
      }));
    } catch (error) {
      if (!(error instanceof BadCondition)) throw error;
      this.#complain('error', error.message, buffer, at);
      return false;
    }
  }

  /** `__has_include("x")`, `__has_attribute(x)`: reads to the closing parenthesis. */
  #answer(question: Sym, readRaw: () => Packed): bigint | undefined {
    if (!hasQuestions.has(question)) return undefined;
    const texts: string[] = [];
    if (readRaw() >> flagBits !== sym['(']) return 0n;
    for (let depth = 0; ; ) {
      const token = readRaw();
      const symbol = token >> flagBits;
      if (token === 0 || (symbol === sym[')'] && depth-- === 0)) break;
      if (symbol === sym['(']) depth++;
      texts.push(this.symbols.text(symbol));
    }
    const text = texts.join('');
    const buffer = this.#buffer;
    if (question === sym.__has_include || question === sym.__has_include_next) {
      const name = text.slice(1, -1);
      const found = question === sym.__has_include ? this.#includes.find(name, text.startsWith('"'), buffer?.lexed.path ?? '') : this.#includes.next(name, buffer?.folder ?? -1);
      return found === undefined ? 0n : 1n;
    }
    return this.#has.get(question)?.get(text.replace(/^__(.*)__$/, '$1')) ?? 0n;
  }

  #include(buffer: Buffer, at: number, end: number, next: boolean): void {
    const name = this.#includeName(buffer, at, end);
    if (name === undefined) {
      this.#complain('error', `#${this.#word(buffer, at)} expects "FILENAME" or <FILENAME>`, buffer, at);
      return;
    }
    const found = next ? this.#includes.next(name.text, buffer.folder) : this.#includes.find(name.text, name.quoted, buffer.lexed.path);
    if (found === undefined) {
      this.#problem({ place: this.#placeOf(buffer, at), severity: 'error', message: `${name.text}: No such file or directory`, missing: true });
      return;
    }
    if (this.#isKnown(found)) return;
    if (this.#buffers.length < maxIncludes) {
      this.#open(found.lexed, found.folder, at);
      return;
    }
    this.#complain('error', `#include nested depth ${this.#buffers.length} exceeds maximum of ${maxIncludes}`, buffer, at);
    // Who includes itself twice would be read as often as there are ways down to here.
    this.#once.add(found.lexed.path);
  }

  #isKnown({ lexed }: Found): boolean {
    return (lexed.guard !== 0 && this.#isDefined(lexed.guard)) || this.#once.has(lexed.path);
  }

  #includeName(buffer: Buffer, at: number, end: number): { readonly text: string; readonly quoted: boolean } | undefined {
    const { lexed } = buffer;
    const first = (lexed.tokens[at + 2] ?? 0) >> flagBits;
    if (end <= at + 2) return undefined;
    // What stands between < and > are no tokens.
    if (first === sym['<']) return bracketed(lexed.text.slice((lexed.offsets[at + 2] ?? 0) + 1));
    const tokens = this.symbols.kind(first) === 'string' ? [lexed.tokens[at + 2] ?? 0] : this.expander.expand(lexed.tokens.subarray(at + 2, end));
    const text = tokens.map((token, index) => (index > 0 && (token & flag.space) !== 0 ? ' ' : '') + this.symbols.text(token >> flagBits)).join('');
    if (/^"[^"]+"$/.test(text)) return { text: text.slice(1, -1), quoted: true };
    return text.startsWith('<') ? bracketed(text.slice(1)) : undefined;
  }

  /** The rest of a line as it stands; of a very long one the beginning. */
  #spelled(buffer: Buffer, from: number, to: number): string {
    let text = '';
    for (let at = from; at < to && text.length < maxMessage; at++) text += ` ${this.symbols.text((buffer.lexed.tokens[at] ?? 0) >> flagBits)}`;
    return text;
  }

  #define(lexed: Lexed): void {
    for (const at of lexed.directives) {
      const made = parseMacro(lexed.tokens, at + 2, endOfLine(lexed.tokens, at), null, this.symbols);
      if (typeof made === 'string') throw new RangeError(`${lexed.path}: ${made}`);
      this.expander.table[made.name] = made;
    }
  }

  #makeBuiltin(name: Sym): void {
    this.expander.builtins.add(name);
    this.expander.table[name] = { name, params: null, variadic: false, body: new Int32Array(0), param: null, plain: true, file: null, offset: 0, busy: false };
  }

  #placeOf(buffer: Buffer | undefined, token: number): Place {
    return this.#placeAtOffset(buffer, buffer?.lexed.offsets[token] ?? buffer?.lexed.text.length ?? 0);
  }

  #placeAtOffset(buffer: Buffer | undefined, offset: number): Place {
    if (buffer === undefined) return { file: this.options.main.name, line: 1, column: 1, included: [] };
    const level = this.#buffers.indexOf(buffer);
    const included = this.#buffers.slice(0, Math.max(0, level)).map(({ lexed }, index) => ({ file: lexed.path, line: lexed.place(lexed.offsets[this.#buffers[index + 1]?.included ?? 0] ?? 0).line }));
    return { file: buffer.lexed.path, ...buffer.lexed.place(offset), included: included.reverse() };
  }

  #complain(severity: Problem['severity'], message: string, buffer: Buffer | undefined, token: number): void {
    if (this.problems.length >= maxProblems) return;
    this.#problem({ place: this.#placeOf(buffer, token), severity, message });
  }

  #complainAt(severity: Problem['severity'], message: string, buffer: Buffer, offset: number): void {
    this.#problem({ place: this.#placeAtOffset(buffer, offset), severity, message });
  }

  #problem(problem: Problem): void {
    if (this.problems.length < maxProblems) this.problems.push(problem);
  }
}

type Directive = (pp: Preprocessor, buffer: Buffer, at: number, end: number) => void;

const directives: ReadonlyMap<Sym, Directive> = new Map<Sym, Directive>([
  [sym.define, (pp, buffer, at, end) => { pp.obey.define(buffer, at, end); }],
  [sym.undef, (pp, buffer, at, end) => { pp.obey.undef(buffer, at, end); }],
  [sym.include, (pp, buffer, at, end) => { pp.obey.include(buffer, at, end, false); }],
  [sym.import, (pp, buffer, at, end) => { pp.obey.include(buffer, at, end, false); }],
  [sym.include_next, (pp, buffer, at, end) => { pp.obey.include(buffer, at, end, true); }],
  [sym.ifdef, (pp, buffer, at, end) => { pp.obey.ifdef(buffer, at, end, true); }],
  [sym.ifndef, (pp, buffer, at, end) => { pp.obey.ifdef(buffer, at, end, false); }],
  [sym.if, (pp, buffer, at, end) => { pp.obey.if(buffer, at, end); }],
  [sym.elif, (pp, buffer, at) => { pp.obey.otherwise(buffer, at); }],
  [sym.elifdef, (pp, buffer, at) => { pp.obey.otherwise(buffer, at); }],
  [sym.elifndef, (pp, buffer, at) => { pp.obey.otherwise(buffer, at); }],
  [sym.else, (pp, buffer, at) => { pp.obey.otherwise(buffer, at); }],
  [sym.endif, (pp, buffer, at) => { pp.obey.endif(buffer, at); }],
  [sym.error, (pp, buffer, at, end) => { pp.obey.error(buffer, at, end, 'error'); }],
  [sym.warning, (pp, buffer, at, end) => { pp.obey.error(buffer, at, end, 'warning'); }],
  [sym.pragma, (pp, buffer, at, end) => { pp.obey.pragma(buffer, at, end); }],
  [sym.line, (pp) => { pp.obey.nothing(); }],
  [sym.ident, (pp) => { pp.obey.nothing(); }],
  [sym.sccs, (pp) => { pp.obey.nothing(); }],
  [sym.assert, (pp) => { pp.obey.nothing(); }],
  [sym.unassert, (pp) => { pp.obey.nothing(); }],
]);

const builtins = [
  '__LINE__', '__FILE__', '__FILE_NAME__', '__BASE_FILE__', '__COUNTER__', '__INCLUDE_LEVEL__', '__DATE__', '__TIME__', '__TIMESTAMP__', '_Pragma',
  '__has_include', '__has_include_next', '__has_attribute', '__has_cpp_attribute', '__has_builtin',
] as const;

const hasQuestions: ReadonlySet<Sym> = new Set([sym.__has_include, sym.__has_include_next, sym.__has_attribute, sym.__has_cpp_attribute, sym.__has_builtin]);

function bracketed(text: string): { readonly text: string; readonly quoted: boolean } | undefined {
  const name = /^([^>\n]+)>/.exec(text)?.[1];
  return name === undefined ? undefined : { text: name, quoted: false };
}

function quoted(path: string, last: boolean): string {
  return `"${(last ? path.slice(path.lastIndexOf('/') + 1) : path).replace(/[\\"]/g, '\\$&')}"`;
}
