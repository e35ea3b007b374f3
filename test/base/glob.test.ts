import { expect, test } from 'vitest';
import { globMatcher, hasWildcard } from '../../src/base/glob.ts';

test.each<[string, string, boolean]>([
  ['tcp_*', 'tcp_sendmsg', true], ['tcp_*', 'xtcp_', false], ['*', '', true], ['a?c', 'abc', true], ['a?c', 'ac', false],
  ['[ab]x', 'bx', true], ['[ab]x', 'cx', false], ['[a-c]1', 'b1', true], ['[^a]', 'b', true], ['[^a]', 'a', false],
  ['a.b', 'axb', false], ['x.isra.0', 'x.isra.0', true], ['a+(b', 'a+(b', true], ['cpu-clock', 'cpu-clock', true], ['[', '[', true],
])('%s on %s', (glob, name, expected) => {
  expect(globMatcher(glob)(name)).toBe(expected);
});

test('hasWildcard', () => {
  expect(['a', 'a*', 'a?', '[a]', 'a.b'].map(hasWildcard)).toEqual([false, true, true, true, false]);
});
