// What a block is worth: as an expression its last expression, where it has one.
import type { Expression } from '../ast.ts';
import type { BlockParts } from './cursor.ts';

/** null for a block that does not end in an expression. */
export function valueOf(parts: BlockParts): Expression | null {
  return parts.tail === null || parts.tail.value === null ? null : asValue(parts);
}

export function asValue(parts: BlockParts): Expression {
  const { statements, tail, span } = parts;
  if (tail === null) return { kind: 'block expression', statements, result: null, span };
  if (tail.value === null) return { kind: 'block expression', statements: [...statements, tail.statement], result: null, span };
  return { kind: 'block expression', statements, result: tail.value, span };
}
