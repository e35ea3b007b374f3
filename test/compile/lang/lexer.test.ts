import { expect, test } from 'vitest';
import { commentEnd, readToken } from '../../../src/compile/lang/lexer.ts';
import type { Token } from '../../../src/compile/lang/token.ts';

function read(text: string): { token: Token; complaints: string[] } {
  const complaints: string[] = [];
  const token = readToken(text, 0, (span, message) => complaints.push(`${span.start}-${span.end}: ${message}`));
  return { token, complaints };
}

test.each<[string, Token['kind'], string]>([
  ['pid)', 'identifier', 'pid'],
  ['_x9+', 'identifier', '_x9'],
  ['$foo.bar', 'variable', '$foo'],
  ['$12a', 'positional', '12'],
  ['$#', 'positional', '#'],
  ['@[1]', 'map', '@'],
  ['@ts[1]', 'map', '@ts'],
  ['"a b" c', 'string', 'a b'],
  ['<<=1', 'punctuator', '<<='],
  ['<<1', 'punctuator', '<<'],
  ['<1', 'punctuator', '<'],
  ['->x', 'punctuator', '->'],
  ['--x', 'punctuator', '--'],
  ['..3', 'punctuator', '..'],
  ['.3', 'punctuator', '.'],
  ['?:', 'punctuator', '?'],
  ['é', 'punctuator', 'é'],
  ['😀x', 'punctuator', '😀'],
  ['', 'end', ''],
])('%j is %s %j', (text, kind, expected) => {
  const { token, complaints } = read(text);
  expect([token.kind, token.text, complaints]).toEqual([kind, expected, []]);
});

test.each<[string, bigint, string]>([
  ['0', 0n, ''],
  ['42', 42n, ''],
  ['017', 15n, ''],
  ['0x1F', 31n, ''],
  ['0XfF_fF', 0xffffn, ''],
  ['1_000_000', 1_000_000n, ''],
  ['1e6', 1_000_000n, ''],
  ['1E3', 1000n, ''],
  ['0e99', 0n, ''],
  ['18446744073709551615', 0xffff_ffff_ffff_ffffn, ''],
  ['10u', 10n, 'u'],
  ['10ull', 10n, 'ull'],
  ['10UL', 10n, 'UL'],
  ['5ns', 5n, ''],
  ['5us', 5_000n, ''],
  ['5ms', 5_000_000n, ''],
  ['5s', 5_000_000_000n, ''],
  ['5m', 300_000_000_000n, ''],
  ['5h', 18_000_000_000_000n, ''],
  ['5d', 432_000_000_000_000n, ''],
  ['1e3ms', 1_000_000_000n, ''],
])('number %s', (text, value, suffix) => {
  const { token, complaints } = read(`${text};`);
  expect([token.kind, token.value, token.suffix, token.span, complaints]).toEqual(['integer', value, suffix, { start: 0, end: text.length }, []]);
});

test.each<[string, string]>([
  ['0x', '0-2: invalid integer: 0x'],
  ['08', '0-2: invalid octal integer: 08'],
  ['1_', '0-2: trailing underscore in integer literal'],
  ['12abc', '2-5: invalid integer suffix \'abc\''],
  ['0b11', '1-4: invalid integer suffix \'b11\''],
  ['3ms2', '1-4: invalid integer suffix \'ms2\''],
  ['99999999999999999999', '0-20: overflow error, maximum value is 18446744073709551615: 99999999999999999999'],
  ['1e20', '0-4: overflow error, maximum value is 18446744073709551615: 1e20'],
  ['1e999999999', '0-11: overflow error, maximum value is 18446744073709551615: 1e999999999'],
  ['213504d', '0-7: overflow error, maximum value is 18446744073709551615: 213504d'],
  ['$', '0-1: expected identifier after \'$\''],
  ['"abc', '4-4: unterminated string'],
  ['"abc\\', '5-5: unterminated string'],
  ['"a\\qb"', '2-4: invalid escape character \'\\q\''],
  ['"\\xzz"', '1-3: invalid hex escape sequence'],
  ['"\\400"', '1-5: octal escape sequence out of range \'\\400\''],
])('complaint about %s', (text, expected) => {
  expect(read(text).complaints).toEqual([expected]);
});

test.each<[string, string]>([
  ['"a\\n\\t\\r\\"\\\\b"', 'a\n\t\r"\\b'],
  ['"\\x41\\x4\\101\\0"', 'A\x04A\0'],
  ['"\\1018"', 'A8'],
  ['"é€"', '\xc3\xa9\xe2\x82\xac'],
  ['"a\nb"', 'a\nb'],
  ['""', ''],
])('string %s', (text, expected) => {
  const { token, complaints } = read(text);
  expect([token.text, token.span.end, complaints]).toEqual([expected, text.length, []]);
});

test.each<[string, number]>([['// a\nb', 4], ['// a', 4], ['/* a */b', 7], ['/**/', 4], ['/a', 0], ['a', 0]])('comment %j', (text, end) => {
  expect(commentEnd(text, 0, () => undefined)).toBe(end);
});
