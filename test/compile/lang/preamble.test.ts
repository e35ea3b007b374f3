import { describe, expect, test } from 'vitest';
import { printScript } from '../../../src/compile/lang/printer.ts';
import { memoryTypes } from '../../help/memorytypes.ts';
import { parseRight, parseText, withoutSpans } from './help.ts';
import { noPreamble } from '../../../src/compile/lang/preamble/preamble.ts';

/** The body of the script's one probe, on one line. */
function body(text: string, options: Parameters<typeof parseRight>[1] = {}): string {
  const script = parseRight(text, options);
  return printScript({ ...script, preamble: noPreamble }).replace(/^BEGIN\n/, '').replace(/\s+/g, ' ').trim();
}

describe('conditionals', () => {
  test.each<[string, string]>([
    ['#ifdef BPFTRACE_HAVE_BTF\nBEGIN { 1 }\n#else\nBEGIN { 2 }\n#endif', '{ 1; }'],
    ['#ifndef BPFTRACE_HAVE_BTF\n#include <linux/fs.h>\ngarbage {{{ " \'\n#endif\nBEGIN { 1 }', '{ 1; }'],
    ['#if 0\nx\n#elif 1\nBEGIN { 2 }\n#elif 1\ny\n#else\nz\n#endif', '{ 2; }'],
    ['#if 0\n#if 1\nx\n#else\ny\n#endif\nz\n#else\nBEGIN { 3 }\n#endif', '{ 3; }'],
    ['#if 0\n/*\n#endif\n*/\n#endif\nBEGIN { 4 }', '{ 4; }'],
    ['#if 0 // #endif\n// /* not open\n#endif\nBEGIN { 4 }', '{ 4; }'],
    ['  # if defined(BPFTRACE_HAVE_BTF) && !defined FOO\nBEGIN { 5 }\n  # endif', '{ 5; }'],
    ['#define A 3\n#if A + 1 == 4 && (A << 1) > 5 ? 1 : 0\nBEGIN { 6 }\n#endif', '{ 6; }'],
    ['#if UNKNOWN\nx\n#else\nBEGIN { 7 }\n#endif', '{ 7; }'],
    ['#if 1 \\\n && 1\nBEGIN { 8 }\n#endif', '{ 8; }'],
    ['BEGIN {\n#ifdef X\n  @x = 1;\n#else\n  @y = 2;\n#endif\n}', '{ @y = 2; }'],
    ['BEGIN {\n#ifdef X\n  }\n#endif\n  @y = 2;}', '{ @y = 2; }'],
  ])('%j', (text, expected) => {
    expect(body(text)).toBe(expected);
  });

  test('without BTF', () => {
    expect(body('#ifdef BPFTRACE_HAVE_BTF\nBEGIN { 1 }\n#else\nBEGIN { 2 }\n#endif', { hasBtf: false })).toBe('{ 2; }');
  });

  test('a hash in a string or an attach point is no directive', () => {
    expect(body('BEGIN { print("\n#if 0\n"); }')).toBe('{ print("\\n#if 0\\n"); }');
    expect(parseRight('uprobe:/bin/a/*:f {}\n#define X 1\nBEGIN { X }').declarations).toHaveLength(2);
  });
});

