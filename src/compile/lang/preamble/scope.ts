// What the definitions of one preamble know of each other, and the constants in them.
import type { CDeclaration } from '../ast.ts';
import type { Cursor } from '../parse/cursor.ts';
import type { Token } from '../token.ts';
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
    tokens.push(cursor.next());
  }
  const value = evaluateConstant(tokens, (name) => scope.enumerators.get(name));
  if (value === undefined) return cursor.failAt(start, message);
  return value;
}
