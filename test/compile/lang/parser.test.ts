import { describe, expect, test } from 'vitest';
import { printExpression, printScript } from '../../../src/compile/lang/printer.ts';
import { printTree } from '../../../src/compile/lang/tree.ts';
import { parseRight } from './help.ts';

/** The value of `$r = …;` in print, with every nesting in parentheses. */
function expression(text: string, positional: readonly string[] = []): string {
  const probe = parseRight(`BEGIN { $r = ${text}; }`, { positional }).declarations[0];
  const statement = probe?.kind === 'probe' ? probe.body.statements[0] : undefined;
  if (statement?.kind !== 'assign') throw new Error(`not an assignment: ${text}`);
  return printExpression(statement.value);
}

describe('expressions', () => {
  test.each<[string, string]>([
    ['1 + 2 * 3 - 4', '(1 + (2 * 3)) - 4'],
    ['1 - 2 - 3', '(1 - 2) - 3'],
    ['1 || 2 && 3 | 4 ^ 5 & 6 == 7 < 8 << 9 + 10 * 11', '1 || (2 && (3 | (4 ^ (5 & (6 == (7 < (8 << (9 + (10 * 11)))))))))'],
    ['-1 - -2', '-1 - -2'],
    ['!pid == 3', '!pid == 3'],
    ['~(1|2)&3', '~(1 | 2) & 3'],
    ['- -1', '-(-1)'],
    ['a ? b : c ? d : e', 'a ? b : (c ? d : e)'],
    ['a || b ? c : d', '(a || b) ? c : d'],
    ['pid ?: 3', 'pid ?: 3'],
    ['retval > 0 ? 0 : retval', '(retval > 0) ? 0 : retval'],
    ['args->x', 'args->x'],
    ['args.x.y->z', 'args.x.y->z'],
    ['$x.if', '$x.if'],
    ['$t.0.1', '$t.0.1'],
    ['@m[1, "a"].0', '@m[1, "a"].0'],
    ['@m[(1, 2)]', '@m[(1, 2)]'],
    ['@m[1][2]', '@m[1][2]'],
    ['$x->a[1].b', '$x->a[1].b'],
    ['"/"[0]', '"/"[0]'],
    ['*$x.b', '*$x.b'],
    ['&@m[1]', '&@m[1]'],
    ['$x++ + ++@m[1]', '$x++ + ++@m[1]'],
    ['(1)', '1'],
    ['(1,)', '(1,)'],
    ['()', '()'],
    ['(1, (2, 3),)', '(1, (2, 3))'],
    ['(a=1, b="x")', '(a=1, b="x")'],
    ['str($1, 3)', 'str($1, 3)'],
    ['$#', '$#'],
    ['kstack(perf, 3)', 'kstack(perf, 3)'],
    ['nsecs()', 'nsecs()'],
    ['{ let $y = 3; $y + 1 }', '{\n  let $y = 3;\n  $y + 1\n}'],
    ['if pid { 1 } else if tid { 2 } else { 3 }', 'pid ? { 1 } : (tid ? { 2 } : { 3 })'],
    ['if (pid == 1) { 1 } else { 2 }', '(pid == 1) ? { 1 } : { 2 }'],
  ])('%s', (text, expected) => {
    expect(expression(text)).toBe(expected);
  });

  test('positional parameters keep their text', () => {
    const probe = parseRight('BEGIN { print($2); print($#); print($9); }', { positional: ['a', '7'] }).declarations[0];
    expect(JSON.stringify(probe)).toMatch(/"index":2,"value":"7".*"index":"#","value":"2".*"index":9,"value":""/);
  });
});

