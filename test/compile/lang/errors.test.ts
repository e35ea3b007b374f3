import { expect, test } from 'vitest';
import { parseText } from './help.ts';

/** Source → its complaints, each `line:column-column: message`. Places and words are those of bpftrace 0.27 where it has them. */
test.each<[string, readonly string[]]>([
  ['begin { @x = 1 @y = 2 }', ["1:16-18: expected ';'"]],
  ['begin { @x = 1; ', ["1:17-17: expected '}'"]],
  ['begin @x = 1; ', ["1:7-9: expected '{'"]],
  ['begin { print("abc); }', ['1:23-23: unterminated string', "1:23-23: expected ')'"]],
  ['begin { print("ab\\qc"); }', ["1:18-20: invalid escape character '\\q'"]],
  ['begin { @x = 0x; }', ['1:14-16: invalid integer: 0x']],
  ['begin { @x = 12abc; }', ["1:16-19: invalid integer suffix 'abc'"]],
  ['begin { $ = 1; @ = 2 }', ["1:9-10: expected identifier after '$'"]],
  ['begin { let x = 3; }', ["1:13-14: expected variable after 'let'"]],
  ['begin { let $x : ; }', ['1:18-19: expected type name']],
  ['begin { let @x; }', ["1:13-15: expected variable after 'let'"]],
  ['begin { print(1, ); }', ['1:18-19: expected expression']],
  ['begin { print(1 2); }', ["1:17-18: expected ')'"]],
  ['begin { @x[] = 1; }', ['1:12-13: expected expression']],
  ['begin { @x[1 = 1; @y = 2; }', ["1:14-15: expected ']'"]],
  ['begin { @x[1][2] = 3; }', ['1:9-17: invalid assignment target']],
  ['begin { _ += 3; }', ['1:9-10: invalid assignment target']],
  ['begin { $x.y++; }', ['1:13-15: increment/decrement requires a variable or map']],
  ['begin { a++; }', ['1:10-12: increment/decrement requires a variable or map']],
  ['begin { for (i : 0..10) { } }', ['1:14-15: expected variable in for loop']],
  ['begin { for ($i : 3) { } }', ['1:20-21: expected map or range in for loop']],
  ['begin { for ($kv : @m[1]) { } }', ['1:25-26: expected map or range in for loop']],
  ['begin { a[1,2]; }', ["1:12-13: expected ']'"]],
  ['begin { f(1)(2); }', ["1:13-14: expected ';'", ]],
  ['begin { $x = $y = 2; }', ["1:17-18: expected ';'"]],
  ['begin { (y = 2, 3) }', ['1:17-18: expected identifier']],
  ['begin { (y = 2, x = 3, y = 4) }', ['1:24-25: named argument list already contains name: y']],
  ['begin { &pid; &$x; &@m[1]; }', ['1:9-10: address-of operator (&) can only be used on a map or variable']],
  ['begin { $0 }', ['1:9-11: param $0 is out of integer range [1, 9007199254740991]']],
  ['begin { if (pid) 1 }', ["1:18-19: expected '{'"]],
  ['begin { if (pid) {} else 1 }', ["1:26-27: expected '{' or 'if' after 'else'"]],
  ['begin { $x = if pid { 1; } else { 2 }; }', ["1:14-16: 'if' used as a value needs an expression at the end of every branch"]],
  ['begin { $x-> }', ["1:14-15: expected field name after '->'"]],
  ['begin { $x->0 }', ["1:13-14: expected field name after '->'"]],
  ['begin { offsetof(struct foo) }', ["1:28-29: expected ','"]],
  ['begin { else { } }', ['1:9-13: expected expression']],
  ['begin } end { 1 }', ["1:7-8: expected '{'"]],
  ['foo { } {} end {}', ['1:9-10: expected attach point']],
  ['foo:a,,b {}', ['1:7-8: expected attach point']],
  ['kprobe:a b { }', ["1:10-11: expected '{'"]],
  ['kprobe:f /pid { }', ["1:15-16: expected '/' to close predicate"]],
  ['uprobe:"/a:c {}', ['1:16-16: unterminated string']],
  ['/x/ { }', ['1:1-2: expected attach point']],
  ['macro f(3) { 1 }', ['1:9-10: expected macro argument ($var, @map, or identifier)']],
  ['macro (3) { 1 }', ['1:7-8: expected macro name']],
  ['macro h { 1 }', ["1:9-10: expected '('"]],
  ['let @m = hash(-1);', ['1:15-16: expected positive integer for map declaration max entries']],
  ['let @m = 3;', ['1:10-11: expected map type name']],
  ['let x = 3;', ['1:5-6: root-level let statements need to be map declarations, e.g. let @a = hash(2);']],
  ['config = { a = 1; b = "x", c = 3 } begin {}', ["1:26-27: expected ';'"]],
  ['config = { a = 1 b = 3 } begin {}', ["1:18-19: expected ';'"]],
  ['config { a = 1 } begin {}', ["1:8-9: expected '='"]],
  ['config = { a = -1 } begin {}', ['1:16-17: expected string, int, boolean, or ident']],
  ['config = {a = 1} config = {} begin {}', ['1:18-24: duplicate config block']],
  ['begin {} config = { a = 1 }', ['1:10-16: config must appear before probes and functions']],
  ['begin { 1 } /* never closed', ['1:13-15: unterminated comment']],
])('%s', (text, expected) => {
  const lines = parseText(text).complaints.split('\n').filter((line) => /^stdin:/.test(line));
  expect(lines.map((line) => line.replace(/^stdin:/, '').replace('ERROR: syntax: ', ''))).toEqual(expected);
});