describe('macros', () => {
  test.each<[string, string, string]>([
    ['#define AF_INET 2', '$x == AF_INET', '$x == 2'],
    ['#define AF_INET 2 /* two */ // really', 'AF_INET', '2'],
    ['#define\0 AF_INET 2', 'AF_INET', '2'],
    ['#define A 1 + 2', 'A * 3', '1 + (2 * 3)'],
    ['#define A B\n#define B 7', 'A', '7'],
    ['#define A B\n#define B A', 'A', 'A'],
    ['#define EMPTY', 'f(EMPTY)', 'f()'],
    ['#define SK ((struct sock *)arg0)', 'SK->sk_mark', '((struct sock*)arg0)->sk_mark'],
    ['#define sk_family __sk_common.skc_family', '$sk->sk_family', '$sk->__sk_common.skc_family'],
    ['#define ADD(a, b) ((a) + (b))', 'ADD(1, f(2, 3))', '1 + f(2, 3)'],
    ['#define F(x) x', 'F(F(F(4)))', '4'],
    ['#define F(x) x', 'F', 'F'],
    ['#define F(x) x(x)', 'F(F)', 'F(F)'],
    ['#define G() 5', 'G()', '5'],
    ['#define V(f, ...) printf(f, __VA_ARGS__)', 'V("a", 1, 2)', 'printf("a", 1, 2)'],
    ['#define CAT(a, b) a##b', 'CAT(p, id)', 'pid'],
    ['#define STR(a) #a', 'STR(a + 1)', '"a + 1"'],
    ['#define LONG 1 + \\\n  2', 'LONG', '1 + 2'],
    ['#define A 1\n#undef A', 'A', 'A'],
    ['#define A 1', '@A + $A', '@A + $A'],
    ['#define A 1', '"A"', '"A"'],
    ['#define A 1\n#define B(x) A x A', 'f(B(+))', 'f(1 + 1)'],
    ['#define P 0x10UL', 'P', '16UL'],
  ])('%s: %s', (macros, text, expected) => {
    expect(body(`${macros}\nBEGIN { ${text} }`)).toBe(`{ ${expected}; }`);
  });

  test('the tree keeps them unexpanded', () => {
    const { preamble } = parseRight('#define A 1 + B\n#define F(x, y) x\n#define GONE\n#undef GONE\nBEGIN {}');
    expect([...preamble.macros.values()].map(({ name, params, body: text }) => [name, params, text])).toEqual([['A', null, '1 + B'], ['F', ['x', 'y'], 'x']]);
  });

  test('complaints point at the use', () => {
    expect(parseText('#define BAD (1 +\n#define TWO(a, b) a\nBEGIN {\n  $x = BAD;\n  $y = TWO(1);\n  $z = TWO(1, 2\n}\n').complaints).toBe(
      `stdin:4:11-12: ERROR: syntax: expected expression
  $x = BAD;
          ~
stdin:5:8-14: ERROR: syntax: macro 'TWO' wants 2 arguments, 1 given
  $y = TWO(1);
       ~~~~~~
stdin:6:8-11: ERROR: syntax: unterminated argument list invoking macro 'TWO'
  $z = TWO(1, 2
       ~~~
stdin:8:1-1: ERROR: syntax: expected ';'

~
`);
  });

  test('words of a macro stand where it is used', () => {
    const text = '#define NEXT(p) (p)->next\nBEGIN { $x = NEXT($y); }';
    const probe = parseRight(text).declarations[0];
    const statement = probe?.kind === 'probe' ? probe.body.statements[0] : undefined;
    const value = statement?.kind === 'assign' ? statement.value : undefined;
    expect(text.slice(value?.span.start, value?.span.end)).toBe('NEXT($y)');
  });

  test('an expansion without end is cut', () => {
    const doubling = Array.from({ length: 40 }, (_, n) => `#define M${n + 1} M${n} + M${n}`).join('\n');
    expect(parseText(`#define M0 1\n${doubling}\nBEGIN { M40 }`).complaints).toMatch(/expansion of macro 'M\d+' is too large|nested too deeply/);
  });
});

describe('what is wrong with directives', () => {
  test.each<[string, string]>([
    ['#if 1\nBEGIN {}', '1:1-6: ERROR: syntax: unterminated #if'],
    ['#endif\nBEGIN {}', '1:1-7: ERROR: syntax: #endif without #if'],
    ['#else\nBEGIN {}', '1:1-6: ERROR: syntax: #else without #if'],
    ['#if 1\n#else\n#else\n#endif', '3:1-6: ERROR: syntax: #else after #else'],
    ['#if 1 +\n#endif', '1:1-8: ERROR: syntax: #if with an expression that ends too early'],
    ['#if 1 / 0\n#endif', '1:1-10: ERROR: syntax: division by zero in #if'],
    ['#ifdef\n#endif', '1:1-7: ERROR: syntax: no macro name given in #ifdef directive'],
    ['#define 3\n', '1:1-10: ERROR: syntax: macro names must be identifiers'],
    ['#include linux\n', '1:1-15: ERROR: syntax: #include expects "FILENAME" or <FILENAME>'],
    ['#frob\n', '1:1-6: ERROR: syntax: invalid preprocessing directive #frob'],
    ['#error no way\n', '1:1-14: ERROR: syntax: #error no way'],
    ['#define A 1\n#define A 2\n', '2:1-12: WARNING: "A" redefined'],
  ])('%j', (text, expected) => {
    expect(parseText(text).complaints.split('\n')[0]).toBe(`stdin:${expected}`);
  });

  test('what is skipped is not complained about', () => {
    expect(parseText('#if 0\n#error no\n#frob\n#include 3\n#endif\nBEGIN {}').complaints).toBe('');
  });
});

