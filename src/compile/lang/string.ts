// String literals: escapes resolved, text outside of ASCII as its UTF-8 bytes.
import type { Complain, Token } from './token.ts';

/** Reads the string whose opening quote is at `at`. It may hold line breaks. */
export function readString(text: string, at: number, complain: Complain): Token {
  let value = '';
  let from = at + 1;
  let end = from;
  for (;;) {
    const character = text[end];
    if (character === undefined || character === '"') break;
    if (character !== '\\') {
      end++;
      continue;
    }
    value += bytesOf(text.slice(from, end));
    const escape = readEscape(text, end, complain);
    value += escape.value;
    end = from = escape.end;
  }
  value += bytesOf(text.slice(from, end));
  if (text[end] === '"') end++;
  else complain({ start: end, end }, 'unterminated string');
  return { kind: 'string', text: value, value: 0n, suffix: '', span: { start: at, end }, hidden: null };
}

function readEscape(text: string, at: number, complain: Complain): { value: string; end: number } {
  const letter = text[at + 1] ?? '';
  const simple = escapes.get(letter);
  if (simple !== undefined) return { value: simple, end: at + 2 };
  numeric.lastIndex = at + 1;
  const match = numeric.exec(text);
  const end = match === null ? Math.min(at + 2, text.length) : numeric.lastIndex;
  if (match === null) {
    if (letter !== '') complain({ start: at, end }, letter === 'x' ? 'invalid hex escape sequence' : `invalid escape character '\\${letter}'`);
    return { value: letter, end };
  }
  const code = match[1] === undefined ? parseInt(match[2] ?? '0', 8) : parseInt(match[1], 16);
  if (code > 0xff) complain({ start: at, end }, `octal escape sequence out of range '\\${match[0]}'`);
  return { value: String.fromCharCode(code & 0xff), end };
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['"', '"'],
  ['\\', '\\'],
  ['\n', ''],
]);

const numeric = /x([0-9a-fA-F]{1,2})|([0-7]{1,3})/y;

function bytesOf(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return String.fromCharCode(...new TextEncoder().encode(text));
}
