// The language, run by the kernel: scripts and what they print, through the compiler, the verifier and BPF_PROG_TEST_RUN.
import { describe, expect, test } from 'vitest';
import { outputOf, specOf } from '../help/compiled.ts';
import { noKernel } from '../help/kernelbpf.ts';
import { runningBtf } from '../help/kernels.ts';
import { canReadEvents, runningKernel } from '../help/runningkernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const possible = noKernel === undefined && runningBtf() !== undefined && canReadEvents();

/** Body of a BEGIN probe, and the lines that it prints. */
const bodies: readonly (readonly [name: string, rows: readonly (readonly [body: string, output: string])[]])[] = [
  ['literals', [
    ['print(1);', '1\n'],
    ['print(0x10); print(010); print(1_000); print(1e3);', '16\n8\n1000\n1000\n'],
    ['print(-1);', '-1\n'],
    ['print(18446744073709551615);', '18446744073709551615\n'],
    ['print(1ms); print(2s);', '1000000\n2000000000\n'],
    ['print("a b");', 'a b\n'],
    ['print(true); print(false);', 'true\nfalse\n'],
  ]],
  ['arithmetic', [
    ['$a = 7; $b = 3; print($a + $b); print($a - $b); print($b - $a); print($a * $b); print($a / $b); print($a % $b);', '10\n4\n-4\n21\n2\n1\n'],
    ['$a = 12; $b = 10; print($a & $b); print($a | $b); print($a ^ $b); print(~$a);', '8\n14\n6\n18446744073709551603\n'],
    ['$a = 1; print($a << 40); print((1 << 40) >> $a);', '1099511627776\n549755813888\n'],
    ['$a = (int64)-8; print($a >> 1);', '9223372036854775804\n'],
    ['$a = (int64)-8; print($a * 2); print(-$a);', '-16\n8\n'],
    ['$a = (uint8)200; $b = (uint8)100; print($a + $b);', '300\n'],
    ['print((uint8)300); print((int8)200); print((int32)0xffffffff); print((uint32)-1);', '44\n-56\n-1\n4294967295\n'],
    ['$x = 300; print((uint8)$x); print((int8)$x); print((uint16)($x * 1000));', '44\n44\n37856\n'],
    ['$x = (int16)-2; print((uint64)$x); print((uint32)$x); print((uint8)$x);', '18446744073709551614\n4294967294\n254\n'],
    ['$a = (uint8)5; print(~$a);', '250\n'],
  ]],
  ['division', [
    ['$a = (int64)-10; print($a / 2);', '9223372036854775803\n'],
    ['$z = 0; print(10 / $z);', '1\n'],
    ['$z = 0; print(10 % $z);', '1\n'],
    ['$z = 4; print(10 / $z); print(10 % $z);', '2\n2\n'],
  ]],
  ['comparison', [
    ['$a = 1; $b = 2; print($a < $b); print($a > $b); print($a <= 1); print($a >= 2); print($a == $b); print($a != $b);', 'true\nfalse\ntrue\nfalse\nfalse\ntrue\n'],
    ['$a = (int64)-1; print($a < 0); print($a > 0);', 'true\nfalse\n'],
    ['$a = (uint64)-1; print($a > 5);', 'true\n'],
    ['$a = (int32)-1; $b = (int64)-1; print($a == $b);', 'true\n'],
    ['$a = 5; print($a > -1);', 'true\n'],
  ]],
  ['logic', [
    ['$a = 1; $z = 0; print($a && $z); print($a || $z); print(!$a); print(!$z);', 'false\ntrue\nfalse\ntrue\n'],
    ['$a = 0; $b = 0; if ($a++ && $b++) { } print($a); print($b);', '1\n0\n'],
    ['$a = 1; $b = 0; if ($a || $b++) { print("yes"); } print($b);', 'yes\n0\n'],
    ['$a = 3; if ($a > 1 && ($a < 3 || $a == 3) && !($a == 4)) { print("in"); } else { print("out"); }', 'in\n'],
    ['$x = 5; print($x > 3 ? "big" : "small"); print($x > 9 ? 1 : 0);', 'big\n0\n'],
    ['$x = 0; print($x ?: 7);', '7\n'],
    ['$x = 1; if ($x == 1) { print("one"); } else if ($x == 2) { print("two"); } else { print("many"); }', 'one\n'],
    ['$x = 2; if ($x == 1) { print("one"); } else if ($x == 2) { print("two"); } else { print("many"); }', 'two\n'],
  ]],
  ['variables', [
    ['$x = 1; $x = 300; $x = 70000; print($x);', '70000\n'],
    ['$x = 0; $x = nsecs > 0 ? 5 : 6; print($x);', '5\n'],
    ['let $x; print($x); $x = 3; print($x);', '0\n3\n'],
    ['let $x: uint8 = 5; print($x);', '5\n'],
    ['let $s; if (1) { $s = "in"; } print($s);', 'in\n'],
    ['$i = 5; print($i++); print($i); print(++$i); print($i--); print(--$i);', '5\n6\n7\n7\n5\n'],
    ['$x = 10; $x += 5; $x -= 3; $x *= 2; $x /= 4; $x %= 4; $x <<= 4; $x >>= 1; $x |= 1; $x &= 0xf; $x ^= 2; print($x);', '3\n'],
    ['$s = "abc"; $t = $s; $s = "xyz"; print($t); print($s);', 'abc\nxyz\n'],
    ['$s = "short"; $s = "a longer text"; print($s);', 'a longer text\n'],
    ['_ = 5; print("done");', 'done\n'],
    ['if (1) { $x = 1; print($x); } if (1) { $x = "text"; print($x); }', '1\ntext\n'],
  ]],
  ['strings', [
    ['$s = "cat"; print($s == "cat"); print($s == "cats"); print($s == "ca"); print($s != "dog");', 'true\nfalse\nfalse\ntrue\n'],
    ['print("cat" == "cat");', 'true\n'],
    ['$s = "a string of more than sixteen bytes"; print($s == "a string of more than sixteen bytes"); print($s == "a string of more than sixteen bytex");', 'true\nfalse\n'],
    ['$a = "same"; $b = "same"; $c = "other one"; print($a == $b); print($a == $c);', 'true\nfalse\n'],
    ['$s = "hello"; print($s[0]); print($s[5]); printf("%c\\n", $s[1]);', '104\n0\ne\n'],
    ['if (comm == "btfly") { print("me"); }', 'me\n'],
    ['$x = comm; if ($x == comm) { print("same"); }', 'same\n'],
    ['print(str("literal")); print(strlen("four"));', 'literal\n4\n'],
    ['printf("%s|%10s|%-10s|\\n", "abc", "abc", "abc");', 'abc|       abc|abc       |\n'],
  ]],
  ['printf', [
    ['printf("%d %u %x %X %o\\n", 10, 10, 255, 255, 8);', '10 10 ff FF 10\n'],
    ['printf("%5d|%-5d|%05d\\n", 42, 42, 42);', '   42|42   |00042\n'],
    ['printf("%lld %llu\\n", -1, (uint64)-1);', '-1 18446744073709551615\n'],
    ['printf("%d%%\\n", 5);', '5%\n'],
    ['printf("%p\\n", 4096);', '0x1000\n'],
    ['printf("no arguments\\n");', 'no arguments\n'],
    ['printf("%s %s\\n", 5, true);', '5 true\n'],
    ['printf("%s %d\\n", "x", (uint8)7); printf("%c%c\\n", 72, 105);', 'x 7\nHi\n'],
  ]],
  ['tuples', [
    ['$t = (1, "two", 3); print($t); print($t.0); print($t.1); print($t.2);', '(1, two, 3)\n1\ntwo\n3\n'],
    ['$t = (1, (2, "x")); print($t); print($t.1.1);', '(1, (2, x))\nx\n'],
    ['$t = (1, 2); $u = $t; $t = (3, 4); print($u); print($t);', '(1, 2)\n(3, 4)\n'],
    ['$t = (1, 2); $t = ($t.1, $t.0); print($t);', '(2, 1)\n'],
    ['$a = (1, "x"); $b = (1, "x"); $c = (2, "x"); print($a == $b); print($a == $c); print($a != $c);', 'true\nfalse\ntrue\n'],
    ['$r = (a = 1, b = "x"); print($r); print($r.a); print($r.b);', '{ .a = 1, .b = x }\n1\nx\n'],
    ['print((1,)); print((1, -2));', '(1)\n(1, -2)\n'],
  ]],
  ['maps', [
    ['@x = 1; @x = @x + 1; print(@x); clear(@x);', '@x: 2\n'],
    ['@a[1] = 10; @a[2] = 20; print(@a[1] + @a[2]); clear(@a);', '30\n'],
    ['@m[1, "x"] = 5; print(@m[1, "x"]); print(@m[2, "x"]); clear(@m);', '5\n0\n'],
    ['@s = "text"; $t = @s; @s = "other"; print($t); print(@s); clear(@s);', 'text\n@s: other\n'],
    ['@s[1] = "text"; $v = @s[1]; print($v); $w = @s[2]; print($w == ""); clear(@s);', 'text\ntrue\n'],
    ['@c++; @c++; ++@c; @c--; print(@c); clear(@c);', '@c: 2\n'],
    ['@c[1]++; @c[1] += 5; @c[2] -= 1; print(@c[1]); print(@c[2]); clear(@c);', '6\n-1\n'],
    ['$v = @n[1]++; $w = @n[1]++; print($v); print($w); clear(@n);', '0\n1\n'],
    ['@t[1] = (1, "a"); $v = @t[1]; print($v); print(@t[1].1); clear(@t);', '(1, a)\na\n'],
    ['@k[(1, 2)] = 3; print(@k[1, 2]); clear(@k);', '3\n'],
    ['@k["a"] = 1; $s = "a"; print(@k[$s]); @k["a longer key"] = 2; print(@k["a longer key"]); clear(@k);', '1\n2\n'],
    ['@x[1] = 1; print(has_key(@x, 1)); print(has_key(@x, 2)); delete(@x, 1); print(has_key(@x, 1));', 'true\nfalse\nfalse\n'],
    ['@x[1] = 1; print(delete(@x, 1)); print(delete(@x, 1));', 'true\nfalse\n'],
    ['@b = true; if (@b) { print("set"); } print(@b); clear(@b);', 'set\n@b: true\n'],
    ['@big[1] = nsecs; @big[1] |= 1; if (@big[1] > 5) { print("big"); } clear(@big);', 'big\n'],
    ['@p[1] = (int8)-1; print(@p[1]); clear(@p);', '-1\n'],
    ['@d = 10; @d /= 3; $q = @d; @d %= 2; print($q); print(@d); clear(@d);', '3\n@d: 1\n'],
  ]],
  ['aggregates', [
    ['@ = count(); @ = count(); print(@); if (@ > 1) { print("more"); } $n = @; print($n); clear(@);', '@: 2\nmore\n2\n'],
    ['@s = sum(5); @s = sum(-7); print((int64)@s); clear(@s);', '-2\n'],
    ['@a = avg(2); @a = avg(4); print((uint64)@a); clear(@a);', '3\n'],
    ['@m = min(7); @m = min(5); @x = max(7); @x = max(9); print((int64)@m + (int64)@x); clear(@m); clear(@x);', '14\n'],
    ['@k[1] = count(); @k[1] = count(); @k[2] = count(); print(@k[1]); print((1, (uint64)@k[1])); clear(@k);', '2\n(1, 2)\n'],
    ['@st = stats(2); @st = stats(4); print(@st); clear(@st);', '@st: { .count = 2, .average = 3, .total = 6 }\n'],
  ]],
  ['arrays', [
    ['$a = (int8[4])0x04030201; print($a); print($a[0]); print($a[3]);', '[1,2,3,4]\n1\n4\n'],
    ['$a = (uint16[2])(uint32)0xffff0001; print($a[1]); print((uint32)$a);', '65535\n4294901761\n'],
    ['$a = (int8[3])"hi"; print($a); print($a[1]);', '[104,105,0]\n105\n'],
    ['$a = (int8[2])(int16)1; $b = (int8[2])(int16)1; $c = (int8[2])(int16)2; print($a == $b); print($a == $c);', 'true\nfalse\n'],
    ['$a = (int8[4])0x04030201; $i = 2; print($a[$i]); $i = 3; print($a[$i]);', '3\n4\n'],
    ['@a[1] = (int8[4])0x04030201; print(@a[1][2]); @k[(int8[2])(int16)1] = 5; print(@k[(int8[2])(int16)1]); clear(@a); clear(@k);', '3\n5\n'],
    ['$s = "hello"; $i = 1; print($s[$i]);', '101\n'],
  ]],
  ['long strings', [
    ['$s = "this string is quite long, longer than the sixty-four bytes that are kept exact"; $t = $s; print($t == $s); @k[$s] = 1; print(@k[$t]); print(@k["this string is quite long, longer than the sixty-four bytes that are kept exact"]); clear(@k);', 'true\n1\n1\n'],
    ['@s = "a"; @s = "this string is quite long, longer than the sixty-four bytes that are kept exact"; @s = "b"; $x = @s; print($x == "b"); @k[$x] = 7; print(@k["b"]); clear(@s); clear(@k);', 'true\n7\n'],
    ['$t = ("ab", 1); $t = ("abcdefgh", 2); print($t); $t = ("x", 3); @k[$t] = 9; print(@k["x", 3]); clear(@k);', '(abcdefgh, 2)\n9\n'],
    ['$s = str(curtask->comm); print($s); @[$s] = 1; print(@["btfly"]); clear(@);', 'btfly\n1\n'],
    ['$s = str("some text"); $l = strlen($s); print($l); print(str($s, 4));', '9\nsom\n'],
  ]],
  ['constants', [
    ['print(1 + 2 * 3); print((1 + 2) * 3); print(10 - 20); print(7 / 2); print(7 % 4); print(1 << 4 | 3);', '7\n9\n-10\n3\n3\n19\n'],
    ['print(1 == 1); print(1 > 2); print(!5); print(~0); print(-(5)); print(5 & 4 == 4);', 'true\nfalse\nfalse\n18446744073709551615\n-5\n1\n'],
    ['if (0) { print("no"); } else { print("yes"); } print(1 ? "a" : "b");', 'yes\na\n'],
  ]],
  ['loops', [
    ['for ($i : 0..3) { print($i); }', '0\n1\n2\n'],
    ['$n = 3; for ($i : 0..$n) { print($i); }', '0\n1\n2\n'],
    ['$sum = 0; for ($i : 0..1000) { $sum += $i; } print($sum);', '499500\n'],
    ['$n = 5; $sum = 0; for ($i : 1..$n) { if ($i == 3) { continue; } $sum += $i; } print($sum);', '7\n'],
    ['$n = 100; $last = 0; for ($i : 0..$n) { if ($i == 7) { break; } $last = $i; } print($last);', '6\n'],
    ['for ($i : 0..2) { for ($j : 0..2) { print(($i, $j)); } }', '(0, 0)\n(0, 1)\n(1, 0)\n(1, 1)\n'],
    ['$n = 2; for ($i : 0..$n) { for ($j : 0..$n) { print(($i, $j)); } }', '(0, 0)\n(0, 1)\n(1, 0)\n(1, 1)\n'],
    ['$i = 0; while ($i < 5) { $i++; if ($i == 2) { continue; } if ($i == 4) { break; } print($i); }', '1\n3\n'],
    ['unroll(3) { print("x"); }', 'x\nx\nx\n'],
    ['@m[1] = 10; @m[2] = 20; $sum = 0; for ($kv : @m) { $sum += $kv.0 * $kv.1; } print($sum); clear(@m);', '50\n'],
    ['@m[1, "a"] = 10; for ($kv : @m) { print($kv); print($kv.0.1); } clear(@m);', '((1, a), 10)\na\n'],
    ['@c[7] = count(); @c[7] = count(); for ($kv : @c) { print($kv); } clear(@c);', '(7, 2)\n'],
    ['$s = "x"; $n = 2; for ($i : 0..$n) { $s = "changed"; } print($s);', 'changed\n'],
    ['$n = 3; for ($i : 0..$n) { if ($i == 1) { return; } print($i); } print("not here");', '0\n'],
    ['$n = 3; for ($i : 0..$n) { @h[$i] = $i * 2; } print(@h[2]); clear(@h);', '4\n'],
  ]],
  ['blocks', [
    ['$x = { $y = 2; $y * 3 }; print($x);', '6\n'],
    ['print(sizeof(uint32)); print(sizeof(struct task_struct) > 1000); print(offsetof(struct task_struct, pid) > 0);', '4\ntrue\ntrue\n'],
    ['return; print("never");', ''],
  ]],
  ['kernel types', [
    ['$t = curtask; print($t->pid == tid); print($t->tgid == pid);', 'true\ntrue\n'],
    ['print(curtask->comm == "btfly");', 'true\n'],
    ['print(curtask->real_parent->tgid == ppid);', 'true\n'],
    ['$t = (struct task_struct *)curtask; print($t->comm); print($t.pid == tid);', 'btfly\ntrue\n'],
    ['$a = (uint64)curtask; print(((struct task_struct *)$a)->pid == tid);', 'true\n'],
    ['print(AF_INET6); print(TCP_CLOSE); printf("%s %d\\n", TCP_LISTEN, TCP_LISTEN);', '10\nTCP_CLOSE\nTCP_LISTEN 10\n'],
    ['$x = *curtask; print($x.pid == tid);', 'true\n'],
    ['@t = curtask; print(@t->pid == tid); clear(@t);', 'true\n'],
    ['print(curtask->mm->start_stack > 0); print(curtask->signal->nr_threads > 0);', 'true\ntrue\n'],
  ]],
];

