// Constant expressions: values and types, one by one, and random ones with gcc as the judge.
import { describe, expect, test } from 'vitest';
import { declarationsOf } from '../../../help/cpicture.ts';
import { symbolsOf } from '../../../help/ctokens.ts';
import { compilerOf, compilers, gccNumbers } from '../../../help/gccnumbers.ts';
import { scratchFolder } from '../../../help/scratch.ts';
import { Random } from '../../../help/structgen.ts';
import type { Declarations } from '../../../../src/source/headers/c/declarations.ts';

const context = `
typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long ulong;
enum color { RED, GREEN = 5, BLUE }; enum big { BIG = 0x100000000LL, HUGE_ONE = 1 };
struct inner { char c; short s[3]; int bits : 5; };
struct outer { int first; struct inner a[4]; union { long l; struct { char x, y; }; }; void (*call)(int); char tail[]; };
extern struct outer *pointer; extern struct outer object; extern const int numbers[7]; int function(char, ...); extern volatile u8 byte;
`;

function evaluated(read: Declarations, text: string): string {
  const result = read.evaluate(symbolsOf(text, read.cursor.symbols));
  if (result === undefined) return 'nothing';
  return result.kind === 'string' ? JSON.stringify(result.text) : `${result.value} ${result.type.signed ? 's' : 'u'}${8 * result.type.size}`;
}

const cases: readonly (readonly [text: string, result: string])[] = [
  ['42', '42 s32'],
  ['0x7fffffff', '2147483647 s32'],
  ['0x80000000', '2147483648 u32'],
  ['2147483648', '2147483648 s64'],
  ['017', '15 s32'],
  ['0b101', '5 s32'],
  ['1UL << 63', '9223372036854775808 u64'],
  ['~0ULL', '18446744073709551615 u64'],
  ['-1 < 0U', '0 s32'],
  ['-1 / 2 + -7 % 3', '-1 s32'],
  ['(u8)300', '44 u8'],
  ['(signed char)200', '-56 s8'],
  ['(_Bool)256', '1 u8'],
  ['1 ? 2 : 3u', '2 u32'],
  ['0 ?: 7', '7 s32'],
  ['3 ?: 7', '3 s32'],
  ['1 || 1 / 0', '1 s32'],
  ['0 && 1 / 0', '0 s32'],
  ['1 / 0', 'nothing'],
  ['1 << 40', 'nothing'],
  ['1 ? 5 : 1 / 0', '5 s32'],
  ['(1, 2)', '2 s32'],
  ["'A'", '65 s32'],
  ["'\\n' + '\\x7f' + '\\0'", '137 s32'],
  ["'\\xff'", '-1 s32'],
  ["'ab'", '24930 s32'],
  ["L'x'", '120 s32'],
  ['"abc" "\\tdef"', '"abc\\tdef"'],
  ['sizeof "abc" "d"', '5 u64'],
  ['sizeof(int)', '4 u64'],
  ['sizeof(struct outer)', '72 u64'],
  ['sizeof pointer->a', '48 u64'],
  ['sizeof(*pointer)', '72 u64'],
  ['sizeof(numbers) / sizeof(numbers[0])', '7 u64'],
  ['sizeof(function)', '1 u64'],
  ['sizeof function(1)', '4 u64'],
  ['sizeof(void)', '1 u64'],
  ['sizeof(char[3][4])', '12 u64'],
  ['sizeof(int (*)[10])', '8 u64'],
  ['sizeof((u8)1 + (u8)1)', '4 u64'],
  ['sizeof(struct undefined)', 'nothing'],
  ['_Alignof(struct outer)', '8 u64'],
  ['__alignof__(pointer->a[1].s)', '2 u64'],
  ['__builtin_offsetof(struct outer, a[2].s[1])', '32 u64'],
  ['__builtin_offsetof(struct outer, y)', '57 u64'],
  ['(unsigned long)&((struct outer *)0)->a[3].s', '42 u64'],
  ['(ulong)&((struct outer *)0)->tail[2]', '74 u64'],
  ['(char *)&((struct outer *)0)->call - (char *)0', '64 s64'],
  ['(int)(3.75 * 2)', '7 s32'],
  ['1.5 > 1', '1 s32'],
  ['RED + GREEN + BLUE', '11 s32'],
  ['BIG', '4294967296 u64'],
  ['HUGE_ONE', '1 s32'],
  ['(enum color)3', '3 u32'],
  ['__builtin_constant_p(3) + __builtin_constant_p(byte)', '1 s32'],
  ['__builtin_choose_expr(1, 3L, "x")', '3 s64'],
  ['__builtin_types_compatible_p(u32, unsigned)', '1 s32'],
  ['__builtin_types_compatible_p(typeof(numbers), int[])', '1 s32'],
  ['__builtin_types_compatible_p(const int, int)', '1 s32'],
  ['__builtin_types_compatible_p(int *, const int *)', '0 s32'],
  ['__builtin_types_compatible_p(int (*)(char), int (*)(int))', '0 s32'],
  ['_Generic(1UL, int: 1, unsigned long: 2, default: 3)', '2 s32'],
  ['_Generic(&numbers[0], int *: 1, const int *: 2)', '2 s32'],
  ['_Generic("x", char *: 1, default: 3)', '1 s32'],
  ['sizeof(typeof(({ u8 x = 1; x; })))', '1 u64'],
  ['sizeof(__typeof__(*(8 ? ((void *)((long)(4) * 0l)) : (int *)8)))', '4 u64'],
  ['sizeof(__typeof__(*(8 ? ((void *)((long)(byte) * 0l)) : (int *)8)))', '1 u64'],
  ['__builtin_popcount(0xff) + __builtin_ffs(8) + __builtin_clz(1)', '43 s32'],
  ['__builtin_bswap32(0x11223344)', '1144201745 u32'],
  ['__builtin_bswap16(0x1122)', '8721 u16'],
  ['__builtin_expect(5, 1)', '5 s64'],
  ['__builtin_strlen("four")', '4 u64'],
  ['(u32){ 3 }', 'nothing'],
  ['byte', 'nothing'],
  ['pointer', 'nothing'],
  ['(void *)0', 'nothing'],
  ['unknown_name', 'nothing'],
  ['1 +', 'nothing'],
  ['1 2', 'nothing'],
  ['', 'nothing'],
];

