// min() and max(): the value, and whether there was one yet.
import type { Condition } from '../ir/ir.ts';
import type { Builtin } from '../sema/builtin.ts';
import { isSigned } from './count.ts';
import { argument } from './expect.ts';

const rows: readonly { readonly name: 'min' | 'max'; readonly signed: Condition; readonly unsigned: Condition; readonly doc: string }[] = [
  { name: 'min', signed: 'slt', unsigned: 'ult', doc: 'The least of the values.' },
  { name: 'max', signed: 'sgt', unsigned: 'ugt', doc: 'The greatest of the values.' },
];

export const extremes: readonly Builtin[] = rows.map((row): Builtin => ({
  name: row.name,
  form: 'aggregation',
  signature: `@m = ${row.name}(n)`,
  doc: row.doc,
  arity: [1, 1],
  type: (check, call) => ({ kind: 'aggregate', shape: { kind: row.name, signed: isSigned(check, call) } }),
  aggregation: {
    shape: (check, call) => ({ kind: row.name, signed: isSigned(check, call) }),
    update: (emit, call, target) => {
      const { ir } = emit;
      const type = emit.typeOf(target);
      const signed = type.kind === 'aggregate' && type.shape.kind === row.name ? type.shape.signed : isSigned(emit, call);
      const offered = emit.lowerScalar(argument(call, 0));
      emit.withMapValue(target, undefined, (value) => {
        const compare = ir.block(row.name);
        const take = ir.block(`${row.name}.take`);
        const after = ir.block(`${row.name}.end`);
        ir.branch('eq', ir.load(value, 8, 8), ir.constant(0), take, compare, 'else');
        ir.seal(compare);
        ir.enter(compare);
        ir.branch(signed ? row.signed : row.unsigned, offered, ir.load(value, 0, 8), take, after, 'else');
        ir.seal(take);
        ir.enter(take);
        ir.store(value, 0, 8, offered);
        ir.store(value, 8, 8, ir.constant(1));
        ir.jump(after);
        ir.seal(after);
        ir.enter(after);
      }, (zeros) => {
        ir.store(zeros, 0, 8, offered);
        ir.store(zeros, 8, 8, ir.constant(1));
      });
    },
  },
}));
