// gcc's attributes, as far as they change a layout: packed and aligned.
import type { Cursor } from '../parse/cursor.ts';
import { constantUntil, type CScope } from './scope.ts';

export interface Attributes {
  packed: boolean;
  align: number | null;
}

/** Reads `__attribute__((…))`, `__packed`, `__aligned(n)` as often as they come; other attributes change no layout. */
export function parseAttributes(cursor: Cursor, scope: CScope, into: Attributes): void {
  for (;;) {
    if (cursor.atWord('__packed')) {
      cursor.next();
      into.packed = true;
    } else if (cursor.atWord('__aligned')) {
      cursor.next();
      into.align = Math.max(into.align ?? 1, alignment(cursor, scope));
    } else if (cursor.atWord('__attribute__') || cursor.atWord('__attribute')) {
      cursor.next();
      cursor.expect('(');
      cursor.expect('(');
      while (!cursor.at(')')) parseAttribute(cursor, scope, into);
      cursor.expect(')');
      cursor.expect(')');
    } else return;
  }
}

function parseAttribute(cursor: Cursor, scope: CScope, into: Attributes): void {
  if (cursor.accept(',')) return;
  const name = cursor.identifier().text.replace(/^__(.*)__$/, '$1');
  if (name === 'packed') into.packed = true;
  if (name === 'aligned') into.align = Math.max(into.align ?? 1, cursor.at('(') ? alignment(cursor, scope) : largestAlignment);
  else if (cursor.at('(')) skipParentheses(cursor);
}

/** What `aligned` without a number means on x86-64 and arm64. */
const largestAlignment = 16;

function alignment(cursor: Cursor, scope: CScope): number {
  cursor.expect('(');
  const start = cursor.peek().span;
  const value = constantUntil(cursor, scope, [')'], 'alignment must be an integer constant');
  cursor.expect(')');
  if (value < 1n || value > 0x1000_0000n || (value & (value - 1n)) !== 0n) cursor.failAt(start, 'alignment must be a power of two');
  return Number(value);
}

export function skipParentheses(cursor: Cursor): void {
  cursor.expect('(');
  for (let depth = 1; depth > 0; ) {
    if (cursor.peek().kind === 'end') cursor.fail("expected ')'");
    if (cursor.at('(')) depth++;
    if (cursor.at(')')) depth--;
    cursor.next();
  }
}
