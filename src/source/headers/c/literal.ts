// Numbers, characters and strings of C text (C11 6.4.4, 6.4.5).
import type { Target } from './target.ts';
import type { IntegerType, Type } from './types.ts';

/** A number of the text; undefined when it is none. */
export function numberLiteral(text: string, target: Target): { readonly type: Type; readonly value: bigint | undefined; readonly real: number | undefined } | undefined {
  const integer = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)([uU]?(?:ll?|LL?)?|(?:ll?|LL?)[uU]?)$/.exec(text);
  if (integer !== null) {
    const [, digits = '0', suffix = ''] = integer;
    const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return { type: integerType(value, digits.startsWith('0'), suffix.toLowerCase(), target), value: BigInt.asUintN(128, value), real: undefined };
  }
  const real = /^((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(f|F|l|L|q|Q|[fF]\d+x?|[iIjJ])?$/.exec(text);
  if (real === null || !/[.eE]/.test(real[1] ?? '')) return hexFloat(text, target);
  return { type: realType(real[2] ?? '', target), value: undefined, real: Number(real[1]) };
}

function hexFloat(text: string, target: Target): { readonly type: Type; readonly value: undefined; readonly real: undefined } | undefined {
  return /^0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*[pP][-+]?\d+[fFlL]?$/.test(text) ? { type: realType('', target), value: undefined, real: undefined } : undefined;
}

function realType(suffix: string, target: Target): Type {
  if (/^f/i.test(suffix)) return target.float('float', 'float', false);
  return /^l/i.test(suffix) ? target.float('long double', 'long double', false) : target.float('double', 'double', false);
}

/** The first type of the list that holds the value (C11 6.4.4.1). */
function integerType(value: bigint, octalOrHex: boolean, suffix: string, { ints, longs, longLongs }: Target): IntegerType {
  const unsigned = suffix.includes('u');
  const longWords = suffix.replace('u', '').length;
  for (const pair of [ints, longs, longLongs].slice(longWords)) {
    if (!unsigned && value < 1n << BigInt(8 * pair.signed.size - 1)) return pair.signed;
    if ((unsigned || octalOrHex) && value < 1n << BigInt(8 * pair.unsigned.size)) return pair.unsigned;
  }
  return longLongs.unsigned;
}

/** `'a'`, `L'ab'`, `'\x7f'`; undefined when it is none. */
export function characterLiteral(text: string, target: Target): { readonly type: IntegerType; readonly value: bigint } | undefined {
  const parts = /^(L|u8|u|U)?'((?:[^'\\]|\\[^])+)'$/.exec(text);
  if (parts === null) return undefined;
  const [, prefix = '', body = ''] = parts;
  const units = unescaped(body);
  if (prefix !== '' && prefix !== 'u8') {
    const type = wideType(prefix, target);
    return { type, value: wrapped(BigInt(units.at(-1) ?? 0), type) };
  }
  const { char, ints } = target;
  if (units.length === 1) return { type: ints.signed, value: wrapped(BigInt(units[0] ?? 0), char) };
  return { type: ints.signed, value: wrapped(units.reduce((sum, unit) => (sum << 8n) | BigInt(unit & 0xff), 0n), ints.signed) };
}

function wrapped(value: bigint, { size, signed }: IntegerType): bigint {
  return signed ? BigInt.asIntN(8 * size, value) : BigInt.asUintN(8 * size, value);
}

function wideType(prefix: string, { wide, shorts, ints }: Target): IntegerType {
  return prefix === 'L' ? wide : prefix === 'u' ? shorts.unsigned : ints.unsigned;
}

/** What the elements of a string literal are. */
export function stringElement(text: string, target: Target): IntegerType {
  const prefix = text.slice(0, text.indexOf('"'));
  return prefix === '' || prefix === 'u8' ? target.char : wideType(prefix, target);
}

/** Between the quotes, escapes resolved: a character for each unit. */
export function stringText(text: string): string {
  const body = text.slice(text.indexOf('"') + 1, -1);
  return body.includes('\\') ? unescaped(body).map((unit) => String.fromCharCode(unit)).join('') : body;
}

function unescaped(body: string): number[] {
  if (!body.includes('\\')) return Array.from(body, (each) => each.codePointAt(0) ?? 0);
  const units: number[] = [];
  for (const match of body.matchAll(/\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))|([^\\])/gu)) {
    const [, hex, octal, short, long, escape, plain] = match;
    if (hex !== undefined) units.push(Number.parseInt(hex.slice(-8), 16));
    else if (octal !== undefined) units.push(Number.parseInt(octal, 8));
    else if (short !== undefined || long !== undefined) units.push(Number.parseInt(short ?? long ?? '', 16));
    else if (escape !== undefined) units.push(escapes[escape] ?? escape.codePointAt(0) ?? 0);
    else units.push(plain?.codePointAt(0) ?? 0);
  }
  return units;
}

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, E: 27 };
