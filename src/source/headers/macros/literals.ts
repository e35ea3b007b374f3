// Spellings of constants: numbers with their suffixes, characters, strings with their escapes (C11 6.4.4, 6.4.5, and gcc's binary numbers).
import { int, integerValue, type Integer, type Value } from './values.ts';

/** undefined: a floating constant, or none at all. @param long size of `long` in bytes */
export function numberValue(text: string, long: number): Value | undefined {
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uU]?(?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU])$/.exec(text);
  const [, digits, suffix = ''] = match ?? [];
  if (digits === undefined) return undefined;
  const decimal = /^[1-9]/.test(digits);
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const type = typesOfNumber(decimal, suffix.toLowerCase(), long).find((each) => value === (each.signed ? BigInt.asIntN(each.size * 8, value) : BigInt.asUintN(each.size * 8, value)));
  return type === undefined ? undefined : integerValue(value, type);
}

/** C11 6.4.4.1: the first of these that can hold it. */
function typesOfNumber(decimal: boolean, suffix: string, long: number): readonly Integer[] {
  const sizes = suffix.includes('ll') ? [8] : suffix.includes('l') ? [long, 8] : [4, long, 8];
  const signs = suffix.includes('u') ? [false] : decimal ? [true] : [true, false];
  return sizes.flatMap((size) => signs.map((signed) => ({ size, signed })));
}

/** undefined: not a character constant of bytes. Several characters are one number, as gcc has it. */
export function characterValue(text: string, unsignedChar: boolean): Value | undefined {
  if (!/^'.*'$/s.test(text)) return undefined;
  const bytes = unescaped(text.slice(1, -1));
  if (bytes === undefined || bytes === '' || bytes.length > 4) return undefined;
  if (bytes.length === 1) return integerValue(unsignedChar ? BigInt(bytes.charCodeAt(0)) : BigInt.asIntN(8, BigInt(bytes.charCodeAt(0))), int);
  return integerValue([...bytes].reduce((value, each) => (value << 8n) | BigInt(each.charCodeAt(0)), 0n), int);
}

function unescaped(text: string): string | undefined {
  let broken = false;
  const result = text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|(.)|$)/gs, (_, octal: string | undefined, hex: string | undefined, simple: string | undefined) => {
    const code = octal !== undefined ? Number.parseInt(octal, 8) : hex !== undefined ? Number.parseInt(hex, 16) : escapes[simple ?? ''];
    if (code === undefined || code > 255) broken = true;
    return String.fromCharCode(code ?? 0);
  });
  return broken ? undefined : result;
}

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, '\\': 92, "'": 39, '"': 34, '?': 63 };
