// Constant folding.
import type { Func } from '../ir/ir.ts';
import { rewrite } from '../ir/rewrite.ts';
import { constantOf, evaluate } from './evaluate.ts';

export function fold(func: Func): Func {
  return rewrite(func, ({ op }, edit) => {
    if (op.kind === 'const') return undefined;
    if (op.kind === 'select') {
      const condition = constantOf(edit.definition, op.condition);
      if (condition !== undefined) return condition !== 0n ? op.a : op.b;
    }
    const value = evaluate(op, (id) => constantOf(edit.definition, id));
    return value === undefined ? undefined : edit.emit({ kind: 'const', value });
  });
}
