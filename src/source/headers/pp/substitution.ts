// What becomes of a macro's body when its arguments are known: #, ##, __VA_OPT__ (C11 6.10.3.1 to 6.10.3.3, C23 6.10.5.1, gcc's `, ## __VA_ARGS__`).
import { sym, type Sym, type SymbolKind, type Symbols } from '../symbols.ts';
import type { Arguments } from './expander.ts';
import { flag, flagBits, type Packed } from './lexer.ts';
import type { Macro } from './macro.ts';

interface Means {
  /** An argument, expanded. */
  expand(tokens: readonly Packed[]): readonly Packed[];
  problem(message: string): void;
  spend(work: number): boolean;
}

/** What a new spelling costs beside its characters. */
export const spellingWork = 32;
/** Characters of one spelling. */
const maxSpelling = 1 << 20;

export class Substitution {
  readonly #expanded: (readonly Packed[] | undefined)[] = [];

  constructor(
    readonly symbols: Symbols,
    readonly macro: Macro,
    readonly given: Arguments,
    readonly means: Means,
  ) {}

  /** @param space whether there is white space in front of the use */
  tokens(space: number): Packed[] {
    const out = this.#part(0, this.macro.body.length);
    if (out.length > 0) out[0] = ((out[0] ?? 0) & ~flag.space) | space;
    return out;
  }

  #part(from: number, to: number): Packed[] {
    const { body } = this.macro;
    const out: Packed[] = [];
    /** Where the last operand begins in `out`: what stands to the left of a ##. */
    let left = 0;
    for (let at = from; at < to; ) {
      const pasted = at > from && (body[at - 1] ?? 0) >> flagBits === sym['##'];
      const end = this.#operandEnd(at, to);
      const before = end < to && (body[end] ?? 0) >> flagBits === sym['##'];
      const operand = this.#operand(at, end, pasted || before);
      if (pasted) this.#paste(out, left, operand, this.#isRest(at));
      else {
        left = out.length;
        for (const token of operand) out.push(token);
      }
      at = before ? end + 1 : end;
    }
    return out;
  }

  /** One token, or `# param`, or `__VA_OPT__ ( … )`. */
  #operandEnd(at: number, to: number): number {
    const { body, params } = this.macro;
    const symbol = (body[at] ?? 0) >> flagBits;
    if (params !== null && symbol === sym['#'] && at + 1 < to) return this.#operandEnd(at + 1, to);
    if (!this.macro.variadic || symbol !== sym.__VA_OPT__ || (body[at + 1] ?? 0) >> flagBits !== sym['(']) return at + 1;
    let depth = 0;
    for (let end = at + 1; end < to; end++) {
      const each = (body[end] ?? 0) >> flagBits;
      if (each === sym['(']) depth++;
      else if (each === sym[')'] && --depth === 0) return end + 1;
    }
    return to;
  }

  #operand(at: number, end: number, raw: boolean): readonly Packed[] {
    const { body, params, variadic } = this.macro;
    const token = body[at] ?? 0;
    const symbol = token >> flagBits;
    if (params !== null && symbol === sym['#'] && end > at + 1) {
      const param = this.#param(at + 1);
      const texts = param >= 0 ? (this.given.args[param] ?? []) : this.#operand(at + 1, end, true);
      return [this.#made(this.#stringified(texts), 'string', token)];
    }
    if (variadic && symbol === sym.__VA_OPT__ && end > at + 1) {
      return this.#argument((params?.length ?? 1) - 1).length === 0 ? [] : spaced(this.#part(at + 2, end - 1), token);
    }
    const param = this.#param(at);
    if (param < 0) return [token];
    return spaced(raw ? (this.given.args[param] ?? []) : this.#argument(param), token);
  }

  #param(at: number): number {
    return this.macro.param?.[at] ?? -1;
  }

  /** The parameter that takes what is left over. */
  #isRest(at: number): boolean {
    return this.macro.variadic && this.#param(at) === (this.macro.params?.length ?? 0) - 1;
  }

  #argument(param: number): readonly Packed[] {
    const known = this.#expanded[param];
    if (known !== undefined) return known;
    const made = this.means.expand(this.given.args[param] ?? []);
    this.#expanded[param] = made;
    return made;
  }

  /** An operand without tokens is a placemarker: the other one stays as it is. */
  #paste(out: Packed[], left: number, operand: readonly Packed[], rest: boolean): void {
    const last = out.at(-1);
    if (rest && out.length > left && last !== undefined && last >> flagBits === sym[',']) {
      // gcc: where the arguments are omitted the comma goes, otherwise nothing is pasted.
      if (this.given.omitted) out.pop();
      for (const token of operand) out.push(token);
      return;
    }
    const [first, ...others] = operand;
    if (first === undefined) return;
    if (out.length > left && last !== undefined) {
      out.pop();
      for (const token of this.#join(last, first)) out.push(token);
    } else {
      out.push(first);
    }
    for (const token of others) out.push(token);
  }

  #join(left: Packed, right: Packed): readonly Packed[] {
    const [a, b] = [this.symbols.text(left >> flagBits), this.symbols.text(right >> flagBits)];
    const kind = this.#affordable(a.length + b.length) ? kindOf(a + b, this.symbols) : undefined;
    if (kind !== undefined) return [this.#made(a + b, kind, left)];
    this.means.problem(`pasting "${shown(a)}" and "${shown(b)}" does not give a valid preprocessing token`);
    return [left, right];
  }

  /** C11 6.10.3.2: runs of white space are one blank, quotes and backslashes inside of texts are escaped. */
  #stringified(tokens: readonly Packed[]): string {
    const { symbols } = this;
    let text = '';
    for (const [index, token] of tokens.entries()) {
      const spelling = symbols.text(token >> flagBits);
      const kind = symbols.kind(token >> flagBits);
      if (index > 0 && (token & flag.space) !== 0) text += ' ';
      text += kind === 'string' || kind === 'character' ? spelling.replace(/[\\"]/g, '\\$&') : spelling;
      if (text.length > maxSpelling) break;
    }
    return this.#affordable(text.length) ? `"${text}"` : '""';
  }

  #affordable(length: number): boolean {
    if (length > maxSpelling) this.means.problem(`a token of more than ${maxSpelling} characters`);
    return this.means.spend(spellingWork + length) && length <= maxSpelling;
  }

  #made(text: string, kind: SymbolKind, like: Packed): Packed {
    return (this.symbols.number(text, kind) << flagBits) | (like & flag.space);
  }
}

/** What a text is as one token; undefined: it is none, or several. */
function kindOf(text: string, symbols: Symbols): SymbolKind | undefined {
  if (/^[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*$/.test(text)) return 'identifier';
  if (/^\.?\d(?:[eEpP][+-]|[\w.$])*$/.test(text)) return 'number';
  const known: Sym | undefined = symbols.known(text);
  if (known !== undefined && symbols.kind(known) === 'punctuator') return 'punctuator';
  if (/^(?:L|u8?|U)"(?:[^"\\]|\\.)*"$/.test(text)) return 'string';
  return /^(?:L|u8?|U)'(?:[^'\\]|\\.)*'$/.test(text) ? 'character' : undefined;
}

/** The first token gets the white space that stands in front of what it replaces. */
function spaced(tokens: readonly Packed[], like: Packed): readonly Packed[] {
  const [first, ...rest] = tokens;
  return first === undefined || (first & flag.space) === (like & flag.space) ? tokens : [(first & ~flag.space) | (like & flag.space), ...rest];
}

function shown(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}

const maxShown = 80;
