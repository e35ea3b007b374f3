// Operators: 64-bit arithmetic on registers, comparisons, short circuits, ternaries.
import { layoutSize } from '../../bpf/layout.ts';
import { sizeOf } from '../../ctype/types.ts';
import type { BinaryFn, BlockId, Condition, ValueId } from '../ir/ir.ts';
import type { BinaryOperator, Expression } from '../lang/ast.ts';
import type { Value } from '../sema/builtin.ts';
import { integerOf } from '../sema/operator.ts';
import { asInt } from '../sema/join.ts';
import type { ScriptType } from '../sema/stype.ts';
import { u64 } from '../sema/stype.ts';
import type { Emit } from './emit.ts';
import { branchBytes, branchStrings, inMemory } from './text.ts';
import { hasPadding } from './unit.ts';
import { bitsOf, convert } from './value.ts';
import { inRegisters } from './variable.ts';

type Binary = Extract<Expression, { kind: 'binary' }>;

/** Goes to one of the blocks, depending on whether the expression is true. */
export function branchOn(e: Emit, expression: Expression, yes: BlockId, no: BlockId): void {
  const constant = e.constant(expression);
  const before = e.ir.setSpan(expression.span);
  if (constant !== undefined) e.ir.jump(constant !== 0n ? yes : no);
  else if (expression.kind === 'string') e.ir.jump(yes);
  else if (expression.kind === 'unary' && expression.op === '!') branchOn(e, expression.operand, no, yes);
  else if (expression.kind === 'binary' && expression.op in branches) branches[expression.op]?.(e, expression, yes, no);
  else e.ir.branchIf(e.lowerScalar(expression), yes, no);
  e.ir.setSpan(before);
}

type Branch = (e: Emit, expression: Binary, yes: BlockId, no: BlockId) => void;

const compareBranch: Branch = (e, expression, yes, no) => {
  const types = [e.typeOf(expression.left), e.typeOf(expression.right)] as const;
  if (types.every(isWhole)) {
    branchWhole(e, expression, types, yes, no);
    return;
  }
  const { condition, a, b } = comparison(e, expression);
  e.ir.branch(condition, a, b, yes, no);
};

const shortCircuit = (and: boolean): Branch => (e, expression, yes, no) => {
  const next = e.ir.block(e.fresh(and ? 'and' : 'or'));
  branchOn(e, expression.left, and ? next : yes, and ? no : next);
  e.ir.seal(next);
  e.ir.enter(next);
  branchOn(e, expression.right, yes, no);
};

/** Operators that branch better than they compute. */
const branches: { readonly [K in BinaryOperator]?: Branch } = {
  '&&': shortCircuit(true), '||': shortCircuit(false),
  '==': compareBranch, '!=': compareBranch, '<': compareBranch, '<=': compareBranch, '>': compareBranch, '>=': compareBranch,
};

function isWhole(type: ScriptType): boolean {
  return !inRegisters(type) && type.kind !== 'aggregate';
}

/** Equality of values that do not fit a register. */
function branchWhole(e: Emit, expression: Binary, [left]: readonly [ScriptType, ScriptType], yes: BlockId, no: BlockId): void {
  const [equal, different] = expression.op === '==' ? [yes, no] : [no, yes];
  if (left.kind === 'string') {
    branchStrings(e, expression.left, expression.right, equal, different);
    return;
  }
  const layout = e.layoutOf(wider(e, expression));
  const size = layoutSize(layout);
  const [a, b] = [expression.left, expression.right].map((side) => {
    const value = inMemory(e, side, true);
    if (JSON.stringify(value.layout) === JSON.stringify(layout) && !hasPadding(layout)) return value;
    const base = e.ir.slot(Math.max(1, size), 'side');
    if (hasPadding(layout)) e.ir.zero(base, 0, size);
    e.store(value, layout, base, 0, true);
    return { base, offset: 0 };
  });
  if (a !== undefined && b !== undefined) branchBytes(e, a, b, size, equal, different);
}

/** The type that holds both sides: of tuples whose parts differ in width. */
function wider(e: Emit, expression: Binary): ScriptType {
  return e.joined(e.typeOf(expression.left), e.typeOf(expression.right));
}

