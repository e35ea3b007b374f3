// What operations on constants give, in the arithmetic of eBPF: 64 bits, wrapping; division by 0 gives 0, remainder by 0 the dividend.
// Constants are kept signed.
import type { BinaryFn, Condition, Inst, Op, ValueId } from '../ir/ir.ts';

export function evaluateBinary(fn: BinaryFn, a: bigint, b: bigint): bigint {
  return signed(binary[fn](unsigned(a), unsigned(b)));
}

export function evaluateCompare(condition: Condition, a: bigint, b: bigint): boolean {
  return compare[condition](signed(a), signed(b), unsigned(a), unsigned(b));
}

/** The constant that an operation on constants is; undefined when it is none. */
export function evaluate(op: Op, constant: (id: ValueId) => bigint | undefined): bigint | undefined {
  switch (op.kind) {
    case 'const':
      return op.value;
    case 'binary': {
      const [a, b] = [constant(op.a), constant(op.b)];
      return a === undefined || b === undefined ? undefined : evaluateBinary(op.fn, a, b);
    }
    case 'compare': {
      const [a, b] = [constant(op.a), constant(op.b)];
      return a === undefined || b === undefined ? undefined : evaluateCompare(op.condition, a, b) ? 1n : 0n;
    }
    case 'select': {
      const condition = constant(op.condition);
      return condition === undefined ? undefined : constant(condition !== 0n ? op.a : op.b);
    }
    case 'neg':
    case 'not':
    case 'extend':
    case 'bswap': {
      const a = constant(op.a);
      return a === undefined ? undefined : signed(unary(op, a));
    }
    default:
      return undefined;
  }
}

/** How passes look at what defines a value. */
export type Define = (id: ValueId) => Inst | undefined;

export function constantOf(define: Define, id: ValueId): bigint | undefined {
  const op = define(id)?.op;
  return op?.kind === 'const' ? op.value : undefined;
}

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

const binary: Readonly<Record<BinaryFn, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  udiv: (a, b) => (b === 0n ? 0n : a / b),
  umod: (a, b) => (b === 0n ? a : a % b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  lshr: (a, b) => a >> (b & 63n),
  ashr: (a, b) => signed(a) >> (b & 63n),
};

const compare: Readonly<Record<Condition, (a: bigint, b: bigint, ua: bigint, ub: bigint) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  ult: (_a, _b, ua, ub) => ua < ub,
  ule: (_a, _b, ua, ub) => ua <= ub,
  ugt: (_a, _b, ua, ub) => ua > ub,
  uge: (_a, _b, ua, ub) => ua >= ub,
  slt: (a, b) => a < b,
  sle: (a, b) => a <= b,
  sgt: (a, b) => a > b,
  sge: (a, b) => a >= b,
};

function unary(op: Extract<Op, { kind: 'neg' | 'not' | 'extend' | 'bswap' }>, a: bigint): bigint {
  if (op.kind === 'extend') return op.signed ? BigInt.asIntN(op.bits, a) : BigInt.asUintN(op.bits, a);
  if (op.kind !== 'bswap') return op.kind === 'neg' ? -a : ~a;
  let swapped = 0n;
  for (let shift = 0n; shift < BigInt(op.bits); shift += 8n) swapped = (swapped << 8n) | ((a >> shift) & 0xffn);
  return swapped;
}
