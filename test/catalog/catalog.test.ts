import { describe, expect, test } from 'vitest';
import { KernelProbes } from '../../src/catalog/catalog.ts';
import { listing, listingText } from '../../src/catalog/list.ts';
import type { Probe, ProviderName } from '../../src/ctype/probes.ts';
import { typeText } from '../../src/ctype/print.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

function types(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const char = btf.int('char', 1, 1);
  const long = btf.int('long unsigned int', 8);
  const pair = btf.struct('pair', 16, [{ name: 'a', type: long, offset: 0 }, { name: 'b', type: long, offset: 64 }]);
  const sock = btf.struct('sock', 8, [{ name: 'next', type: long, offset: 0 }]);
  const sockPtr = btf.ptr(sock);
  const text = btf.ptr(btf.konst(char));
  const u32 = btf.typedef('u32', btf.int('unsigned int', 4));
  const send = btf.proto(int, [['sk', sockPtr], ['range', pair], ['size', u32]]);
  btf.func('tcp_send', send);
  btf.func('tcp_close', btf.proto(0, [['sk', sockPtr]]));
  btf.func('many', btf.proto(int, Array.from({ length: 8 }, (_, index): [string, number] => [`p${index}`, long])));
  btf.func('switch_task', btf.proto(0, [['prev', sockPtr]]));
  btf.func('two_clones', btf.proto(0, [['x', int]]));
  btf.func('inlined', btf.proto(0, []));
  btf.func('show', btf.proto(int, [['a', int]]));
  btf.func('show', btf.proto(int, [['a', text]]));
  btf.enum('mode', { SLOW: 0, FAST: 1 });
  const event = btf.proto(0, [['', btf.ptr(0)], ['', sockPtr], ['', int]]);
  btf.typedef('btf_trace_sock_sent', btf.ptr(event));
  btf.func('__traceiter_sock_sent', btf.proto(int, [['__data', btf.ptr(0)], ['sk', sockPtr], ['bytes', int]]));
}

const symbols = ['tcp_send', 'tcp_close', 'many', 'switch_task.isra.0', 'switch_task.isra.0.cold', 'two_clones.isra.0', 'two_clones.constprop.0', 'show', 'assembly', 'part.part.0'];
const events = {
  'net:sock_sent': ['struct sock * sk;\toffset:8;\tsize:8;\tsigned:0', 'u32 bytes;\toffset:16;\tsize:4;\tsigned:0', 'enum mode mode;\toffset:20;\tsize:4;\tsigned:0', 'char comm[TASK_COMM_LEN];\toffset:24;\tsize:16;\tsigned:1', '__data_loc char[] name;\toffset:40;\tsize:4;\tsigned:1', 'odd_t odd;\toffset:44;\tsize:2;\tsigned:0'],
  'syscalls:sys_enter_open': ['int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1', 'const char * filename;\toffset:16;\tsize:8;\tsigned:0', 'umode_t mode;\toffset:24;\tsize:8;\tsigned:0'],
};
const kernel = await fakeKernel(scratchFolder(), { types, symbols, events });
const probes = new KernelProbes(kernel);
const names = (found: readonly Probe[]) => found.map((probe) => `${probe.scope}:${probe.name}`);

describe('match', () => {
  test.each<[ProviderName, string | undefined, string, readonly string[]]>([
    ['kprobe', undefined, 'tcp_send', ['vmlinux:tcp_send']],
    ['kprobe', 'vmlinux', 'tcp_*', ['vmlinux:tcp_close', 'vmlinux:tcp_send']],
    ['kprobe', 'ext4', 'tcp_*', []],
    ['kprobe', undefined, '*', ['vmlinux:assembly', 'vmlinux:many', 'vmlinux:show', 'vmlinux:switch_task.isra.0', 'vmlinux:tcp_close', 'vmlinux:tcp_send', 'vmlinux:two_clones.constprop.0', 'vmlinux:two_clones.isra.0']],
    ['kprobe', undefined, 'switch_task', ['vmlinux:switch_task.isra.0']],
    ['kretprobe', undefined, 'switch_task', ['vmlinux:switch_task.isra.0']],
    ['kprobe', undefined, 'two_clones', []],
    ['kprobe', undefined, 'inlined', []],
    ['fentry', undefined, '*', ['vmlinux:show', 'vmlinux:tcp_close', 'vmlinux:tcp_send']],
    ['fentry', undefined, 'switch_task', []],
    ['tracepoint', 'net', '*', ['net:sock_sent']],
    ['tracepoint', undefined, 's[oy]*', ['net:sock_sent', 'syscalls:sys_enter_open']],
    ['rawtracepoint', undefined, 'sock_*', ['vmlinux:sock_sent']],
    ['software', undefined, 'c*', [':context-switches', ':cpu', ':cpu-clock', ':cpu-migrations', ':cs']],
    ['interval', undefined, 's', [':s']],
    ['self', 'signal', 'SIGUSR1', [':signal:SIGUSR1']],
    ['uprobe', '/bin/sh', '*', []],
  ])('%s %s:%s', (provider, scope, name, expected) => {
    expect(names(probes.match(provider, scope, name))).toEqual(expected);
  });

  test('what ftrace lists decides where its list was readable', async () => {
    const listed = await fakeKernel(scratchFolder(), { types, symbols, traceable: ['tcp_send', 'switch_task.isra.0', 'module_fn [ext4]'], events });
    expect(names(new KernelProbes(listed).match('kprobe', undefined, '*'))).toEqual(['vmlinux:switch_task.isra.0', 'vmlinux:tcp_send']);
  });

  test('without symbols every function of BTF may be there', async () => {
    const bare = await fakeKernel(scratchFolder(), { types, events });
    expect(names(new KernelProbes(bare).match('kprobe', undefined, 'in*'))).toEqual(['vmlinux:inlined']);
  });
});

