// Texts with directives that damages are done to, and what reads them: headers that include each other and the text itself, and every macro is asked for.
import { readHeaders } from '../../src/source/headers/headers.ts';
import type { HeaderConfig } from '../../src/source/headers/tree/config.ts';

export const headerSamples: readonly string[] = [
  '#define f(x, y...) g(x, ## y) #x x##_t __VA_OPT__(,)\n#define g(a, ...) a __VA_ARGS__ f(a) __COUNTER__ __LINE__\n#define h(x) f(x, h(x), (x)) g(x)\nint f(a, b), h(h(h(c))), g(1, 2, 3);\n#undef f\n#define EMPTY\n#define PAIR(x) x x\nPAIR(PAIR(PAIR(EMPTY)))\n',
  '#if defined(A) && (1 << 3 > 0x7 ? -1 : 2u) || !__has_include(<a.h>) + __has_attribute(packed)\n#include <a.h>\n#elif IS_ENABLED(CONFIG_X)\n#include "main.c"\n#else\n#include_next <b.h>\n#define NAME(x) <x.h>\n#include NAME(b)\n#endif\n#ifdef A\n#pragma pack(push, 2)\n#endif\nstruct s { char c; long l; };\n#pragma pack(pop)\n_Pragma("once") int x;\n',
  '#define ONE 1\n#define TWO (ONE + 1)\n#define STR "a" "b\\n"\n#define BIT(n) (1UL << (n))\n#define MASK(n) (BIT(n) - 1)\n#define sk_family __sk_common.skc_family\n#define LIST 1, 2\nstruct sock { struct { int skc_family; } __sk_common; int sk[MASK(3)]; };\nenum e { A = TWO, B = BIT(5) };\n#define C (sizeof(struct sock) + A)\n',
  '#include "main.c"\n#include <a.h>\n#ifndef GUARD\n#define GUARD\n/* a */ int a; // b\n#define long_macro(a, \\\n  b) a \\\n  b\nint long_macro(x, y);\n#include __FILE__\n#endif\n#error never\n#line 5 "x.c"\n??=define T \'\\x41\'\nint t[T] = { [0] = L\'a\' };\n',
];

const files: Readonly<Record<string, string>> = {
  '/inc/a.h': '#define A 1\n#define IS_ENABLED(x) x\n#include <b.h>\ntypedef int a_t;\n',
  '/inc/b.h': '#ifndef B\n#define B\n#include "main.c"\n#endif\n',
};

const config: HeaderConfig = { arch: 'x86_64', gcc: 12, quote: [], system: ['/inc'], forced: [], defines: ['D=1'], unsignedChar: false, msExtensions: true };

export function readDamagedHeader(text: string): void {
  const facts = readHeaders({ files: { read: (path) => (path.endsWith('main.c') ? text : files[path]) }, config, main: { name: 'main.c', text } });
  for (let index = 0; index < facts.definitions.length; index++) facts.definitions.at(index);
  for (const name of facts.macros.names()) facts.macros.find(name);
}
