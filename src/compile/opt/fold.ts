// Constant folding.
import { constantOf, evaluate } from './evaluate.ts';
import type { Rule } from './simplify.ts';

export const fold: Rule = {
  name: 'fold',
  visit: ({ op }, edit) => {
    if (op.kind === 'const') return undefined;
    if (op.kind === 'select') {
      const condition = constantOf(edit.definition, op.condition);
      if (condition !== undefined) return condition !== 0n ? op.a : op.b;
    }
    const value = evaluate(op, (id) => constantOf(edit.definition, id));
    return value === undefined ? undefined : edit.emit({ kind: 'const', value });
  },
};
