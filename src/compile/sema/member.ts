// Types of `a.b`, `a->b` and `a[i]`: members of structs behind pointers or not, of the probe's arguments, of tuples; elements of arrays.
import type { Definition } from '../../ctype/ctype.ts';
import { findMember, memberNames, recordOf } from '../../ctype/member.ts';
import { typeText as cTypeText } from '../../ctype/print.ts';
import { strip } from '../../ctype/types.ts';
import { nearest } from '../../ctype/suggest.ts';
import type { Argument } from '../../ctype/probes.ts';
import type { Expression } from '../lang/ast.ts';
import { choicesText } from './choices.ts';
import { constantOf } from './constant.ts';
import { isChar, scriptTypeOf } from './ctypes.ts';
import { integerOf } from './operator.ts';
import type { CheckContext } from './builtin.ts';
import type { Rules } from './rules.ts';
import type { RecordType, ScriptType, Space } from './stype.ts';
import { typeText } from './typetext.ts';
import { isIncomplete } from './typename.ts';

type Member = Extract<Expression, { kind: 'member' }>;
type Index = Extract<Expression, { kind: 'index' }>;

const unknown: ScriptType = { kind: 'unknown' };

/** `.` and `->` are one: pointers are followed, embedded records are not. */
export function inferMember(rules: Rules, expression: Member): ScriptType {
  const object = rules.infer(expression.object);
  switch (object.kind) {
    case 'unknown':
      return unknown;
    case 'args':
      return argumentType(rules, expression);
    case 'record':
      return recordMember(rules, expression, object);
    case 'pointer': {
      const target = scriptTypeOf(rules.types, object.to, object.space, object.trusted);
      return target.kind === 'record' ? recordMember(rules, expression, target) : accessError(rules, expression, object);
    }
    case 'tuple': {
      const element = /^\d+$/.test(expression.name) ? object.elements[Number(expression.name)] : undefined;
      if (element !== undefined) return element;
      rules.fail('member', expression.span, `Invalid tuple index: ${expression.name}. Found ${object.elements.length} elements in tuple.`);
      return unknown;
    }
    case 'named tuple': {
      const field = object.fields.find((each) => each.name === expression.name);
      return field?.type ?? missing(rules, expression, 'record', object.fields.map((each) => each.name));
    }
    default:
      return accessError(rules, expression, object);
  }
}

function recordMember(rules: Rules, expression: Member, object: RecordType): ScriptType {
  const record = recordOf(rules.types, object.type);
  const name = cTypeText(object.type);
  if (record === undefined) {
    const near = object.type.name === null ? [] : rules.types.near(object.type.kind, object.type.name, 3);
    rules.fail('incomplete', expression.span, `Cannot resolve unknown type "${name}"`, near.length === 0 ? undefined : `Did you mean ${near.map((each) => `${object.type.kind} ${each}`).join(', ')}?`);
    return unknown;
  }
  const found = findMember(rules.types, record, expression.name);
  if (found === undefined) return missing(rules, expression, name, memberNames(rules.types, record), havers(rules, object, expression.name));
  rules.checkUse(object.type, { member: expression.name }, expression.span);
  return scriptTypeOf(rules.types, found.type, object.space, object.trusted);
}

/** Others of that name that have the member. */
function havers(rules: Rules, object: RecordType, member: string): readonly Definition[] {
  return rules.types.candidates(object.type).filter((each) => (each.kind === 'struct' || each.kind === 'union') && findMember(rules.types, each, member) !== undefined);
}

function missing(rules: Rules, expression: Member, type: string, names: readonly string[], others: readonly Definition[] = []): ScriptType {
  const near = nearest(expression.name, names, 3);
  const hint = others.length > 0 ? `It is a member of ${choicesText(others)}` : near.length === 0 ? undefined : `Did you mean ${near.join(', ')}?`;
  rules.fail('member', expression.span, `Struct/union of type '${type}' does not contain a field named '${expression.name}'`, hint);
  return unknown;
}

function accessError(rules: Rules, expression: Member, object: ScriptType): ScriptType {
  rules.fail('member', expression.span, `Can not access field '${expression.name}' on expression of type '${typeText(rules.types, object)}'`);
  return unknown;
}

/** The argument of the probe that `args.name` means; undefined when there is none. */
export function argumentNamed(rules: Pick<Rules, 'probe'>, name: string): Argument | undefined {
  return rules.probe.detail?.arguments.find((each) => each.name === name);
}

