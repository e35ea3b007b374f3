// Declarations of every other kind, what cannot be read, and where reading goes on.
import { describe, expect, test } from 'vitest';
import { declarationsOf, picture } from '../../../help/cpicture.ts';

const cases: readonly (readonly [text: string, ...lines: string[]])[] = [
  ['int f(void);', 'int f(void)'],
  ['extern int f(); long unsigned g(char, const char *name, ...);', 'int f(void)', 'long unsigned int g(char, const char *name, ...)'],
  ['static inline __attribute__((always_inline)) int f(int a) { if (a) { return 1; } return 0; } int g(void);', 'int f(int a)', 'int g(void)'],
  ['int f(int); int f(int a); int f(int b);', 'int f(int a)'],
  ['void f(int a[10], int g(char));', 'void f(int *a, int (*g)(char))'],
  ['void (*signal(int sig, void (*handler)(int)))(int);', 'void (*signal(int sig, void (*handler)(int)))(int)'],
  ['int (*(*table[3])(int))[4];', 'int (* (*table[3])(int))[4]'],
  ['typedef int (*compare)(const void *, const void *); compare pick(compare[2]);', 'typedef int (*compare)(const void *, const void *)', 'compare pick(compare *)'],
  ['typedef struct { int x; } a, *b;', 'typedef struct { int x @0; } 4 a', 'typedef struct { int x @0; } 4 *b'],
  ['struct { int x; } typedef a;', 'typedef struct { int x @0; } 4 a'],
  ['typedef int u8; struct a { u8 u8; }; void f(u8 u8);', 'typedef int u8', 'struct a { u8 u8 @0; } 4', 'void f(u8 u8)'],
  ['typedef int a; typedef int a;', 'typedef int a'],
  ['typedef int a; typedef long a;', 'typedef int a', 'typedef long int a', "1: 'a' is defined twice, in different ways"],
  ['long unsigned const int long x, *volatile y, z[2][3];', 'const long long unsigned int x', 'const long long unsigned int * volatile y', 'const long long unsigned int z[2][3]'],
  ['extern int x[]; extern int x[4];', 'int x[4]'],
  ['int x = (1, 2), y[] = { 1, { 2 } }, *z = &x; int w;', 'int x', 'int y[0]', 'int *z', 'int w'],
  ['extern int x asm("y") __attribute__((section("z"), aligned(8)));', 'int x'],
  ['asm(".text"); __asm__ volatile ("nop" : : "r"(1)); int x;', 'int x'],
  ['struct s *p; struct s { int x; };', 'struct s { int x @0; } 4', 'struct s *p'],
  ['void f(struct s *p); struct s { int x; }; void g(struct s *p);', 'void f(struct s *p)', 'struct s { int x @0; } 4', 'void g(struct s *p)'],
  ['extern int x; __typeof__(x) y; typeof(&x) z; typeof(int[3]) w;', 'int x', 'int y', 'int *z', 'int w[3]'],
  ['struct s { short a; long b; } *p; typeof(p->a) x; typeof(p->b + 1) y; typeof(*p) z; typeof(p->a << 1) w;', 'struct s { short int a @0; long int b @64; } 16', 'struct s *p', 'short int x', 'long int y', 'struct s z', 'int w'],
  ['long f(char); typeof(f(1)) x; typeof(f) g; typeof(&f) h;', 'long int f(char)', 'long int g(char)', 'long int x', 'long int (*h)(char)'],
  ['_Static_assert(sizeof(long) == 8, "long"); _Static_assert(1); int x;', 'int x'],
  ['_Static_assert(sizeof(long) == 4, "long " "is long");', '1: static assertion failed: long is long'],
  ['__extension__ typedef long long a; __extension__ struct b { int x; };', 'typedef long long int a', 'struct b { int x @0; } 4'],
  ['_Atomic int a; _Atomic(long) b; _Bool c; _Complex double d; __int128_t e; float f; long double g;', 'int a', 'long int b', '_Bool c', 'complex double d', '__int128 e', 'float f', 'long double g'],
  ['typedef char *__attribute__((btf_type_tag("user"))) *a; int __attribute__((vector_size(16))) v;', 'typedef char **a', 'int v[4]'],
  ['void __attribute__((noreturn)) *(__attribute__((x)) f)(int [static const 3], char [*]) __attribute__((nonnull(1, 2)));', 'void *f(int *, char *)'],
  ['enum { A = 3 }; char x[A << 1]; enum e; enum e *p;', 'char x[6]', 'enum e *p'],
  [';;; int x;;', 'int x'],
];

describe('what they declare', () => {
  test.each(cases)('%s', (text, ...lines) => {
    expect(picture(declarationsOf(text))).toEqual(lines);
  });
});

