// What builtins demand of their arguments, and the words for it when they do not get it.
import type { BuiltinCall, CheckContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import type { Expression } from '../lang/ast.ts';

/** The argument at `index`; the number of arguments was checked before. */
export function argument(call: BuiltinCall, index: number): Expression {
  const found = call.args[index];
  if (found === undefined) throw new Error(`builtin ${call.name}: argument ${index} is missing`);
  return found;
}

/** Integers, enumerators, and aggregates that read as integers. */
export function isInteger(type: ScriptType): boolean {
  return type.kind === 'int' || type.kind === 'enum' || isCastable(type);
}

/** Aggregates that have one number as their value: `@ = count(); if (@ > 5) …`. */
export function isCastable(type: ScriptType): boolean {
  return type.kind === 'aggregate' && castable.has(type.shape.kind);
}

const castable: ReadonlySet<string> = new Set(['count', 'sum', 'min', 'max', 'avg']);

/** An argument that must be an integer of any width. */
export function expectInteger(check: CheckContext, call: BuiltinCall, index: number): ScriptType {
  const type = check.typeOf(argument(call, index));
  if (!isInteger(type) && type.kind !== 'unknown') check.error(call.span, `${call.name}() only supports int arguments (${kindText(type)} provided)`);
  return type;
}

/** An argument that must be a string, literal or not. */
export function expectString(check: CheckContext, call: BuiltinCall, index: number): ScriptType {
  const type = check.typeOf(argument(call, index));
  if (type.kind !== 'string' && type.kind !== 'unknown') check.error(call.span, `${call.name}() only supports string arguments (${kindText(type)} provided)`);
  return type;
}

/** An argument that must be a string literal; undefined after the error. */
export function expectText(check: CheckContext, call: BuiltinCall, index: number): string | undefined {
  const expression = argument(call, index);
  const text = check.literalString(expression);
  if (text === undefined) check.error(call.span, `${call.name}() expects a string literal (${kindText(check.typeOf(expression))} provided)`);
  return text;
}

/** An argument that must be an integer known while compiling; undefined after the error. */
export function expectNumber(check: CheckContext, call: BuiltinCall, index: number): bigint | undefined {
  const expression = argument(call, index);
  const value = check.constant(expression);
  if (value === undefined) check.error(call.span, `${call.name}() expects a int literal (${kindText(check.typeOf(expression))} provided)`);
  return value;
}
