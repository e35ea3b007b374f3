// Types of casts: to integers, bool, pointers, enums, arrays of integers, strings. Structs are cast through pointers.
import type { Span } from '../../base/span.ts';
import { typeText as cTypeText } from '../../ctype/print.ts';
import { sizeOf, strip } from '../../ctype/types.ts';
import type { Expression } from '../lang/ast.ts';
import { layoutSize } from '../../bpf/layout.ts';
import { constantOf } from './constant.ts';
import { scriptTypeOf } from './ctypes.ts';
import { literalType, settle } from './join.ts';
import { layoutOf } from './layouts.ts';
import { integerOf } from './operator.ts';
import type { Rules } from './rules.ts';
import type { ScriptType } from './stype.ts';
import { typeText } from './typetext.ts';

type Cast = Extract<Expression, { kind: 'cast' }>;

export function inferCast(rules: Rules, expression: Cast): ScriptType {
  const from = rules.infer(expression.operand);
  const to = targetType(rules, expression, from);
  if (to === undefined || from.kind === 'unknown') return to ?? { kind: 'unknown' };
  if (from.kind === 'record') {
    rules.fail('cast', castSpan(expression), `Cannot cast from struct type "${typeText(rules.types, from)}"`);
    return to;
  }
  const wrong = castError(rules, expression, from, to);
  if (wrong !== undefined) rules.fail('cast', castSpan(expression), wrong);
  return to;
}

/** The parenthesis in front of the operand. */
function castSpan(expression: Cast): Span {
  return { start: expression.span.start, end: expression.type.span.end + 1 };
}

function targetType(rules: Rules, expression: Cast, from: ScriptType): ScriptType | undefined {
  const { base, choice, postfix } = expression.type;
  if (base.tag === 'enum' && postfix.length === 0 && choice === undefined && rules.types.find('enum', base.name).length === 0) {
    const near = rules.types.near('enum', base.name, 3);
    rules.fail('cast', castSpan(expression), `Unknown enum: ${base.name}`, near.length === 0 ? undefined : `Did you mean ${near.join(', ')}?`);
    return undefined;
  }
  const named = rules.resolve(expression.type);
  if (named === undefined) return undefined;
  if (named.kind === 'script') return named.type;
  const space = from.kind === 'pointer' || from.kind === 'array' || from.kind === 'record' ? from.space : rules.probe.space;
  const under = strip(rules.types, named.type);
  if (under.kind === 'array') {
    const count = under.count > 0 ? under.count : Math.floor(sizeOfValue(rules, from) / Math.max(1, sizeOf(rules.types, under.of)));
    return { kind: 'array', of: under.of, count, space };
  }
  const type = scriptTypeOf(rules.types, named.type, space, false);
  return type.kind === 'pointer' && from.kind === 'pointer' && cTypeText(type.to) === cTypeText(from.to) ? from : type;
}

function castError(rules: Rules, expression: Cast, from: ScriptType, to: ScriptType): string | undefined {
  const cannot = `Cannot cast from "${typeText(rules.types, from)}" to "${typeText(rules.types, to)}"`;
  const fine = casts[to.kind];
  if (fine === undefined || !fine(rules, from, to)) return cannot;
  if (to.kind === 'enum') {
    const value = constantOf(rules, expression.operand);
    const definition = to.of;
    if (value !== undefined && definition !== undefined && !definition.values.some((each) => each.value === value)) {
      return `Enum: ${definition.name ?? ''} doesn't contain a variant value of ${value}`;
    }
  }
  return undefined;
}

type Fits = (rules: Rules, from: ScriptType, to: ScriptType) => boolean;

const number: Fits = (_rules, from) => integerOf(from) !== undefined || from.kind === 'pointer';

/** What may be cast to each kind of type; kinds without a row take nothing. */
const casts: { readonly [K in ScriptType['kind']]?: Fits } = {
  int: (rules, from, to) => number(rules, from, to) || from.kind === 'ksym' || from.kind === 'timestamp' || from.kind === 'username' || (from.kind === 'array' && sizeOfValue(rules, from) === sizeOfValue(rules, to)),
  bool: (rules, from, to) => number(rules, from, to) || from.kind === 'string',
  pointer: (rules, from, to) => number(rules, from, to) || from.kind === 'string' || (from.kind === 'array' && to.kind === 'pointer'),
  enum: (_rules, from) => integerOf(from) !== undefined,
  string: (_rules, from, to) => from.kind === 'string' && to.kind === 'string' && to.size >= from.size,
  array: (rules, from, to) => {
    if (to.kind !== 'array' || strip(rules.types, to.of).kind !== 'int') return false;
    if (from.kind === 'string') return sizeOfValue(rules, to) >= from.size;
    const exact = to.count * sizeOf(rules.types, to.of);
    return from.kind === 'int' && to.count > 0 && (from.literal ? exact <= 8 : exact === from.size);
  },
};

function sizeOfValue(rules: Rules, type: ScriptType): number {
  return layoutSize(layoutOf(rules.types, settle(type)));
}

export function inferSizeof(rules: Rules, expression: Extract<Expression, { kind: 'sizeof' }>): ScriptType {
  const named = expression.of.kind === 'type name' ? rules.resolve(expression.of) : undefined;
  if (named?.kind === 'c') rules.checkUse(named.type, 'size', expression.of.span);
  const value = constantOf(rules, expression);
  return value === undefined ? { kind: 'int', size: 8, signed: false } : literalType(value);
}

export function inferOffsetof(rules: Rules, expression: Extract<Expression, { kind: 'offsetof' }>): ScriptType {
  const named = expression.of.kind === 'type name' ? rules.resolve(expression.of) : undefined;
  const [member] = expression.path;
  if (named?.kind === 'c' && member !== undefined) rules.checkUse(named.type, { member }, expression.of.span);
  const value = constantOf(rules, expression);
  if (value !== undefined) return literalType(value);
  if (expression.of.kind !== 'type name' || named !== undefined) {
    const name = expression.of.kind === 'type name' ? `${expression.of.base.tag ?? ''} ${expression.of.base.name}`.trim() : typeText(rules.types, rules.infer(expression.of));
    rules.fail('member', expression.span, `Struct/union of type '${name}' does not contain a field named '${expression.path.join('.')}'`);
  }
  return { kind: 'int', size: 8, signed: false };
}