/** The script's type of an argument of the probe. Text of a tracepoint's record that has no size of its own is a string of the usual one. */
export function argumentScriptType(rules: Pick<CheckContext, 'types' | 'config'>, argument: Argument): ScriptType {
  const { place } = argument;
  const under = strip(rules.types, argument.type);
  if ((place.in === 'dataloc' || place.in === 'relloc') && under.kind === 'array' && isChar(rules.types, under.of)) {
    return { kind: 'string', size: rules.config.maxStringLength };
  }
  const trusted = place.in === 'slots';
  return scriptTypeOf(rules.types, argument.type, argumentSpace(argument), trusted);
}

function argumentSpace(argument: Argument): Space {
  return argument.user ? 'user' : 'kernel';
}

function argumentType(rules: Rules, expression: Member): ScriptType {
  const { probe } = rules;
  const unreliable = probe.detail?.unreliable;
  if (unreliable !== undefined) {
    rules.fail('argument', expression.span, `${probe.title}: arguments by name cannot be trusted: ${unreliable}`, probe.provider === 'tracepoint' ? "the kernel's image tells, or its tracefs: btfly index" : 'use arg0, arg1, … and a cast');
    return unknown;
  }
  const argument = argumentNamed(rules, expression.name);
  if (argument !== undefined) return argumentScriptType(rules, argument);
  const names = probe.detail?.arguments.map((each) => each.name) ?? [];
  const near = nearest(expression.name, names, 3);
  const hint = near.length > 0 ? `Did you mean ${near.join(', ')}?` : names.length > 0 ? `${probe.title} has ${names.join(', ')}` : `${probe.title} has no arguments that are known by name`;
  const missing = probe.provider === 'tracepoint'
    ? `Struct/union of type 'struct ${probe.title}_args' does not contain a field named '${expression.name}'`
    : `Can't find function parameter ${expression.name}`;
  rules.fail('argument', expression.span, missing, hint);
  return unknown;
}

export function inferIndex(rules: Rules, expression: Index): ScriptType {
  const object = rules.infer(expression.object);
  const index = rules.infer(expression.index);
  if (object.kind === 'unknown' || index.kind === 'unknown') return unknown;
  const value = constantOf(rules, expression.index);
  if (object.kind === 'tuple') return tupleElement(rules, expression, object, value);
  if (object.kind !== 'array' && object.kind !== 'string' && object.kind !== 'pointer') {
    rules.fail('index', expression.span, `The array index operator [] can only be used on arrays and pointers, found ${typeText(rules.types, object)}.`);
    return unknown;
  }
  checkIndex(rules, expression, integerOf(index)?.signed, value);
  if (object.kind === 'string') {
    checkBounds(rules, expression, value, object.size);
    return { kind: 'int', size: 1, signed: true };
  }
  if (object.kind === 'array') {
    if (object.count > 0) checkBounds(rules, expression, value, object.count);
    return scriptTypeOf(rules.types, object.of, object.space, false);
  }
  if (isIncomplete(rules.types, object.to)) {
    rules.fail('index', expression.span, 'The array index operator [] cannot be used on a pointer to an unsized type (void *).');
    return unknown;
  }
  rules.checkUse(object.to, 'size', expression.span);
  return scriptTypeOf(rules.types, object.to, object.space, false);
}

function tupleElement(rules: Rules, expression: Index, tuple: Extract<ScriptType, { kind: 'tuple' }>, value: bigint | undefined): ScriptType {
  const element = value === undefined ? undefined : tuple.elements[Number(value)];
  if (element !== undefined) return element;
  rules.fail('index', expression.span, value === undefined ? 'Tuples can only be indexed with literals' : `Invalid tuple index: ${value}. Found ${tuple.elements.length} elements in tuple.`);
  return unknown;
}

function checkIndex(rules: Rules, { index, span }: Index, signed: boolean | undefined, value: bigint | undefined): void {
  if (signed === undefined || (signed && value === undefined) || (value !== undefined && value < 0n)) {
    const text = typeText(rules.types, rules.infer(index));
    rules.fail('index', span, `The array index operator [] only accepts positive (unsigned) integer indices. Got ${text}.`);
  }
}

function checkBounds(rules: Rules, expression: Index, value: bigint | undefined, count: number): void {
  if (value === undefined || value < BigInt(count)) return;
  const bracket = { start: expression.object.span.end, end: expression.span.end };
  rules.fail('index', bracket, `the index ${value} is out of bounds for array of size ${count}`);
}