const unsignedConditions: { readonly [K in BinaryOperator]?: Condition } = { '==': 'eq', '!=': 'ne', '<': 'ult', '<=': 'ule', '>': 'ugt', '>=': 'uge' };
const signedConditions: { readonly [K in BinaryOperator]?: Condition } = { '==': 'eq', '!=': 'ne', '<': 'slt', '<=': 'sle', '>': 'sgt', '>=': 'sge' };

/** Signed when either side is; a literal that is not negative takes the other side's sign. */
function comparison(e: Emit, expression: Binary): { readonly condition: Condition; readonly a: ValueId; readonly b: ValueId } {
  const signed = [expression.left, expression.right].some((side) => isSigned(e, side));
  const condition = (signed ? signedConditions : unsignedConditions)[expression.op];
  if (condition === undefined) throw new Error(`lower: ${expression.op} compares nothing`);
  return { condition, a: e.lowerScalar(expression.left), b: e.lowerScalar(expression.right) };
}

function isSigned(e: Emit, side: Expression): boolean {
  const constant = e.constant(side);
  if (constant !== undefined) return constant < 0n;
  return integerOf(e.typeOf(side))?.signed ?? false;
}

export function lowerBinary(e: Emit, expression: Binary): Value {
  const type = e.typeOf(expression);
  if (expression.op in branches) return { in: 'register', value: lowerTruth(e, expression), type };
  const types = [e.typeOf(expression.left), e.typeOf(expression.right)] as const;
  const a = e.lowerScalar(expression.left);
  const b = e.lowerScalar(expression.right);
  return { in: 'register', value: arithmetic(e, expression.op, [a, b], types, expression), type };
}

/** 1 or 0; comparisons of registers need no branch. */
function lowerTruth(e: Emit, expression: Binary): ValueId {
  const registers = expression.op !== '&&' && expression.op !== '||' && ![e.typeOf(expression.left), e.typeOf(expression.right)].every(isWhole);
  if (registers) {
    const { condition, a, b } = comparison(e, expression);
    return e.ir.compare(condition, a, b);
  }
  const result = e.fresh('truth');
  const [yes, no, after] = ['true', 'false', 'truth'].map((label) => e.ir.block(label)) as [BlockId, BlockId, BlockId];
  branchOn(e, expression, yes, no);
  for (const [block, value] of [[yes, 1], [no, 0]] as const) {
    e.ir.seal(block);
    e.ir.enter(block);
    e.ir.write(result, e.ir.constant(value));
    e.ir.jump(after);
  }
  e.ir.seal(after);
  e.ir.enter(after);
  return e.ir.read(result);
}

const functions: { readonly [K in BinaryOperator]?: BinaryFn } = {
  '+': 'add', '-': 'sub', '*': 'mul', '/': 'udiv', '%': 'umod', '&': 'and', '|': 'or', '^': 'xor', '<<': 'shl', '>>': 'lshr',
};

/** `a op b` of values that are in registers; also what `op=` and `++` compute. */
export function arithmetic(e: Emit, op: BinaryOperator, [a, b]: readonly [ValueId, ValueId], [left, right]: readonly [ScriptType, ScriptType], at: Expression): ValueId {
  const fn = functions[op];
  if (fn === undefined) throw new Error(`lower: ${op} is no arithmetic`);
  if (left.kind === 'pointer') return e.ir.binary(fn, a, scaled(e, b, left));
  if (right.kind === 'pointer') return e.ir.binary(fn, b, scaled(e, a, right));
  if (op === '/' || op === '%') return divide(e, fn, a, b, at);
  return e.ir.binary(fn, a, b);
}

/** Pointers move by the size of what they point to. */
function scaled(e: Emit, count: ValueId, pointer: Extract<ScriptType, { kind: 'pointer' }>): ValueId {
  const size = Math.max(1, sizeOf(e.types, pointer.to));
  return size === 1 ? count : e.ir.binary('mul', count, e.ir.constant(size));
}

const divisionByZero = 'Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the result.';

