// The script's own macros: the words of the script are not C's, so they are expanded here (C11 6.10.3).
import { cover, type Span } from '../../../base/span.ts';
import type { CMacro } from '../ast.ts';
import { commentEnd, isBlank, readToken } from '../lexer.ts';
import { plainToken, type Complain, type Token } from '../token.ts';

export type MacroLookup = (name: string) => CMacro | undefined;

/** Replaces macros in the tokens of `source` as they are asked for. */
export class MacroExpander {
  /** Words still to be looked at before the source goes on, the next one last. */
  readonly #pending: Token[] = [];
  #budget: { left: number };

  /** @param budget how many words macros may still bring in, shared by the expansions of one script */
  constructor(
    readonly source: () => Token,
    readonly lookup: MacroLookup,
    readonly complain: Complain,
    budget: { left: number } = { left: 100_000 },
    readonly depth = 0,
  ) {
    this.#budget = budget;
  }

  /** Forgets the words that macros still owe. */
  drop(): void {
    this.#pending.length = 0;
  }

  next(): Token {
    for (;;) {
      const token = this.#raw();
      if (token.kind !== 'identifier' || token.hidden?.has(token.text) === true) return token;
      const macro = this.lookup(token.text);
      if (macro === undefined || !this.#replace(token, macro)) return token;
    }
  }

  #raw(): Token {
    return this.#pending.pop() ?? this.source();
  }

  /** Puts the macro's words in front; false when the name stays what it is (a function-like macro without arguments). */
  #replace(use: Token, macro: CMacro): boolean {
    if (macro.params === null) {
      this.#push(use, macro, use.span, new Map());
      return true;
    }
    const open = this.#raw();
    if (open.kind !== 'punctuator' || open.text !== '(') {
      this.#pending.push(open);
      return false;
    }
    const args = this.#arguments(use);
    if (args === undefined) return false;
    const span = cover(use.span, args.close.span);
    const bound = this.#bind(macro.params, args.values, span, macro.name);
    if (bound === undefined) return false;
    this.#push(use, macro, span, bound);
    return true;
  }

  /** Arguments up to the closing parenthesis, as written; undefined when it is missing. */
  #arguments(use: Token): { values: Token[][]; close: Token } | undefined {
    const values: Token[][] = [[]];
    for (let depth = 0; ; ) {
      const token = this.#raw();
      if (token.kind === 'end') {
        this.complain(use.span, `unterminated argument list invoking macro '${use.text}'`);
        this.#pending.push(token);
        return undefined;
      }
      if (token.kind === 'punctuator') {
        if (token.text === ')' && depth === 0) return { values, close: token };
        if (token.text === ',' && depth === 0) {
          values.push([]);
          continue;
        }
        depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
      }
      values.at(-1)?.push(token);
    }
  }

  #bind(params: readonly string[], values: readonly Token[][], span: Span, name: string): Map<string, Token[]> | undefined {
    const variadic = params.at(-1) === '...';
    const fixed = variadic ? params.slice(0, -1) : params;
    const given = fixed.length === 0 && values.length === 1 && values[0]?.length === 0 ? [] : values;
    if (given.length < fixed.length || (given.length > fixed.length && !variadic)) {
      this.complain(span, `macro '${name}' wants ${fixed.length} argument${fixed.length === 1 ? '' : 's'}, ${given.length} given`);
      return undefined;
    }
    const bound = new Map(fixed.map((param, index) => [param, given[index] ?? []]));
    if (variadic) bound.set('__VA_ARGS__', given.slice(fixed.length).flatMap((each, index) => (index === 0 ? each : [punctuator(',', span), ...each])));
    return bound;
  }

  #push(use: Token, macro: CMacro, span: Span, bound: ReadonlyMap<string, Token[]>): void {
    const words = this.#substitute(tokenize(macro.body, span, this.complain), bound, span);
    this.#budget.left -= words.length + 1;
    if (this.#budget.left < 0 || (use.hidden?.size ?? 0) >= deepest) {
      this.#giveUp(span, `expansion of macro '${macro.name}' is too large`);
      return;
    }
    const hide = hiding(new Set(use.hidden).add(macro.name));
    for (const word of words.reverse()) this.#pending.push({ ...word, hidden: hide(word.hidden) });
  }

  /** Complains once a script, and expands nothing from then on. */
  #giveUp(span: Span, message: string): void {
    if (this.#budget.left > spent) this.complain(span, message);
    this.#budget.left = spent;
  }

  #substitute(body: readonly Token[], bound: ReadonlyMap<string, Token[]>, span: Span): Token[] {
    const out: Token[] = [];
    const argument = (token: Token | undefined): Token[] | undefined => (token?.kind === 'identifier' ? bound.get(token.text) : undefined);
    for (let index = 0; index < body.length; index++) {
      const token = body[index];
      if (token === undefined) break;
      const following = body[index + 1];
      if (isPunctuator(token, '#') && argument(following) !== undefined) {
        out.push(stringized(argument(following) ?? [], span));
        index++;
      } else if (isPunctuator(token, '##') && out.length > 0 && following !== undefined) {
        const right = argument(following) ?? [following];
        const left = out.pop();
        if (left !== undefined) append(out, tokenize(left.text + (right[0]?.text ?? ''), span, this.complain), right.slice(1));
        index++;
      } else {
        const value = argument(token);
        if (value === undefined) out.push(token);
        else append(out, following !== undefined && isPunctuator(following, '##') ? value : this.#expanded(value, span));
      }
    }
    return out;
  }

  /** An argument with its own macros expanded. */
  #expanded(tokens: readonly Token[], span: Span): readonly Token[] {
    this.#budget.left -= tokens.length;
    if (this.#budget.left <= 0 || this.depth >= deepest) {
      this.#giveUp(span, 'macro arguments are nested too deeply');
      return [];
    }
    return drained(new MacroExpander(fromList(tokens), this.lookup, this.complain, this.#budget, this.depth + 1));
  }
}

