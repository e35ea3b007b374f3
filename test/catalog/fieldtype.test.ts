import { expect, test } from 'vitest';
import { typeText } from '../../src/ctype/print.ts';
import { fieldType, parseType } from '../../src/catalog/fieldtype.ts';
import { named, struct, typedef, u32 } from '../help/ctypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';

const types = memoryTypes({ definitions: [typedef('u32', u32), struct('sock', 8), typedef('sock_t', named('struct', 'sock'))] });

test.each<[string, string | undefined]>([
  ['int', 'int'],
  ['unsigned long', 'long unsigned int'],
  ['long unsigned int', 'long unsigned int'],
  ['unsigned', 'unsigned int'],
  ['signed char', 'signed char'],
  ['signed long', 'long int'],
  ['long long', 'long long int'],
  ['unsigned long long int', 'long long unsigned int'],
  ['unsigned short', 'short unsigned int'],
  ['_Bool', '_Bool'],
  ['u32', 'u32'],
  ['const u32', 'const u32'],
  ['void *', 'void *'],
  ['struct sock *', 'struct sock *'],
  ['const struct sock *', 'const struct sock *'],
  ['const char *const *', 'const char * const *'],
  ['struct not_known *', 'struct not_known *'],
  ['enum hrtimer_mode', 'enum hrtimer_mode'],
  ['void __seg_gs *', 'void *'],
  ['const char __user *', 'const char *'],
  ['unknown_t', undefined],
  ['unknown_t *', undefined],
])('%s', (text, expected) => {
  const type = parseType(types, text);
  expect(type && typeText(type)).toBe(expected);
});

test.each<[string, string, number, boolean, string]>([
  ['char', '[16]', 16, true, 'char[16]'],
  ['char', '[TASK_COMM_LEN]', 16, true, 'char[16]'],
  ['u32', '[4]', 16, false, 'u32[4]'],
  ['char', '[]', 0, true, 'char[0]'],
  ['sector_t', '', 8, false, 'long unsigned int'],
  ['odd_t', '', 2, true, 'short int'],
  ['odd_t', '', 6, false, 'unsigned char[6]'],
  ['odd_t *', '', 8, false, 'long unsigned int'],
])('%s%s of %d bytes', (type, array, size, signed, expected) => {
  expect(typeText(fieldType(types, { type, array, size, signed }))).toBe(expected);
});