/** A divisor that is known needs no test; 0 makes the result 1, and a warning. */
function divide(e: Emit, fn: BinaryFn, a: ValueId, b: ValueId, at: Expression): ValueId {
  const divisor = at.kind === 'binary' ? e.constant(at.right) : undefined;
  if (divisor !== undefined && divisor !== 0n) return e.ir.binary(fn, a, b);
  const { ir } = e;
  const result = e.fresh('quotient');
  const [fine, zero, after] = ['divide', 'zero', 'divided'].map((label) => ir.block(label)) as [BlockId, BlockId, BlockId];
  ir.branchIf(b, fine, zero, 'then');
  ir.seal(zero);
  ir.enter(zero);
  e.runtimeError(divisionByZero, at.span);
  ir.write(result, ir.constant(1));
  ir.jump(after);
  ir.seal(fine);
  ir.enter(fine);
  ir.write(result, ir.binary(fn, a, b));
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
  return ir.read(result);
}

export function lowerUnary(e: Emit, expression: Extract<Expression, { kind: 'unary' }>): Value {
  const type = e.typeOf(expression);
  const operand = e.lowerScalar(expression.operand);
  switch (expression.op) {
    case '!':
      return { in: 'register', value: e.ir.compare('eq', operand, e.ir.constant(0)), type };
    case '-':
      return { in: 'register', value: e.ir.emit({ kind: 'neg', a: operand }), type };
    case '~': {
      const int = type.kind === 'int' || type.kind === 'enum' ? asInt(type) : u64;
      return { in: 'register', value: e.ir.extend(e.ir.emit({ kind: 'not', a: operand }), bitsOf[int.size], int.signed), type };
    }
    default:
      return { in: 'register', value: operand, type };
  }
}

/** Both arms are only run when they are chosen. */
export function lowerTernary(e: Emit, expression: Extract<Expression, { kind: 'ternary' }>): Value {
  const type = e.typeOf(expression);
  const known = expression.then === null ? undefined : e.constant(expression.condition);
  if (known !== undefined && expression.then !== null && inRegisters(type)) {
    const chosen = known !== 0n ? expression.then : expression.otherwise;
    return { in: 'register', value: convert(e, e.lowerScalar(chosen), e.typeOf(chosen), type), type };
  }
  const [yes, no, after] = ['then', 'else', 'chosen'].map((label) => e.ir.block(label)) as [BlockId, BlockId, BlockId];
  const arm = armOf(e, type);
  const start = expression.then === null ? e.lowerScalar(expression.condition) : undefined;
  if (start === undefined) branchOn(e, expression.condition, yes, no);
  else e.ir.branchIf(start, yes, no);
  for (const [block, value] of [[yes, expression.then], [no, expression.otherwise]] as const) {
    e.ir.seal(block);
    e.ir.enter(block);
    if (value !== null) arm.take(value);
    else if (start !== undefined) arm.keep(start);
    if (!e.ir.ended) e.ir.jump(after);
  }
  e.ir.seal(after);
  e.ir.enter(after);
  return arm.result();
}

interface Arm {
  readonly take: (value: Expression) => void;
  readonly keep: (register: ValueId) => void;
  readonly result: () => Value;
}

/** Where the arms of a ternary put their value. */
function armOf(e: Emit, type: ScriptType): Arm {
  if (type.kind === 'void' || type.kind === 'unknown') {
    return { take: (value) => { e.lower(value); }, keep: () => undefined, result: () => ({ in: 'nothing', type }) };
  }
  if (inRegisters(type)) {
    const name = e.fresh('choice');
    return {
      take: (value) => { e.ir.write(name, convert(e, e.lowerScalar(value), e.typeOf(value), type)); },
      keep: (register) => { e.ir.write(name, register); },
      result: () => ({ in: 'register', value: e.ir.read(name), type }),
    };
  }
  const layout = e.layoutOf(type);
  const slot = e.ir.newSlot(Math.max(1, layoutSize(layout)), 'choice');
  return {
    take: (value) => { e.lowerInto(value, layout, e.ir.slotAddress(slot), 0, true); },
    keep: () => undefined,
    result: () => ({ in: 'memory', base: e.ir.slotAddress(slot), offset: 0, layout, type, exact: true }),
  };
}

