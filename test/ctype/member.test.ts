import { describe, expect, it, test } from 'vitest';
import { findMember, memberNames, recordOf } from '../../src/ctype/member.ts';
import { anonymous, at, bits, konst, named, ptr, s32, struct, typedef, u16, u32, u64, union } from '../help/ctypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';

const addresses = struct(null, 8, at(0, 'daddr', u32), at(4, 'rcv_saddr', u32));
const pair = union(null, 8, at(0, 'addrpair', u64), at(0, null, anonymous('struct', 'addresses')));
const common = struct('common', 24, at(0, null, konst(anonymous('union', 'pair'))), at(8, 'family', u16), bits(80, 4, 'reuse', u16), at(16, 'next', ptr(named('struct', 'common'))));
const sock = struct('sock', 40, at(0, 'pad', u64), at(8, 'common', named('typedef', 'common_t')), at(32, null, anonymous('union', 'pair')));
const types = memoryTypes({
  definitions: [common, sock, typedef('common_t', konst(named('struct', 'common'))), typedef('opaque_t', named('struct', 'opaque'))],
  keyed: { addresses, pair },
});

const cases: [string, typeof sock, string, { bitOffset: number; bitSize: number | null } | undefined][] = [
  ['a direct member', sock, 'common', { bitOffset: 64, bitSize: null }],
  ['one level of nesting', common, 'addrpair', { bitOffset: 0, bitSize: null }],
  ['two levels of nesting', common, 'rcv_saddr', { bitOffset: 32, bitSize: null }],
  ['nesting at an offset', sock, 'rcv_saddr', { bitOffset: 288, bitSize: null }],
  ['a bitfield', common, 'reuse', { bitOffset: 80, bitSize: 4 }],
  ['a member of a named member is not seen', sock, 'family', undefined],
  ['no such member', sock, 'nothing', undefined],
];

test.each(cases)('findMember: %s', (_, record, name, expected) => {
  const found = findMember(types, record, name);
  expect(found && { bitOffset: found.bitOffset, bitSize: found.bitSize }).toEqual(expected);
});

test('memberNames sees through anonymous members', () => {
  expect(memberNames(types, sock)).toEqual(['pad', 'common', 'addrpair', 'daddr', 'rcv_saddr']);
});

test('a definition that contains itself does not hang', () => {
  const keyed: Record<string, typeof sock> = {};
  keyed.loop = struct(null, 8, at(0, null, anonymous('struct', 'loop')));
  expect(findMember(memoryTypes({ definitions: [], keyed }), keyed.loop, 'x')).toBeUndefined();
});

test('recordOf follows typedefs and qualifiers', () => {
  expect(recordOf(types, named('typedef', 'common_t'))).toBe(common);
  expect(recordOf(types, named('typedef', 'opaque_t'))).toBeUndefined();
  expect(recordOf(types, s32)).toBeUndefined();
});

describe('what headers call a member by', () => {
  const inArray = struct('holder', 24, at(0, 'items', { kind: 'array', of: named('struct', 'inner'), count: 3 }));
  const within = struct('inner', 8, at(0, 'a', u32), bits(36, 3, 'b', u32));
  const choice = union('choice', 8, at(0, 'number', u64), at(0, 'inside', named('struct', 'inner')));
  const named2 = memoryTypes({
    definitions: [common, sock, typedef('common_t', konst(named('struct', 'common'))), inArray, within, choice],
    keyed: { addresses, pair },
    aliases: { sk_family: ['gone.family', 'common.family'], pad: ['common.family'], sk_reuse: ['common.reuse'], last: ['items[2].b'], past: ['items[3].b'], far: ['common.next.family'], deep: ['inside.b'] },
  });

  it.each([
    ['the first path that exists', sock, 'sk_family', 128, null, false],
    ['a member of that name comes first', sock, 'pad', 0, null, false],
    ['bitfields', sock, 'sk_reuse', 144, 4, false],
    ['elements of arrays', inArray, 'last', 164, 3, false],
    ['in unions', choice, 'deep', 36, 3, true],
  ])('%s', (_, record, name, bitOffset, bitSize, inUnion) => {
    expect(findMember(named2, record, name)).toMatchObject({ bitOffset, bitSize, inUnion });
  });

  it.each([['past the end', inArray, 'past'], ['through a pointer', sock, 'far'], ['not in this record', within, 'sk_family']])('nothing: %s', (_, record, name) => {
    expect(findMember(named2, record, name)).toBeUndefined();
  });
});
