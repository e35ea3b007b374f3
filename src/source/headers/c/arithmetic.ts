// Arithmetic of C on constants (C11 6.5): wraps like the machine, undefined where the standard leaves the result open.
import { constant, pointer, realConstant, unknown, type Operand } from './operand.ts';
import type { Target } from './target.ts';
import { under, type IntegerType, type Type } from './types.ts';

/** In the range of the type; _Bool is 0 or 1. */
export function wrap(value: bigint, { size, signed, encoding }: IntegerType): bigint {
  if (encoding === 'bool') return value === 0n ? 0n : 1n;
  return signed ? BigInt.asIntN(8 * size, value) : BigInt.asUintN(8 * size, value);
}

export type BinaryOperator = '*' | '/' | '%' | '+' | '-' | '<<' | '>>' | '<' | '>' | '<=' | '>=' | '==' | '!=' | '&' | '^' | '|' | '&&' | '||';

/** Both operands as values. undefined: such operands have no such operator. */
export function binary(target: Target, operator: BinaryOperator, a: Operand, b: Operand): Operand | undefined {
  if (operator === '&&' || operator === '||') return logical(target, operator, a, b);
  const [left, right] = [promote(target, a), promote(target, b)];
  if (left !== undefined && right !== undefined) return integers(target, operator, left, right, [a.value, b.value]);
  const [leftUnder, rightUnder] = [under(a.type), under(b.type)];
  if (isPointer(leftUnder) || isPointer(rightUnder)) return pointers(target, operator, a, b);
  if (leftUnder.kind === 'float' || rightUnder.kind === 'float') return floats(target, operator, a, b);
  if (leftUnder.kind === 'vector') return unknown(a.type);
  return rightUnder.kind === 'vector' ? unknown(b.type) : undefined;
}

/** The promoted type of an integer operand; that of a bitfield is int when int holds it. */
function promote(target: Target, operand: Operand): IntegerType | undefined {
  const type = target.integer(operand.type);
  if (type === undefined) return undefined;
  const intBits = 8 * target.ints.signed.size;
  if (operand.bits !== null && operand.bits < intBits + (type.signed ? 1 : 0)) return target.ints.signed;
  return target.promoted(type);
}

export function promotedType(target: Target, operand: Operand): IntegerType | undefined {
  return promote(target, operand);
}

/** Whether a value is true; undefined when that is not known. */
export function truth({ value, real, text }: Operand): boolean | undefined {
  if (text !== undefined) return true;
  if (value !== undefined) return value !== 0n;
  return real === undefined ? undefined : real !== 0;
}

function logical(target: Target, operator: '&&' | '||', a: Operand, b: Operand): Operand {
  const decides = operator === '||';
  const [left, right] = [truth(a), truth(b)];
  const known = left === decides ? decides : left === undefined || right === undefined ? undefined : decides ? left || right : left && right;
  return constant(target.ints.signed, known === undefined ? undefined : known ? 1n : 0n);
}

type Values = readonly [bigint | undefined, bigint | undefined];

function integers(target: Target, operator: Exclude<BinaryOperator, '&&' | '||'>, left: IntegerType, right: IntegerType, [a, b]: Values): Operand {
  if (operator === '<<' || operator === '>>') return constant(left, a === undefined || b === undefined ? undefined : shift(operator, wrap(a, left), b, left));
  const type = target.common(left, right);
  const comparison = comparisons[operator];
  const result = comparison === undefined ? type : target.ints.signed;
  if (a === undefined || b === undefined) return unknown(result);
  const [x, y] = [wrap(a, type), wrap(b, type)];
  if (comparison !== undefined) return constant(result, comparison(x, y) ? 1n : 0n);
  const value = compute(operator, x, y);
  return constant(result, value === undefined ? undefined : wrap(value, type));
}

const comparisons: Readonly<Partial<Record<BinaryOperator, <T extends bigint | number>(a: T, b: T) => boolean>>> = {
  '<': (a, b) => a < b, '>': (a, b) => a > b, '<=': (a, b) => a <= b, '>=': (a, b) => a >= b, '==': (a, b) => a === b, '!=': (a, b) => a !== b,
};

function shift(operator: '<<' | '>>', value: bigint, by: bigint, type: IntegerType): bigint | undefined {
  if (by < 0n || by >= BigInt(8 * type.size)) return undefined;
  return wrap(operator === '<<' ? value << by : value >> by, type);
}

function compute(operator: BinaryOperator, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case '*':
      return a * b;
    case '/':
      return b === 0n ? undefined : a / b;
    case '%':
      return b === 0n ? undefined : a % b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '&':
      return a & b;
    case '^':
      return a ^ b;
    case '|':
      return a | b;
    default:
      return undefined;
  }
}

