import { fc, runs } from '../../help/property.ts';
import { describe, expect, test } from 'vitest';
import { printScript } from '../../../src/compile/lang/printer.ts';
import { generatedScript } from './generate.ts';
import { parseText } from './help.ts';

/** One script with a bit of everything, to be broken. */
const sample = `#!/usr/bin/env btfly
#include <linux/sched.h>
#define N 4
#define ADD(a, b) ((a) + (b))
#ifndef BPFTRACE_HAVE_BTF
struct q { int x; };
#elif N > 3
struct r { int x : 3, y[N]; union { char c; void (*f)(int); }; } __attribute__((packed));
#endif
config = { max_strlen = 64; license = "GPL" }
let @m = lruhash(4096);
macro inc($v, @m, e) { $v += e; @m[$v]++; $v }
BEGIN { printf("%d %s\\n", 1e6, "a\\x41\\101"); let $x : struct sock *; }
kprobe:tcp_*,
uprobe:"/a b/c":f_$1,
/pid == $1 / 2 && comm != "x"/ // comment
{
  $sk = (struct sock *)arg0; /* comment */
  @[kstack(3), $sk->__sk_common.skc_family, (uint8)N] = hist(ADD(arg2, 10ms));
  if (!@m[pid, comm].0) { @x = (1, (a=2, b=$#)); } else if tid { delete(@x) } else { return 1; }
  for ($i : 0..N) { if $i { continue } break; }
  for $kv : @m { unroll (3) { print($kv.1); } }
  while (1) { $y = pid ? { 1 } : ~-2; _ = $y ?: sizeof(struct sock); }
  $z = if $x { offsetof(struct sock, a.b) } else { (*$p)[2] + $i++ };
}
interval:1s { exit() }
`;

const bits = ['(', ')', '{', '}', '[', ']', ';', ',', '/', '"', '$', '@', '#', '\\', '\n', '\n#if 1\n', '\n#else\n', '\n#endif\n', '/*', '*/', '//', 'if ', 'else', '(struct x *)', '..', ':', '=', '++', 'macro ', 'struct ', 'N', 'ADD(', '\0', 'é', '0x', '1e99', '?'];

interface Mutation {
  readonly at: number;
  readonly cut: number;
  readonly insert: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({ at: fc.nat(10_000), cut: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(40)), insert: fc.oneof(fc.constantFrom('', ...bits), fc.string({ maxLength: 6 })) });

function mutate(text: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((before, { at, cut, insert }) => {
    const from = at % (before.length + 1);
    return before.slice(0, from) + insert + before.slice(from + cut);
  }, text);
}

/** Every header is there, and empty. */
const headers = (): string => '';

/** Whatever the text: an answer, places inside the text, and a tree that prints. */
function survives(text: string): void {
  const { script, complaints } = parseText(text, { headers });
  const lines = text.split('\n').length;
  for (const [, line] of complaints.matchAll(/^stdin:(\d+)/gm)) expect(Number(line)).toBeLessThanOrEqual(lines);
  const printed = printScript(script);
  if (complaints === '') expect(parseText(printed, { headers }).complaints, `${text}\n---\n${printed}`).toBe('');
}

test('the sample is right', () => {
  expect(parseText(sample, { headers }).complaints).toBe('');
});

test('broken scripts are complained about, never more', () => {
  fc.assert(fc.property(fc.array(mutation, { minLength: 1, maxLength: 5 }), (mutations) => survives(mutate(sample, mutations))), { numRuns: runs(1000) });
});

test('broken generated scripts too', () => {
  fc.assert(fc.property(generatedScript, fc.array(mutation, { minLength: 1, maxLength: 3 }), (script, mutations) => survives(mutate(printScript(script), mutations))), { numRuns: runs(500) });
});

test('cut off anywhere', () => {
  for (let end = 0; end < sample.length; end++) survives(sample.slice(0, end));
});

