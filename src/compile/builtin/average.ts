// avg() and stats(): a total and a count a CPU; they differ in what is printed.
import type { Builtin } from '../sema/builtin.ts';
import { isSigned } from './count.ts';
import { argument } from './expect.ts';

const rows = [
  { name: 'avg', doc: 'The average of the values.' },
  { name: 'stats', doc: 'Count, average and total of the values.' },
] as const;

export const averages: readonly Builtin[] = rows.map(({ name, doc }): Builtin => ({
  name,
  form: 'aggregation',
  signature: `@m = ${name}(n)`,
  doc,
  arity: [1, 1],
  type: (check, call) => ({ kind: 'aggregate', shape: { kind: name, signed: isSigned(check, call) } }),
  aggregation: {
    shape: (check, call) => ({ kind: name, signed: isSigned(check, call) }),
    update: (emit, call, target) => {
      const added = emit.lowerScalar(argument(call, 0));
      emit.withMapValue(target, undefined, (value) => {
        emit.ir.emit({ kind: 'atomicAdd', base: value, offset: 0, size: 8, value: added }, 'none');
        emit.ir.emit({ kind: 'atomicAdd', base: value, offset: 8, size: 8, value: emit.ir.constant(1) }, 'none');
      }, (zeros) => {
        emit.ir.store(zeros, 0, 8, added);
        emit.ir.store(zeros, 8, 8, emit.ir.constant(1));
      });
    },
  },
}));
