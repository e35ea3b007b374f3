// Cuts text into tokens, one at a time, wherever the parser stands: attach points are raw text and only the parser knows where they are.
import { readNumber } from './number.ts';
import { readString } from './string.ts';
import { plainToken, type Complain, type Token } from './token.ts';

/**
 * The token that starts at `at`, where a blank or comment must not be; the end token at the end of the text.
 * What is wrong with it is complained about, and the token is made as well as can be.
 */
export function readToken(text: string, at: number, complain: Complain): Token {
  const first = text[at];
  if (first === undefined) return plainToken('end', '', text.length, text.length);
  if (isDigit(first)) return readNumber(text, at, complain);
  if (first === '"') return readString(text, at, complain);
  if (first === '$') return readDollar(text, at, complain);
  if (first === '@') return plainToken('map', text.slice(at, wordEnd(text, at + 1)), at, wordEnd(text, at + 1));
  const end = wordEnd(text, at);
  if (end > at) return plainToken('identifier', text.slice(at, end), at, end);
  const length = punctuators.find((each) => text.startsWith(each, at))?.length ?? String.fromCodePoint(text.codePointAt(at) ?? 0).length;
  return plainToken('punctuator', text.slice(at, at + length), at, at + length);
}

/** Those of several characters, the long ones first; every other character stands for itself. */
const punctuators = ['<<=', '>>=', '...', '==', '!=', '<=', '>=', '<<', '>>', '&&', '||', '++', '--', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '->', '..', '##'];

/** End of the comment that starts at `at`; `at` itself when none does. A block comment without an end reaches to the end of the text. */
export function commentEnd(text: string, at: number, complain: Complain): number {
  if (text[at] !== '/') return at;
  if (text[at + 1] === '/') {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  if (text[at + 1] !== '*') return at;
  const end = text.indexOf('*/', at + 2);
  if (end >= 0) return end + 2;
  complain({ start: at, end: at + 2 }, 'unterminated comment');
  return text.length;
}

export function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r' || character === '\f' || character === '\v';
}

/** End of the identifier at `at`; `at` itself when none starts there. */
export function wordEnd(text: string, at: number): number {
  word.lastIndex = at;
  return word.test(text) ? word.lastIndex : at;
}

const word = /[A-Za-z_][A-Za-z0-9_]*/y;

function readDollar(text: string, at: number, complain: Complain): Token {
  if (text[at + 1] === '#') return plainToken('positional', '#', at, at + 2);
  let end = at + 1;
  while (isDigit(text[end])) end++;
  if (end > at + 1) return plainToken('positional', text.slice(at + 1, end), at, end);
  end = wordEnd(text, at + 1);
  if (end === at + 1) complain({ start: at, end }, "expected identifier after '$'");
  return plainToken('variable', text.slice(at, end), at, end);
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