describe('values and types on x86-64', () => {
  const x86 = compilerOf('x86_64');
  const read = declarationsOf(context);

  test.each(cases)('%s', (text, result) => {
    expect(evaluated(read, text)).toBe(result);
  });

  test.skipIf(!x86.there)('gcc agrees', () => {
    // Outside of functions gcc takes no statement expressions, commas or variables.
    const numbers = cases.filter(([text, result]) => /^-?\d/.test(result) && !/\(\{|byte|\(1, 2\)/.test(text));
    const wanted = gccNumbers(scratchFolder(), x86, context, numbers.map(([text]) => text));
    expect(numbers.map(([text, result]) => `${text}: ${BigInt.asIntN(64, BigInt(result.split(' ')[0] ?? ''))}`)).toEqual(numbers.map(([text], index) => `${text}: ${wanted[index] ?? ''}`));
  });

  test('nothing of it stays', () => {
    expect(read.problems).toEqual([]);
    expect(read.scope.depth).toBe(0);
  });
});

const names = ['char', 'signed char', 'unsigned char', 'short', 'unsigned short', 'int', 'unsigned', 'long', 'unsigned long', 'long long', 'unsigned long long', '_Bool', 'enum color', 'enum big', 'u8'] as const;
const literals = ['0', '1', '2', '7', '0x7fffffff', '0x80000000', '-1', '255u', '65536', '0x123456789aLL', '~0ULL', '1L', '3UL', "'c'", "'\\xe0'", 'RED', 'BLUE', 'BIG', 'HUGE_ONE', 'sizeof(struct inner)', '__builtin_offsetof(struct outer, a[1])', '0x8000000000000000'] as const;
const operators = ['+', '-', '*', '&', '|', '^', '<', '>', '<=', '>=', '==', '!=', '&&', '||'] as const;

/** Without divisions by what may be nothing and shifts by more than there is. */
function random(from: Random, depth: number): string {
  if (depth === 0 || from.chance(15)) return from.pick(literals);
  const inner = (): string => random(from, depth - 1);
  switch (from.below(9)) {
    case 0:
      return `(${from.pick(names)})(${inner()})`;
    case 1:
      return `(${from.pick(['-', '~', '!', '+'])}${'('}${inner()}))`;
    case 2:
      return `(${inner()} ? ${inner()} : ${inner()})`;
    case 3:
      return `((${inner()}) ${from.pick(['<<', '>>'])} ${from.below(32)})`;
    case 4:
      return `((${inner()}) ${from.pick(['/', '%'])} ${from.pick(['3', '7u', '-5', '11L', '13UL'])})`;
    case 5:
      return `sizeof(${inner()})`;
    default:
      return `(${inner()} ${from.pick(operators)} ${inner()})`;
  }
}

describe.each(compilers)('random expressions on $abi', (compiler) => {
  const reason = compiler.there ? '' : `: no ${compiler.from}`;

  test.skipIf(!compiler.there)(`value, size and sign${reason}`, () => {
    const folder = scratchFolder();
    const from = new Random(Number(process.env['BTFLY_SEED'] ?? 20_260_102));
    const expressions = Array.from({ length: 1_500 }, () => random(from, 4));
    const read = declarationsOf(context, compiler.abi);
    const wanted = gccNumbers(folder, compiler, context, expressions.flatMap((each) => [each, `sizeof(${each})`, `(__typeof__(${each}))-1 < 0`]));
    const wrong = expressions.flatMap((each, index) => {
      const [value = 0n, size, signed] = wanted.slice(3 * index, 3 * index + 3);
      const ours = evaluated(read, each);
      const theirs = `${signed === 1n ? value : BigInt.asUintN(8 * Number(size), value)} ${signed === 1n ? 's' : 'u'}${8 * Number(size)}`;
      return ours === theirs ? [] : [`${each} is ${theirs}, not ${ours}`];
    });
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});
