// hist(): counts by powers of two, the bucket number a hidden part of the map's key.
import type { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Builtin, BuiltinCall, CheckContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { argument, expectInteger, expectNumber } from './expect.ts';

/** Sub-buckets of a power of two: 2^0 … 2^5. */
const mostBits = 5;

export const hist: Builtin = {
  name: 'hist',
  form: 'aggregation',
  signature: '@m = hist(n[, k])',
  doc: 'A histogram by powers of two, each cut into 2^k buckets (k 0 to 5, usually 0). Like bpftrace, 64-bit values above 2^63 count as negative.',
  arity: [1, 2],
  type: (check, call) => ({ kind: 'aggregate', shape: { kind: 'hist', bits: bitsOf(check, call) } }),
  aggregation: {
    shape: (check, call) => {
      expectInteger(check, call, 0);
      return { kind: 'hist', bits: bitsOf(check, call) };
    },
    update: (emit, call, target) => {
      const expression = argument(call, 0);
      const value = emit.lowerScalar(expression);
      const bucket = histBucket(emit.ir, value, bitsOf(emit, call), widthOf(emit.typeOf(expression)));
      emit.withMapValue(target, bucket, (counter) => {
        emit.ir.emit({ kind: 'atomicAdd', base: counter, offset: 0, size: 8, value: emit.ir.constant(1) }, 'none');
      }, (zeros) => {
        emit.ir.store(zeros, 0, 8, emit.ir.constant(1));
      });
    },
  },
};

function bitsOf(check: CheckContext, call: BuiltinCall): number {
  if (call.args.length < 2) return 0;
  const bits = expectNumber(check, call, 1);
  if (bits === undefined) return 0;
  if (bits >= 0n && bits <= mostBits) return Number(bits);
  check.error(call.span, `hist: bits ${bits} must be 0..${mostBits}`);
  return 0;
}

/** What is known of the value's range: its bits without the sign, and whether it may be negative. */
export interface Width {
  readonly bits: number;
  readonly negative: boolean;
}

function widthOf(type: ScriptType): Width {
  if (type.kind !== 'int' && type.kind !== 'enum') return { bits: 63, negative: true };
  if (type.size === 8) return { bits: 63, negative: true };
  return { bits: type.size * 8 - (type.signed ? 1 : 0), negative: type.signed };
}

/**
 * The bucket of a value: 0 when it is negative, else 1 + (s << k) + (n >> s), where s is the number of the highest bit of n >> k.
 * Below 2^k s is 0, which gives the buckets of single values. The highest bit is found by halving the range: five or six tests at most.
 */
export function histBucket(ir: Builder, value: ValueId, k: number, width: Width): ValueId {
  if (!width.negative) return bucketOf(ir, value, k, width.bits);
  const result = `hist ${ir.here}`;
  const counted = ir.block('hist');
  const after = ir.block('hist.end');
  ir.write(result, ir.constant(0));
  ir.branch('slt', value, ir.constant(0), after, counted, 'else');
  ir.seal(counted);
  ir.enter(counted);
  ir.write(result, bucketOf(ir, value, k, width.bits));
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
  return ir.read(result);
}

function bucketOf(ir: Builder, value: ValueId, k: number, bits: number): ValueId {
  const shift = highestBit(ir, k === 0 ? value : ir.binary('lshr', value, ir.constant(k)), bits - k);
  const group = k === 0 ? shift : ir.binary('shl', shift, ir.constant(k));
  return ir.binary('add', ir.binary('add', ir.binary('lshr', value, shift), group), ir.constant(1));
}

/** Number of the highest bit that is set, 0 for 0; `bits`: how many may be. */
function highestBit(ir: Builder, value: ValueId, bits: number): ValueId {
  let rest = value;
  let found: ValueId | undefined;
  for (let half = 32; half >= 2; half /= 2) {
    if (bits <= half) continue;
    [rest, found] = halve(ir, rest, found, half);
  }
  // Two bits are left: their value 0, 1, 2, 3 has its highest bit at 0, 0, 1, 1.
  const last = ir.binary('lshr', rest, ir.constant(1));
  return found === undefined ? last : ir.binary('add', found, last);
}

/** When a bit from `half` up is set, drops the lower ones and counts them. */
function halve(ir: Builder, rest: ValueId, found: ValueId | undefined, half: number): [rest: ValueId, found: ValueId] {
  const [restName, foundName] = [`hist rest ${ir.here}`, `hist found ${ir.here}`];
  const high = ir.block(`bits${half}`);
  const after = ir.block(`bits${half}.end`);
  ir.write(restName, rest);
  ir.write(foundName, found ?? ir.constant(0));
  const shifted = half === 32 ? ir.binary('lshr', rest, ir.constant(32)) : undefined;
  // An immediate has 32 bits, so that the upper half is compared after it was brought down.
  if (shifted === undefined) ir.branch('ugt', rest, ir.constant(2 ** half - 1), high, after);
  else ir.branch('ne', shifted, ir.constant(0), high, after, 'else');
  ir.seal(high);
  ir.enter(high);
  ir.write(restName, shifted ?? ir.binary('lshr', rest, ir.constant(half)));
  ir.write(foundName, found === undefined ? ir.constant(half) : ir.binary('add', found, ir.constant(half)));
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
  return [ir.read(restName), ir.read(foundName)];
}
