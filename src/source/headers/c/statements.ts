// Statement expressions (gcc: Statement Exprs), as far as typeof needs them: declarations, and the type of the last expression.
import { sym } from '../symbols.ts';
import type { Context } from './context.ts';
import { word } from './keywords.ts';
import { unknown, valueOf, type Operand } from './operand.ts';
import { voidType, type Type } from './types.ts';

/** At the opening brace. */
export function readStatementExpression(context: Context): Operand {
  const { cursor, scope } = context;
  let type: Type = voidType;
  cursor.enter();
  cursor.braces++;
  scope.open();
  cursor.next();
  while (cursor.token !== sym['}']) {
    if (cursor.token === 0) return cursor.fail("expected '}' before the end");
    type = readItem(context, type);
  }
  scope.close();
  cursor.braces--;
  cursor.leave();
  cursor.next();
  return unknown(type);
}

/** The type of the item, void for what has none. An empty statement leaves it as it was. */
function readItem(context: Context, before: Type): Type {
  const { cursor } = context;
  if (cursor.accept(sym[';'])) return before;
  if (context.startsType() || cursor.class === word.extension || cursor.class === word.staticAssert) {
    context.localDeclaration();
    return voidType;
  }
  if (cursor.token === sym['{'] || cursor.class === word.statement || cursor.class === word.asm || cursor.class === word.label) {
    skipStatement(context);
    return voidType;
  }
  const { type } = valueOf(context.expression());
  // It was a label.
  if (cursor.accept(sym[':'])) return voidType;
  cursor.expect(sym[';']);
  return type;
}

/** To the semicolon or the closing brace that ends it, with what `else` and `while` hang on it. */
function skipStatement({ cursor }: Context): void {
  const { statement } = cursor.keywords;
  for (;;) {
    const isDo = cursor.token === statement.do;
    while (cursor.token !== sym[';'] && cursor.token !== sym['{'] && cursor.token !== sym['}'] && cursor.token !== 0) {
      if (cursor.token === sym['(']) cursor.skipParentheses();
      else cursor.next();
    }
    if (cursor.token === sym['{']) cursor.skipBraces();
    else if (cursor.token === sym[';']) cursor.next();
    if (isDo) continue;
    if (cursor.token !== statement.else) return;
    cursor.next();
  }
}
