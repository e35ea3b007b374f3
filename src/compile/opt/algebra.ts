// Algebraic simplification: identities, constants gathered on the right, tests of tests. Pointers are left alone but for sums.
import type { BinaryFn, Condition, Inst, Op, ValueId } from '../ir/ir.ts';
import type { Edit } from '../ir/rewrite.ts';
import type { Define } from './evaluate.ts';
import { constantOf, evaluateBinary } from './evaluate.ts';
import type { Rule } from './simplify.ts';

export const algebra: Rule = {
  name: 'algebra',
  visit: (inst, edit) => {
    const replaced = simplify(inst, edit.definition);
    if (replaced === undefined) return undefined;
    return typeof replaced === 'number' ? replaced : edit.emit(concrete(replaced, edit), inst.type);
  },
  visitEnd: (end, edit) => {
    if (end.kind !== 'branch') return end;
    const test = simplifyTest(end, edit.definition);
    if (test === undefined) return end;
    const [a, b] = [operand(test.a, edit), operand(test.b, edit)];
    return { ...end, condition: test.condition, a, b };
  },
};

/** An operand that is there, or a constant that is to be made. */
type Operand = ValueId | bigint;

interface Test {
  readonly condition: Condition;
  readonly a: Operand;
  readonly b: Operand;
}

type Wanted =
  | { readonly kind: 'const'; readonly value: bigint }
  | { readonly kind: 'binary'; readonly fn: BinaryFn; readonly a: Operand; readonly b: Operand }
  | ({ readonly kind: 'compare' } & Test)
  | { readonly kind: 'neg' | 'not'; readonly a: ValueId }
  | Extract<Op, { kind: 'extend' | 'select' }>;

function operand(wanted: Operand, edit: Edit): ValueId {
  return typeof wanted === 'bigint' ? edit.emit({ kind: 'const', value: wanted }) : wanted;
}

function concrete(wanted: Wanted, edit: Edit): Op {
  if (wanted.kind === 'binary' || wanted.kind === 'compare') return { ...wanted, a: operand(wanted.a, edit), b: operand(wanted.b, edit) };
  return wanted;
}

/** Another value, or another operation, that gives the same. */
function simplify(inst: Inst, define: Define): ValueId | Wanted | undefined {
  const { op } = inst;
  switch (op.kind) {
    case 'binary':
      return simplifyBinary(op, inst, define);
    case 'neg':
    case 'not': {
      const inner = define(op.a)?.op;
      return inner?.kind === op.kind ? inner.a : undefined;
    }
    case 'compare':
      return simplifyCompare(op, define);
    case 'select':
      return simplifySelect(op, define);
    default:
      return undefined;
  }
}

const commutative: ReadonlySet<BinaryFn> = new Set<BinaryFn>(['add', 'mul', 'and', 'or', 'xor']);

/** Functions f with f(f(x, c), d) = f(x, g(c, d)). */
const gathered: Readonly<Partial<Record<BinaryFn, (c: bigint, d: bigint) => bigint>>> = {
  add: (c, d) => evaluateBinary('add', c, d),
  mul: (c, d) => evaluateBinary('mul', c, d),
  and: (c, d) => c & d,
  or: (c, d) => c | d,
  xor: (c, d) => c ^ d,
};

function simplifyBinary(op: Extract<Op, { kind: 'binary' }>, inst: Inst, define: Define): ValueId | Wanted | undefined {
  const { fn, a, b } = op;
  const [left, right] = [constantOf(define, a), constantOf(define, b)];
  if (commutative.has(fn) && left !== undefined && right === undefined) return { kind: 'binary', fn, a: b, b: a };
  if (a === b) {
    if (fn === 'sub' || fn === 'xor') return { kind: 'const', value: 0n };
    if ((fn === 'and' || fn === 'or') && inst.type === 'scalar') return a;
  }
  if (left === 0n && fn === 'sub' && inst.type === 'scalar') return { kind: 'neg', a: b };
  if (right === undefined) return undefined;
  if (fn === 'sub') return { kind: 'binary', fn: 'add', a, b: BigInt.asIntN(64, -right) };
  const known = withConstant(fn, a, right);
  if (known !== undefined) return known;
  const inner = define(a)?.op;
  if (inner?.kind !== 'binary') return undefined;
  const under = constantOf(define, inner.b);
  if (under === undefined) return undefined;
  const gather = inner.fn === fn ? gathered[fn] : undefined;
  if (gather) return { kind: 'binary', fn, a: inner.a, b: gather(under, right) };
  return shifts(fn, inner.fn, inner.a, under & 63n, right & 63n);
}

/** x op constant. */
function withConstant(fn: BinaryFn, a: ValueId, right: bigint): ValueId | Wanted | undefined {
  const zero: Wanted = { kind: 'const', value: 0n };
  if (right === 0n) return fn === 'mul' || fn === 'and' || fn === 'udiv' ? zero : a;
  if (right === 1n && (fn === 'mul' || fn === 'udiv')) return a;
  if (right === 1n && fn === 'umod') return zero;
  if (right === -1n) {
    if (fn === 'and') return a;
    if (fn === 'or') return { kind: 'const', value: -1n };
    if (fn === 'xor') return { kind: 'not', a };
  }
  return undefined;
}