const broken: readonly (readonly [text: string, ...lines: string[]])[] = [
  ['foo_t x;\nint y;', 'int y', "1: unknown type name 'foo_t'"],
  ['struct a {\nint x;\nfoo_t y;\nint z; } w;\nint y;', 'int y', "3: unknown type name 'foo_t'"],
  ['foo_t f(int x) { return 1; }\nu32 g(void) { { } }\nint y;', 'int y', "1: unknown type name 'foo_t'", "2: unknown type name 'u32'"],
  ['struct a { struct b { int x; } y; foo_t z; };', 'struct b { int x @0; } 4', "1: unknown type name 'foo_t'"],
  ['MODULE_LICENSE("GPL");\nint y;', 'int y', "1: unknown type name 'MODULE_LICENSE'"],
  ['int x[3;\nint y;', 'int y', "1: expected ']' before ';'"],
  ['int x[-1]; int y;', 'int y', '1: the size of an array is -1'],
  ['struct a x; struct b { struct a x; }; int y;', 'struct a x', 'int y', "1: member 'x' has incomplete type 'struct a'"],
  ['struct a { int x : 33; }; int y;', 'int y', "1: the width of 'x' is 33, its type has 32 bits"],
  ['struct a { float x : 3; }; int y;', 'int y', "1: the bitfield 'x' is of a type that is no integer"],
  ['enum e { A = x }; int y;', 'int y', "1: 'x' is not declared"],
  ['enum e { A = 0x7fffffff, B }; int y;', 'int y', "1: the value of 'B' is more than its type holds"],
  ['int int x; int y;', 'int y', "1: 'int' once too often"],
  ['struct a { int x; } int y; int z;', 'struct a { int x @0; } 4', 'int z', "1: two types in one declaration, the second one 'int'"],
  ['union a; struct a { int x; }; int y;', 'int y', "1: 'struct a' was declared as union"],
  ['} int y;', 'int y', "1: expected a declaration before '}'"],
  ['struct a { int x;', "1: expected '}' before the end"],
  ['int f(', '1: expected a declaration before the end'],
  ['struct a { int x; } __attribute__((aligned(3))); int y;', 'int y', '1: the alignment 3 is no power of two'],
  ['_Static_assert(x); int y;', 'int y', "1: 'x' is not declared"],
  ['struct a { struct a { int y; } x; }; int y;', 'struct a { int y @0; } 4', 'int y', "1: 'struct a' is defined inside of itself"],
];

describe('what cannot be read', () => {
  test.each(broken)('%s', (text, ...lines) => {
    expect(picture(declarationsOf(text))).toEqual(lines);
  });
});

const many = 100_000;

const bombs: readonly (readonly [name: string, text: string])[] = [
  ['parentheses', `int x[${'('.repeat(many)}1${')'.repeat(many)}];`],
  ['declarators', `int ${'('.repeat(many)}x${')'.repeat(many)};`],
  ['stars', `int ${'*'.repeat(many)}x;`],
  ['stars in parentheses', `int ${`(${'*'.repeat(200)}`.repeat(200)}x${')'.repeat(200)};`],
  ['records', `${'struct {'.repeat(many)} int x; ${'} a;'.repeat(many)}`],
  ['casts', `int x[${'(int)'.repeat(many)}1];`],
  ['signs', `int x[${'- '.repeat(many)}1];`],
  ['conditions', `int x[${'1 ? 1 : '.repeat(many)}1];`],
  ['typeof', `int x; ${'typeof('.repeat(many)}x${')'.repeat(many)} z;`],
  ['parameters', `void f${'(void (*)'.repeat(many)}(void)${')'.repeat(many)};`],
  ['arrays', `int x${'[9999999]'.repeat(1000)};`],
  ['initialisers', `int x = ${'{'.repeat(many)}${'}'.repeat(many)};`],
  ['statement expressions', `typeof(${'({'.repeat(many)}1;${'})'.repeat(many)}) z;`],
  ['_Generic', `int x[${'_Generic(1, int: '.repeat(many)}1${')'.repeat(many)}];`],
];

describe('bombs end as problems, and the next declaration is read', () => {
  test.each(bombs)('%s', (_, text) => {
    const read = declarationsOf(`${text}\nint after;`);
    for (const { type } of read.list.variables()) read.list.type(type);
    expect([...read.list.variables()].map(({ name }) => name)).toContain('after');
  });

  test('pointers to pointers to pointers, by typeof', () => {
    const read = declarationsOf(`int x0; ${Array.from({ length: 20_000 }, (_, at) => `typeof(x${at}) *x${at + 1};`).join(' ')}`);
    for (const { type } of read.list.variables()) read.list.type(type);
    expect(read.problems.slice(0, 1).map(({ message }) => message)).toEqual(['a type that is nested more than 256 deep']);
  });

  test('functions of two functions of two functions, by typeof', () => {
    const read = declarationsOf(`int x0; ${Array.from({ length: 40 }, (_, at) => `int (*x${at + 1})(typeof(x${at}), typeof(x${at}));`).join(' ')}`);
    for (const { type } of read.list.variables()) read.list.type(type);
    expect(read.problems.slice(0, 1).map(({ message }) => message)).toEqual(['a type of more than 4096 parts']);
  });
});
