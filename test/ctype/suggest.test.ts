import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/ctype/suggest.ts';

const names = ['task_struct', 'sock', 'socket', 'sk_buff', 'tcp_sock', 'inet_sock', 'inode', 'sock_common', 'file'];

test.each<[string, readonly string[]]>([
  ['task_strcut', ['task_struct']],
  ['tsak_struct', ['task_struct']],
  ['sokc', ['sock']],
  ['SOCK', ['sock', 'socket', 'tcp_sock', 'inet_sock', 'sock_common']],
  ['sock_comon', ['sock_common', 'sock']],
  ['qqqqqq', []],
])('nearest to %s', (wanted, expected) => {
  expect(nearest(wanted, names, 5)).toEqual(expected);
});

test('limit and duplicates', () => {
  expect(nearest('sock', ['sock', 'sock', 'sack', 'rock'], 2)).toEqual(['sock', 'rock']);
});

test.each<[string, string, number | undefined]>([
  ['', 'ab', 2], ['ab', 'ba', 1], ['kitten', 'sitting', 3], ['abc', 'abc', 0], ['abcdef', 'uvwxyz', undefined], ['ca', 'abc', 3],
])('editDistance %s %s', (a, b, expected) => {
  expect(editDistance(a, b, 3)).toBe(expected);
});