describe('casts', () => {
  test.each<[string, string]>([
    ['(struct sock *)arg0', '(struct sock*)arg0'],
    ['((struct sock *)arg0)->sk', '((struct sock*)arg0)->sk'],
    ['(struct foo)*arg0', '(struct foo)(*arg0)'],
    ['(uint8)pid', '(uint8)pid'],
    ['(uint8)$x + 3', '(uint8)$x + 3'],
    ['(int8[8])pid', '(int8[8])pid'],
    ['(int8[])"s"', '(int8[])"s"'],
    ['(foo_t **)3', '(foo_t**)3'],
    ['(enum foo)1', '(enum foo)1'],
    ['(foo)(3)', '(foo)3'],
    ['(foo)-3', '(foo)(-3)'],
    ['(foo)*$x', '(foo)(*$x)'],
    ['(foo)&$x', '(foo)(&$x)'],
    ['(foo)!bar', '(foo)(!bar)'],
    ['(foo)--$x', '(foo)(--$x)'],
    ['(foo)@x', '(foo)@x'],
    ['(foo)$1', '(foo)$1'],
    ['(foo)(uint8)3', '(foo)(uint8)3'],
    ['(unsigned long)arg0', '(long unsigned int)arg0'],
    ['(const char *)arg0', '(char*)arg0'],
    ['(uint64*)$x[1]', '(uint64*)$x[1]'],
    ['(foo)+3', 'foo + 3'],
    ['(foo)<3', 'foo < 3'],
    ['(foo[3])', 'foo[3]'],
    ['(foo*x)', 'foo * x'],
    ['(pid)*tid', 'pid * tid'],
    ['(pid)-x', 'pid - x'],
    ['(args)->x', 'args->x'],
    ['sizeof(uint8*)', 'sizeof(uint8*)'],
    ['sizeof(struct foo)', 'sizeof(struct foo)'],
    ['sizeof(foo * 3)', 'sizeof(foo * 3)'],
    ['sizeof($x.y)', 'sizeof($x.y)'],
    ['offsetof(struct foo, a.b.c)', 'offsetof(struct foo, a.b.c)'],
    ['offsetof($x, y)', 'offsetof($x, y)'],
  ])('%s', (text, expected) => {
    expect(expression(text)).toBe(expected);
  });

  test.each<[string, string]>([
    ['sizeof(foo)', 'type name'],
    ['sizeof(pid)', 'identifier'],
    ['sizeof(int)', 'type name'],
    ['sizeof(a.b)', 'member'],
  ])('%s measures a %s', (text, kind) => {
    const probe = parseRight(`BEGIN { ${text} }`).declarations[0];
    const statement = probe?.kind === 'probe' ? probe.body.statements[0] : undefined;
    const of = statement?.kind === 'expression' && statement.expression.kind === 'sizeof' ? statement.expression.of.kind : undefined;
    expect(of).toBe(kind);
  });
});

describe('statements', () => {
  test.each<[string, string]>([
    ['exit();', 'exit();'],
    ['exit()', 'exit();'],
    [';;', ''],
    ['$x = 1; @y[1] = 2', '$x = 1;\n@y[1] = 2;'],
    ['$x += 1; @x <<= 2; @x %= 3', '$x += 1;\n@x <<= 2;\n@x %= 3;'],
    ['_ = delete(@m, 1);', '_ = delete(@m, 1);'],
    ['@++; --@x[1];', '@++;\n--@x[1];'],
    ['let $x; let $y : struct foo *; let $z: int8[4] = 3', 'let $x;\nlet $y : struct foo*;\nlet $z : int8[4] = 3;'],
    ['if pid { 1 }', 'if pid {\n  1;\n}'],
    ['if (pid == 1) {} else if (tid) {} else {}', 'if (pid == 1) {} else if tid {} else {}'],
    ['if errname { } exit()', 'if errname {}\nexit();'],
    ['while (1) { break; }', 'while 1 {\n  break;\n}'],
    ['unroll(3) { continue }', 'unroll (3) {\n  continue;\n}'],
    ['unroll 3 {}', 'unroll (3) {}'],
    ['for ($i : 0..10) {}', 'for $i : 0..10 {}'],
    ['for $j : ((uint64)0)..((uint64)max) {}', 'for $j : (uint64)0..(uint64)max {}'],
    ['for ($kv : @m) { print($kv.0) }', 'for $kv : @m {\n  print($kv.0);\n}'],
    ['for ($i : @m[1]..3) {}', 'for $i : @m[1]..3 {}'],
    ['return; ', 'return;'],
    ['return 1 + 2', 'return 1 + 2;'],
    ['{ print(1); } print(2)', '{\n  print(1);\n}\nprint(2);'],
    ['if pid { f() } else { g() }', 'if pid {\n  f();\n} else {\n  g();\n}'],
  ])('%s', (text, expected) => {
    const printed = printScript(parseRight(`BEGIN { ${text} }`));
    const body = expected === '' ? '{}' : `{\n${expected.replace(/^/gm, '  ')}\n}`;
    expect(printed).toBe(`BEGIN\n${body}\n`);
  });
});

