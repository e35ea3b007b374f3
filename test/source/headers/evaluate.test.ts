// Expressions of macros, beside what gcc makes of them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Definition } from '../../../src/ctype/ctype.ts';
import type { DefinitionTable } from '../../../src/source/headers/facts.ts';
import { evaluate, type Scope } from '../../../src/source/headers/macros/evaluate.ts';
import type { Value } from '../../../src/source/headers/macros/values.ts';
import { HeaderTypes } from '../../../src/source/headers/types.ts';
import { array, at, bits, char, enumeration, named, ptr, s32, struct, typedef, u16, u64, u8 } from '../../help/ctypes.ts';
import { scratchFolder } from '../../help/scratch.ts';

const declarations = `
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned long u64; typedef int pid_t; typedef u64 nested_t;
enum color { RED, GREEN = 5, BLACK = -1 };
enum wide { SMALL = 1, LARGE = 0x100000000 };
struct inner { int a; u16 b; };
struct outer { u8 head; struct inner in; struct inner many[3]; char name[16]; int f : 3; struct inner *next; };
union either { u8 byte; u64 word; };
`;

const list: readonly Definition[] = [
  typedef('u8', u8), typedef('u16', u16), typedef('u64', u64), typedef('pid_t', s32), typedef('nested_t', named('typedef', 'u64')),
  enumeration('color', { RED: 0, GREEN: 5, BLACK: -1 }, 4, true), enumeration('wide', { SMALL: 1, LARGE: 0x100000000n }, 8),
  struct('inner', 8, at(0, 'a', s32), at(4, 'b', named('typedef', 'u16'))),
  struct('outer', 64, at(0, 'head', named('typedef', 'u8')), at(4, 'in', named('struct', 'inner')), at(12, 'many', array(named('struct', 'inner'), 3)), at(36, 'name', array(char, 16)), bits(416, 3, 'f', s32), at(56, 'next', ptr(named('struct', 'inner')))),
];

const table: DefinitionTable = { length: list.length, kind: (index) => nth(index).kind, name: (index) => nth(index).name, file: () => 'a.h', at: (index) => ({ definition: nth(index), file: 'a.h', line: 1 }) };

function nth(index: number): Definition {
  const found = list[index];
  if (found === undefined) throw new RangeError(String(index));
  return found;
}

const scope: Scope = { types: new HeaderTypes(table, { names: () => [], find: () => undefined }, 8), unsignedChar: false };

/** Tokens as the preprocessor makes them. */
function tokens(text: string): readonly string[] {
  return text.match(/[A-Za-z_]\w*|[0-9][\w.]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|->|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|\S/g) ?? [];
}

/** Every one a constant for gcc, too. */
const constants = [
  '0', '42', '052', '0x7fffffff', '0xffffffff', '2147483648', '0x100000000', '1u', '1UL', '1ull', '1LL', '0xffffffffffffffff', '0b101', '4294967295',
  "'a'", "'\\n'", "'\\0'", "'\\377'", "'\\x41'", "'ab'", "'\\\\'", "'\\''",
  '1 + 2 * 3', '(1 + 2) * 3', '7 / 2', '-7 / 2', '-7 % 3', '7 - 10', '1 << 31', '1u << 31', '1UL << 63', '-1 >> 1', '0xffffffff >> 4', '~0', '~0U', '~0UL', '-1', '-1u', '- -1', '!0', '!5', '!!5', '+5',
  '1 < 2', '-1 < 0u', '-1L < 0u', '2 >= 2', '1 == 1', '1 != 1', '6 & 3', '6 | 3', '6 ^ 3', '1 && 0', '1 || 0', '0 && 1 / 0', '1 || 1 / 0', '1 ? 2 : 3', '0 ? 2 : 3', '1 ? 2 : 3ul', '0 ? 1 / 0 : 4', '1 ?: 3', '1 ? 0 ? 1 : 2 : 3',
  '(char)200', '(unsigned char)300', '(short)0x18000', '(u8)-1', '(u16)70000', '(u64)-1', '(nested_t)-1', '(pid_t)0xffffffff', '(_Bool)5', '(unsigned)-1', '(long long)-1', '(long unsigned int)1', '(int)sizeof(long)', '(u8)1 + (u8)255', '(enum color)3',
  'RED', 'GREEN', 'BLACK', 'GREEN << 2', 'LARGE', '~BLACK',
  'sizeof(int)', 'sizeof(struct outer)', 'sizeof(struct inner)', 'sizeof(void *)', 'sizeof(char[10])', 'sizeof(char[2][GREEN])', 'sizeof(struct inner *)', 'sizeof 1UL', 'sizeof(1 + 1L)', 'sizeof(((struct outer *)0)->name)', 'sizeof(((struct outer *)0)->many) / sizeof(((struct outer *)0)->many[0])', 'sizeof(((struct outer *)0)->next->b)', 'sizeof(u8) * 8', '20 - 2 * sizeof(u64) - sizeof(u16)',
  '__builtin_offsetof(struct outer, in.b)', '__builtin_offsetof(struct outer, many[2].b)', '__builtin_offsetof(struct outer, name)', '__builtin_offsetof(struct outer, name[3])',
  'sizeof(typeof(1ul))', 'sizeof(__typeof__(((struct outer *)0)->in))', '(typeof(1ul))-1', '(const volatile int)3', '(__attribute__((unused)) int)3', '__extension__ 5', '__builtin_constant_p(3)', '__builtin_choose_expr(1, 2, 3)', '__builtin_choose_expr(0, 2, 3UL)', '(unsigned long)(void *)-1', "'a' + 1", '((((3))))',
];

