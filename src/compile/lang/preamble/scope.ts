// What the definitions of one preamble know of each other, and the constants in them.
import type { CDeclaration } from '../ast.ts';
import type { Cursor } from '../parse/cursor.ts';
import { canonicalBase, isBaseWord } from '../parse/types.ts';
import type { Token } from '../token.ts';
import { baseType, wellKnownTypedef } from './basetypes.ts';
import { evaluateConstant } from './constant.ts';

export interface CScope {
  /** Enumerators that were defined so far, for constant expressions. */
  readonly enumerators: Map<string, bigint>;
  readonly definitions: CDeclaration[];
}

/** Value of the constant expression in front of one of the closing marks. */
export function constantUntil(cursor: Cursor, scope: CScope, closers: readonly string[], message: string): bigint {
  const tokens: Token[] = [];
  const start = cursor.peek().span;
  for (let depth = 0; cursor.peek().kind !== 'end'; ) {
    if (depth === 0 && closers.some((each) => cursor.at(each) || cursor.atWord(each))) break;
    if (cursor.at('(')) depth++;
    if (cursor.at(')')) depth--;
    tokens.push(cursor.atWord('sizeof') ? sizeofToken(cursor) : cursor.next());
  }
  const value = evaluateConstant(tokens, (name) => scope.enumerators.get(name));
  if (value === undefined) return cursor.failAt(start, message);
  return value;
}

/** `sizeof(type)` as its number: of C's own types, well-known names and pointers. Others are no constants here. */
function sizeofToken(cursor: Cursor): Token {
  const word = cursor.next();
  if (!cursor.at('(')) return word;
  cursor.next();
  const inside: string[] = [];
  while (!cursor.at(')') && cursor.peek().kind !== 'end') inside.push(cursor.next().text);
  cursor.expect(')');
  const size = sizeOfWords(inside);
  return size === undefined ? word : { ...word, kind: 'integer', value: BigInt(size) };
}

function sizeOfWords(words: readonly string[]): number | undefined {
  if (words.at(-1) === '*') return 8;
  const [first = ''] = words;
  const type = words.every(isBaseWord) ? baseType(canonicalBase(words)) : words.length === 1 ? wellKnownTypedef(first) : undefined;
  return type !== undefined && 'size' in type ? type.size : undefined;
}
