// Directives of the C preamble: #include, #define, #undef and the conditionals, one text at a time (C11 6.10).
import type { Span } from '../../../base/span.ts';
import { noSpan } from '../../../base/span.ts';
import type { CMacro, Preamble } from '../ast.ts';
import type { Complain } from '../token.ts';
import { evaluateConstant } from './constant.ts';
import { directiveLine, skippedLines } from './lines.ts';
import { expandedTokens, type MacroEntry } from './macros.ts';

type Include = Preamble['includes'][number];

/** What is known across the texts of one script: the script itself and the headers that it includes. */
export class MacroTable {
  readonly #entries = new Map<string, MacroEntry>();

  constructor(predefined: Readonly<Record<string, string>>) {
    for (const [name, body] of Object.entries(predefined)) {
      this.#entries.set(name, { macro: { name, params: null, body, span: noSpan }, origin: 'predefined' });
    }
  }

  get(name: string): MacroEntry | undefined {
    return this.#entries.get(name);
  }

  /**
   * What a name in the script is replaced with: the script's own macros as C does it, a header's only when it is an integer constant,
   * for headers define many names that mean something else in a script.
   */
  forScript(name: string, enumerators: ReadonlyMap<string, bigint>): CMacro | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.origin !== 'header') return entry?.macro;
    if (entry.macro.params !== null) return undefined;
    const { macro } = entry;
    const words = expandedTokens(macro.body, macro.span, (each) => this.#entries.get(each)?.macro, () => undefined);
    const value = evaluateConstant(words, (each) => enumerators.get(each));
    return value === undefined ? undefined : { ...macro, body: value < 0n ? `(${value})` : String(value) };
  }

  define(macro: CMacro, origin: MacroEntry['origin']): void {
    this.#entries.set(macro.name, { macro, origin });
  }

  undefine(name: string): void {
    this.#entries.delete(name);
  }

  /** The script's own. */
  written(): ReadonlyMap<string, CMacro> {
    return new Map([...this.#entries].filter(([, entry]) => entry.origin === 'script').map(([name, entry]) => [name, entry.macro]));
  }

  /** Makes it possible to take a header back that could not be read to its end. */
  snapshot(): () => void {
    const before = new Map(this.#entries);
    return () => {
      this.#entries.clear();
      for (const [name, entry] of before) this.#entries.set(name, entry);
    };
  }
}

export interface PreprocessorOptions {
  readonly text: string;
  readonly macros: MacroTable;
  readonly origin: 'script' | 'header';
  readonly complain: Complain;
  readonly warn: Complain;
  /** Called for every #include in a branch that is taken. */
  readonly include: (include: Include) => void;
}

interface Obeyed {
  /** Of the directive's line. */
  readonly end: number;
  /** Reading goes on at the next directive of the conditional. */
  readonly skip: boolean;
}

/** Follows the directives of one text. Each is obeyed once, however often the reader comes by. */
export class Preprocessor {
  /** Offset of a directive → where to read on. */
  readonly #done = new Map<number, number>();
  readonly #open: { readonly span: Span; taken: boolean; last: boolean }[] = [];

  constructor(readonly options: PreprocessorOptions) {}

  /** Obeys the directive whose `#` is at `at`; where to read on: behind its line, or behind the branches that are skipped. */
  directive(at: number): number {
    const known = this.#done.get(at);
    if (known !== undefined) return known;
    let { end, skip } = this.#obey(at);
    while (skip) {
      const next = skippedLines(this.options.text, end);
      ({ end, skip } = next === undefined ? { end: this.options.text.length, skip: false } : this.#obey(next));
    }
    this.#done.set(at, end);
    return end;
  }

  /** At the end of the text: complains about conditionals that are still open. */
  finish(): void {
    for (const { span } of this.#open.splice(0)) this.options.complain(span, 'unterminated conditional directive');
  }

  #obey(at: number): Obeyed {
    const { name, rest, end } = directiveLine(this.options.text, at);
    const span = { start: at, end };
    switch (name) {
      case 'include':
      case 'include_next':
      case 'import':
        this.#include(rest, span);
        break;
      case 'define':
        this.#define(rest, span);
        break;
      case 'undef':
        this.options.macros.undefine(rest);
        break;
      case 'if':
      case 'ifdef':
      case 'ifndef': {
        const taken = this.#condition(name, rest, span);
        this.#open.push({ span, taken, last: false });
        return { end, skip: !taken };
      }
      case 'elif':
      case 'else':
      case 'endif':
        return { end, skip: this.#branch(name, rest, span) };
      default:
        this.#other(name, rest, span);
    }
    return { end, skip: false };
  }

  /** True when the branch that begins here is to be skipped. */
  #branch(name: 'elif' | 'else' | 'endif', rest: string, span: Span): boolean {
    const open = this.#open.at(-1);
    if (open === undefined) {
      this.options.complain(span, `#${name} without #if`);
      return false;
    }
    if (name === 'endif') {
      this.#open.pop();
      return false;
    }
    if (open.last) this.options.complain(span, `#${name} after #else`);
    if (name === 'else') open.last = true;
    if (open.taken) return true;
    open.taken = name === 'else' || this.#condition('if', rest, span);
    return !open.taken;
  }

  #condition(name: 'if' | 'ifdef' | 'ifndef', rest: string, span: Span): boolean {
    const { macros, complain } = this.options;
    if (name !== 'if') {
      const word = /^[A-Za-z_]\w*/.exec(rest)?.[0];
      if (word === undefined) complain(span, 'macro name missing');
      return (word !== undefined && macros.get(word) !== undefined) === (name === 'ifdef');
    }
    const decided = rest.replace(/\bdefined\s*(?:\(\s*([A-Za-z_]\w*)\s*\)|([A-Za-z_]\w*))/g, (_, inside?: string, bare?: string) =>
      macros.get(inside ?? bare ?? '') === undefined ? '0' : '1',
    );
    const value = evaluateConstant(expandedTokens(decided, span, (each) => macros.get(each)?.macro, complain), () => 0n);
    if (value === undefined) complain(span, 'invalid preprocessor condition');
    return value !== undefined && value !== 0n;
  }

  #include(rest: string, span: Span): void {
    const match = /^(?:<([^>]+)>|"([^"]+)")\s*$/.exec(rest);
    if (match) this.options.include({ name: match[1] ?? match[2] ?? '', system: match[1] !== undefined, span });
    else this.options.complain(span, 'expected "FILENAME" or <FILENAME>');
  }

  #define(rest: string, span: Span): void {
    const match = /^([A-Za-z_]\w*)(?:\(([^)]*)\))?\s*([^]*)$/.exec(rest);
    if (!match) {
      this.options.complain(span, 'macro name must be an identifier');
      return;
    }
    const [, name = '', list, body = ''] = match;
    const params = list === undefined ? null : list.split(',').map((each) => each.trim()).filter((each) => each !== '');
    const before = this.options.macros.get(name);
    if (before !== undefined && (before.macro.body !== body || String(before.macro.params) !== String(params))) {
      this.options.warn(span, `'${name}' macro redefined`);
    }
    this.options.macros.define({ name, params, body, span }, this.options.origin);
  }

  #other(name: string, rest: string, span: Span): void {
    if (name === 'error') this.options.complain(span, `#error ${rest}`);
    else if (name === 'warning') this.options.warn(span, `#warning ${rest}`);
    else if (name === 'pragma' && /^pack\b/.test(rest)) this.options.complain(span, '#pragma pack is not supported');
    else if (name === '' && (rest === '' || span.start === 0)) return;
    else if (name !== 'pragma' && name !== 'line' && name !== 'ident') this.options.complain(span, 'invalid preprocessing directive');
  }
}
