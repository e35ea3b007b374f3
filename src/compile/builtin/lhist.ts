// lhist(): counts by steps of one width, with a bucket below and one above.
import type { Shape } from '../../bpf/shape.ts';
import type { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Builtin, BuiltinCall, CheckContext } from '../sema/builtin.ts';
import { argument, expectInteger } from './expect.ts';

type LinearShape = Extract<Shape, { kind: 'lhist' }>;

const mostBuckets = 1000;

export const lhist: Builtin = {
  name: 'lhist',
  form: 'aggregation',
  signature: '@m = lhist(n, min, max, step)',
  doc: 'A histogram in steps from min to max, both literals, with a bucket for what is less and one for the rest.',
  arity: [4, 4],
  type: (check, call) => ({ kind: 'aggregate', shape: shapeOf(check, call) }),
  aggregation: {
    shape: (check, call) => {
      expectInteger(check, call, 0);
      return shapeOf(check, call);
    },
    update: (emit, call, target) => {
      const bucket = lhistBucket(emit.ir, emit.lowerScalar(argument(call, 0)), shapeOf(emit, call));
      emit.withMapValue(target, bucket, (counter) => {
        emit.ir.emit({ kind: 'atomicAdd', base: counter, offset: 0, size: 8, value: emit.ir.constant(1) }, 'none');
      }, (zeros) => {
        emit.ir.store(zeros, 0, 8, emit.ir.constant(1));
      });
    },
  },
};

const nothing: LinearShape = { kind: 'lhist', min: 0, max: 1, step: 1 };

function shapeOf(check: CheckContext, call: BuiltinCall): LinearShape {
  const [min, max, step] = [1, 2, 3].map((index) => check.constant(argument(call, index)));
  for (const [name, value] of [['min', min], ['max', max]] as const) {
    if (value === undefined || value < 0n) {
      check.error(call.span, `lhist: invalid ${name} value (must be non-negative literal)`);
      return nothing;
    }
  }
  if (min === undefined || max === undefined || step === undefined) {
    check.error(call.span, 'lhist: invalid step value');
    return nothing;
  }
  const wrong = rangeErrors(min, max, step);
  for (const message of wrong) check.error(call.span, message);
  return wrong.length > 0 ? nothing : { kind: 'lhist', min: Number(min), max: Number(max), step: Number(step) };
}

function rangeErrors(min: bigint, max: bigint, step: bigint): readonly string[] {
  const errors: string[] = [];
  if (step <= 0n) errors.push(`lhist() step must be >= 1 (${step} provided)`);
  else if ((max - min) / step > mostBuckets) errors.push(`lhist() too many buckets, must be <= ${mostBuckets} (would need ${(max - min) / step})`);
  if (min > max) errors.push(`lhist() min must be less than max (provided min ${min} and max ${max})`);
  else if (step > 0n && max - min < step) errors.push(`lhist() step is too large for the given range (provided step ${step} for range ${max - min})`);
  return errors;
}

/** 0 below min, else 1 + (value - min) / step, and the last bucket from where the last whole step ends; values are signed. */
export function lhistBucket(ir: Builder, value: ValueId, { min, max, step }: LinearShape): ValueId {
  const result = `lhist ${ir.here}`;
  const last = 1 + Math.floor((max - min) / step);
  const [inside, above, within, after] = [ir.block('lhist'), ir.block('lhist.above'), ir.block('lhist.within'), ir.block('lhist.end')];
  ir.write(result, ir.constant(0));
  ir.branch('slt', value, ir.constant(min), after, inside, 'else');
  ir.seal(inside);
  ir.enter(inside);
  ir.branch('sgt', value, ir.constant(max), above, within, 'else');
  ir.seal(above);
  ir.enter(above);
  ir.write(result, ir.constant(last));
  ir.jump(after);
  ir.seal(within);
  ir.enter(within);
  const position = min === 0 ? value : ir.binary('sub', value, ir.constant(min));
  const steps = step === 1 ? position : ir.binary('udiv', position, ir.constant(step));
  ir.write(result, ir.binary('add', steps, ir.constant(1)));
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
  return ir.read(result);
}