describe('nesting ends in a diagnostic', () => {
  const nest = (open: string, middle: string, close: string) => (depth: number): string => `BEGIN { ${open.repeat(depth)}${middle}${close.repeat(depth)} }`;
  const shapes: Readonly<Record<string, (depth: number) => string>> = {
    parentheses: nest('(', '1', ')'),
    blocks: nest('{', '1', '}'),
    'map keys': nest('@[', '1', ']'),
    indices: nest('a[', '1', ']'),
    calls: nest('f(', '1', ')'),
    negations: nest('!', '1', ''),
    casts: nest('(foo_t*)', '1', ''),
    sums: nest('1 + ', '1', ''),
    'right operands': nest('1 + (', '1', ')'),
    members: nest('', 'a', '.b'),
    elements: nest('', 'a', '[1]'),
    ternaries: nest('1 ? 2 : ', '3', ''),
    'ternaries inside': nest('1 ? ', '3', ' : 2'),
    ifs: nest('if 1 { ', '', '}'),
    'else ifs': nest('if 1 {} else ', '{}', ''),
    'if values': (depth) => `BEGIN { $x = ${'if 1 { '.repeat(depth)}1${' } else { 2 }'.repeat(depth)} }`,
    loops: nest('while 1 {', '', '}'),
    tuples: nest('(1, ', '2', ')'),
    records: nest('(a=', '2', ')'),
    macros: (depth) => `#define F(x) (x)\nBEGIN { ${'F('.repeat(depth)}1${')'.repeat(depth)} }`,
    'macro chains': (depth) => `${Array.from({ length: depth }, (_, n) => `#define M${n + 1} (M${n})\n`).join('')}BEGIN { M${depth} }`,
    structs: (depth) => `struct a { ${'struct { '.repeat(depth)}int x;${' };'.repeat(depth)} };\nBEGIN {}`,
    'chains in calls': (depth) => `BEGIN { ${'f('.repeat(Math.min(depth, 100))}1${`${' + 1'.repeat(Math.min(depth, 500))})`.repeat(Math.min(depth, 100))} }`,
    pointers: (depth) => `struct a { int ${'*'.repeat(depth)}x; };\nBEGIN {}`,
    arrays: (depth) => `struct a { int x${'[1]'.repeat(depth)}; };\nBEGIN {}`,
    declarators: (depth) => `struct a { int ${'(*'.repeat(depth)}x${')'.repeat(depth)}; };\nBEGIN {}`,
    'array sizes': (depth) => `struct a { int x[${'('.repeat(depth)}1${')'.repeat(depth)}]; };\nBEGIN {}`,
    conditions: (depth) => `#if ${'('.repeat(depth)}1${')'.repeat(depth)}\n#endif\nBEGIN {}`,
    conditionals: (depth) => `${'#if 0\n'.repeat(depth)}${'#endif\n'.repeat(depth)}BEGIN {}`,
    'open conditionals': (depth) => `${'#if 1\n'.repeat(depth)}${'#endif\n'.repeat(depth)}BEGIN {}`,
    'else branches': (depth) => `#if 0\n${'#elif 0\n'.repeat(depth)}#endif\nBEGIN {}`,
  };
  const harmless = new Set(['conditionals', 'open conditionals', 'else branches']);

  test.each(Object.keys(shapes))('%s', (shape) => {
    const make = shapes[shape] ?? String;
    expect(parseText(make(20)).complaints).toBe('');
    for (const depth of [1_000, 100_000]) {
      const { script, complaints } = parseText(make(shape === 'macro chains' ? Math.min(depth, 20_000) : depth));
      if (harmless.has(shape)) expect(complaints).toBe('');
      else expect(complaints.split('\n')[0]?.slice(0, 200)).toMatch(/ERROR/);
      printScript(script);
    }
  });
});

describe('long texts take time in proportion', () => {
  const shapes: Readonly<Record<string, (count: number) => string>> = {
    statements: (count) => `BEGIN { ${'@x[1] = count(); '.repeat(count)} }`,
    probes: (count) => 'kprobe:f /pid == 1/ { @ = 1; }\n'.repeat(count),
    'attach points': (count) => `${'kprobe:f,\n'.repeat(count)}kprobe:g {}`,
    'skipped lines': (count) => `#if 0\n${'some line of text\n'.repeat(count)}#endif\nBEGIN {}`,
    errors: (count) => `BEGIN { ${'$x = ;\n'.repeat(count)} }`,
    'broken probes': (count) => '} kprobe {\n'.repeat(count),
    blanks: (count) => `#define A${' '.repeat(count)}1${' '.repeat(count)}2${' '.repeat(count)}\nBEGIN {}`,
    hashes: (count) => `BEGIN { ${'# '.repeat(count)} }`,
    stars: (count) => `BEGIN { (foo ${'*'.repeat(count)} }`,
    quotes: (count) => `#define A ${'" '.repeat(count)}\nBEGIN {}`,
    'macro uses': (count) => `#define A 1\nBEGIN { ${'A; '.repeat(Math.min(count, 30_000))} }`,
    slashes: (count) => `kprobe:f /${'1/'.repeat(Math.min(count, 300))} {}`,
  };

  test.each(Object.keys(shapes))('%s', (shape) => {
    const text = (shapes[shape] ?? String)(30_000);
    const started = performance.now();
    parseText(text);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
