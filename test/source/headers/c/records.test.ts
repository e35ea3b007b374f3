// Bodies of struct, union and enum: what is in them and where.
import { expect, test } from 'vitest';
import { declarationsOf, picture } from '../../../help/cpicture.ts';

const cases: readonly (readonly [text: string, ...lines: string[]])[] = [
  ['struct a { char c; int i; };', 'struct a { char c @0; int i @32; } 8'],
  ['struct a { char c; int i; } __attribute__((packed));', 'struct a { char c @0; int i @8; } 5'],
  ['struct __attribute__((packed)) a { char c; int i; };', 'struct a { char c @0; int i @8; } 5'],
  ['struct a { char c; int i __attribute__((__packed__)); short s; };', 'struct a { char c @0; int i @8; short int s @48; } 8'],
  ['struct a { char c; } __attribute__((aligned(16)));', 'struct a { char c @0; } 16'],
  ['struct a { char c; } __attribute__((__aligned__));', 'struct a { char c @0; } 16'],
  ['struct a { char c; char d __attribute__((aligned(1 << 3))); };', 'struct a { char c @0; char d @64; } 16'],
  ['struct a { char c; __attribute__((aligned(8))) char d, e; };', 'struct a { char c @0; char d @64; char e @128; } 24'],
  ['struct a { char c; _Alignas(8) char d; _Alignas(int) char e; };', 'struct a { char c @0; char d @64; char e @96; } 16'],
  ['struct a { int x:3, :2, y:5; unsigned z:30; };', 'struct a { int x:3 @0; int y:5 @5; unsigned int z:30 @32; } 8'],
  ['struct a { int x:3; int :0; char c; };', 'struct a { int x:3 @0; char c @32; } 8'],
  ['struct a { char c; long l:33; };', 'struct a { char c @0; long int l:33 @8; } 8'],
  ['struct a { int x:20, y:20; } __attribute__((packed));', 'struct a { int x:20 @0; int y:20 @20; } 5'],
  ['#pragma pack(2)\nstruct a { char c; int i; };\n#pragma pack()\nstruct b { char c; int i; };', 'struct a { char c @0; int i @16; } 6', 'struct b { char c @0; int i @32; } 8'],
  ['#pragma pack(push, 1)\nstruct a { char c; int i; };\n#pragma pack(pop)\nstruct b { char c; int i; };', 'struct a { char c @0; int i @8; } 5', 'struct b { char c @0; int i @32; } 8'],
  ['struct a { }; union b { };', 'struct a { } 0', 'union b { } 0'],
  ['struct a { int n; char tail[]; };', 'struct a { int n @0; char tail[0] @32; } 4'],
  ['struct a { int n; long tail[0]; };', 'struct a { int n @0; long int tail[0] @64; } 8'],
  ['struct a { char c; union { int i; struct { short s, t; }; }; };', 'struct a { char c @0; union { int i @0; struct { short int s @0; short int t @16; } 4 @0; } 4 @32; } 8'],
  ['union u { char c[5]; int i:3; };', 'union u { char c[5] @0; int i:3 @0; } 8'],
  ['struct list { struct list *next, **prev; };', 'struct list { struct list *next @0; struct list **prev @64; } 16'],
  ['struct a { int (*f)(struct b *, const char *name, ...); void (*g[2])(void); };', 'struct a { int (*f)(struct b *, const char *name, ...) @0; void (*g[2])(void) @64; } 24'],
  ['struct a { struct b { int x; } y; struct c { int z; }; };', 'struct b { int x @0; } 4', 'struct c { int z @0; } 4', 'struct a { struct b y @0; } 4'],
  ['enum e { A, B = 5, C, };', 'enum e { A = 0, B = 5, C = 6 } 4'],
  ['enum e { A = -1, B = 0xffffffff };', 'enum e { A = -1, B = 4294967295 } 8'],
  ['enum e { A = 1ULL << 40, B };', 'enum e { A = 1099511627776, B = 1099511627777 } 8'],
  ['enum e { A, B = 200 } __attribute__((packed)); struct s { char c; enum e e; };', 'enum e { A = 0, B = 200 } 1', 'struct s { char c @0; enum e e @8; } 2'],
  ['enum e : unsigned short { A = 3 }; struct s { enum e : 3; enum e x : 2; };', 'enum e { A = 3 } 2', 'struct s { enum e x:2 @3; } 2'],
  ['enum e { A __attribute__((deprecated)) = 1, B };', 'enum e { A = 1, B = 2 } 4'],
  ['struct a { _Static_assert(sizeof(int) == 4, "int"); int x; };', 'struct a { int x @0; } 4'],
  ['struct a { int x; }; struct a { int x; };', 'struct a { int x @0; } 4'],
  ['struct a { int x; };\nstruct a { int y; };', 'struct a { int x @0; } 4', 'struct a { int y @0; } 4', "2: 'struct a' is defined twice, in different ways"],
  ['typedef int u32 __attribute__((mode(DI))); typedef unsigned char v4 __attribute__((vector_size(4)));', 'typedef long int u32', 'typedef unsigned char v4[4]'],
  ['typedef int u __attribute__((aligned(1))); struct a { char c; u x; };', 'typedef int u', 'struct a { char c @0; u x @8; } 5'],
  ['struct a { char c; int *__attribute__((aligned(2))) p; };', 'struct a { char c @0; int *p @16; } 10'],
  ['struct a { int __attribute__((btf_type_tag("user"))) *p; };', 'struct a { int *p @0; } 8'],
  ['struct s { __int128 a; unsigned __int128 b; };', 'struct s { __int128 a @0; __int128 unsigned b @128; } 32'],
  ['struct a { __builtin_va_list l; };', 'struct __va_list_tag { unsigned int gp_offset @0; unsigned int fp_offset @32; void *overflow_arg_area @64; void *reg_save_area @128; } 24', 'typedef struct __va_list_tag __builtin_va_list[1]', 'struct a { __builtin_va_list l @0; } 24'],
];

test.each(cases)('%s', (text, ...lines) => {
  expect(picture(declarationsOf(text))).toEqual(lines);
});

test('struct a; inside a struct is a member where Microsoft has its say', () => {
  const text = 'struct a { int x; }; struct b { char c; struct a; };';
  expect(picture(declarationsOf(text, 'x86_64', { msExtensions: true }))).toEqual(['struct a { int x @0; } 4', 'struct b { char c @0; struct a @32; } 8']);
  expect(picture(declarationsOf(text)).at(-1)).toBe('struct b { char c @0; } 1');
});

test('other architectures', () => {
  const text = 'struct a { char c; long long l; double d; }; struct b { char c; int :0; }; struct c { char c; int :3; };';
  expect(picture(declarationsOf(text, 'i386'))).toEqual(['struct a { char c @0; long long int l @32; double d @96; } 20', 'struct b { char c @0; } 4', 'struct c { char c @0; } 2']);
  expect(picture(declarationsOf(text, 'arm'))).toEqual(['struct a { char c @0; long long int l @64; double d @128; } 24', 'struct b { char c @0; } 4', 'struct c { char c @0; } 4']);
  expect(picture(declarationsOf(text, 'arm64')).slice(1)).toEqual(['struct b { char c @0; } 4', 'struct c { char c @0; } 4']);
});
