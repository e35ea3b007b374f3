import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diffIn } from '../../src/app/diff.ts';
import type { ImageTypes } from '../../src/index/reader.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel, type FakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const catalog = join(scratchFolder(), 'two.db');

function common(btf: BtfWriter): Record<'int' | 'long' | 'char' | 'list', number> {
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  const char = btf.int('char', 1, 1);
  return { int, long, char, list: btf.struct('list_head', 8, [{ name: 'next', type: int, offset: 0 }]) };
}

function earlier(btf: BtfWriter): void {
  const { int, long, char } = common(btf);
  const inner = btf.struct('inner', 8, [{ name: 'a', type: int, offset: 0 }, { name: 'b', type: int, offset: 32 }]);
  btf.struct('same', 4, [{ name: 'x', type: int, offset: 0 }]);
  btf.struct('task', 64, [
    { name: 'state', type: long, offset: 0 }, { name: 'old', type: int, offset: 64 }, { name: 'in', type: inner, offset: 96 },
    { name: 'first', type: int, offset: 160 }, { name: 'second', type: int, offset: 192 }, { name: 'third', type: int, offset: 224 },
    { name: 'name', type: btf.array(char, 16), offset: 256 }, { name: 'link', type: btf.ptr(inner), offset: 384 },
  ]);
  btf.struct('flags', 4, [{ name: 'f', type: int, offset: 0, bits: 1 }, { name: 'g', type: int, offset: 1, bits: 3 }]);
  btf.struct('matrix', 24, [{ name: 'cells', type: btf.array(int, 6), offset: 0 }]);
  btf.struct('wrapped', 8, [{ name: 'a', type: int, offset: 0 }, { name: 'b', type: int, offset: 32 }]);
  btf.struct('gone', 4, [{ name: 'x', type: int, offset: 0 }]);
  btf.struct('twice', 4, [{ name: 'x', type: int, offset: 0 }]);
  btf.struct('twice', 8, [{ name: 'y', type: long, offset: 0 }]);
  btf.union('either', 4, [{ name: 'i', type: int, offset: 0 }]);
  btf.enum('color', { RED: 0, GREEN: 1, BLUE: 2 });
  btf.enum('', { LIMIT: 16, LOST: 1, STAYS: 3 });
  btf.typedef('word_t', int);
  btf.typedef('pair_t', btf.struct('', 4, [{ name: 'x', type: int, offset: 0 }]));
  btf.func('send', btf.proto(int, [['task', btf.ptr(inner)], ['size', int]]));
  btf.func('renamed', btf.proto(int, [['old_name', int]]));
  btf.func('unnamed', btf.proto(int, [['', int]]));
  btf.func('inlined', btf.proto(int, []));
  btf.func('removed', btf.proto(int, []));
  btf.datasec('.data..percpu', 4, [[btf.variable('counter', int), 0, 4]]);
  btf.typedef('btf_trace_went', btf.ptr(btf.proto(0, [['', int]])));
  btf.typedef('btf_trace_switch', btf.ptr(btf.proto(0, [['', btf.ptr(0)], ['', int]])));
}