describe('top level', () => {
  test.each<[string, string]>([
    ['k:f{}', 'k:f\n{}\n'],
    ['kprobe:a,kprobe:b, { } kprobe:c{}', 'kprobe:a,\nkprobe:b\n{}\nkprobe:c\n{}\n'],
    ['kprobe:f /pid / 2 == 1/ {}', 'kprobe:f\n/(pid / 2) == 1/\n{}\n'],
    ['kprobe:f /1/2/3/{}', 'kprobe:f\n/(1 / 2) / 3/\n{}\n'],
    ['kprobe:f\n/@ts[tid]/\n{}', 'kprobe:f\n/@ts[tid]/\n{}\n'],
    ['kprobe:f / *arg0 / {}', 'kprobe:f\n/(*arg0)/\n{}\n'],
    ['kprobe:a // one\n /* two */ /1/ // three\n {}', 'kprobe:a\n/1/\n{}\n'],
    ['#!/usr/bin/env btfly\nBEGIN {}', 'BEGIN\n{}\n'],
    ['config = { max_strlen = 64; missing_probes = warn; license = "Dual MIT/GPL" } BEGIN {}', 'config = {\n  max_strlen = 64;\n  missing_probes = warn;\n  license = "Dual MIT/GPL";\n}\nBEGIN\n{}\n'],
    ['config={}BEGIN{}', 'BEGIN\n{}\n'],
    ['let @m = lruhash(4096); let @n = hash(1e3);', 'let @m = lruhash(4096);\nlet @n = hash(1000);\n'],
    ['macro f($a, @m, e) { $a = e; @m[$a] } macro g() { 1; }', 'macro f($a, @m, e)\n{\n  $a = e;\n  @m[$a]\n}\nmacro g()\n{\n  1;\n}\n'],
    ['macro h() { if pid { 1 } else { 2 } }', 'macro h()\n{\n  pid ? { 1 } : { 2 }\n}\n'],
    ['macro h() { if pid { f(); } else { g(); } }', 'macro h()\n{\n  if pid {\n    f();\n  } else {\n    g();\n  }\n}\n'],
    ['struct foo { int x; }; BEGIN {}', 'struct foo { int x; };\nBEGIN\n{}\n'],
    ['struct foo { int x; } BEGIN {}', 'struct foo { int x; };\nBEGIN\n{}\n'],
    ['', ''],
    ['// nothing', ''],
  ])('%j', (text, expected) => {
    expect(printScript(parseRight(text))).toBe(expected);
  });
});

test('the outline of a script', () => {
  const script = parseRight('k:tcp_sendmsg, k:udp_sendmsg /arg2 > 8192/ { $sk = (struct sock *)arg0; @[pid, $sk->sk_mark] = hist(arg2); if (pid) { exit() } }');
  expect(printTree(script)).toBe(`Program
 probe
  k:tcp_sendmsg
  k:udp_sendmsg
  pred
   >
    identifier: arg2
    int: 8192
  =
   variable: $sk
   cast: struct sock*
    identifier: arg0
  =
   map: @
    identifier: pid
    -> sk_mark
     variable: $sk
   call: hist
    identifier: arg2
  if
   identifier: pid
   then
    call: exit
`);
});

test('spans', () => {
  const text = 'BEGIN { $x = (pid + 1) * 2; }';
  const probe = parseRight(text).declarations[0];
  const statement = probe?.kind === 'probe' ? probe.body.statements[0] : undefined;
  const at = (span: { start: number; end: number } | undefined): string => text.slice(span?.start, span?.end);
  expect(at(probe?.span)).toBe(text);
  expect(at(statement?.span)).toBe('$x = (pid + 1) * 2');
  const value = statement?.kind === 'assign' ? statement.value : undefined;
  expect(at(value?.span)).toBe('pid + 1) * 2');
  expect(value?.kind === 'binary' ? at(value.left.span) : '').toBe('pid + 1');
});
