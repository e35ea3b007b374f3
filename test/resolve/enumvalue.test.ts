import { expect, test } from 'vitest';
import type { EnumDefinition } from '../../src/ctype/ctype.ts';
import { enumValue, enumValueText, readEnumValue } from '../../src/resolve/enumvalue.ts';

function definition(values: Readonly<Record<string, number>>, options: { size?: number; signed?: boolean } = {}): EnumDefinition {
  const { size = 4, signed = false } = options;
  return { kind: 'enum', name: 'e', id: 1, image: 'vmlinux', variant: 1, variants: 1, size, signed, values: Object.entries(values).map(([name, value]) => ({ name, value: BigInt(value) })) };
}

const states = definition({ ESTABLISHED: 1, SYN_SENT: 2, SYN_RECV: 3, CLOSE: 7 });
const flags = definition({ NONE: 0, A: 1, B: 2, AB: 3, C: 4, D: 64, ALSO_D: 64 });
const errors = definition({ OK: 0, FAILED: -1, HUGE: 2 ** 31 }, { size: 8, signed: true });
const counted = definition({ X: 1, Y: 2, Z: 3, V: 4, W: 5 });

test.each<[EnumDefinition, string, string]>([
  [states, '3', 'SYN_RECV'],
  [states, '5', '5'],
  [states, '0x2', 'SYN_SENT'],
  [flags, '0x41', 'A|D'],
  [flags, '3', 'AB'],
  [flags, '0x64', 'C|D|0x20'],
  [flags, '64', 'D = ALSO_D'],
  [flags, '0', 'NONE'],
  [flags, '0x80', '128'],
  [flags, 'A|C', 'A|C'],
  [flags, '-1', 'A|B|C|D|0xffffffb8'],
  [errors, '-1', 'FAILED'],
  [errors, '0xffffffffffffffff', 'FAILED'],
  [counted, '6', '6'],
])('%#: %s', (of, text, expected) => {
  const value = readEnumValue(of, text);
  expect(value).toBeDefined();
  expect(enumValueText(enumValue(of, value ?? 0n))).toBe(expected);
});

test.each(['', 'E', 'A|', 'A|E', '1.5', '0xg'])('%j is no value', (text) => {
  expect(readEnumValue(flags, text)).toBe(undefined);
});