describe('includes', () => {
  const headers: Readonly<Record<string, string>> = {
    'a.h': '#ifndef A_H\n#define A_H\n#include <b.h>\n#define AF_X (B_BASE + 1)\n#define current get_current()\n#define min(a, b) ((a) < (b) ? (a) : (b))\nstruct a { struct b b; int x[N]; };\nextern int f(struct a *);\nstatic inline int g(int x) { if (x) { return 1; } return 0; }\nenum { B_LAST = 5 };\n#define LAST B_LAST\n#endif\n',
    'b.h': '#define B_BASE 0x10\n#define N 4\ntypedef unsigned int u32;\nstruct b { u32 y; } __attribute__((packed));\n',
    'broken.h': '#define GOOD 1\nstruct q { int x; };\n#if\n',
    'odd.h': 'struct w { int x : f(); };\nstruct v { int y; };\n#define V 9\n',
    'far.h': '#include "deep/far.h"\n',
    'deep/far.h': '\n#include <nowhere.h>\nint x\nstruct z;\n',
    'itself.h': '#include "itself.h"\n#include "other.h"\n',
  };
  const nothing = memoryTypes({ definitions: [] });

  test('are listed, found or not', () => {
    const { script: { preamble }, missed, complaints } = parseText('#include <linux/none.h>\n#include "b.h"\n#if 0\n#include <left/out.h>\n#endif\nBEGIN {}', { headers });
    expect(preamble.includes.map(({ name, system }) => [name, system])).toEqual([['linux/none.h', true], ['b.h', false]]);
    expect(missed).toEqual([{ span: { start: 0, end: 23 }, message: 'linux/none.h: No such file or directory' }]);
    expect(complaints).toBe('');
  });

  test('a header that is there brings definitions, and its macros as values', () => {
    const { script, part, complaints } = parseText('#include <a.h>\n#include <a.h>\n#if AF_X == 17 && defined(min)\nBEGIN { AF_X; current }\n#endif', { headers });
    expect(complaints).toBe('');
    expect(printScript({ ...script, preamble: noPreamble })).toBe('BEGIN\n{\n  AF_X;\n  current;\n}\n');
    const types = part?.types(nothing);
    expect(['a', 'b'].map((name) => types?.find('struct', name)[0]?.size)).toEqual([20, 4]);
    expect(['AF_X', 'LAST', 'N', 'current'].map((name) => types?.constant(name)?.value)).toEqual([17n, 5n, 4n, undefined]);
    expect(types?.macro('min')).toMatchObject({ kind: 'function', params: ['a', 'b'] });
    expect([...script.preamble.macros.keys()]).toEqual([]);
  });

  test('what cannot be read of a header is said, and the rest is there', () => {
    const types = (text: string): unknown => {
      const { part, complaints } = parseText(`${text}\nBEGIN {}`, { headers });
      return [part?.types(nothing).find('struct', 'q')[0]?.size, part?.types(nothing).find('struct', 'v')[0]?.size, part?.types(nothing).constant('V')?.value, complaints.split('\n')[0]];
    };
    expect(types('#include <broken.h>')).toEqual([4, undefined, undefined, 'stdin:1:1-20: WARNING: broken.h:3: #if with no expression']);
    expect(types('#include <odd.h>')).toEqual([undefined, 4, 9n, "stdin:1:1-17: WARNING: odd.h:1: 'f' is not declared"]);
  });

  test('the way to it is said', () => {
    expect(parseText('\n#include "far.h"\nBEGIN {}', { headers }).complaints.split('\n').filter((line) => line.startsWith('stdin'))).toEqual([
      'stdin:2:1-17: WARNING: deep/far.h:2: nowhere.h: No such file or directory, included from far.h:1',
      "stdin:2:1-17: WARNING: deep/far.h:4: expected ';' before 'struct', included from far.h:1",
    ]);
  });

  test('a header that includes itself ends', () => {
    expect(parseText('#include "itself.h"\nBEGIN {}', { headers }).complaints.split('\n')[0]).toBe(
      'stdin:1:1-20: WARNING: itself.h:1: #include nested depth 200 exceeds maximum of 200, included from itself.h:1, included from itself.h:1, 195 more, included from itself.h:1',
    );
  });
});

