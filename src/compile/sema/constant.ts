// Values known while compiling: literals and what is computed from them, enumerators, macro constants, sizes.
import { toSigned, toUnsigned } from '../../base/bits.ts';
import { findMember, recordOf } from '../../ctype/member.ts';
import type { CType } from '../../ctype/ctype.ts';
import { sizeOf, strip } from '../../ctype/types.ts';
import type { BinaryOperator, Expression } from '../lang/ast.ts';
import type { Rules } from './rules.ts';
import { layoutSize } from '../../bpf/layout.ts';
import { layoutOf } from './layouts.ts';
import { literalInt, settle } from './join.ts';
import { resolveTypeName, sizeOfName } from './typename.ts';
import { stringSize } from './typetext.ts';
import { isTypeName } from './walk.ts';

/** The value as a number of unlimited width: negative where the script wrote a minus. undefined: known only at run time. */
export function constantOf(rules: Rules, expression: Expression): bigint | undefined {
  switch (expression.kind) {
    case 'integer':
      return expression.value;
    case 'positional':
      return integerText(expression.value);
    case 'identifier':
      return namedConstant(rules, expression.name);
    case 'unary':
      return unaryConstant(rules, expression);
    case 'binary':
      return binaryConstant(rules, expression);
    case 'ternary': {
      const condition = constantOf(rules, expression.condition);
      if (condition === undefined || expression.then === null) return undefined;
      return constantOf(rules, condition === 0n ? expression.otherwise : expression.then);
    }
    case 'cast':
      return castConstant(rules, expression);
    case 'sizeof':
      return sizeConstant(rules, expression);
    case 'offsetof':
      return offsetConstant(rules, expression);
    case 'block expression':
      return expression.statements.length === 0 && expression.result !== null ? constantOf(rules, expression.result) : undefined;
    default:
      return undefined;
  }
}

/** The text of a string literal, or of a positional parameter. */
export function literalText(expression: Expression): string | undefined {
  if (expression.kind === 'string' || expression.kind === 'positional') return expression.value;
  if (expression.kind === 'block expression' && expression.statements.length === 0 && expression.result !== null) return literalText(expression.result);
  return undefined;
}

/** A positional parameter as a number; none given is 0, other text is no number. */
function integerText(text: string): bigint | undefined {
  if (text === '') return 0n;
  const match = /^(-?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = '0'] = match;
  const value = /^0\d/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return sign === '-' ? -value : value;
}

/** `true`, an enumerator, a macro of the kernel's headers. Builtins come first and are no constants. */
function namedConstant(rules: Rules, name: string): bigint | undefined {
  if (name === 'true') return 1n;
  if (name === 'false') return 0n;
  if (rules.builtins.has(name)) return undefined;
  return rules.types.enumerators(name)[0]?.enumerator.value ?? rules.types.constant(name)?.value;
}

function unaryConstant(rules: Rules, expression: Extract<Expression, { kind: 'unary' }>): bigint | undefined {
  const operand = expression.op === '*' || expression.op === '&' ? undefined : constantOf(rules, expression.operand);
  if (operand === undefined) return undefined;
  if (expression.op === '-') return -operand;
  if (expression.op === '+') return operand;
  return expression.op === '!' ? BigInt(operand === 0n) : toUnsigned(~operand);
}

function binaryConstant(rules: Rules, { op, left, right }: Extract<Expression, { kind: 'binary' }>): bigint | undefined {
  const a = constantOf(rules, left);
  if (a === undefined) return undefined;
  const b = constantOf(rules, right);
  if (b === undefined) return undefined;
  // Only literals divide as C does: what was cast is a value of the program, whose divisions are unsigned.
  const unsigned = (op === '/' || op === '%') && (left.kind === 'cast' || right.kind === 'cast');
  return unsigned ? folds[op](toUnsigned(a), toUnsigned(b)) : folds[op](a, b);
}

/** Wraps to 64 bits: signed when a side was negative. What literals divide is C's quotient, unlike at run time, where divisions are unsigned. */
const wrap = (value: bigint, a: bigint, b: bigint): bigint => (a < 0n || b < 0n || value < 0n ? toSigned(value) : toUnsigned(value));
const order = (compare: (a: bigint, b: bigint) => boolean) => (a: bigint, b: bigint): bigint => BigInt(compare(a, b));

