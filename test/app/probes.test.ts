import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { probesIn, type ProbesRequest } from '../../src/app/probes.ts';
import { arches } from '../../src/base/arch.ts';
import { UsageError } from '../../src/base/errors.ts';
import { fentry } from '../../src/catalog/provider/fentry.ts';
import { kprobe } from '../../src/catalog/provider/kprobe.ts';
import { probedKernel } from '../../src/catalog/catalog.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import type { ProbeSearch } from '../../src/index/searchprobes.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { btfFiles } from '../help/kernels.ts';
import { scratchFolder } from '../help/scratch.ts';

function types(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const sock = btf.struct('sock', 4, [{ name: 'x', type: int, offset: 0 }]);
  const skb = btf.struct('sk_buff', 4, [{ name: 'x', type: int, offset: 0 }]);
  const big = btf.struct('big', 24, [{ name: 'x', type: int, offset: 0 }]);
  const pointer = btf.ptr(sock);
  const constant = btf.ptr(btf.konst(sock));
  const alias = btf.typedef('sock_t', sock);
  const handle = btf.typedef('sock_ptr', btf.konst(btf.ptr(btf.konst(alias))));
  const buffer = btf.ptr(skb);
  const number = btf.typedef('number_t', int);
  btf.func('plain', btf.proto(int, [['sk', pointer]]));
  btf.func('second', btf.proto(int, [['size', int], ['sk', constant]]));
  btf.func('aliased', btf.proto(pointer, [['sk', handle]]));
  btf.func('both', btf.proto(int, [['sk', pointer], ['skb', buffer], ['other', constant]]));
  btf.func('other', btf.proto(int, [['skb', buffer]]));
  btf.func('deeper', btf.proto(int, [['sk', btf.ptr(pointer)]]));
  btf.func('value', btf.proto(int, [['sk', sock]]));
  btf.func('large', btf.proto(int, [['b', big], ['sk', pointer]]));
  btf.func('many', btf.proto(int, [['a', int], ['b', int], ['c', int], ['d', int], ['e', int], ['f', int], ['sk', pointer]]));
  btf.func('printer', btf.proto(int, [['sk', pointer], ['', 0]]));
  btf.func('nameless', btf.proto(int, [['', pointer]]));
  btf.func('twice', btf.proto(int, [['sk', pointer]]));
  btf.func('twice', btf.proto(int, [['a', int], ['sk', pointer]]));
  btf.func('hidden', btf.proto(int, [['sk', pointer]]));
  btf.func('cloned', btf.proto(int, [['sk', pointer]]));
  btf.func('__x64_sys_bind', btf.proto(int, [['regs', btf.ptr(big)]]));
  btf.func('counts', btf.proto(number, [['n', number]]));
  btf.typedef('btf_trace_send', btf.ptr(btf.proto(0, [['', btf.ptr(0)], ['', int], ['', constant]])));
  btf.func('__traceiter_send', btf.proto(int, [['__data', btf.ptr(0)], ['len', int], ['sk', constant]]));
}

const folder = scratchFolder();
const kernel = await fakeKernel(folder, {
  types,
  symbols: ['plain', 'second', 'aliased', 'both', 'other', 'deeper', 'value', 'large', 'many', 'printer', 'nameless', 'twice', 'cloned.isra.0', 'counts', '__x64_sys_bind'],
  traceable: ['plain', 'second', 'aliased', 'both', 'other', 'deeper', 'value', 'large', 'many', 'printer', 'nameless', 'twice', 'cloned.isra.0', 'counts', '__x64_sys_bind'],
  events: {
    'net:send': ['const struct sock * sk;\toffset:8;\tsize:8;\tsigned:0', 'int len;\toffset:16;\tsize:4;\tsigned:1'],
    'net:any': ['const void * skaddr;\toffset:8;\tsize:8;\tsigned:0'],
    'syscalls:sys_enter_bind': ['int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1', 'int fd;\toffset:16;\tsize:8;\tsigned:0', 'struct sk_buff * skb;\toffset:24;\tsize:8;\tsigned:0'],
    'net:text': ['char sk[8];\toffset:8;\tsize:8;\tsigned:0'],
  },
});

const search = probeSearch(join(folder, 'catalog.db'));

const asked = (request: Partial<ProbesRequest>): string => probesIn(kernel, search, { args: [], returns: undefined, pattern: undefined, ...request }).text();

test('every probe that hands over a struct sock *', () => {
  expect(asked({ args: ['struct sock *'] })).toBe(`\
fentry:vmlinux:aliased      args.sk              0: sock_ptr
fentry:vmlinux:both         args.sk, args.other  0: struct sock *, 2: const struct sock *
fentry:vmlinux:nameless     args.arg0            0: struct sock *
fentry:vmlinux:plain        args.sk              0: struct sock *
fentry:vmlinux:second       args.sk              1: const struct sock *
kprobe:aliased              args.sk              0: sock_ptr
kprobe:both                 args.sk, args.other  0: struct sock *, 2: const struct sock *
kprobe:large                args.sk              1: struct sock *
kprobe:many                 args.sk              6: struct sock *
kprobe:nameless             args.arg0            0: struct sock *
kprobe:plain                args.sk              0: struct sock *
kprobe:printer              args.sk              0: struct sock *
kprobe:second               args.sk              1: const struct sock *
kprobe:twice                (struct sock *)arg0  0: struct sock *
kprobe:twice                (struct sock *)arg1  1: struct sock *
rawtracepoint:vmlinux:send  args.sk              1: const struct sock *
tracepoint:net:send         args.sk              const struct sock *
`);
});

