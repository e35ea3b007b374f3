// Where reading goes on behind a declaration that could not be read: its end, found by its structure.
import { sym } from '../symbols.ts';
import type { Cursor } from './cursor.ts';
import { word } from './keywords.ts';

/** Goes behind the semicolon of the declaration, or behind the brace that closes the body of a function. */
export function recover(cursor: Cursor): void {
  // Whatever stands behind the body of a record up to the semicolon belongs to the declaration, too.
  const inside = cursor.braces > 0;
  closeBraces(cursor);
  if (inside && beginsDeclaration(cursor)) return;
  let last = 0;
  while (cursor.token !== 0 && cursor.token !== sym[';']) {
    const { token } = cursor;
    if (token === sym['{']) cursor.skipBraces();
    else cursor.next();
    if (token === sym['}'] || (token === sym['{'] && cursor.token !== sym[';'] && (last === sym[')'] || beginsDeclaration(cursor)))) return;
    last = token;
  }
  if (cursor.token !== 0) cursor.next();
}

/** Out of the braces that were open when it failed. */
function closeBraces(cursor: Cursor): void {
  while (cursor.braces > 0 && cursor.token !== 0) {
    if (cursor.token === sym['{']) {
      cursor.skipBraces();
      continue;
    }
    if (cursor.token === sym['}']) cursor.braces--;
    cursor.next();
  }
}

/** A body of a function has no semicolon behind it: what begins like a declaration begins the next one. */
function beginsDeclaration(cursor: Cursor): boolean {
  const kind = cursor.class;
  return kind === word.storage || kind === word.base || kind === word.tag || kind === word.staticAssert || kind === word.typeof || kind === word.extension || kind === word.asm || kind === word.qualifier;
}
