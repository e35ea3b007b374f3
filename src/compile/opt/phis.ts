// Phis that are one value are that value; phis of one constant are that constant.
import { constantOf } from './evaluate.ts';
import type { Rule } from './simplify.ts';

export const phis: Rule = {
  name: 'phis',
  visit: ({ id, op, type }, edit) => {
    if (op.kind !== 'phi') return undefined;
    const values = new Set(op.inputs.map((input) => input.value));
    values.delete(id);
    const [only] = values;
    if (values.size === 1 && only !== undefined && edit.definition(only)) return only;
    const constants = new Set([...values].map((value) => constantOf(edit.definition, value)));
    const [constant] = constants;
    // The constant is made anew: none of its places need lie on every way here.
    return constants.size === 1 && constant !== undefined && type === 'scalar' ? edit.emit({ kind: 'const', value: constant }) : undefined;
  },
};
