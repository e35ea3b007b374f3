// `++` and `--` on variables, maps and pointers.
import type { Expression } from '../lang/ast.ts';
import { literalType } from './join.ts';
import { integerOf } from './operator.ts';
import type { Rules } from './rules.ts';
import { update } from './statement.ts';
import type { ScriptType } from './stype.ts';
import { s64 } from './stype.ts';
import { kindText } from './typetext.ts';

/** Counting down makes an integer signed. */
export function inferIncrement(rules: Rules, expression: Extract<Expression, { kind: 'increment' }>): ScriptType {
  const { target, op } = expression;
  const step = op === '--' ? s64 : literalType(1n);
  if (target.kind === 'map') {
    const state = rules.maps.get(target.name, target.span);
    state.assigned = true;
    rules.checkKey(target);
    if (state.value === undefined) rules.maps.widenValue(state, step, { node: expression, program: rules });
    const value = state.value ?? step;
    if (!countable(value)) return refuse(rules, expression, value);
    if (value.kind === 'int' && value.literal) rules.maps.widenValue(state, step, { node: expression, program: rules });
    rules.record(target, state.value ?? step);
    return state.value ?? step;
  }
  const type = rules.infer(target);
  const variable = rules.variables.find(target.name);
  if (variable === undefined || type.kind === 'unknown') return type;
  if (!countable(type)) return refuse(rules, expression, type);
  if (type.kind === 'int' && type.literal) update(rules, variable, step, expression);
  return variable.type;
}

function countable(type: ScriptType): boolean {
  return type.kind === 'pointer' || (type.kind !== 'aggregate' && type.kind !== 'bool' && integerOf(type) !== undefined);
}

function refuse(rules: Rules, expression: Extract<Expression, { kind: 'increment' }>, type: ScriptType): ScriptType {
  rules.fail('operand', expression.span, `The ${expression.op} operator can not be used on expressions of type '${kindText(type)}'`);
  return type;
}
