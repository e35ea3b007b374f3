// Expressions: one row per kind says what code it becomes.
import { layoutSize } from '../../bpf/layout.ts';
import type { Expression, MapAccess } from '../lang/ast.ts';
import type { BuiltinCall, Value } from '../sema/builtin.ts';
import { builtinCall } from '../sema/names.ts';
import { s64 } from '../sema/stype.ts';
import type { ScriptType } from '../sema/stype.ts';
import { lowerCast } from './cast.ts';
import type { Emit } from './emit.ts';
import { readMap } from './mapread.ts';
import { addTo, withMapValue } from './mapplace.ts';
import { dereference, lowerIndex, lowerMember, outsideChain } from './member.ts';
import { arithmetic, lowerBinary, lowerTernary, lowerUnary } from './operator.ts';
import { textValue } from './text.ts';
import { convert, scalarShape } from './value.ts';

export function lowerExpression(e: Emit, expression: Expression): Value {
  const before = e.ir.setSpan(expression.span);
  const value = chained.has(expression.kind) ? lowerKind(e, expression) : outsideChain(e, () => lowerKind(e, expression));
  e.ir.setSpan(before);
  return value;
}

/** Kinds that go on with the chain of members that they stand in. */
const chained: ReadonlySet<Expression['kind']> = new Set<Expression['kind']>(['member', 'index', 'unary', 'cast', 'variable']);

function lowerKind<K extends Expression['kind']>(e: Emit, expression: Extract<Expression, { kind: K }>): Value {
  const type = e.typeOf(expression);
  const constant = scalarShape(type) === undefined ? undefined : e.constant(expression);
  if (constant !== undefined) return { in: 'register', value: e.ir.constant(BigInt.asIntN(64, constant)), type };
  const row = rows[expression.kind as K] as (e: Emit, expression: Extract<Expression, { kind: K }>) => Value;
  return row(e, expression);
}

type Rows = { readonly [K in Expression['kind']]: (e: Emit, expression: Extract<Expression, { kind: K }>) => Value };

const rows: Rows = {
  integer: (e, { value }) => ({ in: 'register', value: e.ir.constant(BigInt.asIntN(64, value)), type: s64 }),
  string: (e, { value }) => textValue(e, value),
  positional: (e, { value }) => textValue(e, value),
  variable: (e, expression) => e.variables.read(e, e.variableAt(expression)),
  map: (e, expression) => readMap(e, expression),
  identifier: (e, expression) => lowerBuiltin(e, builtinCall(expression)),
  call: (e, expression) => lowerBuiltin(e, builtinCall(expression)),
  unary: (e, expression) => (expression.op === '*' ? dereference(e, expression) : lowerUnary(e, expression)),
  increment: (e, expression) => lowerIncrement(e, expression, true),
  binary: (e, expression) => lowerBinary(e, expression),
  ternary: (e, expression) => lowerTernary(e, expression),
  member: (e, expression) => lowerMember(e, expression),
  index: (e, expression) => lowerIndex(e, expression),
  cast: (e, expression) => lowerCast(e, expression),
  tuple: (e, expression) => made(e, expression),
  record: (e, expression) => made(e, expression),
  sizeof: (e) => ({ in: 'register', value: e.ir.constant(0), type: s64 }),
  offsetof: (e) => ({ in: 'register', value: e.ir.constant(0), type: s64 }),
  'block expression': (e, { statements, result }) => {
    for (const statement of statements) e.statement(statement);
    return result === null ? { in: 'nothing', type: { kind: 'void' } } : e.lower(result);
  },
};

/** Tuples and records are put together in a slot, so that they can serve as keys. */
function made(e: Emit, expression: Extract<Expression, { kind: 'tuple' | 'record' }>): Value {
  const type = e.typeOf(expression);
  const layout = e.layoutOf(type);
  const base = e.ir.slot(Math.max(1, layoutSize(layout)), expression.kind);
  e.lowerInto(expression, layout, base, 0, true);
  return { in: 'memory', base, offset: 0, layout, type, exact: true };
}

function lowerBuiltin(e: Emit, call: BuiltinCall): Value {
  const builtin = e.builtins.get(call.name);
  if (builtin?.lower === undefined) throw new Error(`lower: ${call.name} becomes no code`);
  const value = builtin.lower(e, call);
  if (value.in === 'register' && e.ir.typeOf(value.value) === 'btf') e.roots.add(value.value);
  return value;
}

/** `x++`: the value before, `++x`: the value after. @param used whether anybody wants it */
export function lowerIncrement(e: Emit, expression: Extract<Expression, { kind: 'increment' }>, used: boolean): Value {
  const { target, op, prefix } = expression;
  const type = e.typeOf(target);
  const binary = op === '++' ? '+' : '-';
  const next = (before: number): number => {
    const one = e.ir.constant(1);
    return convert(e, arithmetic(e, binary, [before, one], [type, s64], expression), s64, type);
  };
  if (target.kind === 'variable') {
    const before = e.lowerScalar(target);
    const after = next(before);
    e.variables.writeRegister(e, e.variableAt(target), after);
    return { in: 'register', value: prefix ? after : before, type };
  }
  return countMap(e, target, type, op, used, (before) => {
    const after = next(before);
    return { after, result: prefix ? after : before };
  });
}

/** Nobody looks at the value: one atomic addition, which loses nothing to other CPUs. */
function countMap(e: Emit, target: MapAccess, type: ScriptType, op: '++' | '--', used: boolean, step: (before: number) => { after: number; result: number }): Value {
  const shape = scalarShape(type) ?? s64;
  const result = e.fresh('count');
  e.ir.write(result, e.ir.constant(0));
  const { size } = shape;
  if (!used && type.kind !== 'pointer' && (size === 8 || size === 4)) {
    addTo(e, target, size, e.ir.constant(op === '++' ? 1 : -1));
    return { in: 'register', value: e.ir.read(result), type };
  }
  withMapValue(e, target, undefined, (place) => {
    const stepped = step(e.ir.load(place, 0, shape.size, shape.signed));
    e.ir.store(place, 0, shape.size, stepped.after);
    e.ir.write(result, stepped.result);
  });
  return { in: 'register', value: e.ir.read(result), type };
}

