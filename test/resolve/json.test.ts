import { expect, test } from 'vitest';
import type { Definition } from '../../src/ctype/ctype.ts';
import { definitionJson, type MemberJson } from '../../src/resolve/json.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import { anonymous, array, at, bits, char, enumeration, func, named, ptr, s32, struct, typedef, u16, u32, u64, u8, union } from '../help/ctypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';

const low = struct(null, 8, at(0, 'daddr', u32), bits(40, 3, 'flags', u8));
const pair = union(null, 8, at(0, 'both', u64), at(0, null, anonymous('struct', 'low')));
const common = struct('common', 40,
  at(0, 'family', u16),
  at(8, null, anonymous('union', 'pair')),
  bits(130, 4, 'reuse', u32),
  at(24, 'entries', array(anonymous('struct', 'low'), 2)),
  at(40, 'tail', array(char, 0)));
const chained = typedef('outer_t', named('typedef', 'inner_t'));
const types = memoryTypes({ definitions: [common, chained, typedef('inner_t', anonymous('struct', 'low'))], keyed: { low, pair } });
const json = (definition: Definition) => definitionJson(new Layouts(types), definition);

test('struct: every offset counts from its start, also inside anonymous members', () => {
  const members: MemberJson[] = [
    { name: 'family', type: 'short unsigned int', offset: 0, size: 2 },
    {
      name: null, type: 'union {...}', offset: 8, size: 8,
      members: [
        { name: 'both', type: 'long unsigned int', offset: 8, size: 8 },
        {
          name: null, type: 'struct {...}', offset: 8, size: 8,
          members: [
            { name: 'daddr', type: 'unsigned int', offset: 8, size: 4 },
            { name: 'flags', type: 'unsigned char', offset: 13, size: 1, bitOffset: 104, bitSize: 3 },
          ],
          holes: [{ offset: 12, size: 1 }], bitHoles: [], padding: 2,
        },
      ],
    },
    { name: 'reuse', type: 'unsigned int', offset: 16, size: 4, bitOffset: 130, bitSize: 4 },
    {
      name: 'entries', type: 'struct {...}[2]', offset: 24, size: 16,
      members: [
        { name: 'daddr', type: 'unsigned int', offset: 24, size: 4 },
        { name: 'flags', type: 'unsigned char', offset: 29, size: 1, bitOffset: 232, bitSize: 3 },
      ],
      holes: [{ offset: 28, size: 1 }], bitHoles: [], padding: 2,
    },
    { name: 'tail', type: 'char[0]', offset: 40, size: 0 },
  ];
  expect(json(common)).toEqual({
    kind: 'struct', name: 'common', id: null, image: 'vmlinux', variant: 1, variants: 1,
    size: 40, cachelines: 1, packed: false, members,
    holes: [{ offset: 2, size: 6 }, { offset: 20, size: 4 }],
    bitHoles: [{ bitOffset: 128, bitSize: 2 }, { bitOffset: 134, bitSize: 26 }],
    padding: 0, bitPadding: 0,
  });
});

test.each<[string, Definition, object]>([
  ['enum', enumeration('e', { MINUS: -1, ONE: 1 }, 4, true), { kind: 'enum', size: 4, signed: true, values: [{ name: 'MINUS', value: -1 }, { name: 'ONE', value: 1 }] }],
  ['enum of 64 bits', enumeration('e', { BIG: 2n ** 63n }, 8), { values: [{ name: 'BIG', value: '9223372036854775808' }] }],
  ['typedef', chained, { kind: 'typedef', type: 'inner_t', size: 8, chain: ['inner_t', 'struct {...}'] }],
  ['typedef of an anonymous struct', typedef('low_t', anonymous('struct', 'low')), { type: 'struct {...}', members: [{ name: 'daddr' }, { name: 'flags' }] }],
  [
    'function',
    { kind: 'function', name: 'f', type: func(s32, [['sk', ptr(named('struct', 'sock'))], u64], true), id: 7, image: 'mod', variant: 2, variants: 3 } as Definition,
    { kind: 'function', id: 7, image: 'mod', variant: 2, variants: 3, returns: 'int', params: [{ name: 'sk', type: 'struct sock *' }, { name: null, type: 'long unsigned int' }], variadic: true },
  ],
])('%s', (_, definition, expected) => {
  expect(json(definition)).toMatchObject(expected);
});
