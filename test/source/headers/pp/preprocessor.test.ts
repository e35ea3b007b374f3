// The preprocessor, case by case: what the standard gives as examples, what gcc does beyond it, what is wrong with a text.
import { describe, expect, it } from 'vitest';
import { FileCache } from '../../../../src/source/headers/pp/include.ts';
import { Preprocessor } from '../../../../src/source/headers/pp/preprocessor.ts';
import { Symbols } from '../../../../src/source/headers/symbols.ts';

function preprocessor(text: string, files: Readonly<Record<string, string>> = {}, defines: readonly string[] = []): Preprocessor {
  const read = { read: (path: string) => files[path] };
  const config = { quote: ['quote'], system: ['sys', 'more'], forced: [], defines, arch: 'x86_64', gcc: 12 };
  return new Preprocessor({ files: read, cache: new FileCache(read, new Symbols()), config, main: { name: 'main.c', text } });
}

/** Tokens with one blank between them. */
function tokens(pp: Preprocessor): string {
  const all: string[] = [];
  for (let symbol = pp.next(); symbol !== 0; symbol = pp.next()) all.push(pp.symbols.text(symbol));
  return all.join(' ');
}

function problems(pp: Preprocessor): string[] {
  tokens(pp);
  return pp.problems.map(({ place, severity, message }) => `${place.file}:${place.line}:${place.column}: ${severity}: ${message}${place.included.map((each) => `, from ${each.file}:${each.line}`).join('')}`);
}

/** C11 6.10.3.3 to 6.10.3.5: the examples of the standard. */
const standard: readonly (readonly [text: string, expected: string])[] = [
  ['#define hash_hash # ## #\n#define mkstr(a) # a\n#define in_between(a) mkstr(a)\n#define join(c, d) in_between(c hash_hash d)\nchar p[] = join(x, y);', 'char p [ ] = "x ## y" ;'],
  [
    '#define x 3\n#define f(a) f(x * (a))\n#undef x\n#define x 2\n#define g f\n#define z z[0]\n#define h g(~\n#define m(a) a(w)\n#define w 0,1\n#define t(a) a\n#define p() int\n#define q(x) x\n#define r(x,y) x ## y\n#define str(x) # x\n'
    + 'f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);\ng(x+(3,4)-w) | h 5) & m\n(f)^m(m);\np() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };\nchar c[2][6] = { str(hello), str() };',
    'f ( 2 * ( y + 1 ) ) + f ( 2 * ( f ( 2 * ( z [ 0 ] ) ) ) ) % f ( 2 * ( 0 ) ) + t ( 1 ) ; f ( 2 * ( 2 + ( 3 , 4 ) - 0 , 1 ) ) | f ( 2 * ( ~ 5 ) ) & f ( 2 * ( 0 , 1 ) ) ^ m ( 0 , 1 ) ; int i [ ] = { 1 , 23 , 4 , 5 , } ; char c [ 2 ] [ 6 ] = { "hello" , "" } ;',
  ],
  [
    '#define str(s) # s\n#define xstr(s) str(s)\n#define debug(s, t) printf("x" # s "= %d, x" # t "= %s", \\\n x ## s, x ## t)\n#define INCFILE(n) vers ## n\n#define glue(a, b) a ## b\n#define xglue(a, b) glue(a, b)\n#define HIGHLOW "hello"\n#define LOW LOW ", world"\n'
    + 'debug(1, 2);\nfputs(str(strncmp("abc\\0d", "abc", \'\\4\') // this goes away\n == 0) str(: @\\n), s);\nxstr(INCFILE(2).h)\nglue(HIGH, LOW);\nxglue(HIGH, LOW)',
    'printf ( "x" "1" "= %d, x" "2" "= %s" , x1 , x2 ) ; fputs ( "strncmp(\\"abc\\\\0d\\", \\"abc\\", \'\\\\4\') == 0" ": @\\n" , s ) ; "vers2.h" "hello" ; "hello" ", world"',
  ],
  ['#define t(x,y,z) x ## y ## z\nint j[] = { t(1,2,3), t(,4,5), t(6,,7), t(8,9,),\n t(10,,), t(,11,), t(,,12), t(,,) };', 'int j [ ] = { 123 , 45 , 67 , 89 , 10 , 11 , 12 , } ;'],
  [
    '#define debug(...) fprintf(stderr, __VA_ARGS__)\n#define showlist(...) puts(#__VA_ARGS__)\n#define report(test, ...) ((test)?puts(#test):\\\n printf(__VA_ARGS__))\ndebug("Flag");\ndebug("X = %d\\n", x);\nshowlist(The first, second, and third items.);\nreport(x>y, "x is %d but y is %d", x, y);',
    'fprintf ( stderr , "Flag" ) ; fprintf ( stderr , "X = %d\\n" , x ) ; puts ( "The first, second, and third items." ) ; ( ( x > y ) ? puts ( "x>y" ) : printf ( "x is %d but y is %d" , x , y ) ) ;',
  ],
];

