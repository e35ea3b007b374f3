import { describe, expect, test } from 'vitest';
import { describeIn, type DescribeKind } from '../../src/app/describe.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

function types(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  const common = btf.struct('sock_common', 12, ['skc_daddr', 'skc_hash', 'skc_num'].map((name, index) => ({ name, type: int, offset: 32 * index })));
  const sock = btf.struct('sock', 16, [{ name: '__sk_common', type: common, offset: 0 }, { name: 'flags', type: int, offset: 96 }]);
  btf.struct('workspace', 8, [{ name: 'mem', type: long, offset: 0 }]);
  btf.struct('workspace', 16, [{ name: 'buf', type: long, offset: 0 }, { name: 'level', type: long, offset: 64 }]);
  btf.typedef('atomic_t', btf.struct('', 4, [{ name: 'counter', type: int, offset: 0 }]));
  btf.typedef('deep_t', btf.typedef('middle_t', long));
  btf.enum('pid_type', { PIDTYPE_PID: 0, PIDTYPE_LONGER: -1 }, { signed: true });
  btf.union('both', 8, [{ name: 'i', type: int, offset: 0 }, { name: 'l', type: long, offset: 0 }]);
  btf.func('tcp_send', btf.proto(int, [['sk', btf.ptr(sock)], ['size', long]]));
  btf.enum('context', { C: 1 });
  btf.struct('context', 4, [{ name: 'x', type: int, offset: 0 }]);
}

const { types: kernel } = await fakeKernel(scratchFolder(), { types });
const described = (kind: DescribeKind, word: string) => describeIn(kernel, kind, word);

describe('text', () => {
  test.each<[DescribeKind, string, readonly string[]]>([
    ['struct', 'sock', [
      'struct sock {', '\tstruct sock_common         __sk_common;          /*     0    12 */', '\tint                        flags;                /*    12     4 */', '',
      '\t/* size: 16, cachelines: 1, members: 2 */', '\t/* last cacheline: 16 bytes */', '};',
    ]],
    ['union', 'both', ['union both {', '\tint                        i;                  /*     0     4 */', '\tlong unsigned int          l;                  /*     0     8 */', '};']],
    ['enum', 'pid_type', ['/* in vmlinux, id 11 */', 'enum pid_type {', '\tPIDTYPE_PID    = 0,', '\tPIDTYPE_LONGER = -1,', '};']],
    ['enum', 'PIDTYPE_LONGER', ['/* in vmlinux, id 11 */', 'enum pid_type {', '\tPIDTYPE_PID    = 0,', '\tPIDTYPE_LONGER = -1,', '};', '/* PIDTYPE_LONGER = -1 */']],
    ['func', 'tcp_send', ['int tcp_send(struct sock *sk, long unsigned int size);']],
    ['type', 'deep_t', ['/* in vmlinux, id 10 */', 'typedef middle_t deep_t;', 'typedef long unsigned int middle_t;']],
    ['type', 'atomic_t', [
      '/* in vmlinux, id 8 */', 'typedef struct {', '\tint                        counter;              /*     0     4 */', '', '\t/* size: 4, cachelines: 1, members: 1 */', '\t/* last cacheline: 4 bytes */', '} atomic_t;',
    ]],
    ['struct', 'sock.__sk_common.skc_num', [
      'struct sock {', '\tstruct sock_common         __sk_common;          /*     0    12 */', '\tint                        __sk_common.skc_num;  /*     8     4 */', '};', '',
      '/* type: int, offset: 8, size: 4 */',
    ]],
    ['type', 'atomic_t.counter', ['struct {', '\tint                        counter;              /*     0     4 */', '};', '', '/* type: int, offset: 0, size: 4 */']],
  ])('%s %s', (kind, word, expected) => {
    expect(described(kind, word).text()).toBe(`${expected.join('\n')}\n`);
  });

  test('every definition of an ambiguous name, each with its number', () => {
    const text = described('struct', 'workspace').text();
    expect(text.match(/^\/\*.*\*\/$/gm)).toEqual(['/* 1 of 2 in vmlinux, id 5 */', '/* 2 of 2 in vmlinux, id 6 */']);
    expect(described('struct', 'workspace#2').text().startsWith('/* 2 of 2 in vmlinux, id 6 */\nstruct workspace {\n\tlong unsigned int          buf;')).toBe(true);
    expect(described('struct', 'workspace@vmlinux#1').definitions.map((each) => each.id)).toEqual([5]);
  });

  test('a path through an ambiguous name leads where it can', () => {
    const { paths, text } = described('struct', 'workspace.level');
    expect(paths.map((path) => path.last.offset)).toEqual([8]);
    expect(text().split('\n')[0]).toBe('/* 2 of 2 in vmlinux, id 6 */');
  });

  test('a name of several kinds', () => {
    expect(described('type', 'context').definitions.map((each) => each.kind)).toEqual(['struct', 'enum']);
  });
});

describe('json', () => {
  const json = (kind: DescribeKind, word: string): unknown => JSON.parse(described(kind, word).json());

  test('one object for one definition', () => {
    expect(json('struct', 'sock')).toMatchObject({ kind: 'struct', name: 'sock', size: 16, variant: 1, variants: 1, padding: 0, members: [{ name: '__sk_common' }, { name: 'flags', offset: 12, size: 4 }] });
  });

  test('an array for several', () => {
    expect(json('struct', 'workspace')).toMatchObject([{ id: 5, variant: 1, variants: 2, size: 8 }, { id: 6, variant: 2, variants: 2, size: 16 }]);
  });

  test('a path', () => {
    expect(json('struct', 'sock.__sk_common.skc_num')).toEqual({
      path: 'sock.__sk_common.skc_num', type: 'int', size: 4, offset: 8,
      hops: [{
        kind: 'struct', name: 'sock', id: 4, image: 'vmlinux',
        steps: [{ path: '__sk_common', type: 'struct sock_common', offset: 0, size: 12 }, { path: '__sk_common.skc_num', type: 'int', offset: 8, size: 4 }],
      }],
    });
  });
});

test.each<[DescribeKind, string, string, string | undefined]>([
  ['struct', 'sokc', 'no struct is called sokc', 'near it: sock'],
  ['struct', 'atomic_t', 'atomic_t is no struct but a typedef', 'btfly type atomic_t'],
  ['enum', 'sock', 'sock is no enum but a struct', 'btfly type sock'],
  ['type', 'PIDTYPE_PID', 'PIDTYPE_PID is no type but a value of enum pid_type', 'btfly enum PIDTYPE_PID'],
  ['struct', 'PIDTYPE_PID', 'PIDTYPE_PID is no struct but a value of enum pid_type', 'btfly enum PIDTYPE_PID'],
  ['func', 'tcp_sned', 'no function is called tcp_sned', 'near it: tcp_send'],
  ['struct', 'workspace#3', 'there is no workspace#3', 'there are: workspace@vmlinux#1, workspace@vmlinux#2'],
  ['struct', 'sock@ext4', 'there is no sock@ext4', 'there are: sock@vmlinux#1'],
  ['struct', 'sock.skc_num', "struct sock has no member 'skc_num'", 'near it: __sk_common.skc_num'],
  ['struct', 'workspace.none', "struct workspace has no member 'none'", undefined],
  ['type', 'deep_t.x', 'deep_t has no members', undefined],
])('%s %s: %s', (kind, word, message, hint) => {
  const attempt = () => described(kind, word);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(expect.objectContaining({ message, hint }));
});
