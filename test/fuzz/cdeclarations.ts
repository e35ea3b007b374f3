// Declarations of C that damages are done to, and what reads them: everything is decoded, and expressions are evaluated.
import { abis } from '../../src/source/headers/abi/abi.ts';
import { readDeclarations } from '../../src/source/headers/c/declarations.ts';
import { CTokens, symbolsOf } from '../help/ctokens.ts';

export const cSamples: readonly string[] = [
  'typedef unsigned int u32; enum e { A, B = 1 << 3, C = sizeof(u32) } __attribute__((packed));\nstruct s { u32 x : 3, : 0, y : 29; enum e e; struct { char c; union { long l; double d[2]; }; } __attribute__((packed, aligned(4))); int tail[]; };\n',
  'struct list { struct list *next, **prev; void (*f)(struct list *, const char *restrict name, ...); int (*(*g)[3])(void); };\nextern struct list head __attribute__((aligned(1 << 6))); typeof(head.next->f) h; static inline int walk(struct list *l) { while (l) { l = l->next; } return 0; }\n',
  '_Static_assert(__builtin_offsetof(struct a { int b[4]; struct { short c; } d; }, d.c) == 16, "where" " it is");\nint x[(__builtin_choose_expr(1, 2, "") + _Generic(1L, long: 3, default: 4)) ?: 1], y = { [0] = ((union u { int i; }){ 1 }).i };\n#pragma pack(push, 2)\nstruct p { char c; long long l; _Alignas(8) char d; };\n#pragma pack(pop)\n',
  'typedef int v4 __attribute__((vector_size(16))); typeof(({ struct { int i; } s = { 1 }; if (s.i) { } s.i + 1UL; })) z; asm volatile ("" : : "r"(1)); __builtin_va_list l; int f(int (*)(char [static 3]), ...) asm("g");\n',
];

const options = { unsignedChar: false, shortWchar: true, msExtensions: true } as const;

export function readDamaged(text: string): void {
  for (const abi of [abis.x86_64, abis.i386]) {
    const read = readDeclarations(new CTokens(text), { ...options, abi });
    for (let index = 0; index < read.list.length; index++) read.list.at(index);
    for (const { type } of read.list.variables()) read.list.type(type);
    for (const expression of text.split(/[;,{}]/, 40)) read.evaluate(symbolsOf(expression, read.cursor.symbols));
  }
}
