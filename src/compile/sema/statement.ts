// Statements: what goes into variables and maps, conditions, loops.
import { unreachable } from '../../base/unreachable.ts';
import type { Expression, MapAccess, Statement } from '../lang/ast.ts';
import type { AggregateShape, Builtin } from './builtin.ts';
import { constantOf } from './constant.ts';
import { join, literalType } from './join.ts';
import type { MapState } from './maps.ts';
import { builtinCall, usable } from './names.ts';
import { integerOf, isCondition } from './operator.ts';
import type { Rules } from './rules.ts';
import type { ScriptType } from './stype.ts';
import { s64 } from './stype.ts';
import { scriptTypeOfName } from './typename.ts';
import { kindText, typeText } from './typetext.ts';
import { userName } from './variables.ts';
import type { VariableState } from './variables.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

export function checkStatement(rules: Rules, statement: Statement): void {
  switch (statement.kind) {
    case 'block':
      rules.block(statement);
      return;
    case 'expression':
      checkExpressionStatement(rules, statement.expression);
      return;
    case 'let':
      checkLet(rules, statement);
      return;
    case 'assign':
      checkAssign(rules, statement);
      return;
    case 'if':
      checkCondition(rules, statement.condition);
      rules.block(statement.then);
      if (statement.otherwise !== null) rules.block(statement.otherwise);
      return;
    case 'while':
      rules.warn(statement.span, 'While loops are deprecated and may be removed in the future.', whileHint);
      checkCondition(rules, statement.condition);
      inLoop(rules, () => rules.block(statement.body));
      return;
    case 'unroll':
      checkUnroll(rules, statement);
      return;
    case 'for range':
      checkRange(rules, statement);
      return;
    case 'for map':
      checkMapLoop(rules, statement);
      return;
    case 'break':
    case 'continue':
      if (rules.loops === 0) rules.fail('loop', statement.span, `${statement.kind} used outside of a loop`);
      return;
    case 'return':
      if (statement.value !== null) rules.infer(statement.value);
      return;
    default:
      unreachable(statement);
  }
}

const whileHint =
  'For loops support ranges (e.g. `for ($x : $start..$end) { ... }`), and can be used in place of while. These are more easily proven to be bounded by the verifier.';

/** Conditions of if, while and predicates; string literals are true. */
export function checkCondition(rules: Rules, condition: Expression): void {
  const type = rules.infer(condition);
  if (!isCondition(type) && condition.kind !== 'string') rules.fail('condition', condition.span, `Invalid condition: ${kindText(type)}`);
}

function checkExpressionStatement(rules: Rules, expression: Expression): void {
  rules.infer(expression);
}

function checkLet(rules: Rules, statement: Of<'let'>): void {
  const value = statement.value === null ? undefined : rules.infer(statement.value);
  const known = rules.variables.find(statement.variable);
  if (known !== undefined) {
    rules.fail('variable', statement.span, `Variable ${userName(statement.variable)} was already declared. Variable shadowing is not allowed.`);
    return;
  }
  const variable = rules.variables.declare(statement.variable, statement.span);
  rules.bind(statement, variable);
  if (statement.type !== null) {
    const named = rules.resolve(statement.type);
    if (named !== undefined) variable.type = scriptTypeOfName(rules.types, named, rules.probe.space);
    variable.fixed = named !== undefined;
  }
  if (value !== undefined) store(rules, variable, value, statement);
}

function checkAssign(rules: Rules, statement: Of<'assign'>): void {
  const { target, op, value } = statement;
  if (target === null) {
    rules.infer(value);
    return;
  }
  if (target.kind === 'map') {
    checkMapAssign(rules, statement, target);
    return;
  }
  const known = rules.variables.find(target.name);
  if (op !== null) {
    const type = rules.infer(compound(rules, statement));
    if (known !== undefined) update(rules, known, type, statement);
    return;
  }
  const type = rules.infer(value);
  const variable = known ?? rules.variables.declare(target.name, target.span);
  rules.bind(target, variable);
  store(rules, variable, type, statement);
  warnOfSign(rules, value, type, variable.type);
  rules.record(target, variable.type);
}

/** A value that gets the other sign because of what else is stored in the same place. */
function warnOfSign(rules: Rules, value: Expression, type: ScriptType, held: ScriptType | undefined): void {
  if (type.kind !== 'int' || held?.kind !== 'int' || type.literal || type.size < 8 || type.signed === held.signed) return;
  const text = (each: ScriptType): string => typeText(rules.types, each);
  rules.warn(value.span, `Expression of type: ${text(type)} being cast to type: ${text(held)}. This may cause unexpected results. Use an explicit cast to suppress this warning.`);
}