const gnu: readonly (readonly [what: string, text: string, expected: string])[] = [
  ['no further arguments', '#define e(f, ...) p(f, ##__VA_ARGS__)\ne(1) e(1,) e(1, 2) e(1, 2, 3)', 'p ( 1 ) p ( 1 , ) p ( 1 , 2 ) p ( 1 , 2 , 3 )'],
  ['a name for the rest', '#define e(f, a...) p(f, ##a) #a\ne(1) e(1, 2, 3)', 'p ( 1 ) "" p ( 1 , 2 , 3 ) "2, 3"'],
  ['__VA_OPT__', '#define f(a, ...) g(a __VA_OPT__(, __VA_ARGS__))\nf(1) f(1, 2) f(1, )', 'g ( 1 ) g ( 1 , 2 ) g ( 1 )'],
  ['__COUNTER__', '#define p(a, b) a ## b\n#define q(a, b) p(a, b)\nq(x, __COUNTER__) q(x, __COUNTER__) __COUNTER__', 'x0 x1 2'],
  ['a name that is its own macro', '#define IPPROTO_TCP IPPROTO_TCP\n#define a b\n#define b a\nIPPROTO_TCP a b', 'IPPROTO_TCP a b'],
  ['a macro that ends with its own name', '#define f(x) x f\nf(1)(2)(3)', '1 f ( 2 ) ( 3 )'],
  ['a macro that ends with the name of another', '#define n(x) x o\n#define o(x) x n\nn(1)(2)(3)(4)', '1 2 3 4 n'],
  ['an argument over several lines, with a directive in it', '#define f(x, y) [x|y]\nf(1,\n#define k 7\nk)', '[ 1 | 7 ]'],
  ['a comment is a blank', '#define f(x) #x\nf(a/* b */c) f(  a\n  c )', '"a c" "a c"'],
  ['digraphs', '%: define x <: :> <% %>\nx %:%:', '[ ] { } ##'],
  ['lines that go on in the middle of a word', 'in\\\nt a\\\r\nb; // gone \\\nas well\nx', 'int ab ; x'],
  ['numbers', '0x1.p+3 1..2 .5e-3 1_000 0xep+1', '0x1.p+3 1..2 .5e-3 1_000 0xep+1'],
  ['strings', 'L"a" u8"b" u\'c\' "a\\"b" \'\\\'\'', 'L"a" u8"b" u\'c\' "a\\"b" \'\\\'\''],
  ['IS_ENABLED', '#define __ARG_PLACEHOLDER_1 0,\n#define __take_second_arg(__ignored, val, ...) val\n#define __is_defined(x) ___is_defined(x)\n#define ___is_defined(val) ____is_defined(__ARG_PLACEHOLDER_##val)\n#define ____is_defined(arg1_or_junk) __take_second_arg(arg1_or_junk 1, 0)\n#define CONFIG_A 1\n#if __is_defined(CONFIG_A) && !__is_defined(CONFIG_B)\nyes\n#endif', 'yes'],
  ['push_macro', '#define a 1\n#pragma push_macro("a")\n#undef a\n#define a 2\na\n#pragma pop_macro("a")\na', '2 1'],
  ['_Pragma', 'a _Pragma("GCC diagnostic push") b', 'a b'],
  ['__LINE__ is the line of the use', '#define l(x) x __LINE__\n\nl(\n1)', '1 3'],
  ['predefined', '__GNUC__ __x86_64__ __SIZEOF_LONG__ __CHAR_BIT__', '12 1 8 8'],
  ['attributes', '#if __has_attribute(__packed__) && !__has_attribute(no_such) && __has_builtin(__builtin_offsetof)\nyes\n#endif', 'yes'],
];

const conditions: readonly (readonly [condition: string, holds: boolean])[] = [
  ['1 + 2 * 3 == 7', true], ['-1 > 0u', true], ['-1 < 0', true], ['(2 || 1/0) && 1', true], ['0 ? 1/0 : 1', true], ['defined X', false], ['defined(Y) || !defined Z', true], ['0x7fffffffffffffff + 1 < 0', true],
  ["'a' == 97 && '\\n' == 10 && '\\x41' == 'A' && '\\377' < 0", true], ["'ab' == 24930", true], ['unknown', false], ['1 << 63 < 0', true], ['~0u == 18446744073709551615u', true], ['-5 / 2 == -2 && -5 % 2 == -1', true], ['1 ? 2 : 0, 0', false],
  ['(3 > 2) > 1', false], ['010 == 8 && 0b11 == 3', true],
];

