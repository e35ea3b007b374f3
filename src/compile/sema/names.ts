// Types of names and calls: builtins by their records, then enumerators and macro constants of the kernel.
import { nearest } from '../../ctype/suggest.ts';
import type { Call, Expression } from '../lang/ast.ts';
import type { Builtin, BuiltinCall } from './builtin.ts';
import { enumOf } from './ctypes.ts';
import { literalType } from './join.ts';
import type { Rules } from './rules.ts';
import type { ScriptType } from './stype.ts';
import { usageErrors } from './usage.ts';

type Name = Extract<Expression, { kind: 'identifier' }>;

const unknown: ScriptType = { kind: 'unknown' };

/** A name or call as its record sees it: a bare name is a call without arguments. */
export function builtinCall(node: Name | Call): BuiltinCall {
  return { name: node.name, args: node.kind === 'call' ? node.args : [], span: node.span, node };
}

export function inferName(rules: Rules, node: Name): ScriptType {
  const builtin = rules.builtins.get(node.name);
  if (builtin !== undefined) return inferBuiltin(rules, builtin, node);
  if (node.name === 'true' || node.name === 'false') return { kind: 'bool' };
  const enumerator = rules.types.enumerators(node.name)[0];
  if (enumerator !== undefined) return enumOf(enumerator.of, null);
  const constant = rules.types.constant(node.name);
  if (constant !== undefined) return literalType(constant.value);
  const variables = [...rules.builtins.values()].filter((each) => each.form === 'variable').map((each) => each.name);
  const near = nearest(node.name, variables, 1)[0];
  rules.fail('identifier', node.span, `Unknown identifier: '${node.name}'`, near === undefined ? undefined : `Did you mean ${near}?`);
  return unknown;
}

export function inferCall(rules: Rules, node: Call): ScriptType {
  const builtin = rules.builtins.get(node.name);
  if (builtin !== undefined) return inferBuiltin(rules, builtin, node);
  for (const arg of node.args) if (arg.kind !== 'map' || arg.key !== null) rules.infer(arg);
  const near = nearest(node.name, rules.builtins.keys(), 1)[0];
  rules.fail('function', node.span, `Unknown function: '${node.name}'`, near === undefined ? undefined : `Did you mean ${near}?`);
  return unknown;
}

function inferBuiltin(rules: Rules, builtin: Builtin, node: Name | Call): ScriptType {
  for (const arg of node.kind === 'call' ? node.args : []) {
    if (arg.kind === 'map' && !rules.maps.get(arg.name, arg.span).assigned) rules.fail('map', arg.span, `Undefined map: ${arg.name}`);
  }
  return usable(rules, builtin, node, false) ? builtin.type(rules, builtinCall(node)) : unknown;
}

/** Number of arguments, provider, --unsafe, place of aggregations. */
export function usable(rules: Rules, builtin: Builtin, node: Name | Call, assignsMap: boolean): boolean {
  const call = builtinCall(node);
  const errors = usageErrors(builtin, { name: node.name, args: call.args.length, provider: rules.probe.provider, unsafe: rules.unsafe, assignsMap });
  for (const message of errors) rules.fail('builtin', node.span, message);
  return errors.length === 0;
}