/** Whole scripts, which exit by themselves, and what they print. */
const whole: readonly (readonly [script: string, output: string])[] = [
  ['config = { max_strlen = 4 } BEGIN { $p = (int8 *)((uint64)curtask + offsetof(struct task_struct, comm)); print(str($p)); @[str($p)] = 1; print((str($p, 4), str($p, 3))); $n = 9; print(str($p, $n)); print(@); clear(@); exit(); }', 'btfl..\n(btf, bt)\nbtfl..\n@[btfl..]: 1\n'],
  ['#define N 40\n#define ADD(a, b) ((a) + (b))\nBEGIN { print(ADD(N, 2)); exit(); }', '42\n'],
  ['#ifdef BPFTRACE_HAVE_BTF\nBEGIN { print("types"); exit(); }\n#else\n#include <linux/sched.h>\nBEGIN { print("headers"); exit(); }\n#endif', 'types\n'],
  ['#include <linux/sched.h>\n#include <net/sock.h>\nBEGIN { print(sizeof(struct sock) > 100); print(AF_INET); exit(); }', 'true\n2\n'],
  ['struct pair { int x; char name[4]; };\nBEGIN { $a = (int8[8])0x006261ffffffff; $p = (struct pair *)$a; print($p->x); print($p->name); print(*$p); exit(); }', '-1\nab\n{ .x = -1, .name = ab }\n'],
  ['struct bits { unsigned int a : 3; int b : 4; unsigned int c : 9; };\nBEGIN { $v = (int8[4])0xfdaa; $p = (struct bits *)$v; print($p->a); print($p->b); print($p->c); print(*$p); exit(); }', '2\n5\n507\n{ .a = 2, .b = 5, .c = 507 }\n'],
  ['struct in { short n; }; struct out { struct in one; union { struct in two; unsigned short raw; }; struct in many[2]; };\nBEGIN { $v = (int8[8])0x0004000300020001; $p = (struct out *)$v; print($p->one.n); print($p->two.n); print($p->raw); print($p->many[1].n); $i = 0; print($p->many[$i].n); exit(); }', '1\n2\n2\n4\n3\n'],
  ['enum color { red = 1, green, blue = 7 };\nBEGIN { $c = green; print($c); print((enum color)7); printf("%d %s\\n", blue, blue); @[red] = 1; print(@[red]); clear(@); exit(); }', 'green\nblue\n7 blue\n1\n'],
  ['macro double(e) { e * 2 }\nmacro count_it(@m, $k) { @m[$k]++; @m[$k] }\nBEGIN { $x = 5; print(double($x + 1)); print(count_it(@a, $x)); print(count_it(@a, $x)); clear(@a); exit(); }', '12\n1\n2\n'],
  ['macro swap($a, $b) { $t = $a; $a = $b; $b = $t; }\nBEGIN { $t = 9; $x = 1; $y = 2; swap($x, $y); print(($x, $y, $t)); exit(); }', '(2, 1, 9)\n'],
  ['BEGIN { @x = 1; } BEGIN { @x += 1; } END { print(@x); clear(@x); } BEGIN { exit(); }', '@x: 2\n'],
  ['BEGIN /pid == 0/ { print("never"); } BEGIN /comm == "btfly" && tid > 0/ { print("here"); } BEGIN { exit(); }', 'here\n'],
  ['BEGIN { printf("%d %s %d %s|\\n", $1, str($2), $#, str($9)); if ($1 == 42) { print("same"); } exit(); }', '42 text 2 |\nsame\n'],
];

