import { expect, test } from 'vitest';
import { offsetIn } from '../../src/app/offset.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { runningBtf } from '../help/kernels.ts';
import { installed, run, runningBtfPath, runningTypes } from '../help/kerneltypes.ts';
import { scratchFolder } from '../help/scratch.ts';

function define(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  const byte = btf.int('unsigned char', 1);
  const pair = btf.struct('', 8, [{ name: 'daddr', type: int, offset: 0 }, { name: 'rcv_saddr', type: int, offset: 32 }]);
  const either = btf.union('', 8, [{ name: 'both', type: long, offset: 0 }, { name: '', type: pair, offset: 0 }]);
  const proto = btf.struct('proto', 40, [{ name: 'name', type: btf.array(byte, 32), offset: 64 }]);
  const common = btf.struct('sock_common', 24, [
    { name: '', type: either, offset: 0 }, { name: 'reuse', type: byte, offset: 64, bits: 4 }, { name: 'reuseport', type: byte, offset: 68, bits: 1 },
    { name: 'prot', type: btf.ptr(proto), offset: 128 }, { name: 'skc_family', type: byte, offset: 72 },
  ]);
  btf.struct('sock', 40, [{ name: 'flags', type: long, offset: 0 }, { name: '__sk_common', type: common, offset: 64 }, { name: 'pages', type: btf.array(int, 2), offset: 256 }]);
  btf.struct('workspace', 8, [{ name: 'mem', type: long, offset: 0 }]);
  btf.struct('workspace', 16, [{ name: 'buf', type: long, offset: 0 }, { name: 'mem', type: long, offset: 64 }]);
  btf.typedef('atomic_t', btf.struct('', 4, [{ name: 'counter', type: int, offset: 0 }]));
  btf.union('both', 8, [{ name: 'i', type: int, offset: 0 }, { name: 'l', type: long, offset: 0 }]);
  btf.enum('pid_type', { PIDTYPE_PID: 0 });
}

const { types } = await fakeKernel(scratchFolder(), { types: define });
const offsets = (...words: readonly string[]) => offsetIn(() => types, words);

test.each<[readonly string[], string]>([
  [['struct sock', '__sk_common'], 'struct sock.__sk_common: offset 8 (0x8), size 24, struct sock_common\n'],
  [['sock.__sk_common.rcv_saddr'], 'struct sock.__sk_common.rcv_saddr: offset 12 (0xc), size 4, int\n'],
  [['struct sock', '.__sk_common.reuse'], 'struct sock.__sk_common.reuse: offset 16 (0x10), size 1, unsigned char, bits 0-3\n'],
  [['struct sock', 'sk_family'], 'struct sock.sk_family: offset 17 (0x11), size 1, unsigned char\n'],
  [['struct sock', '->__sk_common.reuseport'], 'struct sock.__sk_common.reuseport: offset 16 (0x10), size 1, unsigned char, bit 4\n'],
  [['sock', '__sk_common.prot->name[3]'], 'struct sock.__sk_common.prot->name[3]: offset 24 -> 11 (0x18 -> 0xb), size 1, unsigned char\n'],
  [['sock', 'flags', 'pages[1]'], 'struct sock.flags: offset 0 (0x0), size 8, long unsigned int\nstruct sock.pages[1]: offset 36 (0x24), size 4, int\n'],
  [['sock.flags', 'both.l'], 'struct sock.flags: offset 0 (0x0), size 8, long unsigned int\nunion both.l: offset 0 (0x0), size 8, long unsigned int\n'],
  [['atomic_t.counter'], 'atomic_t.counter: offset 0 (0x0), size 4, int\n'],
  [
    ['workspace.mem'],
    'struct workspace.mem: offset 0 (0x0), size 8, long unsigned int /* 1 of 2 in vmlinux, id 12 */\n' +
      'struct workspace.mem: offset 8 (0x8), size 8, long unsigned int /* 2 of 2 in vmlinux, id 13 */\n',
  ],
  [['workspace', 'buf'], 'struct workspace.buf: offset 0 (0x0), size 8, long unsigned int /* 2 of 2 in vmlinux, id 13 */\n'],
  [['struct workspace#1', 'mem'], 'struct workspace.mem: offset 0 (0x0), size 8, long unsigned int /* 1 of 2 in vmlinux, id 12 */\n'],
])('offset %j', (words, expected) => {
  expect(offsets(...words).text()).toBe(expected);
});

test('json', () => {
  expect(JSON.parse(offsets('sock', '__sk_common.prot->name').json())).toEqual({
    of: 'struct sock', id: 11, image: 'vmlinux', variant: 1, variants: 1, path: '.__sk_common.prot->name', type: 'unsigned char[32]', offset: 8, size: 32,
    hops: [{ in: 'struct sock', offset: 24 }, { in: 'struct proto', offset: 8 }],
  });
  expect(JSON.parse(offsets('sock.__sk_common.reuseport').json())).toMatchObject({ offset: 16, size: 1, bitOffset: 132, bitSize: 1 });
  expect(JSON.parse(offsets('workspace.mem').json())).toMatchObject([{ variant: 1, offset: 0 }, { variant: 2, offset: 8 }]);
});

test.each<[readonly string[], string, string | undefined]>([
  [['struct sock'], "'struct sock': the path of a member is missing", "btfly offset 'struct sock' MEMBER"],
  [['struct sokc', 'flags'], 'no struct is called sokc', 'near it: sock'],
  [['sokc.flags'], 'no type is called sokc', 'near it: sock'],
  [['union sock', 'flags'], 'sock is no union but a struct', 'btfly type sock'],
  [['pid_type', 'x'], 'pid_type has no members', 'btfly type pid_type'],
  [['sock', 'falgs'], "struct sock has no member 'falgs'", 'near it: flags'],
  [['sock', 'prot'], "struct sock has no member 'prot'", 'near it: __sk_common.prot'],
  [['sock', 'pages[2]'], "'sock.pages' has 2 elements, there is none with index 2", undefined],
  [['workspace#3', 'mem'], 'there is no workspace#3', 'there are: workspace@vmlinux#1, workspace@vmlinux#2'],
  [['struct', 'x'], 'no type is called struct', undefined],
  [['a b', 'x'], "'a b' is no name of a struct, a union or a typedef", undefined],
])('offset %j: %s', (words, message, hint) => {
  const attempt = () => offsets(...words);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(expect.objectContaining({ message, hint }));
});

test.skipIf(runningBtf() === undefined || !installed('pahole'))('members of the running kernel lie where pahole says (needs pahole)', async () => {
  const kernel = await runningTypes(scratchFolder());
  for (const name of ['task_struct', 'sk_buff', 'inode']) {
    const lines = run('pahole', ['-C', name, runningBtfPath]).matchAll(/^\t[^\t].* \*?(?:\(\*)?(\w+)(?:\[\d*\])*(?:\)\(.*\))?; +\/\* +(\d+) +(\d+) \*\/$/gm);
    let compared = 0;
    for (const [, member = '', at, size] of lines) {
      const [found] = offsetIn(() => kernel, [`struct ${name}`, member]).offsets;
      expect([member, found?.offset, found?.size]).toEqual([member, Number(at), Number(size)]);
      compared++;
    }
    expect(compared).toBeGreaterThan(15);
  }
});