describe('detail', () => {
  const detail = (provider: ProviderName, scope: string, name: string) => {
    const { arguments: args, returns, ...rest } = probes.detail({ provider, scope, name });
    return { args: args.map(({ name: each, text, place, user }) => [each, text, place, ...(user ? ['user'] : [])]), returns: returns && typeText(returns), ...rest };
  };

  test('kprobe: registers of pt_regs, two for a struct of 16 bytes', () => {
    expect(detail('kprobe', 'vmlinux', 'tcp_send')).toEqual({
      args: [
        ['sk', 'struct sock *', { in: 'registers', offsets: [112] }],
        ['range', 'struct pair', { in: 'registers', offsets: [104, 96] }],
        ['size', 'u32', { in: 'registers', offsets: [88] }],
      ],
      returns: undefined,
    });
  });

  test('kprobe: the seventh argument is on the stack', () => {
    expect(detail('kprobe', 'vmlinux', 'many').args.slice(5)).toEqual([
      ['p5', 'long unsigned int', { in: 'registers', offsets: [64] }],
      ['p6', 'long unsigned int', { in: 'stack', offset: 8 }],
      ['p7', 'long unsigned int', { in: 'stack', offset: 16 }],
    ]);
  });

  test('fexit: slots and the return value', () => {
    expect(detail('fexit', 'vmlinux', 'tcp_send')).toEqual({
      args: [
        ['sk', 'struct sock *', { in: 'slots', first: 0, count: 1 }],
        ['range', 'struct pair', { in: 'slots', first: 1, count: 2 }],
        ['size', 'u32', { in: 'slots', first: 3, count: 1 }],
      ],
      returns: 'int',
    });
    expect(detail('fexit', 'vmlinux', 'tcp_close').returns).toBeUndefined();
  });

  test('kretprobe: the return type only', () => {
    expect(detail('kretprobe', 'vmlinux', 'tcp_send')).toEqual({ args: [], returns: 'int' });
  });

  test('a clone and a name with two prototypes are not to be trusted', () => {
    expect(detail('kprobe', 'vmlinux', 'switch_task.isra.0')).toMatchObject({
      args: [['prev', 'struct sock *', { in: 'registers', offsets: [112] }]],
      unreliable: 'switch_task.isra.0 is a clone that the compiler made of switch_task: it may have moved or removed arguments',
    });
    expect(detail('fentry', 'vmlinux', 'show').unreliable).toBe('vmlinux has 2 functions called show, with different prototypes');
  });

  test('tracepoint: fields of the record', () => {
    expect(detail('tracepoint', 'net', 'sock_sent').args).toEqual([
      ['sk', 'struct sock *', { in: 'record', offset: 8, size: 8 }],
      ['bytes', 'u32', { in: 'record', offset: 16, size: 4 }],
      ['mode', 'enum mode', { in: 'record', offset: 20, size: 4 }],
      ['comm', 'char[TASK_COMM_LEN]', { in: 'record', offset: 24, size: 16 }],
      ['name', 'char[]', { in: 'dataloc', offset: 40 }],
      ['odd', 'odd_t', { in: 'record', offset: 44, size: 2 }],
    ]);
  });

  test('tracepoint: pointers of system calls are user memory', () => {
    expect(detail('tracepoint', 'syscalls', 'sys_enter_open').args.map(([name, , , user]) => [name, user])).toEqual([
      ['__syscall_nr', undefined], ['filename', 'user'], ['mode', undefined],
    ]);
  });

  test('rawtracepoint: arguments of the call, named by the function that makes it', () => {
    expect(detail('rawtracepoint', 'vmlinux', 'sock_sent').args).toEqual([
      ['sk', 'struct sock *', { in: 'slots', first: 0, count: 1 }],
      ['bytes', 'int', { in: 'slots', first: 1, count: 1 }],
    ]);
  });

  test('what is not there has no arguments', () => {
    expect(detail('tracepoint', 'net', 'nothing')).toEqual({ args: [], returns: undefined });
    expect(detail('kprobe', 'vmlinux', 'assembly')).toEqual({ args: [], returns: undefined });
  });
});