describe('the standard', () => {
  it.each(standard)('%#', (text, expected) => { expect(tokens(preprocessor(text))).toBe(expected); });
});

describe('gcc', () => {
  it.each(gnu)('%s', (_, text, expected) => {
    const pp = preprocessor(text);
    expect(tokens(pp)).toBe(expected);
    expect(pp.problems).toEqual([]);
  });
});

describe('#if', () => {
  it.each(conditions)('%s', (condition, holds) => {
    const pp = preprocessor(`#if ${condition}\nyes\n#else\nno\n#endif\n`);
    expect(tokens(pp)).toBe(holds ? 'yes' : 'no');
    expect(pp.problems).toEqual([]);
  });

  it('takes one group', () => {
    expect(tokens(preprocessor('#if 0\na\n#if 1\nb\n#endif\n#elif 1\nc\n#elif 1/0\nd\n#else\ne\n#endif\nf'))).toBe('c f');
    expect(tokens(preprocessor('#ifdef A\na\n#elifndef B\nb\n#endif\n#ifndef A\nc\n#else\n#error not here\n#endif'))).toBe('b c');
  });
});

describe('#include', () => {
  it('looks beside the file, then in folders', () => {
    const files = { 'a.h': 'beside', 'quote/a.h': 'quote', 'sys/a.h': 'sys', 'quote/b.h': '#include "c.h"', 'quote/c.h': 'c of quote', 'sys/c.h': 'c of sys' };
    expect(tokens(preprocessor('#include "a.h"\n#include <a.h>\n#include "b.h"\n#include <c.h>', files))).toBe('beside sys c of quote c of sys');
  });

  it('goes on behind the folder that it is in', () => {
    expect(tokens(preprocessor('#include <a.h>', { 'sys/a.h': 'first\n#include_next <a.h>', 'more/a.h': 'second' }))).toBe('first second');
  });

  it('takes a name from a macro', () => {
    expect(tokens(preprocessor('#define name(x) <x.h>\n#define other "b.h"\n#include name(a)\n#include other\n#if __has_include(<a.h>) && !__has_include("z.h")\nyes\n#endif', { 'sys/a.h': 'a', 'b.h': 'b' }))).toBe('a b yes');
  });

  it('reads a guarded file once', () => {
    let reads = 0;
    const files = { get 'sys/a.h'() { reads++; return '/* first */\n#ifndef A\n#define A\na\n#endif /* A */\n'; }, 'sys/b.h': '#if !defined(B)\n#define B 1\nb\n#endif\n', 'sys/c.h': '#pragma once\nc' };
    const text = '#include <a.h>\n#include <a.h>\n#include <b.h>\n#include <b.h>\n#include <c.h>\n#include <c.h>\n#undef A\n#include <a.h>';
    expect(tokens(preprocessor(text, files))).toBe('a b c a');
    expect(reads).toBe(1);
  });
});

const wrong: readonly (readonly [text: string, problems: readonly string[]])[] = [
  ['#include <no.h>', ['main.c:1:1: error: no.h: No such file or directory']],
  ['a\n#include "a.h"', ['a.h:2:1: error: #error never, from main.c:2']],
  ['/* a', ['main.c:1:1: error: unterminated comment']],
  ['#if 1\n#else', ['main.c:1:1: error: unterminated #if']],
  ['#endif\n#else', ['main.c:1:1: error: #endif without #if', 'main.c:2:1: error: #else without #if']],
  ['#if 1 +\n#endif', ['main.c:1:1: error: #if with an expression that ends too early']],
  ['#if 1/0\n#endif', ['main.c:1:1: error: division by zero in #if']],
  ['#if 1.0\n#endif', ['main.c:1:1: error: floating constant in preprocessor expression']],
  ['#define f(x) x\n f(1, 2)', ['main.c:2:8: error: macro "f" passed 2 arguments, but takes just 1']],
  ['#define f(x, y) x\nf(1)', ['main.c:2:4: error: macro "f" requires 2 arguments, but only 1 given']],
  ['#define f(x) x\nf(1', ['main.c:2:3: error: unterminated argument list invoking macro "f"']],
  ['#define f(x, x) 1', ["main.c:1:1: error: duplicate macro parameter 'x'"]],
  ['#define f(x) #y', ["main.c:1:1: error: '#' is not followed by a macro parameter"]],
  ['#define a ## b', ["main.c:1:1: error: '##' cannot appear at either end of a macro expansion"]],
  ['#define a 1\n#define a 1\n#define a 2', ['main.c:3:1: warning: "a" redefined']],
  ['#define g(a, b) a ## b\ng(+, /)', ['main.c:2:7: error: pasting "+" and "/" does not give a valid preprocessing token']],
  ['#nonsense', ['main.c:1:1: error: invalid preprocessing directive #nonsense']],
  ['#warning careful now', ['main.c:1:1: warning: #warning careful now']],
];