function later(btf: BtfWriter): void {
  const { int, long, char } = common(btf);
  const inner = btf.struct('inner', 12, [{ name: 'a', type: int, offset: 0 }, { name: 'b', type: int, offset: 32 }, { name: 'c', type: int, offset: 64 }]);
  btf.struct('same', 4, [{ name: 'x', type: int, offset: 0 }]);
  btf.struct('task', 72, [
    { name: '__state', type: long, offset: 0 }, { name: 'in', type: inner, offset: 64 },
    { name: 'first', type: int, offset: 224 }, { name: 'second', type: int, offset: 256 }, { name: 'third', type: int, offset: 288 },
    { name: 'name', type: btf.array(char, 24), offset: 320 }, { name: 'link', type: btf.ptr(inner), offset: 512 },
  ]);
  btf.struct('flags', 4, [{ name: 'f', type: int, offset: 0, bits: 2 }, { name: 'g', type: int, offset: 2, bits: 3 }]);
  btf.struct('matrix', 24, [{ name: 'cells', type: btf.array(btf.array(int, 3), 2), offset: 0 }]);
  btf.struct('wrapped', 8, [{ name: 'a', type: int, offset: 0 }, { type: btf.union('', 4, [{ name: 'b', type: int, offset: 0 }, { name: 'c', type: int, offset: 0 }]), offset: 32 }]);
  btf.struct('twice', 4, [{ name: 'x', type: int, offset: 0 }]);
  btf.struct('came', 4, [{ name: 'x', type: int, offset: 0 }]);
  btf.union('either', 8, [{ name: 'i', type: int, offset: 0 }, { name: 'l', type: long, offset: 0 }]);
  btf.enum('color', { RED: 0, WHITE: 1, BLUE: 3 });
  btf.enum('limits', { LIMIT: 32 });
  btf.enum('', { STAYS: 3, FOUND: 4 });
  btf.typedef('word_t', long);
  btf.typedef('pair_t', btf.struct('', 8, [{ name: 'x', type: int, offset: 0 }, { name: 'y', type: int, offset: 32 }]));
  btf.func('send', btf.proto(long, [['task', btf.ptr(inner)], ['flags', int], ['size', long]]));
  btf.func('renamed', btf.proto(int, [['new_name', int]]));
  btf.func('unnamed', btf.proto(int, [['has_name', int]]));
  btf.func('added', btf.proto(int, []));
  btf.datasec('.data..percpu', 8, [[btf.variable('counter', long), 0, 8]]);
  btf.typedef('btf_trace_switch', btf.ptr(btf.proto(0, [['', btf.ptr(0)], ['', int], ['', long]])));
}

async function kernel(release: string, rest: Omit<FakeKernel, 'release' | 'catalog'>): Promise<ImageTypes> {
  return (await fakeKernel(scratchFolder(), { ...rest, release, catalog })).types;
}

const before = await kernel('6.1.0', {
  types: earlier, symbols: ['send', 'inlined', 'removed'],
  events: {
    'sched:sched_switch': ['char comm[16];\toffset:8;\tsize:16;\tsigned:0', 'int pid;\toffset:24;\tsize:4;\tsigned:1', 'int prio;\toffset:28;\tsize:4;\tsigned:1', 'pid_t sign;\toffset:32;\tsize:4;\tsigned:1', 'char why2[8];\toffset:64;\tsize:8;\tsigned:1'],
    'sched:sched_same': ['int x;\toffset:8;\tsize:4;\tsigned:1'],
    'sched:sched_gone': ['int x;\toffset:8;\tsize:4;\tsigned:1'],
  },
});
const after = await kernel('6.12.0', {
  types: later, symbols: ['send', 'inlined'],
  events: {
    'sched:sched_switch': ['char comm[32];\toffset:8;\tsize:32;\tsigned:0', 'long pid;\toffset:40;\tsize:8;\tsigned:1', '__data_loc char[] why;\toffset:48;\tsize:4;\tsigned:0', 'pid_t sign;\toffset:32;\tsize:4;\tsigned:0', 'char why2[8];\toffset:64;\tsize:8;\tsigned:0'],
    'sched:sched_same': ['int x;\toffset:8;\tsize:4;\tsigned:1'],
    'sched:sched_new': ['int x;\toffset:8;\tsize:4;\tsigned:1'],
  },
});

const text = (name?: string): string => diffIn(before, after, catalog, name).text();

test('everything', () => {
  expect(text()).toBe(`6.1.0 -> 6.12.0

                 added  removed  changed
struct               1        2        4
union                0        0        1
enum                 1        0        1
constant             1        1        1
typedef              0        0        2
func                 1        2        2
var                  0        0        1
tracepoint           1        1        1
rawtracepoint        0        1        1

+ struct came
~ struct flags: 1 member bitfield, 1 moved
- struct gone
~ struct inner: 8 -> 12 bytes, 1 member added
~ struct task: 64 -> 72 bytes, 1 member added, 2 removed, 1 retyped, 1 resized, 6 moved
- struct twice: one of several of that name
~ struct wrapped: 1 member added
~ union either: 4 -> 8 bytes, 1 member added
~ enum color: 1 value added, 1 removed, 1 renumbered
+ enum limits
+ constant FOUND
~ constant LIMIT: 16 -> 32
- constant LOST
~ typedef pair_t: 4 -> 8 bytes, 1 member added
~ typedef word_t: int -> long unsigned int
+ func added
- func inlined: is there still, without a prototype
- func removed
~ func renamed: int renamed(int old_name) -> int renamed(int new_name)
~ func send: int send(struct inner *task, int size) -> long unsigned int send(struct inner *task, int flags, long unsigned int size)
~ var counter: int -> long unsigned int
- tracepoint:sched:sched_gone
+ tracepoint:sched:sched_new
~ tracepoint:sched:sched_switch: 1 field added, 1 removed, 2 retyped, 1 resized, 1 moved
~ rawtracepoint:switch: void switch(int) -> void switch(int, long unsigned int)
- rawtracepoint:went
`);
});

