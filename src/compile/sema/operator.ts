// Types of operators: integers widen, a side that is signed makes the result signed, comparisons are bool, divisions unsigned.
import { typeText } from './typetext.ts';
import type { BinaryOperator, Expression } from '../lang/ast.ts';
import { kindText } from './typetext.ts';
import { constantOf } from './constant.ts';
import { scriptTypeOf } from './ctypes.ts';
import { asInt, join, literalType } from './join.ts';
import type { Rules } from './rules.ts';
import type { IntType, ScriptType } from './stype.ts';
import { s64, u64 } from './stype.ts';
import { isIncomplete } from './typename.ts';

type Binary = Extract<Expression, { kind: 'binary' }>;

const unknown: ScriptType = { kind: 'unknown' };
const bool: ScriptType = { kind: 'bool' };

/** The integer that a value is in arithmetic: bools, enumerators and aggregates with one number count. undefined: it is none. */
export function integerOf(type: ScriptType): IntType | undefined {
  if (type.kind === 'int' || type.kind === 'bool' || type.kind === 'enum') return asInt(type);
  return type.kind === 'aggregate' ? aggregateInt(type) : undefined;
}

/** What an aggregate reads as: the sum over all CPUs. hist, lhist and stats have no one number. */
export function aggregateInt({ shape }: Extract<ScriptType, { kind: 'aggregate' }>): IntType | undefined {
  if (shape.kind === 'count') return u64;
  if (shape.kind === 'sum' || shape.kind === 'min' || shape.kind === 'max' || shape.kind === 'avg') return shape.signed ? s64 : u64;
  return undefined;
}

/** Whether a value can be asked to be true or false. */
export function isCondition(type: ScriptType): boolean {
  return type.kind === 'unknown' || type.kind === 'pointer' || integerOf(type) !== undefined;
}

export function inferBinary(rules: Rules, expression: Binary): ScriptType {
  const left = rules.infer(expression.left);
  const right = rules.infer(expression.right);
  const family = families[expression.op];
  if (left.kind === 'unknown' || right.kind === 'unknown') return family === 'arithmetic' ? unknown : bool;
  if (family === 'logical') return inferLogical(rules, expression, left, right);
  if (family === 'arithmetic') return inferArithmetic(rules, expression, left, right);
  return inferComparison(rules, expression, left, right, family === 'equality');
}

type Family = 'logical' | 'equality' | 'order' | 'arithmetic';

const families: Readonly<Record<BinaryOperator, Family>> = {
  '||': 'logical', '&&': 'logical', '==': 'equality', '!=': 'equality', '<': 'order', '<=': 'order', '>': 'order', '>=': 'order',
  '|': 'arithmetic', '^': 'arithmetic', '&': 'arithmetic', '<<': 'arithmetic', '>>': 'arithmetic',
  '+': 'arithmetic', '-': 'arithmetic', '*': 'arithmetic', '/': 'arithmetic', '%': 'arithmetic',
};

function inferLogical(rules: Rules, expression: Binary, left: ScriptType, right: ScriptType): ScriptType {
  if (!isCondition(left) || !isCondition(right)) operandError(rules, expression, left, right);
  return bool;
}

function inferComparison(rules: Rules, expression: Binary, left: ScriptType, right: ScriptType, equality: boolean): ScriptType {
  const a = integerOf(left);
  const b = integerOf(right);
  if (a !== undefined && b !== undefined) {
    warnSigns(rules, expression, a, b, 'comparison of integers');
    return bool;
  }
  const pointers = (left.kind === 'pointer' || a !== undefined) && (right.kind === 'pointer' || b !== undefined);
  const wholes = equality && wholeKinds.has(left.kind) && join(left, right) !== undefined;
  if (!pointers && !wholes) mismatchError(rules, expression, left, right);
  return bool;
}

/** Values compared byte by byte. */
const wholeKinds: ReadonlySet<string> = new Set<ScriptType['kind']>(['string', 'tuple', 'named tuple', 'array', 'inet', 'macaddr', 'ksym', 'usym', 'username', 'timestamp', 'stack']);

function inferArithmetic(rules: Rules, expression: Binary, left: ScriptType, right: ScriptType): ScriptType {
  const { op } = expression;
  if (op === '+' && left.kind !== 'pointer' && right.kind === 'pointer') return pointerArithmetic(rules, expression, right, left);
  if (left.kind === 'pointer') return pointerArithmetic(rules, expression, left, right);
  const a = integerOf(left);
  const b = integerOf(right);
  if (a === undefined || b === undefined) {
    operandError(rules, expression, left, right);
    return u64;
  }
  const value = constantOf(rules, expression);
  if (value !== undefined) return literalType(value);
  if (op === '/' || op === '%') {
    if (constantOf(rules, expression.right) === 0n && constantOf(rules, expression.left) !== undefined) {
      rules.fail('division-by-zero', expression.span, 'unable to fold: literal division by 0');
    }
    warnDivision(rules, expression, a, b);
  } else if (op !== '<<' && op !== '>>') {
    warnSigns(rules, expression, a, b, 'arithmetic on integers');
  }
  if (op === '<<' || op === '>>') return a.signed ? s64 : wide(a);
  if (op === '-') return s64;
  if (a.signed || b.signed) return s64;
  return a.literal && b.literal ? wide(a) : u64;
}

/** What comes out of literals alone is as flexible as they are; nobody knows how large it is. */
function wide(type: IntType): IntType {
  return type.literal ? { ...type, size: 4 } : { ...type, size: 8 };
}