/** gcc's answer: the value, the size, the sign. */
function gcc(expressions: readonly string[], flags: readonly string[] = []): readonly (readonly [bigint, number, boolean])[] {
  const lines = expressions.map((each, index) => `long long v${index}[] = { (long long)(${each}), sizeof(${each}), (__typeof__(${each}))-1 < 0 };`);
  const program = `${declarations}${lines.join('\n')}\nextern int printf(const char *, ...);\nint main(void) {\n${expressions.map((_, index) => `printf("%lld %lld %lld\\n", v${index}[0], v${index}[1], v${index}[2]);`).join('\n')}\nreturn 0; }\n`;
  const file = join(scratchFolder(), 'values');
  const built = spawnSync('gcc', ['-std=gnu11', '-w', ...flags, '-x', 'c', '-', '-o', file], { input: program, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  const run = spawnSync(file, { encoding: 'utf8' });
  return run.stdout.trim().split('\n').map((line) => line.split(' ')).map(([value = '', size, signed]) => [BigInt(value), Number(size), signed === '1']);
}

function answer(value: Value | undefined): unknown {
  return value?.bits === undefined || value.integer === undefined ? undefined : [BigInt.asIntN(64, value.bits), value.integer.size, value.integer.signed];
}

const machine = process.arch === 'x64' && spawnSync('gcc', ['--version']).status === 0;

describe.skipIf(!machine)('constants, beside gcc of this machine (x86-64)', () => {
  const answers = machine ? gcc(constants) : [];
  test.each(constants.map((text, index) => [text, answers[index]] as const))('%s', (text, expected) => {
    expect(answer(evaluate(tokens(text), scope))).toEqual(expected);
  });
});

describe('no constant', () => {
  test.each([
    '', '1 +', '(1', '1)', '1 2', 'x', 'f(1)', '1 / 0', '1 % 0', '1 << 64', '1 << -1', '1.5', '1e3', '"text"', '({ 1; })', '(struct inner){ 1 }', 'GREEN++', '*(int *)0', '&GREEN', 'sizeof(struct missing)', 'sizeof(missing)', '__builtin_offsetof(struct outer, nothing)',
    '((struct outer *)0)->head', '(struct inner)1', "'abcde'", "''", '0x', '09', '1uu', `${'('.repeat(1000)}1${')'.repeat(1000)}`, `${'-'.repeat(1000)}1`,
  ])('%s', (text) => {
    expect(answer(evaluate(tokens(text), scope))).toBeUndefined();
  });
});

describe('with parameters', () => {
  const bound = new Map([['x', undefined], ['y', { bits: 3n, integer: { size: 8, signed: true } }]]);

  test.each(['x', '(x)', '(x) + 1', '(unsigned int)((x) >> 20)', '1UL << (x)', 'x ? 1 : 2', '(x)->a', '(x).a[1].b', 'sizeof(x)', 'sizeof(*(x))', '(x)3', '((x)(y))', '&(x)->a', 'x && 1', '(u8)(x)', '!x', '__builtin_offsetof(struct outer, in.a) + x'])('%s is pure', (text) => {
    const value = evaluate(tokens(text), scope, bound);
    expect(value).toBeDefined();
    expect(value?.bits).toBeUndefined();
  });

  test.each(['x++', 'x = 1', 'f(x)', 'do_this x', '({ x; })', 'x z'])('%s is not', (text) => {
    expect(evaluate(tokens(text), scope, bound)).toBeUndefined();
  });

  test('that have values', () => {
    expect(answer(evaluate(tokens('(y << 4) | GREEN'), scope, bound))).toEqual([53n, 8, true]);
  });
});