describe('by name', () => {
  test.each<[string, readonly string[]]>([
    ['struct task', [
      '~ struct task: 64 -> 72 bytes',
      '    - long unsigned int state;                         /*     0     8 */ now __state?',
      '    - int old;                                         /*     8     4 */',
      '    + long unsigned int __state;                       /*     0     8 */',
      '    ~ in: struct inner, size 8 -> 12, offset 12 -> 8',
      '    ~ first, second, third: moved by +8 bytes',
      '    ~ name: char[16] -> char[24], offset 32 -> 40',
      '    ~ link: offset 48 -> 64',
    ]],
    ['struct flags', ['~ struct flags', '    ~ f: bits 1 -> 2', '    ~ g: offset 0:1 -> 0:2']],
    ['struct wrapped', ['~ struct wrapped', '    + int c;                                           /*     4     4 */']],
    ['color', ['~ enum color', '    - GREEN = 1', '    ~ BLUE: 2 -> 3', '    + WHITE = 1']],
    ['LIMIT', ['~ constant LIMIT', '    16 -> 32']],
    ['func send', ['~ func send', '    - int send(struct inner *task, int size)', '    + long unsigned int send(struct inner *task, int flags, long unsigned int size)']],
    ['k:se*', ['~ func send', '    - int send(struct inner *task, int size)', '    + long unsigned int send(struct inner *task, int flags, long unsigned int size)']],
    ['word_t', ['~ typedef word_t', '    - int', '    + long unsigned int']],
    ['t:sched:sched_switch', [
      '~ tracepoint:sched:sched_switch',
      '    ~ comm: size 16 -> 32',
      '    ~ pid: int -> long, size 4 -> 8, offset 24 -> 40',
      '    + __data_loc char why[];                           /*    48     4 */',
      '    ~ sign: pid_t (signed) -> pid_t (unsigned)',
      '    - int prio;                                        /*    28     4 */',
    ]],
    ['t:*:sched_n*', ['+ tracepoint:sched:sched_new']],
    ['rt:switch', ['~ rawtracepoint:switch', '    - void switch(int)', '    + void switch(int, long unsigned int)']],
  ])('%s', (name, lines) => {
    expect(text(name)).toBe(`6.1.0 -> 6.12.0\n\n${lines.join('\n')}\n`);
  });

  test.each(['struct same', 'struct matrix', 'unnamed', 'same', 't:sched:sched_same', 'STAYS'])('%s: no difference', (name) => {
    expect(text(name)).toBe(`${name}: no difference between 6.1.0 and 6.12.0\n`);
  });

  test.each<[string, string, string | undefined]>([
    ['struct tsak', 'neither 6.1.0 nor 6.12.0 has struct tsak', 'near it: task'],
    ['t:sched:sched_swich', 'neither 6.1.0 nor 6.12.0 has t:sched:sched_swich', 'near it: sched:sched_switch'],
    ['interval:s:1', "'interval:s:1' names nothing that can be compared", 'struct sock, tcp_sendmsg, t:sched:sched_switch, rt:sched_switch, k:tcp_*, syscall openat'],
  ])('%s: an error', (name, message, hint) => {
    expect(() => text(name)).toThrow(UsageError);
    expect(() => text(name)).toThrow(expect.objectContaining({ message, hint }));
  });
});

