import { expect, test } from 'vitest';
import type { CType } from '../../src/ctype/ctype.ts';
import { voidType } from '../../src/ctype/ctype.ts';
import { declaration, typeText } from '../../src/ctype/print.ts';
import { anonymous, array, bool, char, func, konst, named, ptr, s32, u64, volatile } from '../help/ctypes.ts';

const sock = named('struct', 'sock');
const callback = func(s32, [ptr(voidType), s32]);
const cases: [CType, string, string][] = [
  [s32, 'int', 'int x'],
  [u64, 'long unsigned int', 'long unsigned int x'],
  [bool, '_Bool', '_Bool x'],
  [named('typedef', 'u32'), 'u32', 'u32 x'],
  [sock, 'struct sock', 'struct sock x'],
  [ptr(sock), 'struct sock *', 'struct sock *x'],
  [ptr(ptr(konst(char))), 'const char **', 'const char **x'],
  [ptr(konst(ptr(konst(char)))), 'const char * const *', 'const char * const *x'],
  [konst(ptr(s32)), 'int * const', 'int * const x'],
  [volatile(konst(s32)), 'const volatile int', 'const volatile int x'],
  [{ kind: 'restrict', of: ptr(u64) }, 'long unsigned int * restrict', 'long unsigned int * restrict x'],
  [ptr({ kind: 'tag', tag: 'user', of: konst(char) }), 'const char *', 'const char *x'],
  [array(char, 16), 'char[16]', 'char x[16]'],
  [array(array(s32, 3), 2), 'int[2][3]', 'int x[2][3]'],
  [array(ptr(sock), 2), 'struct sock *[2]', 'struct sock *x[2]'],
  [ptr(ptr(array(konst(char), 32))), 'const char (**)[32]', 'const char (**x)[32]'],
  [ptr(callback), 'int (*)(void *, int)', 'int (*x)(void *, int)'],
  [ptr(func(ptr(sock), [])), 'struct sock * (*)(void)', 'struct sock * (*x)(void)'],
  [ptr(func(voidType, [ptr(char)], true)), 'void (*)(char *, ...)', 'void (*x)(char *, ...)'],
  [array(ptr(callback), 3), 'int (*[3])(void *, int)', 'int (*x[3])(void *, int)'],
  [func(ptr(sock), [['sk', ptr(sock)]]), 'struct sock *(struct sock *sk)', 'struct sock *x(struct sock *sk)'],
  [anonymous('struct', 'body'), 'struct {...}', 'struct {...} x'],
  [ptr(anonymous('union', 'body')), 'union {...} *', 'union {...} *x'],
  [voidType, 'void', 'void x'],
];

test.each(cases)('%#: %j', (type, alone, named_) => {
  expect(typeText(type)).toBe(alone);
  expect(declaration(type, 'x')).toBe(named_);
});