/** `a op= b` as the expression `a op b`. One node a statement, so that its type has one place. */
function compound(rules: Rules, statement: Of<'assign'>): Expression {
  const { target, op, value, span } = statement;
  if (target === null || op === null) throw new Error('a plain assignment computes nothing');
  return rules.once(statement, () => ({ kind: 'binary', op, left: target, right: value, span }));
}

/** The result of `op=` or `++` is made to fit what the variable holds. */
export function update(rules: Rules, variable: VariableState, type: ScriptType, at: Statement | Expression): void {
  const fits = integerOf(variable.type) !== undefined && integerOf(type) !== undefined;
  if (rules.variables.widen(variable, type) !== 'mismatch' || fits) return;
  mismatch(rules, variable, type, at);
}

function store(rules: Rules, variable: VariableState, type: ScriptType, at: Statement): void {
  const value = storable(rules, type, at, 'variable');
  if (value === undefined) return;
  if (variable.fixed && fitsFixed(variable.type, value)) return;
  if (rules.variables.widen(variable, value) === 'mismatch') mismatch(rules, variable, value, at);
}

/** A declared type takes literals that fit, and shorter strings. */
function fitsFixed(declared: ScriptType, value: ScriptType): boolean {
  const joined = join(declared, value);
  if (joined === undefined) return declared.kind === 'pointer' && value.kind === 'int' && value.literal !== undefined;
  return joined.kind === declared.kind && (joined.kind !== 'int' || declared.kind !== 'int' || joined.size <= declared.size);
}

function mismatch(rules: Rules, variable: VariableState, type: ScriptType, at: Statement | Expression): void {
  const text = (each: ScriptType): string => typeText(rules.types, each);
  rules.fail('type-mismatch', at.span, `Type mismatch for ${variable.name}: trying to assign value of type '${text(type)}' when variable already has a type '${text(variable.type)}'`);
}

/** What is stored of a value: aggregates as their number. undefined after a complaint. */
function storable(rules: Rules, type: ScriptType, at: Statement, what: 'variable' | 'map'): ScriptType | undefined {
  if (type.kind === 'void' || type.kind === 'args') {
    rules.fail('assignment', at.span, `Invalid expression for assignment: ${kindText(type)}`);
    return undefined;
  }
  if (type.kind !== 'aggregate') return type;
  const int = integerOf(type);
  if (int === undefined) rules.fail('assignment', at.span, `Value '${typeText(rules.types, type)}' cannot be assigned to a ${what}.`);
  return int;
}

function checkMapAssign(rules: Rules, statement: Of<'assign'>, target: MapAccess): void {
  const { op, value } = statement;
  const state = rules.maps.get(target.name, target.span);
  state.assigned = true;
  const aggregation = op === null ? aggregationOf(rules, value) : undefined;
  if (aggregation !== undefined) {
    rules.checkKey(target);
    storeAggregate(rules, state, aggregation.builtin, aggregation.node);
    return;
  }
  if (op !== null) {
    rules.checkKey(target);
    if (state.value === undefined) rules.maps.widenValue(state, literalType(0n), { node: statement, program: rules });
    storeValue(rules, state, rules.infer(compound(rules, statement)), statement, true);
    return;
  }
  const type = rules.infer(value);
  rules.checkKey(target);
  storeMapValue(rules, state, type, statement);
  warnOfSign(rules, value, type, state.value);
  rules.record(target, state.value ?? { kind: 'unknown' });
}

function storeMapValue(rules: Rules, state: MapState, type: ScriptType, statement: Of<'assign'>): void {
  if (type.kind !== 'aggregate') {
    storeValue(rules, state, type, statement, false);
    return;
  }
  const int = integerOf(type);
  if (int !== undefined && state.value !== undefined && integerOf(state.value) !== undefined && state.value.kind !== 'aggregate') {
    storeValue(rules, state, int, statement, true);
    return;
  }
  const source = statement.value.kind === 'map' ? statement.value.name : '@y';
  rules.fail(
    'assignment', statement.span,
    `Map value '${typeText(rules.types, type)}' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. \`${state.name} = ${examples[type.shape.kind]};\`.`,
    int === undefined ? undefined : `Add a cast to integer if you want the value of the aggregate, e.g. \`${state.name} = (int64)${source};\`.`,
  );
}

const examples: Readonly<Record<AggregateShape['kind'], string>> = {
  count: 'count()', sum: 'sum(retval)', min: 'min(retval)', max: 'max(retval)', avg: 'avg(retval)', stats: 'stats(arg2)', hist: 'hist(retval)', lhist: 'lhist(rand, 0, 10, 1)',
};

