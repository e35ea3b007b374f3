// Format strings of printf and its kin: cut at their conversions, and checked against the types of the arguments.
import type { Expression } from '../lang/ast.ts';
import type { FormatPiece } from '../../bpf/spec.ts';
import type { CheckContext } from './builtin.ts';
import type { ScriptType } from './stype.ts';
import { kindText, typeText } from './typetext.ts';

type Conversion = NonNullable<FormatPiece['conversion']>;

/** flags, width, precision, length, type; what does not match is text. `r`, `rx` and `rh` are for buffers. */
const conversionPattern = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?([hlLjzt]*)(gr|rh|rx|[diouxXeEfFgGaAcspnr%])/g;

/** Cuts a format string; `%%` becomes a percent sign of the text. The last piece has no conversion when the format ends in text. */
export function cutFormat(format: string): readonly FormatPiece[] {
  const pieces: FormatPiece[] = [];
  let text = '';
  let at = 0;
  for (const match of format.matchAll(conversionPattern)) {
    text += format.slice(at, match.index);
    at = match.index + match[0].length;
    const [, flags = '', width = '', precision = '', length = '', type = ''] = match;
    if (type === '%') {
      text += '%';
      continue;
    }
    pieces.push({ text, conversion: { flags, width, precision, length, type } });
    text = '';
  }
  text += format.slice(at);
  if (text !== '' || pieces.length === 0) pieces.push({ text });
  return pieces;
}

/**
 * Cuts the format of a call and checks it against the arguments behind it; errors stand at the call.
 * @returns undefined when the first argument is not a literal or the arguments do not fit
 */
export function checkFormat(check: CheckContext, name: string, call: { readonly args: readonly Expression[]; readonly span: Expression['span'] }): readonly FormatPiece[] | undefined {
  const [first, ...args] = call.args;
  if (first === undefined) return undefined;
  const text = check.literalString(first);
  if (text === undefined) {
    check.error(call.span, `${name}() expects a string literal (${kindText(check.typeOf(first))} provided)`);
    return undefined;
  }
  const pieces = cutFormat(text);
  const conversions = pieces.flatMap((piece) => piece.conversion ?? []);
  const types = args.map((arg) => check.typeOf(arg));
  const wrong = mismatch(check, conversions, types);
  if (wrong !== undefined) check.error(call.span, wrong);
  return wrong === undefined ? pieces : undefined;
}

function mismatch(check: CheckContext, conversions: readonly Conversion[], types: readonly ScriptType[]): string | undefined {
  if (types.length !== conversions.length) {
    const few = types.length < conversions.length ? 'not enough' : 'too many';
    return `${few} arguments for format string (${types.length} supplied, ${conversions.length} expected)`;
  }
  for (const [index, { type: conversion }] of conversions.entries()) {
    const type = types[index];
    if (type === undefined || type.kind === 'unknown') continue;
    const accepted = accepts[conversion];
    if (accepted === undefined) return `unsupported format specifier: ${conversion}`;
    if (type.kind === 'void') return `unable to print none type for specifier: ${conversion}`;
    if (accepted !== 'any' && !accepted.includes(type.kind)) return `unsupported format specifier for type '${typeText(check.types, type)}': ${conversion}`;
  }
  return undefined;
}

const integers: readonly ScriptType['kind'][] = ['int', 'bool', 'pointer', 'enum'];
const buffers: readonly ScriptType['kind'][] = ['buffer'];

/** Kinds of values that a conversion prints; floating point and %n have no row. */
const accepts: Readonly<Record<string, readonly ScriptType['kind'][] | 'any' | undefined>> = {
  d: integers, i: integers, u: integers, o: integers, x: integers, X: integers, c: integers, p: integers,
  r: buffers, rx: buffers, rh: buffers,
  s: 'any',
};