test.each<[ProviderName, string | undefined, string, readonly string[]]>([
  ['kprobe', undefined, 'tcp_sned', ['tcp_send']],
  ['kprobe', undefined, 'two_clones', ['two_clones.constprop.0', 'two_clones.isra.0']],
  ['tracepoint', 'net', 'sock_snet', ['net:sock_sent']],
  ['rawtracepoint', undefined, 'sock_snet', ['sock_sent']],
  ['hardware', undefined, 'cycle', ['cycles', 'bus-cycles']],
])('near: %s %s:%s', (provider, scope, name, expected) => {
  expect(probes.near(provider, scope, name, 2)).toEqual(expected);
});

describe('listings', () => {
  const list = (pattern: string | undefined, verbose = false) => listingText(listing(kernel, pattern, verbose)).split('\n').slice(0, -1);

  test.each<[string, readonly string[]]>([
    ['kprobe:tcp_*', ['kprobe:tcp_close', 'kprobe:tcp_send']],
    ['k:vmlinux:tcp_s*', ['kprobe:vmlinux:tcp_send']],
    ['KR:tcp_send', ['kretprobe:tcp_send']],
    ['kfunc:tcp_send', ['fentry:vmlinux:tcp_send']],
    ['t:net:*', ['tracepoint:net:sock_sent']],
    ['*sock_sent', ['rawtracepoint:vmlinux:sock_sent', 'tracepoint:net:sock_sent']],
    ['*:tcp_send', ['fentry:vmlinux:tcp_send', 'kprobe:tcp_send']],
    ['i:*', ['interval:hz:', 'interval:ms:', 'interval:s:', 'interval:us:']],
    ['p:hz:99', ['profile:hz:']],
    ['s:cpu*', ['software:cpu-clock:', 'software:cpu-migrations:', 'software:cpu:']],
    ['h:cycles:1000', ['hardware:cycles:']],
    ['self:*:*', ['self:signal:SIGUSR1']],
    ['struct s*', ['struct sock']],
    ['enum *', ['enum mode']],
    ['kprobe:nothing', []],
    ['nonsense:x', []],
  ])('%s', (pattern, expected) => {
    expect(list(pattern)).toEqual(expected);
  });

  test('everything: providers in order of the alphabet', () => {
    expect([...new Set(list(undefined).map((line) => line.split(':')[0]))]).toEqual(['fentry', 'hardware', 'kprobe', 'rawtracepoint', 'software', 'tracepoint']);
  });

  test.each<[string, readonly string[]]>([
    ['k:tcp_send', ['kprobe:tcp_send', '    struct sock * arg0', '    struct pair arg1', '    u32 arg2']],
    ['kr:tcp_*', ['kretprobe:tcp_close', '    void', 'kretprobe:tcp_send', '    int retval']],
    ['fexit:tcp_send', ['fexit:vmlinux:tcp_send', '    struct sock * sk', '    struct pair range', '    u32 size', '    int retval']],
    ['rt:sock_sent', ['rawtracepoint:vmlinux:sock_sent', '    struct sock * sk', '    int bytes']],
    ['t:net:sock_sent', ['tracepoint:net:sock_sent', '    struct sock * sk', '    u32 bytes', '    enum mode mode', '    char comm[TASK_COMM_LEN]', '    __data_loc char[] name', '    odd_t odd']],
    ['s:cs', ['software:cs:']],
    ['struct pair', ['vmlinux: struct pair {', '\tlong unsigned int a;', '\tlong unsigned int b;', '};', '']],
  ])('%s, verbose', (pattern, expected) => {
    expect(list(pattern, true)).toEqual(expected);
  });

  test.each<[string, readonly string[]]>([
    ['kprobe:tcp_sned', ['kprobe:tcp_send']],
    ['kprob:tcp_send', ['kprobe:']],
    ['t:net:sock_snet', ['tracepoint:net:sock_sent']],
    ['struct sokc', ['struct sock']],
  ])('%s: what is near', (pattern, expected) => {
    expect(listing(kernel, pattern, false).near).toEqual(expected);
  });
});