/** A shift of a shift: one shift, or the bits in between. */
function shifts(fn: BinaryFn, inner: BinaryFn, a: ValueId, under: bigint, right: bigint): Wanted | undefined {
  if (fn === inner && (fn === 'shl' || fn === 'lshr')) {
    return under + right > 63n ? { kind: 'const', value: 0n } : { kind: 'binary', fn, a, b: under + right };
  }
  if (fn === 'ashr' && inner === 'ashr') return { kind: 'binary', fn, a, b: under + right > 63n ? 63n : under + right };
  const width = ([8, 16, 32] as const).find((bits) => BigInt(64 - bits) === right);
  if (inner === 'shl' && under === right && width !== undefined && fn !== 'shl') return { kind: 'extend', bits: width, signed: fn === 'ashr', a };
  return undefined;
}

const opposite: Readonly<Record<Condition, Condition>> = {
  eq: 'ne', ne: 'eq', ult: 'uge', uge: 'ult', ule: 'ugt', ugt: 'ule', slt: 'sge', sge: 'slt', sle: 'sgt', sgt: 'sle',
};
const mirrored: Readonly<Record<Condition, Condition>> = {
  eq: 'eq', ne: 'ne', ult: 'ugt', ugt: 'ult', ule: 'uge', uge: 'ule', slt: 'sgt', sgt: 'slt', sle: 'sge', sge: 'sle',
};
/** What x cond x gives. */
const reflexive: ReadonlySet<Condition> = new Set<Condition>(['eq', 'ule', 'uge', 'sle', 'sge']);

function simplifyCompare(op: Extract<Op, { kind: 'compare' }>, define: Define): ValueId | Wanted | undefined {
  if (op.a === op.b) return { kind: 'const', value: reflexive.has(op.condition) ? 1n : 0n };
  const right = constantOf(define, op.b);
  if (right === 0n && op.condition === 'ne' && define(op.a)?.op.kind === 'compare') return op.a;
  const test = simplifyTest(op, define);
  return test && { kind: 'compare', ...test };
}

/** The same test, nearer to what is tested. */
function simplifyTest({ condition, a, b }: { readonly condition: Condition; readonly a: ValueId; readonly b: ValueId }, define: Define): Test | undefined {
  const [left, right] = [constantOf(define, a), constantOf(define, b)];
  if (left !== undefined && right === undefined) return { condition: mirrored[condition], a: b, b: a };
  if (right === undefined) return undefined;
  const narrowed = aroundZero[condition]?.(right);
  if (narrowed !== undefined) return { condition: narrowed, a, b: 0n };
  if (condition !== 'eq' && condition !== 'ne') return undefined;
  const inner = define(a)?.op;
  if (inner?.kind === 'compare' && (right === 0n || right === 1n)) {
    const kept = (condition === 'ne') === (right === 0n);
    return { condition: kept ? inner.condition : opposite[inner.condition], a: inner.a, b: inner.b };
  }
  if (inner?.kind === 'neg') return { condition, a: inner.a, b: BigInt.asIntN(64, -right) };
  if (inner?.kind === 'not') return { condition, a: inner.a, b: ~right };
  if (inner?.kind !== 'binary') return undefined;
  return ofSum(condition, inner, right, define);
}

/** Unsigned comparisons with 0 and 1 that are equalities. */
const aroundZero: Readonly<Partial<Record<Condition, (right: bigint) => Condition | undefined>>> = {
  ugt: (right) => (right === 0n ? 'ne' : undefined),
  ule: (right) => (right === 0n ? 'eq' : undefined),
  ult: (right) => (right === 1n ? 'eq' : undefined),
  uge: (right) => (right === 1n ? 'ne' : undefined),
};

/** x + c == d is x == d - c; x - y == 0 is x == y. */
function ofSum(condition: Condition, inner: Extract<Op, { kind: 'binary' }>, right: bigint, define: Define): Test | undefined {
  const under = constantOf(define, inner.b);
  const scalar = define(inner.a)?.type === 'scalar';
  if (inner.fn === 'add' && under !== undefined && scalar) return { condition, a: inner.a, b: evaluateBinary('sub', right, under) };
  if (inner.fn === 'xor' && under !== undefined) return { condition, a: inner.a, b: right ^ under };
  if ((inner.fn === 'sub' || inner.fn === 'xor') && right === 0n && under === undefined) return { condition, a: inner.a, b: inner.b };
  return undefined;
}

function simplifySelect(op: Extract<Op, { kind: 'select' }>, define: Define): ValueId | Wanted | undefined {
  if (op.a === op.b) return op.a;
  const [a, b] = [constantOf(define, op.a), constantOf(define, op.b)];
  if (a !== undefined && a === b) return op.a;
  const condition = define(op.condition)?.op;
  if (condition?.kind !== 'compare') return undefined;
  if (a === 1n && b === 0n) return op.condition;
  if (a === 0n && b === 1n) return { kind: 'compare', condition: opposite[condition.condition], a: condition.a, b: condition.b };
  // `x != 0 ? …`: the value itself decides.
  if (condition.condition === 'ne' && constantOf(define, condition.b) === 0n) return { ...op, condition: condition.a };
  return undefined;
}
