// Arithmetic of C's integers: conversions and operators on values with types (C11 6.3.1, 6.5), in the sizes of one architecture.
import type { CType } from '../../../ctype/ctype.ts';

/** An integer type as arithmetic sees it: its size in bytes and its sign. */
export interface Integer {
  readonly size: number;
  readonly signed: boolean;
  /** `_Bool`: what is not 0 becomes 1. */
  readonly bool?: boolean;
}

/** A value of an expression. `bits` is undefined where a parameter takes part in it; `integer` where it is none, or of a type that is not known. */
export interface Value {
  readonly bits: bigint | undefined;
  readonly integer: Integer | undefined;
  /** Where it is known: pointers, records and arrays are only named by it. */
  readonly type?: CType | undefined;
  /** Where it stands, for `&` and for arrays: offsets are asked of objects at address 0. */
  readonly address?: bigint | undefined;
}

export const int: Integer = { size: 4, signed: true };

export function integerValue(bits: bigint, integer: Integer): Value {
  return { bits: wrap(bits, integer), integer };
}

/** Brings a number into the range of its type. */
export function wrap(bits: bigint, { size, signed, bool }: Integer): bigint {
  if (bool === true) return bits === 0n ? 0n : 1n;
  return signed ? BigInt.asIntN(size * 8, bits) : BigInt.asUintN(size * 8, bits);
}

export function convert(value: Value, to: Integer): Value {
  return { bits: value.bits === undefined ? undefined : wrap(value.bits, to), integer: to };
}

/** Integer promotions. */
export function promoted(integer: Integer): Integer {
  return integer.size < int.size || integer.bool === true ? int : integer;
}

/** Usual arithmetic conversions; undefined where one is not known. */
export function common(a: Integer | undefined, b: Integer | undefined): Integer | undefined {
  if (a === undefined || b === undefined) return undefined;
  const [left, right] = [promoted(a), promoted(b)];
  if (left.size !== right.size) return left.size > right.size ? left : right;
  return left.signed ? right : left;
}

type Operator = (a: bigint, b: bigint) => bigint | undefined;

const arithmetic: Readonly<Record<string, Operator>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0n ? undefined : a / b),
  '%': (a, b) => (b === 0n ? undefined : a % b),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
};

const comparison: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

const shift: Readonly<Record<string, Operator>> = { '<<': (a, b) => a << b, '>>': (a, b) => a >> b };

/** undefined: it has no value (division by 0, a shift by more than there is). `&&` and `||` are not here: they do not look at all of their operands. */
export function binary(operator: string, a: Value, b: Value): Value | undefined {
  const shifts = shift[operator];
  if (shifts !== undefined) return shifted(shifts, a, b);
  const compares = comparison[operator];
  const type = common(a.integer, b.integer);
  const known = a.bits !== undefined && b.bits !== undefined && type !== undefined;
  if (compares !== undefined) return known ? integerValue(compares(wrap(a.bits, type), wrap(b.bits, type)) ? 1n : 0n, int) : { bits: undefined, integer: int };
  const combine = arithmetic[operator];
  if (combine === undefined) return undefined;
  if (!known) return { bits: undefined, integer: type };
  const bits = combine(wrap(a.bits, type), wrap(b.bits, type));
  return bits === undefined ? undefined : integerValue(bits, type);
}

/** The type is that of the left operand alone. */
function shifted(operator: Operator, a: Value, b: Value): Value | undefined {
  const type = a.integer === undefined ? undefined : promoted(a.integer);
  if (a.bits === undefined || b.bits === undefined || type === undefined) return { bits: undefined, integer: type };
  if (b.bits < 0n || b.bits >= BigInt(type.size * 8)) return undefined;
  const bits = operator(wrap(a.bits, type), b.bits);
  return bits === undefined ? undefined : integerValue(bits, type);
}

/** Precedence of the binary operators, higher binds tighter (C11 6.5.5–6.5.14). */
export const precedence: Readonly<Record<string, number>> = {
  '*': 10, '/': 10, '%': 10, '+': 9, '-': 9, '<<': 8, '>>': 8, '<': 7, '>': 7, '<=': 7, '>=': 7, '==': 6, '!=': 6, '&': 5, '^': 4, '|': 3, '&&': 2, '||': 1,
};