const folds: Readonly<Record<BinaryOperator, (a: bigint, b: bigint) => bigint | undefined>> = {
  '+': (a, b) => wrap(a + b, a, b),
  '-': (a, b) => wrap(a - b, a, b),
  '*': (a, b) => wrap(a * b, a, b),
  '/': (a, b) => (b === 0n ? undefined : wrap(a / b, a, b)),
  '%': (a, b) => (b === 0n ? undefined : wrap(a % b, a, b)),
  '&': (a, b) => wrap(a & b, a, b),
  '|': (a, b) => wrap(a | b, a, b),
  '^': (a, b) => wrap(a ^ b, a, b),
  '<<': (a, b) => wrap(toUnsigned(a) << (toUnsigned(b) & 63n), a, 0n),
  '>>': (a, b) => toUnsigned(a) >> (toUnsigned(b) & 63n),
  '==': order((a, b) => a === b),
  '!=': order((a, b) => a !== b),
  '<': order((a, b) => a < b),
  '<=': order((a, b) => a <= b),
  '>': order((a, b) => a > b),
  '>=': order((a, b) => a >= b),
  '&&': order((a, b) => a !== 0n && b !== 0n),
  '||': order((a, b) => a !== 0n || b !== 0n),
};

/** Casts to integers and bool keep a constant one. */
function castConstant(rules: Rules, expression: Extract<Expression, { kind: 'cast' }>): bigint | undefined {
  const operand = constantOf(rules, expression.operand);
  if (operand === undefined) return undefined;
  const named = resolveTypeName(rules.types, expression.type, 0);
  if (named.kind === 'script') return named.type.kind === 'bool' ? BigInt(operand !== 0n) : undefined;
  if (named.kind !== 'c') return undefined;
  const under = strip(rules.types, named.type);
  if (under.kind !== 'int') return undefined;
  if (under.encoding === 'bool') return BigInt(operand !== 0n);
  return under.signed ? toSigned(operand, under.size * 8) : toUnsigned(operand, under.size * 8);
}

function sizeConstant(rules: Rules, { of }: Extract<Expression, { kind: 'sizeof' }>): bigint | undefined {
  if (isTypeName(of)) {
    const named = resolveTypeName(rules.types, of, rules.config.maxStringLength);
    return named.kind === 'missing' ? undefined : BigInt(sizeOfName(rules.types, named));
  }
  const type = rules.unevaluated(() => rules.infer(of));
  if (type.kind === 'unknown') return undefined;
  if (type.kind === 'record') return BigInt(sizeOf(rules.types, type.type));
  if (type.kind === 'array') return BigInt(type.count * sizeOf(rules.types, type.of));
  if (type.kind === 'string') return BigInt(stringSize(type));
  return BigInt(type.kind === 'int' ? literalInt(type).size : layoutSize(layoutOf(rules.types, settle(type))));
}

function offsetConstant(rules: Rules, { of, path }: Extract<Expression, { kind: 'offsetof' }>): bigint | undefined {
  const start = offsetRecord(rules, of);
  let at: CType | undefined = start;
  let bits = 0;
  for (const name of path) {
    const record = at && recordOf(rules.types, at);
    const found = record && findMember(rules.types, record, name);
    if (found === undefined) return undefined;
    bits += found.bitOffset;
    at = found.type;
  }
  return start === undefined ? undefined : BigInt(Math.floor(bits / 8));
}

/** The record that an offsetof starts from. */
function offsetRecord(rules: Rules, of: Extract<Expression, { kind: 'offsetof' }>['of']): CType | undefined {
  if (isTypeName(of)) {
    const named = resolveTypeName(rules.types, of, 0);
    return named.kind === 'c' ? named.type : undefined;
  }
  const type = rules.unevaluated(() => rules.infer(of));
  if (type.kind === 'record') return type.type;
  return type.kind === 'pointer' ? type.to : undefined;
}