test('all errors come in one go, exactly as the user sees them', () => {
  expect(parseText(`begin {
	$x = ;
	if pid == 1 { print("a") }
	@y = 08;
}
kprobe:f { for (i : 1..2) { } for ($i : 3) { } @[ = 3 }
end { exit(; }
`).complaints).toBe(`stdin:2:7-8: ERROR: syntax: expected expression
	$x = ;
	     ~
stdin:3:9-11: ERROR: syntax: expected '{'
	if pid == 1 { print("a") }
	       ~~
HINT: put the whole condition in parentheses
stdin:4:7-9: ERROR: syntax: invalid octal integer: 08
	@y = 08;
	     ~~
stdin:6:17-18: ERROR: syntax: expected variable in for loop
kprobe:f { for (i : 1..2) { } for ($i : 3) { } @[ = 3 }
                ~
stdin:6:42-43: ERROR: syntax: expected map or range in for loop
kprobe:f { for (i : 1..2) { } for ($i : 3) { } @[ = 3 }
                                         ~
stdin:6:51-52: ERROR: syntax: expected expression
kprobe:f { for (i : 1..2) { } for ($i : 3) { } @[ = 3 }
                                                  ~
stdin:7:12-13: ERROR: syntax: expected expression
end { exit(; }
           ~
`);
});

test('what is known and not built says so', () => {
  expect(parseText('import "x.bt"; fn f($a: uint8): uint8 { return $a; } begin { print(comptime 1); }').complaints).toBe(
    `stdin:1:1-7: ERROR: 'import' is not supported
import "x.bt"; fn f($a: uint8): uint8 { return $a; } begin { print(comptime 1); }
~~~~~~
stdin:1:16-18: ERROR: 'fn' is not supported
import "x.bt"; fn f($a: uint8): uint8 { return $a; } begin { print(comptime 1); }
               ~~
stdin:1:68-76: ERROR: 'comptime' is not supported
import "x.bt"; fn f($a: uint8): uint8 { return $a; } begin { print(comptime 1); }
                                                                   ~~~~~~~~
`);
});

test('what follows an error is read', () => {
  const { script } = parseText('begin { $x = ; @a = 1 } kprobe:f { ) } end { }');
  expect(script.declarations.map((each) => (each.kind === 'probe' ? `${each.attachPoints[0]?.text}:${each.body.statements.length}` : each.kind))).toEqual(['begin:1', 'kprobe:f:0', 'end:0']);
});