/** @param lenient integers of any width and sign are converted to what the map holds */
function storeValue(rules: Rules, state: MapState, type: ScriptType, at: Statement, lenient: boolean): void {
  const value = storable(rules, type, at, 'map');
  if (value === undefined || rules.maps.widenValue(state, value, { node: at, program: rules }) !== 'mismatch') return;
  const held = state.value;
  if (lenient && held !== undefined && held.kind !== 'aggregate' && integerOf(held) !== undefined && integerOf(value) !== undefined) return;
  mapMismatch(rules, state, value, at);
}

function mapMismatch(rules: Rules, state: MapState, type: ScriptType, at: { readonly span: Expression['span'] }): void {
  const text = (each: ScriptType | undefined): string => typeText(rules.types, each ?? { kind: 'unknown' });
  rules.fail('type-mismatch', at.span, `Type mismatch for ${state.name}: trying to assign value of type '${text(type)}' when map already has a type '${text(state.value)}'`);
}

interface Aggregation {
  readonly builtin: Builtin & { readonly aggregation: NonNullable<Builtin['aggregation']> };
  readonly node: Extract<Expression, { kind: 'call' | 'identifier' }>;
}

/** The aggregation that stands right of `@m =`, undefined for other values. */
export function aggregationOf(rules: Pick<Rules, 'builtins'>, value: Expression): Aggregation | undefined {
  if (value.kind !== 'call' && value.kind !== 'identifier') return undefined;
  const builtin = rules.builtins.get(value.name);
  const aggregation = builtin?.aggregation;
  return builtin === undefined || aggregation === undefined ? undefined : { builtin: { ...builtin, aggregation }, node: value };
}

function storeAggregate(rules: Rules, state: MapState, builtin: Aggregation['builtin'], node: Aggregation['node']): void {
  if (!usable(rules, builtin, node, true)) return;
  const shape = builtin.aggregation.shape(rules, builtinCall(node));
  const type: ScriptType = { kind: 'aggregate', shape };
  if (rules.maps.widenValue(state, type, { node, program: rules }) === 'mismatch') mapMismatch(rules, state, type, node);
  rules.record(node, type);
}

function inLoop(rules: Rules, body: () => void): void {
  rules.loops++;
  body();
  rules.loops--;
}

function checkUnroll(rules: Rules, statement: Of<'unroll'>): void {
  rules.infer(statement.count);
  const count = constantOf(rules, statement.count);
  if (count === undefined) rules.fail('loop', statement.span, 'invalid unroll value');
  else if (count < 1n) rules.fail('loop', statement.span, 'unroll minimum value is 1');
  else if (count > 100n) rules.fail('loop', statement.span, 'unroll maximum value is 100');
  inLoop(rules, () => rules.block(statement.body));
}

function checkRange(rules: Rules, statement: Of<'for range'>): void {
  const from = rules.infer(statement.from);
  const to = rules.infer(statement.to);
  for (const [type, bound] of [[from, statement.from], [to, statement.to]] as const) {
    if (type.kind !== 'unknown' && integerOf(type) === undefined) rules.fail('loop', bound.span, `Loop range requires an integer for the bounds, found ${typeText(rules.types, type)}`);
  }
  const [a, b] = [integerOf(from), integerOf(to)];
  const type = a === undefined || b === undefined ? s64 : (join(a, b) ?? s64);
  loopBody(rules, statement, type);
}

function checkMapLoop(rules: Rules, statement: Of<'for map'>): void {
  const state = rules.maps.get(statement.map.name, statement.map.span);
  if (state.key === null) rules.fail('loop', statement.map.span, `${state.name} has no explicit keys (scalar map), and cannot be used for iteration`);
  if (!state.assigned) rules.fail('map', statement.map.span, `Undefined map: ${state.name}`);
  const value = state.value?.kind === 'aggregate' ? integerOf(state.value) : state.value;
  if (state.value?.kind === 'aggregate' && value === undefined) {
    rules.fail('loop', statement.map.span, `Loop expression does not support type: ${typeText(rules.types, state.value)}`);
  }
  const type: ScriptType = state.key && value ? { kind: 'tuple', elements: [state.key, value] } : { kind: 'unknown' };
  loopBody(rules, statement, type);
}

function loopBody(rules: Rules, statement: Of<'for range' | 'for map'>, type: ScriptType): void {
  if (rules.variables.find(statement.variable) !== undefined) {
    rules.fail('variable', statement.span, `Loop declaration shadows existing variable: ${userName(statement.variable)}`);
  }
  rules.variables.scoped(() => {
    const variable = rules.variables.declare(statement.variable, statement.span);
    rules.bind(statement, variable);
    rules.variables.widen(variable, type);
    inLoop(rules, () => rules.block(statement.body));
  });
}