function isPointer(type: Type): boolean {
  return type.kind === 'ptr';
}

/** Addresses count in elements. */
function pointers(target: Target, operator: BinaryOperator, a: Operand, b: Operand): Operand | undefined {
  const comparison = comparisons[operator];
  if (comparison !== undefined) return constant(target.ints.signed, a.value === undefined || b.value === undefined ? undefined : comparison(a.value, b.value) ? 1n : 0n);
  if (operator !== '+' && operator !== '-') return undefined;
  const [left, right] = [under(a.type), under(b.type)];
  if (left.kind === 'ptr' && right.kind === 'ptr') return operator === '-' ? difference(target, left.to, a, b) : undefined;
  const [base, offset] = left.kind === 'ptr' ? [a, b] : [b, a];
  const at = under(base.type);
  if (at.kind !== 'ptr' || target.integer(offset.type) === undefined || (operator === '-' && base === b)) return undefined;
  const size = target.sizeOf(at.to);
  if (base.value === undefined || offset.value === undefined || size === undefined) return unknown(base.type);
  const bytes = offset.value * BigInt(size);
  return constant(base.type, BigInt.asUintN(8 * target.pointerSize, operator === '+' ? base.value + bytes : base.value - bytes));
}

function difference(target: Target, to: Type, a: Operand, b: Operand): Operand {
  const size = target.sizeOf(to) ?? 0;
  if (a.value === undefined || b.value === undefined || size === 0) return unknown(target.difference);
  return constant(target.difference, BigInt.asIntN(8 * target.pointerSize, a.value - b.value) / BigInt(size));
}

/** Only doubles are exact here; the rest has its type and no value. */
function floats(target: Target, operator: BinaryOperator, a: Operand, b: Operand): Operand | undefined {
  const [x, y] = [asReal(a), asReal(b)];
  const comparison = comparisons[operator];
  const known = x !== undefined && y !== undefined;
  if (comparison !== undefined) return constant(target.ints.signed, known ? (comparison(x, y) ? 1n : 0n) : undefined);
  const type = wider(a.type, b.type);
  switch (operator) {
    case '*':
      return realConstant(type, known ? x * y : undefined);
    case '/':
      return realConstant(type, known ? x / y : undefined);
    case '+':
      return realConstant(type, known ? x + y : undefined);
    case '-':
      return realConstant(type, known ? x - y : undefined);
    default:
      return undefined;
  }
}

export function asReal({ value, real }: Operand): number | undefined {
  return real ?? (value === undefined ? undefined : Number(value));
}

function wider(one: Type, other: Type): Type {
  const [a, b] = [under(one), under(other)];
  if (a.kind !== 'float') return b;
  return b.kind !== 'float' || a.size >= b.size ? a : b;
}

/** A cast, or an assignment. */
export function converted(target: Target, operand: Operand, type: Type): Operand {
  const to = under(type);
  if (to.kind === 'float') return realConstant(type, asReal(operand));
  if (to.kind === 'ptr') return pointer(type, operand.value === undefined ? undefined : BigInt.asUintN(8 * target.pointerSize, operand.value), operand.text);
  const integer = target.integer(to);
  if (integer === undefined) return unknown(type);
  const { value, real } = operand;
  if (value !== undefined) return constant(type, wrap(value, integer));
  if (real === undefined || !Number.isFinite(real)) return unknown(type);
  return constant(type, integer.encoding === 'bool' ? (real === 0 ? 0n : 1n) : wrap(BigInt(Math.trunc(real)), integer));
}

/** Type and value of `condition ? a : b`. */
export function conditional(target: Target, condition: Operand, a: Operand, b: Operand): Operand {
  const type = conditionalType(target, a, b);
  const chosen = truth(condition);
  return chosen === undefined ? unknown(type) : converted(target, chosen ? a : b, type);
}

function conditionalType(target: Target, a: Operand, b: Operand): Type {
  const [left, right] = [promote(target, a), promote(target, b)];
  if (left !== undefined && right !== undefined) return target.common(left, right);
  const [x, y] = [under(a.type), under(b.type)];
  if (x.kind === 'ptr' && y.kind === 'ptr') {
    if (isNull(b)) return a.type;
    if (isNull(a)) return b.type;
    return under(y.to).kind === 'void' ? b.type : a.type;
  }
  if (x.kind === 'ptr') return a.type;
  if (y.kind === 'ptr') return b.type;
  return x.kind === 'float' || y.kind === 'float' ? wider(a.type, b.type) : a.type;
}

/** A null pointer constant: 0, or that as a plain `void *`. */
function isNull({ type, value }: Operand): boolean {
  if (value !== 0n) return false;
  const at = under(type);
  return at.kind === 'int' || (at.kind === 'ptr' && at.to.kind === 'void');
}