describe('problems', () => {
  it.each(wrong)('%s', (text, expected) => { expect(problems(preprocessor(text, { 'a.h': '\n#error never' }))).toEqual(expected); });

  it('a header that includes itself', () => {
    expect(problems(preprocessor('#include <a.h>', { 'sys/a.h': '#include <a.h>' }))[0]).toMatch(/^sys\/a\.h:1:1: error: #include nested depth 200 exceeds maximum of 200, from sys\/a\.h:1/);
  });

  it('a macro that grows without end', () => {
    const doubling = Array.from({ length: 40 }, (_, index) => `#define m${index + 1} m${index} m${index}\n`).join('');
    const pp = preprocessor(`#define m0 x x x x\n${doubling}m40 behind`);
    let last = '';
    for (let symbol = pp.next(); symbol !== 0; symbol = pp.next()) last = pp.symbols.text(symbol);
    expect(last).toBe('behind');
    expect(pp.problems.map(({ message }) => message)).toEqual([expect.stringMatching(/^'m\d+' expands to more than 1000000 tokens$/)]);
  });

  it('a header that includes itself twice', () => {
    const pp = preprocessor('#include <a.h>\nbehind', { 'sys/a.h': 'x\n#include <a.h>\n#include <a.h>\n' });
    expect(tokens(pp)).toBe(`${'x '.repeat(199)}behind`);
    expect(pp.problems.map(({ message }) => message)).toEqual(['#include nested depth 200 exceeds maximum of 200']);
  });

  it('headers that include the next one twice', () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`sys/${index}.h`, `x\n#include <${index + 1}.h>\n#include <${index + 1}.h>\n`]));
    const pp = preprocessor('#include <0.h>\nbehind', { ...files, 'sys/30.h': '' });
    tokens(pp);
    expect(pp.problems.map(({ message }) => message)).toEqual(['it takes more than 40000000 tokens: the rest is not read']);
  });

  it('many macros that grow', () => {
    const doubling = Array.from({ length: 18 }, (_, index) => `#define m${index + 1} m${index} m${index}\n`).join('');
    const pp = preprocessor(`#define m0\n${doubling}${'m18\n'.repeat(10_000)}`);
    tokens(pp);
    expect(pp.problems.map(({ message }) => message)).toEqual(['it takes more than 40000000 tokens: the rest is not read']);
  });

  it.each([
    ['pasted', '#define paste(x) x##x\n#define f(x) paste(x)\n', 'abc'],
    ['made a string', '#define string(x) #x\n#define f(x) string(x x)\n', 'abc'],
  ])('a token that grows when it is %s', (_, macros, token) => {
    const pp = preprocessor(`${macros}${'f('.repeat(25)}${token}${')'.repeat(25)} behind`);
    expect(tokens(pp).endsWith(' behind')).toBe(true);
    expect(pp.problems[0]?.message).toBe('a token of more than 1048576 characters');
  });

  it('arguments inside arguments without end', () => {
    const pp = preprocessor(`#define f(x) x\n${'f('.repeat(5000)}1${')'.repeat(5000)}`);
    expect(problems(pp)[0]).toMatch(/macro arguments are nested deeper than 400$/);
  });
});

it('skips the body of a function without expanding it', () => {
  const pp = preprocessor('#define boom boom2(\nvoid f(void) { if (x) { boom }\n#if 0\n}\n#endif\n} int g;');
  const all: string[] = [];
  for (let symbol = pp.next(); symbol !== 0; symbol = pp.next()) {
    all.push(pp.symbols.text(symbol));
    if (pp.symbols.text(symbol) === '{') pp.skipBraces();
  }
  expect(all.join(' ')).toBe('void f ( void ) { int g ;');
});

it('#pragma pack', () => {
  const pp = preprocessor('a\n#pragma pack(push, 1)\nb\n#pragma pack(2)\nc\n#pragma pack(pop)\nd\n#pragma pack(4)\ne\n#pragma pack()\nf');
  const packs: (number | null)[] = [];
  for (let symbol = pp.next(); symbol !== 0; symbol = pp.next()) packs.push(pp.pack);
  expect(packs).toEqual([null, 1, 2, null, 4, null]);
});