function pointerArithmetic(rules: Rules, expression: Binary, pointer: Extract<ScriptType, { kind: 'pointer' }>, other: ScriptType): ScriptType {
  const { op } = expression;
  const fine = (op === '+' || op === '-') && integerOf(other) !== undefined;
  if (!fine) {
    if (other.kind === 'pointer' || op !== '+') operandError(rules, expression, rules.infer(expression.left), rules.infer(expression.right));
    return u64;
  }
  if (isIncomplete(rules.types, pointer.to) && pointer.to.kind !== 'void') {
    rules.fail('incomplete', expression.span, `Cannot do arithmetic on a pointer to an incomplete type: '${typeText(rules.types, pointer)}'`);
  }
  rules.checkUse(pointer.to, 'size', expression.span);
  return { ...pointer, trusted: false };
}

/** Words of bpftrace; the two sides are pointed at too. */
function mismatchError(rules: Rules, expression: Binary, left: ScriptType, right: ScriptType): void {
  const a = typeText(rules.types, left);
  const b = typeText(rules.types, right);
  rules.fail('type-mismatch', expression.span, `Type mismatch for '${expression.op}': comparing ${a} with ${b}`);
}

function operandError(rules: Rules, expression: Binary, left: ScriptType, right: ScriptType): void {
  rules.fail('operand', expression.span, `The ${expression.op} operator can not be used on expressions of types ${kindText(left)}, ${kindText(right)}`);
}

/** No warning where a wider type holds both sides, or the unsigned side is a literal. */
function warnSigns(rules: Rules, expression: Binary, a: IntType, b: IntType, what: string): void {
  if (a.signed === b.signed || join(a, b) !== undefined) return;
  const text = (type: IntType): string => typeText(rules.types, type);
  rules.warn(expression.span, `${what} of different signs: '${text(a)}' and '${text(b)}' can lead to undefined behavior`);
}

/** The difference of two unsigned values is meant to be positive: `(nsecs - @start) / 1000` is no mistake. */
function warnDivision(rules: Rules, expression: Binary, a: IntType, b: IntType): void {
  const signed = (side: Expression, type: IntType): boolean => type.signed && !isDifference(rules, side);
  if (!signed(expression.left, a) && !signed(expression.right, b)) return;
  rules.warn(expression.span, `signed operands for '${expression.op}' can lead to undefined behavior (cast to unsigned to silence warning)`);
}

function isDifference(rules: Rules, expression: Expression): boolean {
  if (expression.kind !== 'binary' || expression.op !== '-') return false;
  const a = integerOf(rules.infer(expression.left));
  const b = integerOf(rules.infer(expression.right));
  return a?.signed === false && b?.signed === false;
}

export function inferUnary(rules: Rules, expression: Extract<Expression, { kind: 'unary' }>): ScriptType {
  const type = rules.infer(expression.operand);
  if (expression.op === '*') return inferDereference(rules, expression, type);
  if (type.kind === 'unknown') return expression.op === '!' ? bool : unknown;
  const int = integerOf(type);
  if (expression.op === '!') {
    if (!isCondition(type)) unaryError(rules, expression, type);
    return bool;
  }
  if (expression.op === '&' || int === undefined || (expression.op === '~' && type.kind === 'bool')) {
    unaryError(rules, expression, type);
    return u64;
  }
  const value = constantOf(rules, expression);
  if (value !== undefined) return literalType(value);
  if (expression.op === '-') return s64;
  return int.literal ? u64 : int;
}

function inferDereference(rules: Rules, expression: Extract<Expression, { kind: 'unary' }>, type: ScriptType): ScriptType {
  if (type.kind === 'unknown') return unknown;
  if (type.kind === 'pointer') {
    if (isIncomplete(rules.types, type.to)) {
      rules.fail('incomplete', expression.span, `Cannot dereference pointer to incomplete type '${typeText(rules.types, type)}'`, 'cast it to a pointer to the type that it points to');
      return u64;
    }
    rules.checkUse(type.to, 'whole', expression.span);
    return scriptTypeOf(rules.types, type.to, type.space, type.trusted);
  }
  if (type.kind === 'int') return u64;
  rules.fail('dereference', expression.span, `Can not dereference type '${typeText(rules.types, type)}'. It is not a pointer.`);
  return u64;
}

function unaryError(rules: Rules, expression: Extract<Expression, { kind: 'unary' }>, type: ScriptType): void {
  rules.fail('operand', expression.span, `The ${expression.op} operator can not be used on expressions of type '${typeText(rules.types, type)}'`);
}

export function inferTernary(rules: Rules, expression: Extract<Expression, { kind: 'ternary' }>): ScriptType {
  const condition = rules.infer(expression.condition);
  if (!isCondition(condition)) rules.fail('condition', expression.span, `Invalid condition: ${kindText(condition)}`);
  const then = expression.then === null ? condition : rules.infer(expression.then);
  const otherwise = rules.infer(expression.otherwise);
  const [a, b] = [integerOf(then) ?? then, integerOf(otherwise) ?? otherwise];
  const joined = join(then.kind === 'aggregate' ? a : then, otherwise.kind === 'aggregate' ? b : otherwise);
  if (joined !== undefined) return joined;
  if (a.kind === 'int' && b.kind === 'int') return s64;
  const text = (type: ScriptType): string => typeText(rules.types, type);
  rules.fail('type-mismatch', expression.span, `Branches must return the same type or compatible types: have '${text(then)}' and '${text(otherwise)}'`);
  return then;
}
