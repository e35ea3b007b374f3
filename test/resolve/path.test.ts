import { expect, test } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { isPath, parsePath, resolvePath } from '../../src/resolve/path.ts';
import { pathText } from '../../src/resolve/text.ts';
import { anonymous, array, at, bits, named, ptr, s32, struct, typedef, u16, u32, u64, union } from '../help/ctypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';

const pair = union(null, 8, at(0, 'both', u64), at(0, null, anonymous('struct', 'addresses')));
const addresses = struct(null, 8, at(0, 'daddr', u32), at(4, 'rcv_saddr', u32));
const common = struct('sock_common', 24, at(0, null, anonymous('union', 'pair')), at(8, 'family', u16), bits(83, 4, 'reuse', u16), at(16, 'net', ptr(named('struct', 'net'))));
const sock = struct('sock', 72,
  at(0, 'lock', u64), at(8, '__sk_common', named('struct', 'sock_common')), at(32, 'socket', ptr(named('typedef', 'socket_t'))),
  at(40, 'policy', array(ptr(named('struct', 'sock')), 2)), at(56, 'list', array(named('struct', 'item'), 2)));
const definitions = [
  common, sock, struct('socket', 16, at(8, 'sk', ptr(named('struct', 'sock')))), typedef('socket_t', named('struct', 'socket')), struct('item', 8, at(4, 'value', s32)),
];
const types = memoryTypes({ definitions, keyed: { pair, addresses } });

const block = (head: string, ...lines: readonly string[]) => `${head} {\n${lines.map((line) => `\t${line}\n`).join('')}};\n`;

test.each<[string, string]>([
  ['sock.lock', `${block('struct sock', 'long unsigned int          lock;                 /*     0     8 */')}\n/* type: long unsigned int, offset: 0, size: 8 */\n`],
  [
    'sock.__sk_common.rcv_saddr',
    `${block('struct sock',
      'struct sock_common         __sk_common;          /*     8    24 */',
      'unsigned int               __sk_common.rcv_saddr; /*    12     4 */')}\n/* type: unsigned int, offset: 12, size: 4 */\n`,
  ],
  [
    'sock.__sk_common.reuse',
    `${block('struct sock',
      'struct sock_common         __sk_common;          /*     8    24 */',
      'short unsigned int         __sk_common.reuse:4;  /*    18: 3  2 */')}\n/* type: short unsigned int, offset: 18, size: 2, bits: 4 from bit 147 */\n`,
  ],
  [
    'sock->socket->sk.lock',
    `${block('struct sock', 'socket_t *                 socket;               /*    32     8 */')}${block('struct socket',
      'struct sock *              sk;                   /*     8     8 */')}${block('struct sock',
      'long unsigned int          lock;                 /*     0     8 */')}\n/* type: long unsigned int, offset: 32 -> 8 -> 0, size: 8 */\n`,
  ],
  [
    'sock.list[1].value',
    `${block('struct sock',
      'struct item[2]             list;                 /*    56    16 */',
      'struct item                list[1];              /*    64     8 */',
      'int                        list[1].value;        /*    68     4 */')}\n/* type: int, offset: 68, size: 4 */\n`,
  ],
])('%s', (text, expected) => {
  expect(pathText(resolvePath(types, sock, parsePath(text).steps))).toBe(expected);
});

test.each<[string, string, string | undefined]>([
  ['sock.lokc', "struct sock has no member 'lokc'", 'near it: lock'],
  ['sock.daddr', "struct sock has no member 'daddr'", 'near it: __sk_common.daddr'],
  ['sock.__sk_common->family', "'sock.__sk_common' is no pointer but embedded", 'write .family in place of ->family'],
  ['sock.lock.x', "'sock.lock' (long unsigned int) has no members, so there is no 'x' in it", undefined],
  ['sock.__sk_common.net->ns', "'sock.__sk_common.net' (struct net *) is only declared in these types, so there is no 'ns' in it", undefined],
  ['sock.policy[2]', "'sock.policy' has 2 elements, there is none with index 2", undefined],
  ['sock.lock[0]', "'sock.lock' is no array, it cannot be indexed", undefined],
  ['sock', 'the path has no members', undefined],
  ['sock.', "'sock.': '.member', '->member' or '[number]' expected at '.'", undefined],
  ['sock.a+b', "'sock.a+b': '.member', '->member' or '[number]' expected at '+b'", undefined],
  ['->x', "'->x': a type's name is missing before '->'", undefined],
])('%s is refused', (text, message, hint) => {
  const attempt = () => resolvePath(types, sock, parsePath(text).steps);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(expect.objectContaining({ message, hint }));
});

test('isPath tells paths from names', () => {
  expect(['sock', 'a.b', 'a->b', 'a[1]', 'struct sock'].map(isPath)).toEqual([false, true, true, true, false]);
});