describe('fewer of them', () => {
  test.each<[string, Partial<ProbesRequest>, string]>([
    ['two types, in one probe', { args: ['struct sock *', 'struct sk_buff *'] }, `\
fentry:vmlinux:both  args.sk, args.other, args.skb  0: struct sock *, 2: const struct sock *, 1: struct sk_buff *
kprobe:both          args.sk, args.other, args.skb  0: struct sock *, 2: const struct sock *, 1: struct sk_buff *
`],
    ['a pattern', { args: ['struct sock *'], pattern: 'k:p*' }, 'kprobe:plain    args.sk  0: struct sock *\nkprobe:printer  args.sk  0: struct sock *\n'],
    ['a pattern with a scope', { args: ['struct sock *'], pattern: 'fentry:vmlinux:s*' }, 'fentry:vmlinux:second  args.sk  1: const struct sock *\n'],
    ['tracepoints', { args: ['struct sock *'], pattern: 't:net:*' }, 'tracepoint:net:send  args.sk  const struct sock *\n'],
    ['fexit when it is named', { args: ['struct sock *'], pattern: 'fexit:plain' }, 'fexit:vmlinux:plain  args.sk  0: struct sock *\n'],
    ['what is returned', { returns: 'struct sock *' }, 'fexit:vmlinux:aliased  retval  struct sock *\nkretprobe:aliased      retval  struct sock *\n'],
    ['what is taken and returned', { args: ['struct sock *'], returns: 'struct sock *' }, 'fexit:vmlinux:aliased  args.sk, retval  0: sock_ptr, struct sock *\n'],
    ['a typedef is not what it stands for', { args: ['number_t'] }, 'fentry:vmlinux:counts  args.n  0: number_t\nkprobe:counts          args.n  0: number_t\n'],
    ['a struct by value', { args: ['struct sock'] }, 'fentry:vmlinux:value  args.sk  0: struct sock\nkprobe:value          args.sk  0: struct sock\n'],
    ['a pointer to a pointer', { args: ['struct sock **'], pattern: 'k:*' }, 'kprobe:deeper  args.sk  0: struct sock **\n'],
    ['const in the question', { args: ['const struct sock *'], pattern: 'k:plain' }, 'kprobe:plain  args.sk  0: struct sock *\n'],
    ['registers of a process', { args: ['struct sk_buff *', 'int'], pattern: 'k:__x64_*' }, 'kprobe:__x64_sys_bind  args.skb, args.fd  1: struct sk_buff *, 0: int\n'],
    ['nothing', { args: ['struct sock *'], pattern: 'k:none*' }, ''],
  ])('%s', (_, request, text) => {
    expect(asked(request)).toBe(text);
  });
});

test('json', () => {
  expect(JSON.parse(probesIn(kernel, search, { args: ['struct sock *'], returns: undefined, pattern: 'k:second' }).json())).toEqual([
    { provider: 'kprobe', scope: 'vmlinux', name: 'second', title: 'kprobe:second', arguments: [{ name: 'sk', position: 1, type: 'const struct sock *', paste: 'args.sk' }] },
  ]);
});

test.each<[Partial<ProbesRequest>, string, string | undefined]>([
  [{ args: ['struct scok *'] }, "no type is called 'struct scok *'", 'near it: struct sock'],
  [{ args: ['numbr_t'] }, "no type is called 'numbr_t'", 'near it: number_t'],
  [{}, 'which type?', "btfly probes --arg 'struct sock *', btfly probes --returns 'struct file *'"],
  [{ args: ['int'], pattern: 'interval:s:1' }, 'interval probes do not hand over arguments', 'these do: fentry, kprobe, rawtracepoint, tracepoint, fexit'],
  [{ returns: 'int', pattern: 'k:*' }, 'kprobe probes do not hand over what is asked for', 'these do: fexit, kretprobe'],
])('%j', (request, message, hint) => {
  expect(() => asked(request)).toThrow(UsageError);
  expect(() => asked(request)).toThrow(expect.objectContaining({ message, hint }));
});

describe.each(btfFiles().filter(({ name }) => name === '6.1' || name === '6.12'))('$name', ({ name, path }) => {
  test('as if every function had been looked at', async () => {
    const catalog = join(folder, `${name}.db`);
    await ingestFile(path, readFileSync(path), { path: catalog });
    const types = openCatalog(catalog)?.image();
    if (types === undefined) throw new Error('no catalog');
    const real = probedKernel(types, arches.x86_64, () => types);
    const wanted = new Set(['struct sock *', 'const struct sock *']);
    for (const provider of [kprobe, fentry]) {
      const seen = provider.match(real, undefined, 'tcp_*').filter((probe) => {
        const { arguments: args, unreliable } = provider.detail(real, probe);
        return args.some(({ text }) => wanted.has(text)) && (provider === kprobe || unreliable === undefined);
      });
      const found = probesIn(real, probeSearch(catalog), { args: ['struct sock *'], returns: undefined, pattern: `${provider.name}:tcp_*` }).probes;
      expect([...new Set(found.map((each) => each.name))]).toEqual([...new Set(seen.map((each) => each.name))]);
      expect(found.length).toBeGreaterThan(200);
    }
  });
});

/** Of the only kernel of a catalog. */
function probeSearch(path: string): ProbeSearch {
  const catalog = openCatalog(path);
  const [kernel] = catalog?.kernels() ?? [];
  if (catalog === undefined || kernel === undefined) throw new Error('no kernel');
  return catalog.probeSearch(kernel);
}