/** Macros inside macros, in depth. */
const deepest = 100;

/** What a used-up budget reads. */
const spent = Number.MIN_SAFE_INTEGER;

function append(to: Token[], ...lists: readonly (readonly Token[])[]): void {
  for (const list of lists) for (const token of list) to.push(token);
}

/** Joins a set of hidden macros with those of a word; words with the same set share the result. */
function hiding(hidden: ReadonlySet<string>): (more: ReadonlySet<string> | null) => ReadonlySet<string> {
  const joined = new Map<ReadonlySet<string>, ReadonlySet<string>>();
  return (more) => {
    if (more === null) return hidden;
    const known = joined.get(more) ?? new Set([...hidden, ...more]);
    joined.set(more, known);
    return known;
  };
}

function fromList(tokens: readonly Token[]): () => Token {
  let at = 0;
  const end = plainToken('end', '', 0, 0);
  return () => tokens[at++] ?? end;
}

function drained(expander: MacroExpander): Token[] {
  const out: Token[] = [];
  for (let token = expander.next(); token.kind !== 'end'; token = expander.next()) out.push(token);
  return out;
}

/** The tokens of a macro's body, all with the same span. */
function tokenize(text: string, span: Span, complain: Complain): Token[] {
  const out: Token[] = [];
  const report: Complain = (_, message) => complain(span, message);
  for (let at = 0; ; ) {
    const comment = commentEnd(text, at, report);
    if (comment > at || isBlank(text[at])) {
      at = Math.max(comment, at + 1);
      continue;
    }
    const token = readToken(text, at, report);
    if (token.kind === 'end') return out;
    at = token.span.end;
    out.push({ ...token, span });
  }
}

function isPunctuator(token: Token, text: string): boolean {
  return token.kind === 'punctuator' && token.text === text;
}

function punctuator(text: string, span: Span): Token {
  return { ...plainToken('punctuator', text, 0, 0), span };
}

function stringized(tokens: readonly Token[], span: Span): Token {
  const text = tokens.map((token) => (token.kind === 'string' ? JSON.stringify(token.text) : token.text)).join(' ');
  return { ...plainToken('string', text, 0, 0), span };
}

/** The macro of a `#define`; undefined where it defines none, which the reader of C has complained about. */
export function macroOf(line: string, span: Span): CMacro | undefined {
  const match = /^#\s*define\s+([A-Za-z_]\w*)(?:\(([^)]*)\))?([^]*)$/.exec(plainLine(line));
  if (match === null) return undefined;
  const [, name = '', list, body = ''] = match;
  const params = list === undefined ? null : list.split(',').map((each) => each.trim()).filter((each) => each !== '');
  return { name, params, body: body.trim(), span };
}

/** Comments are blanks, so is NUL, as in any C; lines that go on are joined. */
function plainLine(line: string): string {
  return line.replaceAll('\0', ' ').replace(/\\\r?\n/g, '').replace(/("(?:[^"\\]|\\.)*")|\/\*[^]*?\*\/|\/\/.*/g, (_, string?: string) => string ?? ' ');
}
