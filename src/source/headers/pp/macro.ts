// Macros as they were defined (C11 6.10.3), and the table of them, by the number of their spelling.
import { sym, type Sym, type Symbols } from '../symbols.ts';
import { flag, flagBits, type Lexed, type Packed } from './lexer.ts';

export interface Macro {
  readonly name: Sym;
  /** null for object-like ones. The last one takes what is left over when it is variadic. */
  readonly params: readonly Sym[] | null;
  readonly variadic: boolean;
  readonly body: Int32Array;
  /** By token of the body: which parameter it is, -1 for none. null where there are no parameters. */
  readonly param: Int16Array | null;
  /** No #, ## or __VA_OPT__ in the body. */
  readonly plain: boolean;
  /** null for those of the compiler and of the command line. */
  readonly file: Lexed | null;
  readonly offset: number;
  /** While its expansion is read: it is not expanded in there again. */
  busy: boolean;
}

/** A macro out of the tokens behind `#define`. A text: what is wrong with it. */
export function parseMacro(tokens: Int32Array, from: number, to: number, file: Lexed | null, symbols: Symbols): Macro | string {
  const name = (tokens[from] ?? 0) >> flagBits;
  if (from >= to) return 'no macro name given in #define directive';
  if (symbols.kind(name) !== 'identifier') return 'macro names must be identifiers';
  if (name === sym.defined || name === sym.__VA_ARGS__ || name === sym.__VA_OPT__) return `'${symbols.text(name)}' cannot be used as a macro name`;
  let at = from + 1;
  let params: Sym[] | null = null;
  let variadic = false;
  const first = tokens[at] ?? 0;
  if (at < to && first >> flagBits === sym['('] && (first & flag.space) === 0) {
    const list = parseParams(tokens, at + 1, to, symbols);
    if (typeof list === 'string') return list;
    ({ params, variadic, at } = list);
  }
  const body = tokens.slice(at, to);
  if (body.length > 0) body[0] = (body[0] ?? 0) & ~(flag.space | flag.lineStart);
  const param = params === null || params.length === 0 ? null : Int16Array.from(body, (token) => params.indexOf(token >> flagBits));
  const mistake = checkBody(body, param, params !== null, variadic);
  if (mistake !== undefined) return mistake;
  const plain = !body.some((token) => {
    const symbol = token >> flagBits;
    return symbol === sym['##'] || (params !== null && symbol === sym['#']) || symbol === sym.__VA_OPT__;
  });
  return { name, params, variadic, body, param, plain, file, offset: 0, busy: false };
}

interface Params {
  readonly params: Sym[];
  readonly variadic: boolean;
  readonly at: number;
}

function parseParams(tokens: Int32Array, from: number, to: number, symbols: Symbols): Params | string {
  const params: Sym[] = [];
  let at = from;
  const symbol = (index: number): Sym => (index < to ? (tokens[index] ?? 0) >> flagBits : 0);
  if (symbol(at) === sym[')']) return { params, variadic: false, at: at + 1 };
  for (;;) {
    if (symbol(at) === sym['...']) {
      params.push(sym.__VA_ARGS__);
      return symbol(at + 1) === sym[')'] ? { params, variadic: true, at: at + 2 } : "expected ')' after \"...\" in macro parameter list";
    }
    if (symbols.kind(symbol(at)) !== 'identifier') return 'expected parameter name in macro parameter list';
    if (params.includes(symbol(at))) return `duplicate macro parameter '${symbols.text(symbol(at))}'`;
    params.push(symbol(at++));
    if (symbol(at) === sym['...']) return symbol(at + 1) === sym[')'] ? { params, variadic: true, at: at + 2 } : "expected ')' after \"...\" in macro parameter list";
    if (symbol(at) === sym[')']) return { params, variadic: false, at: at + 1 };
    if (symbol(at) !== sym[',']) return "expected ',' or ')' in macro parameter list";
    at++;
  }
}

function checkBody(body: Int32Array, param: Int16Array | null, functionLike: boolean, variadic: boolean): string | undefined {
  const symbol = (index: number): Sym => (body[index] ?? 0) >> flagBits;
  if (body.length > 0 && (symbol(0) === sym['##'] || symbol(body.length - 1) === sym['##'])) return "'##' cannot appear at either end of a macro expansion";
  if (!functionLike) return undefined;
  const stray = body.findIndex((token, index) => token >> flagBits === sym['#'] && (param?.[index + 1] ?? -1) < 0 && !(variadic && symbol(index + 1) === sym.__VA_OPT__));
  return stray < 0 ? undefined : "'#' is not followed by a macro parameter";
}

/** The same but for the amount of white space (C11 6.10.3 p2). */
export function sameMacro(a: Macro, b: Macro): boolean {
  const params = a.params === null || b.params === null ? a.params === b.params : a.params.length === b.params.length && a.params.every((each, index) => each === b.params?.[index]);
  const alike = (x: Packed, y: Packed): boolean => x >> flagBits === y >> flagBits && (x & flag.space) === (y & flag.space);
  return params && a.variadic === b.variadic && a.body.length === b.body.length && a.body.every((token, index) => alike(token, b.body[index] ?? 0));
}