/** Body of a BEGIN probe, and the maps that are left. */
const left: readonly (readonly [body: string, maps: string])[] = [
  ['@x = 1; @y = "text"; @z[1, "a"] = (2, -1);', '@x: 1\n@y: text\n@z[1, a]: (2, -1)\n'],
  ['@c = count(); @s = sum(5); @m = min(-3); @a = avg(4); @t = stats(6);', '@a: 4\n@c: 1\n@m: -3\n@s: 5\n@t: { .count = 1, .average = 6, .total = 6 }\n'],
  ['@x = 0; @y = 5; delete(@y); @z[1] = 1; delete(@z, 1);', '@x: 0\n'],
  ['if (pid == 0) { @never = 5; } @i++; @j += 7;', '@i: 1\n@j: 7\n'],
  ['@h = hist(5); @h = hist(5); @k["a"] = lhist(3, 0, 10, 5);',
    '@h:\n[4, 8)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n\n@k[a]:\n[0, 5)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n\n'],
  ['@e = TCP_LISTEN; @b[true] = false; @p = (uint64 *)4096;', '@b[true]: false\n@e: TCP_LISTEN\n@p: 0x1000\n'],
  ['@[1, "x", (2, 3)] = 4; @[2, "longer", (4, 300)] = 5;', '@[1, x, (2, 3)]: 4\n@[2, longer, (4, 300)]: 5\n'],
];

describe.skipIf(!possible)('scripts run by the kernel', () => {
  const folder = scratchFolder();
  const kernel = possible ? runningKernel(folder) : undefined;
  describe.each(bodies)('%s', (_name, rows) => {
    test.each(rows)('%s', async (body, output) => {
      if (kernel === undefined) throw new Error('no kernel');
      const script = `BEGIN { ${body} } BEGIN { exit(); }`;
      const printed = await outputOf(kernel, folder, script);
      expect(printed.replace(/\n\n$/, '')).toBe(output);
      specOf(kernel, script, {}, 'arm64');
    });
  });

  test.each(whole)('%s', async (script, output) => {
    if (kernel === undefined) throw new Error('no kernel');
    expect((await outputOf(kernel, folder, script, { positional: ['42', 'text'] })).replace(/\n\n$/, '')).toBe(output);
    specOf(kernel, script, {}, 'arm64');
  });

  test.each(left)('maps at the end: %s', async (body, maps) => {
    if (kernel === undefined) throw new Error('no kernel');
    const printed = await outputOf(kernel, folder, `BEGIN { ${body} exit(); }`);
    expect(printed.trimStart()).toBe(maps);
  });
});