describe('definitions', () => {
  test.each([
    'struct a { int x, *y; char z[4][2]; };',
    'struct a { unsigned x : 3, : 5, y : 2; unsigned long long z; };',
    'struct a { int (*call)(struct b *, int); void *(*f[2])(void); int (*p)[3]; };',
    'struct a { union { int x; struct { char y; }; }; struct { int q; } z; };',
    'struct a { struct b { int x; } y; };',
    'struct __attribute__((packed, aligned(8))) a { char c __attribute__((aligned(4))); };',
    'struct a { const volatile char *restrict x; struct b const *y; } __packed;',
    'enum e { A, B = 5, C, D = 1 << 3 | A, E = -1, };',
    'enum e { N = 3 }; struct a { int x[N * 2]; int y : N; };',
    'typedef unsigned long ulong, *pulong; typedef struct { int x; } t; typedef int (*fn)(int);',
    'enum { X = 1 };',
    'struct a { char pad[16 - sizeof(unsigned short)], ptrs[4 * sizeof(struct b *)], x[sizeof(__u32)]; };',
    'struct forward;',
    'struct a { int x[]; };',
    'struct {int x;}; union u { };',
    '#pragma pack(1)\nstruct a { char c; int x; };',
  ])('%s', (text) => {
    const { script, complaints } = parseText(text);
    expect(complaints).toBe('');
    expect(withoutSpans(parseRight(printScript(script)))).toEqual(withoutSpans(script));
  });

  test.each<[string, string]>([
    ['struct a { int x', "2:1-6: expected ';' before 'BEGIN'"],
    ['struct a { int x[y]; };', "1:19-20: 'y' is not declared"],
    ['struct a { int x[-1]; };', '1:21-22: the size of an array is -1'],
    ['struct a { int x : 200; };', "1:23-24: the width of 'x' is 200, its type has 32 bits"],
    ['struct a { int; 3 };', "1:17-18: expected a declaration before '3'"],
    ['struct 3 {};', "1:8-9: expected a name or '{' before '3'"],
    ['enum a { 3 };', "1:10-11: expected a name before '3'"],
    ['enum a { A B };', "1:12-13: expected '}' before 'B'"],
    ['struct a { int x; } __attribute__((aligned(3)));', '1:45-46: the alignment 3 is no power of two'],
  ])('complaint about %s', (text, expected) => {
    expect(parseText(`${text}\nBEGIN {}`).complaints.split('\n')[0]?.replace(/^stdin:/, '').replace('ERROR: syntax: ', '')).toBe(expected);
  });
});

describe('definitions without their semicolon', () => {
  test.each<[string, string, string]>([
    ['a probe behind it', 'struct a { int x; }\nkprobe:f { 1 }', 'struct a { int x; };'],
    ['a comment between', 'struct a { int x; } // here\n/* and here */\nkprobe:f { 1 }', 'struct a { int x; };'],
    ['attributes', 'struct a { int x; } __attribute__((packed))\nBEGIN { 1 }', 'struct a { int x; } __attribute__((packed));'],
    ['another one', 'struct a { int x; }\nunion b { int y; }\nBEGIN { 1 }', 'struct a { int x; }; union b { int y; };'],
    ['the end of a conditional', '#if 1\nstruct a { int x; } __attribute__((packed))\n#endif\nBEGIN { 1 }', 'struct a { int x; } __attribute__((packed));'],
    ['the configuration', 'struct a { int x; }\nconfig = { max_strlen = 64 }\nBEGIN { 1 }', 'struct a { int x; }; config = { max_strlen = 64; }'],
    ['a map', 'struct a { int x; }\nlet @m = lruhash(4096);\nBEGIN { 1 }', 'struct a { int x; }; let @m = lruhash(4096);'],
    ['a macro', 'struct a { int x; }\nmacro one() { 1 }\nBEGIN { one() }', 'struct a { int x; }; macro one() { 1 }'],
  ])('%s', (_, text, expected) => {
    const { script, complaints } = parseText(text);
    expect(complaints).toBe('');
    expect(printScript(script).replace(/\s+/g, ' ')).toContain(expected);
    expect(script.declarations.some(({ kind }) => kind === 'probe')).toBe(true);
  });

  test.each(['typedef struct { int x; } struct_t;', 'typedef struct { int x; } *p, q[2];', 'typedef int f(int), *g;', 'struct {\n#if 1\n int x;\n#endif\n} s;'])('%s has one', (text) => {
    expect(parseRight(`${text}\nBEGIN { 1 }`).preamble.definitions.map((each) => each.text)).toEqual([text]);
  });
});
