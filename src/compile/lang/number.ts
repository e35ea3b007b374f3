// Integer literals: decimal, octal, hexadecimal, `1e6`, `1_000`, C suffixes, durations.
import type { Complain, Token } from './token.ts';

/** Reads the number whose first digit is at `at`. Durations become nanoseconds. */
export function readNumber(text: string, at: number, complain: Complain): Token {
  number.lastIndex = at;
  const match = number.exec(text);
  const digits = match?.[1] ?? '';
  const suffix = match?.[2] ?? '';
  const end = at + digits.length + suffix.length;
  const token = (value: bigint): Token => ({ kind: 'integer', text: text.slice(at, end), value, suffix: scaleOf(suffix) === undefined ? suffix : '', span: { start: at, end }, hidden: null });
  const span = { start: at, end: at + digits.length };
  const plain = readDigits(digits);
  if (typeof plain === 'string') {
    complain(span, plain);
    return token(0n);
  }
  const scale = scaleOf(suffix);
  if (scale === undefined && !isSuffix(suffix)) complain({ start: span.end, end }, `invalid integer suffix '${suffix}'`);
  const value = plain * (scale ?? 1n);
  if (value <= largest) return token(value);
  complain({ start: at, end }, `overflow error, maximum value is ${largest}: ${text.slice(at, end)}`);
  return token(largest);
}

const number = /(0[xX][0-9a-fA-F_]*|[0-9][0-9_]*(?:[eE][0-9][0-9_]*)?)([A-Za-z][A-Za-z0-9_]*)?/y;

const largest = 0xffff_ffff_ffff_ffffn;

/** Value of the digits, or what is wrong with them. */
function readDigits(digits: string): bigint | string {
  if (digits.endsWith('_')) return 'trailing underscore in integer literal';
  const clean = digits.replaceAll('_', '');
  if (/^0x/i.test(clean)) return clean.length === 2 ? `invalid integer: ${digits}` : BigInt(clean);
  const [coefficient = '', exponent] = clean.toLowerCase().split('e');
  if (exponent !== undefined) {
    if (BigInt(coefficient) !== 0n && Number(exponent) > 19) return `overflow error, maximum value is ${largest}: ${digits}`;
    return BigInt(coefficient) * 10n ** BigInt(Math.min(Number(exponent), 20));
  }
  if (!/^0\d/.test(clean)) return BigInt(clean);
  return /^[0-7]+$/.test(clean) ? BigInt(`0o${clean}`) : `invalid octal integer: ${digits}`;
}

function isSuffix(suffix: string): boolean {
  return /^(u?l{0,2}|l{1,2}u)$/i.test(suffix);
}

function scaleOf(suffix: string): bigint | undefined {
  return durations.get(suffix);
}

/** Nanoseconds in a unit of time. */
const durations: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['d', 86_400_000_000_000n],
]);