test('json has every place', () => {
  expect(JSON.parse(diffIn(before, after, catalog, 'struct flags').json())).toEqual({
    before: '6.1.0', after: '6.12.0', notes: [], counts: { struct: { added: 0, removed: 0, changed: 1 } },
    changes: [{
      kind: 'struct', name: 'flags', status: 'changed', image: { before: 'vmlinux', after: 'vmlinux' },
      difference: {
        kind: 'struct', size: { before: 4, after: 4 },
        members: [
          { path: 'f', what: ['bitfield'], before: { type: 'int', declaration: 'int f:1', offset: 0, size: 4, bitOffset: 0, bitSize: 1 }, after: { type: 'int', declaration: 'int f:2', offset: 0, size: 4, bitOffset: 0, bitSize: 2 } },
          { path: 'g', what: ['moved'], before: { type: 'int', declaration: 'int g:3', offset: 0, size: 4, bitOffset: 1, bitSize: 3 }, after: { type: 'int', declaration: 'int g:3', offset: 0, size: 4, bitOffset: 2, bitSize: 3 } },
        ],
      },
    }],
  });
  expect(JSON.parse(diffIn(before, after, catalog, 'func send').json())).toMatchObject({
    changes: [{ difference: { returns: { before: 'int', after: 'long unsigned int' }, params: [{ position: 1, before: { name: 'size', type: 'int' }, after: { name: 'flags', type: 'int' } }, { position: 2, after: { name: 'size' } }] } }],
  });
});

test('the other way round what came went', () => {
  expect(diffIn(after, before, catalog, 'struct wrapped').text()).toBe('6.12.0 -> 6.1.0\n\n~ struct wrapped\n    - int c;                                           /*     4     4 */\n');
});

describe('system calls', () => {
  const field = (type: string, name: string, at: number): string => `${type} ${name};\toffset:${16 + 8 * at};\tsize:8;\tsigned:0`;
  const enter = (calls: Readonly<Record<string, readonly (readonly [type: string, name: string])[]>>): FakeKernel['events'] => Object.fromEntries(
    Object.entries(calls).map(([name, args]) => [`syscalls:sys_enter_${name}`, ['int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1', ...args.map(([type, arg], at) => field(type, arg, at))]]),
  );
  const calls = join(scratchFolder(), 'calls.db');
  const made = async (release: string, events?: FakeKernel['events']) => (await fakeKernel(scratchFolder(), {
    types: (btf) => { btf.struct(`of_${release.replaceAll('.', '_')}`, 1, []); }, release, catalog: calls, ...(events === undefined ? {} : { events }),
  })).types;
  const openat = [['int', 'dfd'], ['const char *', 'filename'], ['int', 'flags']] as const;
  const kernels = (async () => ({
    first: await made('6.1.0', enter({ openat, close: [['unsigned int', 'fd']], uselib: [['const char *', 'library']] })),
    second: await made('6.12.0', enter({ openat: [...openat, ['umode_t', 'mode']], close: [['unsigned int', 'fd']], mseal: [['unsigned long', 'start'], ['size_t', 'len']] })),
    last: await made('7.2.0'),
  }))();

  test.each<[string, string]>([
    ['syscall openat', '~ syscall openat\n    - openat(int dfd, const char *filename, int flags)\n    + openat(int dfd, const char *filename, int flags, umode_t mode)\n'],
    ['syscall uselib', '- syscall uselib\n'],
    ['syscall *', '~ syscall openat\n    - openat(int dfd, const char *filename, int flags)\n    + openat(int dfd, const char *filename, int flags, umode_t mode)\n\n- syscall uselib\n\n+ syscall mseal\n'],
  ])('%s', async (name, expected) => {
    const { first, second } = await kernels;
    const sorted = (blocks: string): readonly string[] => blocks.split('\n\n').map((each) => each.trimEnd()).sort();
    expect(sorted(diffIn(first, second, calls, name).text())).toEqual(sorted(`6.1.0 -> 6.12.0\n\n${expected}`));
  });

  test('the same, and none of that name', async () => {
    const { first, second } = await kernels;
    expect(diffIn(first, second, calls, 'syscall close').text()).toBe('syscall close: no difference between 6.1.0 and 6.12.0\n');
    expect(() => diffIn(first, second, calls, 'syscall opnat')).toThrow(expect.objectContaining({ message: 'neither 6.1.0 nor 6.12.0 has syscall opnat', hint: 'near it: openat' }));
  });

  test('a kernel that is not known by them', async () => {
    const { first, last } = await kernels;
    const { notes, changes } = diffIn(first, last, calls, undefined);
    expect(notes).toContain('7.2.0 stands in the catalog without system calls: they are not compared');
    expect(changes.filter(({ kind }) => kind === 'syscall')).toEqual([]);
  });

  test('as data', async () => {
    const { first, second } = await kernels;
    expect(diffIn(first, second, calls, 'syscall openat').changes).toMatchObject([
      { kind: 'syscall', name: 'openat', difference: { params: [{ position: 3, before: undefined, after: { type: 'umode_t', name: 'mode' } }] } },
    ]);
  });
});
