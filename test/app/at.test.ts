import { expect, test } from 'vitest';
import { atIn, atQuestion } from '../../src/app/at.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

function define(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  btf.struct('workspace', 8, [{ name: 'mem', type: long, offset: 0 }]);
  btf.struct('workspace', 16, [{ name: 'buf', type: long, offset: 0 }, { name: 'level', type: int, offset: 64 }]);
  btf.typedef('atomic_t', btf.struct('', 4, [{ name: 'counter', type: int, offset: 0 }]));
}

const { types } = await fakeKernel(scratchFolder(), { types: define });
const answer = (...words: readonly string[]) => atIn(() => types, atQuestion(words, undefined));

test('every definition of an ambiguous name', () => {
  expect(answer('struct workspace', '0x9').text()).toBe(
    '/* 1 of 2 in vmlinux, id 3 */\n/* 9 (0x9): past the end, struct workspace has 8 bytes; in an array of them, byte 1 of [1] */\n\n' +
      '/* 2 of 2 in vmlinux, id 4 */\nstruct workspace {\n\tint                        level;                /*     8     4 */\n};\n\n/* 9 (0x9): byte 1 of level (int, 4 bytes) */\n',
  );
});

test('a typedef, in one word', () => {
  expect(answer('atomic_t+2').text()).toBe('typedef struct {\n\tint                        counter;              /*     0     4 */\n} atomic_t;\n\n/* 2 (0x2): byte 2 of counter (int, 4 bytes) */\n');
});

test('json', () => {
  expect(JSON.parse(answer('workspace#2', '13').json())).toEqual({
    of: 'struct workspace', id: 4, image: 'vmlinux', variant: 2, variants: 2, size: 16, offset: 13, width: 1, members: [],
    ends: [{ kind: 'padding', of: 'struct workspace', after: 'level', gap: { start: 12, size: 4 }, bytes: { start: 13, size: 1 } }],
  });
  expect(JSON.parse(answer('atomic_t', '0').json())).toMatchObject({
    of: 'atomic_t', members: [{ path: 'counter', type: 'int', offset: 0, size: 4 }],
    ends: [{ kind: 'member', path: 'counter', member: { path: 'counter', type: 'int' }, bytes: { start: 0, size: 1 } }],
  });
});

test.each<[readonly string[], string, string | undefined]>([
  [['workspcae', '0'], 'no type is called workspcae', 'near it: workspace'],
  [['workspace'], "'workspace': a type and one offset are expected", "btfly at 'struct task_struct' 0x9d8"],
  [['workspace', '8', '9'], "'workspace 8 9': a type and one offset are expected", "btfly at 'struct task_struct' 0x9d8"],
  [['workspace', 'mem'], "'mem' is no number of bytes", 'decimal, or hexadecimal with 0x in front'],
  [['workspace', '-1'], "'-1' is no number of bytes", 'decimal, or hexadecimal with 0x in front'],
])('at %j: %s', (words, message, hint) => {
  const attempt = () => answer(...words);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(expect.objectContaining({ message, hint }));
});

test('a width of nothing is refused', () => {
  expect(() => atIn(() => types, atQuestion(['atomic_t', '0'], '0'))).toThrow('0, 0: offset and size are whole numbers of bytes');
});
