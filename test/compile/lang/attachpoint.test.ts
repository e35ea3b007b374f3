import { expect, test } from 'vitest';
import type { AttachPoint } from '../../../src/compile/lang/ast.ts';
import { parseRight } from './help.ts';

function points(text: string, positional: readonly string[] = []): readonly AttachPoint[] {
  const probe = parseRight(`${text} {}`, { positional }).declarations[0];
  return probe?.kind === 'probe' ? probe.attachPoints : [];
}

test.each<[string, readonly string[]]>([
  ['BEGIN', ['BEGIN']],
  ['begin', ['begin']],
  ['k:tcp_sendmsg', ['k', 'tcp_sendmsg']],
  ['kprobe:nfs:*read*', ['kprobe', 'nfs', '*read*']],
  ['kprobe:[ab]*', ['kprobe', '[ab]*']],
  ['kprobe:f+0x10', ['kprobe', 'f+0x10']],
  ['kprobe:lookup_fast.constprop.*', ['kprobe', 'lookup_fast.constprop.*']],
  ['interval:s:1', ['interval', 's', '1']],
  ['interval:1s', ['interval', '1s']],
  ['profile:hz:99', ['profile', 'hz', '99']],
  ['t:syscalls:sys_enter_*', ['t', 'syscalls', 'sys_enter_*']],
  ['kprobe:"a b"', ['kprobe', 'a b']],
  ['uprobe:"/a b/c":"f(int, char)"', ['uprobe', '/a b/c', 'f(int, char)']],
  ['uprobe:"/a\\"b":c', ['uprobe', '/a"b', 'c']],
  ['uprobe:/bin/*:foo', ['uprobe', '/bin/*', 'foo']],
  ['uprobe:/bin//x:foo', ['uprobe', '/bin//x', 'foo']],
  ['kprobe:f/1/', ['kprobe', 'f/1/']],
  ['*:a*', ['*', 'a*']],
  ['software:faults:', ['software', 'faults', '']],
  ['kprobe:$1', ['kprobe', 'vfs_read']],
  ['interval:s:$2', ['interval', 's', '5']],
  ['kprobe:f_"$1"', ['kprobe', 'f_$1']],
  ['kprobe:a$#b$9', ['kprobe', 'a2b']],
])('%s', (text, expected) => {
  const [point, ...more] = points(text, ['vfs_read', '5']);
  expect(more).toEqual([]);
  expect([point?.provider, ...(point?.parts ?? []).map((part) => part.text)]).toEqual(expected);
  expect(point?.text).toBe(text);
});

test('a label in front', () => {
  expect(points('mine=kprobe:f')[0]).toMatchObject({ label: 'mine', provider: 'kprobe', text: 'mine=kprobe:f', parts: [{ text: 'f' }] });
});

test('places of the parts', () => {
  const text = 'k:a,\n  uprobe:"/x y":f {}';
  const probe = parseRight(text).declarations[0];
  const found = probe?.kind === 'probe' ? probe.attachPoints : [];
  expect(found.map((point) => [point.span, ...point.parts.map((part) => part.span)].map(({ start, end }) => text.slice(start, end)))).toEqual([
    ['k:a', 'a'],
    ['uprobe:"/x y":f', '"/x y"', 'f'],
  ]);
});
