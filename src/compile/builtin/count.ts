// count() and sum(): one number a CPU, added to atomically, because a probe may interrupt another on the same CPU.
import type { Builtin, BuiltinCall, CheckContext } from '../sema/builtin.ts';
import { typeText } from '../sema/typetext.ts';
import { argument } from './expect.ts';

export const count: Builtin = {
  name: 'count',
  form: 'aggregation',
  signature: '@m = count()',
  doc: 'How often this was reached.',
  arity: [0, 0],
  type: () => ({ kind: 'aggregate', shape: { kind: 'count' } }),
  aggregation: {
    shape: () => ({ kind: 'count' }),
    update: (emit, _call, target) => {
      emit.withMapValue(target, undefined, (value) => {
        emit.ir.emit({ kind: 'atomicAdd', base: value, offset: 0, size: 8, value: emit.ir.constant(1) }, 'none');
      }, (zeros) => {
        emit.ir.store(zeros, 0, 8, emit.ir.constant(1));
      });
    },
  },
};

export const sum: Builtin = {
  name: 'sum',
  form: 'aggregation',
  signature: '@m = sum(n)',
  doc: 'The sum of the values.',
  arity: [1, 1],
  type: (check, call) => ({ kind: 'aggregate', shape: { kind: 'sum', signed: isSigned(check, call) } }),
  aggregation: {
    shape: (check, call) => ({ kind: 'sum', signed: isSigned(check, call) }),
    update: (emit, call, target) => {
      const added = emit.lowerScalar(argument(call, 0));
      emit.withMapValue(target, undefined, (value) => {
        emit.ir.emit({ kind: 'atomicAdd', base: value, offset: 0, size: 8, value: added }, 'none');
      }, (zeros) => {
        emit.ir.store(zeros, 0, 8, added);
      });
    },
  },
};

/** The sign of the numbers that are aggregated; anything but an integer is an error. */
export function isSigned(check: CheckContext, call: BuiltinCall): boolean {
  const type = check.typeOf(argument(call, 0));
  if (type.kind === 'int' || type.kind === 'enum') return type.signed;
  if (type.kind !== 'unknown') check.error(call.span, `${call.name}() only supports integer arguments (${typeText(check.types, type)} provided)`);
  return false;
}
