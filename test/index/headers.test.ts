// Headers as one more image of a kernel: what each question makes of them, with BTF beside them and without.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeIn } from '../../src/app/describe.ts';
import { everySize } from '../../src/app/everything.ts';
import { kernelFsAt } from '../../src/base/kernelfs.ts';
import type { Definition, FunctionDefinition } from '../../src/ctype/ctype.ts';
import { typeText } from '../../src/ctype/print.ts';
import { Difference } from '../../src/index/difference.ts';
import { ingestHeaders, type HeaderSource } from '../../src/index/headers.ts';
import { symbolStep } from '../../src/index/headersteps.ts';
import { ingestFile, ingestKernel } from '../../src/index/ingest.ts';
import type { Step } from '../../src/index/kernelindex.ts';
import { openCatalog, type Catalog, type ImageTypes } from '../../src/index/reader.ts';
import { removeKernel } from '../../src/index/remove.ts';
import type { HeaderFacts, Macro } from '../../src/source/headers/facts.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { at, char, enumeration, func, named, ptr, s32, struct, typedef, u32, u64 } from '../help/ctypes.ts';
import { headerFacts } from '../help/headerfacts.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const folder = scratchFolder();
let made = 0;

const proto = (name: string, ...params: Parameters<typeof func>[1][number][]): FunctionDefinition => ({
  kind: 'function', name, id: null, image: 'headers', variant: 1, variants: 1, type: func(s32, params) as FunctionDefinition['type'],
});

/** `struct sock` is the same in BTF, `struct page` is not, `struct only_headers` is in headers alone; `opaque` is declared there, defined in BTF. */
const definitions: readonly Definition[] = [
  struct('sock', 16, at(0, 'family', u32), at(8, 'next', ptr(named('struct', 'sock')))),
  struct('page', 24, at(0, 'flags', u64), at(8, 'more', u64), at(16, 'most', u64)),
  struct('only_headers', 16, at(0, 'sk', ptr(named('struct', 'sock'))), at(8, 'hidden', ptr(named('struct', 'opaque')))),
  enumeration('colour', { RED: 0, GREEN: 1 }),
  enumeration('headers_alone', { HEADERS_FIRST: 5 }),
  typedef('sock_t', named('struct', 'sock')),
  proto('tcp_sendmsg', ['sk', ptr(named('struct', 'sock'))], ['size', u64]),
  proto('only_prototype', ['sk', ptr(named('struct', 'sock'))]),
];

const macros: readonly Macro[] = [
  { kind: 'integer', name: 'AF_INET', file: '/src/include/uapi/linux/socket.h', line: 1, value: 77n, type: { size: 4, signed: true } },
  { kind: 'function', name: 'MAJOR', file: '/src/include/linux/kdev_t.h', line: 1, params: ['dev'], body: '((dev) >> 20)' },
  { kind: 'alias', name: 'sk_family', file: '/src/include/net/sock.h', line: 1, path: 'family', records: ['struct sock'] },
];

function source(facts: HeaderFacts = headerFacts(definitions, macros), more: Partial<HeaderSource> = {}): HeaderSource {
  return { origin: '/usr/src/linux-headers', release: '6.1.0-test', arch: 'x86_64', digest: 'a', roots: ['/src/include', '/src/include/uapi'], load: () => facts, ...more };
}

function kernelTypes(btf: BtfWriter): void {
  const int = btf.int('unsigned int', 4, 0);
  const long = btf.int('long unsigned int', 8, 0);
  const sock = btf.nextId + 1;
  const pointer = btf.ptr(sock);
  btf.struct('sock', 16, [{ name: 'family', type: int, offset: 0 }, { name: 'next', type: pointer, offset: 64 }]);
  btf.struct('page', 16, [{ name: 'flags', type: long, offset: 0 }, { name: 'other', type: long, offset: 64 }]);
  btf.struct('opaque', 8, [{ name: 'x', type: long, offset: 0 }]);
  btf.enum('colour', { RED: 0, GREEN: 1 });
  const prototype = btf.proto(int, [['sk', pointer], ['size', long]]);
  btf.func('tcp_sendmsg', prototype);
}

async function indexBtf(path: string, symbols: readonly string[] = ['tcp_sendmsg']): Promise<void> {
  const root = scratchFolder();
  const btf = new BtfWriter();
  kernelTypes(btf);
  writeTree(root, {
    'sys/kernel/btf/vmlinux': btf.bytes(), 'proc/sys/kernel/osrelease': '6.1.0-test\n', 'proc/sys/kernel/arch': 'x86_64\n',
    'proc/kallsyms': symbols.map((name) => `ffffffff81000000 T ${name}\n`).join(''),
  });
  await ingestKernel(kernelFsAt(root), { path });
}

function open(path: string): Catalog {
  const catalog = openCatalog(path);
  if (catalog === undefined) throw new Error('no catalog');
  return catalog;
}

const symbolTable = (...names: readonly string[]): readonly Step[] => [symbolStep('System.map', () => names.map((name) => `ffffffff81000000 T ${name}\n`).join(''))];

const nextPath = (): string => join(folder, `${made++}.db`);

const shape = (each: Definition | undefined): unknown => each && [each.kind, each.name, each.image, 'size' in each ? each.size : undefined, each.variant, each.variants];

describe.each([
  ['BTF first', async (path: string) => { await indexBtf(path); await ingestHeaders(source(), { path }); }],
  ['headers first', async (path: string) => { await ingestHeaders(source(), { path, steps: symbolTable('tcp_sendmsg', 'gone_since') }); await indexBtf(path); }],
])('beside BTF, %s', (_, index) => {
  const path = nextPath();
  const ready = index(path);
  const types = async (module?: string): Promise<ImageTypes> => {
    await ready;
    return open(path).image(module === undefined ? {} : { module });
  };

  it('is one kernel with two images', async () => {
    await ready;
    const kernels = open(path).kernels();
    expect(kernels.map(({ name, release, arch, images }) => ({ name, release, arch, images: images.map((each) => each.name) }))).toEqual([
      { name: '6.1.0-test', release: '6.1.0-test', arch: 'x86_64', images: ['vmlinux', 'headers'] },
    ]);
    expect(kernels[0]?.images[1]?.sources.map(({ kind, count, origin }) => [kind, count, origin])).toEqual([['headers', 8, '/usr/src/linux-headers'], ['macros', 3, '/usr/src/linux-headers']]);
  });

  it.each([
    ['struct', 'sock', [['struct', 'sock', 'vmlinux', 16, 1, 1]]],
    ['struct', 'page', [['struct', 'page', 'vmlinux', 16, 1, 1]]],
    ['struct', 'only_headers', [['struct', 'only_headers', 'headers', 16, 1, 1]]],
    ['typedef', 'sock_t', [['typedef', 'sock_t', 'headers', undefined, 1, 1]]],
    ['function', 'tcp_sendmsg', [['function', 'tcp_sendmsg', 'vmlinux', undefined, 1, 1]]],
    ['function', 'only_prototype', [['function', 'only_prototype', 'headers', undefined, 1, 1]]],
  ] as const)('%s %s: BTF comes first, headers where it has none', async (kind, name, wanted) => {
    expect((await types()).find(kind, name).map(shape)).toEqual(wanted);
  });

  it('headers come first where they are asked for', async () => {
    const seen = await types('headers');
    expect(seen.find('struct', 'page').map(shape)).toEqual([['struct', 'page', 'headers', 24, 1, 1]]);
    expect(seen.find('struct', 'opaque').map(shape)).toEqual([['struct', 'opaque', 'vmlinux', 8, 1, 1]]);
  });

  it('leaves of headers mean headers, and BTF where they only declare', async () => {
    const seen = await types();
    const [record] = seen.find('struct', 'only_headers');
    const targets = record?.members.map(({ type }) => (type.kind === 'ptr' && type.to.kind === 'struct' ? shape(seen.definition(type.to)) : undefined));
    expect(targets).toEqual([['struct', 'sock', 'headers', 16, 1, 1], ['struct', 'opaque', 'vmlinux', 8, 1, 1]]);
  });

  it('enumerators: those of BTF alone, of headers where it has none', async () => {
    const seen = await types();
    expect(['GREEN', 'HEADERS_FIRST'].map((name) => seen.enumerators(name).map(({ of, enumerator }) => [of.name, of.image, enumerator.value]))).toEqual([[['colour', 'vmlinux', 1n]], [['headers_alone', 'headers', 5n]]]);
  });

  it('nothing is double, prototypes are no functions', async () => {
    const seen = await types();
    expect(seen.names('struct')).toEqual(['opaque', 'page', 'sock']);
    expect([...seen.all('struct', '*')].map(shape)).toEqual([['struct', 'opaque', 'vmlinux', 8, 1, 1], ['struct', 'page', 'vmlinux', 16, 1, 1], ['struct', 'sock', 'vmlinux', 16, 1, 1]]);
    expect([...seen.all('struct', 'only_*')].map(shape)).toEqual([['struct', 'only_headers', 'headers', 16, 1, 1]]);
    expect(seen.functions('*').map(({ name, image, typed, present }) => [name, image, typed, present])).toEqual([['tcp_sendmsg', 'vmlinux', true, true]]);
    expect([...everySize(seen, { kind: 'struct', image: undefined })].sort()).toEqual(['opaque\t8\t0\n', 'page\t16\t0\n', 'sock\t16\t1\n']);
    expect([...everySize(seen, { kind: 'struct', image: 'headers' })].sort()).toEqual(['only_headers\t16\t0\n', 'page\t24\t0\n', 'sock\t16\t1\n'].sort());
    expect([seen.hasFunction('tcp_sendmsg'), seen.hasFunction('only_prototype')]).toEqual([true, false]);
  });

  it('functions by what they take, and members by their type: of the kernel itself', async () => {
    await ready;
    const catalog = open(path);
    const [kernel] = catalog.kernels();
    if (kernel === undefined) throw new Error('no kernel');
    const search = open(path).probeSearch(kernel);
    const found = search.functions({ args: [search.spellings(ptr(named('struct', 'sock')))], returns: undefined, image: undefined, name: '*' });
    expect(found.map(({ name, image, present }) => [name, image, present])).toEqual([['tcp_sendmsg', 'vmlinux', true]]);
    const rows = catalog.search(kernel).records('*', 0, 1000);
    expect(rows.map(({ name, image, images }) => [name, image, images]).sort()).toEqual([['opaque', 'vmlinux', 1], ['page', 'vmlinux', 1], ['sock', 'vmlinux', 1]]);
  });

  it('macros: its own value before that of the table, expressions, other names of members', async () => {
    const seen = await types();
    expect([seen.constant('AF_INET'), seen.constant('ENOENT')?.value, seen.macro('MAJOR'), seen.memberAliases('sk_family')]).toEqual([
      { value: 77n, header: 'linux/socket.h' }, 2n, { kind: 'function', params: ['dev'], body: '((dev) >> 20)', header: 'linux/kdev_t.h' }, ['family', '__sk_common.skc_family'],
    ]);
  });

  it('where both have a name and differ, text says so', async () => {
    const seen = await types();
    const texts = (['sock', 'page', 'only_headers'] as const).map((name) => describeIn(seen, 'struct', name).text().split('\n').filter((each) => each.includes('headers')));
    expect(texts).toEqual([[], ["/* the kernel's headers have another one: struct page@headers */"], ['/* in headers, id 3 */', 'struct only_headers {']]);
  });

  it('makes no difference to a kernel with the same BTF', async () => {
    await ready;
    const writer = new BtfWriter();
    kernelTypes(writer);
    writer.struct('extra', 1, []);
    await ingestFile('vmlinux-other', writer.bytes(), { path, name: 'other' });
    const catalog = open(path);
    const [before, after] = ['6.1.0-test', 'other'].map((text) => catalog.findKernel({ text }));
    if (before === undefined || after === undefined) throw new Error('no kernels');
    const found = new Difference(path).definitions(before, after, { kinds: ['struct', 'enum', 'typedef', 'function'], glob: undefined, vmlinuxOnly: false });
    expect([found.before, found.after.map(({ name }) => name)]).toEqual([[], ['extra']]);
    await removeKernel(after.id, { path });
    expect(open(path).image().find('struct', 'only_headers').map(shape)).toEqual([['struct', 'only_headers', 'headers', 16, 1, 1]]);
  });

  it('reading them again adds nothing', async () => {
    await ready;
    const again = await ingestHeaders(source(undefined, { load: () => { throw new Error('read'); } }), { path });
    expect(again).toMatchObject({ kernel: '6.1.0-test', added: [], files: 0 });
    expect((await ingestHeaders(source(undefined, { digest: 'b' }), { path })).added).toEqual([{ kind: 'headers', count: 8 }, { kind: 'macros', count: 3 }]);
    expect((await types()).find('struct', 'page').map(shape)).toEqual([['struct', 'page', 'vmlinux', 16, 1, 1]]);
  });
});

describe('without BTF', () => {
  const path = nextPath();
  const ready = ingestHeaders(source(), { path, steps: symbolTable('tcp_sendmsg', 'do_thing') });
  const types = async (): Promise<ImageTypes> => {
    await ready;
    return open(path).image();
  };

  it('is a kernel of that release', async () => {
    expect((await ready).added).toEqual([{ kind: 'headers', count: 8 }, { kind: 'macros', count: 3 }, { kind: 'kallsyms', count: 2 }]);
    expect(open(path).kernels().map(({ name, release, arch }) => [name, release, arch])).toEqual([['6.1.0-test', '6.1.0-test', 'x86_64']]);
    const seen = await types();
    expect([seen.has('btf'), seen.has('headers'), seen.pointerSize]).toEqual([false, true, 8]);
  });

  it('has the types of its headers', async () => {
    const seen = await types();
    expect(seen.find('struct', 'page').map(shape)).toEqual([['struct', 'page', 'headers', 24, 1, 1]]);
    expect(seen.names('struct')).toEqual(['only_headers', 'page', 'sock']);
    expect([...everySize(seen, { kind: 'struct', image: undefined })].length).toBe(3);
    expect([...seen.everything('vmlinux').images()].map(({ name }) => name)).toEqual(['headers']);
    expect(seen.constant('AF_INET')?.value).toBe(77n);
  });

  it('has the functions of its symbols, typed by prototypes', async () => {
    const seen = await types();
    expect(seen.functions('*').map(({ name, image, typed, present }) => [name, image, typed, present])).toEqual([['do_thing', 'vmlinux', false, true], ['tcp_sendmsg', 'vmlinux', true, true]]);
    expect(seen.find('function', 'tcp_sendmsg').map(({ type }) => typeText(type))).toEqual(['int(struct sock *sk, long unsigned int size)']);
    expect([seen.hasFunction('do_thing'), seen.hasFunction('only_prototype')]).toEqual([true, false]);
    const [kernel] = open(path).kernels();
    if (kernel === undefined) throw new Error('no kernel');
    const search = open(path).probeSearch(kernel);
    const found = search.functions({ args: [search.spellings(ptr(named('struct', 'sock')))], returns: undefined, image: undefined, name: '*' });
    expect(found.map(({ name, image, present }) => [name, image, present])).toEqual([['tcp_sendmsg', 'vmlinux', true]]);
  });

  it('without symbols a function that is named is believed', async () => {
    const other = nextPath();
    await ingestHeaders(source(), { path: other });
    const seen = open(other).image();
    expect([seen.functions('*'), seen.functions('tcp_sendmsg').map(({ name, image, typed }) => [name, image, typed]), seen.functions('nothing')]).toEqual([[], [['tcp_sendmsg', 'vmlinux', true]], []]);
  });

  it('is compared by what its headers say', async () => {
    await ready;
    await ingestHeaders(source(headerFacts([struct('page', 8, at(0, 'flags', u64)), ...definitions.slice(2, 6), struct('sock', 16, at(0, 'family', u32), at(8, 'next', ptr(named('struct', 'sock'))))]), { release: '6.2.0-test' }), { path });
    const catalog = open(path);
    const [before, after] = ['6.1.0-test', '6.2.0-test'].map((text) => catalog.findKernel({ text }));
    if (before === undefined || after === undefined) throw new Error('no kernels');
    const found = new Difference(path).definitions(before, after, { kinds: ['struct'], glob: undefined, vmlinuxOnly: true });
    expect([found.before.map(({ name }) => name), found.after.map(({ name }) => name)]).toEqual([['page'], ['page']]);
  });
});

it('names of parameters in pointers to functions are no difference', async () => {
  const path = nextPath();
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  const inner = btf.ptr(btf.proto(int, [['', btf.int('long unsigned int', 8, 0)]]));
  btf.struct('ops', 8, [{ name: 'call', type: btf.ptr(btf.proto(int, [['', inner]])), offset: 0 }]);
  await ingestFile('vmlinux-6.1.0-test', btf.bytes(), { path });
  const ops = struct('ops', 8, at(0, 'call', ptr(func(s32, [['by_name', ptr(func(s32, [['inner', u64]]))]]))));
  await ingestHeaders(source(headerFacts([ops, proto('only_prototype', ['done', ptr(func(s32, [['inner', u64]]))])])), { path });
  const catalog = open(path);
  const [seen, headers] = [catalog.image(), catalog.image({ module: 'headers' })];
  const [there, here] = [seen, headers].map((each) => each.find('struct', 'ops')[0]);
  expect([there?.image, here?.image, there && seen.differsInHeaders(there)]).toEqual(['vmlinux', 'headers', false]);
  expect(seen.find('function', 'only_prototype').map(({ type }) => typeText(type))).toEqual(['int(int (*done)(long unsigned int))']);
});

describe('which kernel', () => {
  it('another release is another kernel, of a name too', async () => {
    const path = nextPath();
    await indexBtf(path);
    await ingestHeaders(source(undefined, { release: '6.5.0' }), { path });
    await ingestHeaders(source(undefined, { release: '6.5.0' }), { path, name: 'mine' });
    expect(open(path).kernels().map(({ name, images }) => [name, images.length]).sort()).toEqual([['6.1.0-test', 1], ['6.5.0', 2], ['mine', 2]]);
  });

  it.each([
    ['release', { release: '6.5.0' }, '/usr/src/linux-headers: kernel 6.1.0-test is of release 6.1.0-test, these headers are of 6.5.0'],
    ['architecture', { arch: 'arm64' }, '/usr/src/linux-headers: kernel 6.1.0-test is of architecture x86_64, these headers are of arm64'],
  ])('a kernel that is named must fit: %s', async (_, more, message) => {
    const path = nextPath();
    await indexBtf(path);
    await expect(ingestHeaders(source(undefined, more), { path, name: '6.1.0-test' })).rejects.toThrow(message);
  });

  it('without a release a name is wanted', async () => {
    const path = nextPath();
    await expect(ingestHeaders(source(undefined, { release: null }), { path })).rejects.toThrow('these headers do not say of which kernel they are');
    expect((await ingestHeaders(source(undefined, { release: null }), { path, name: 'mine' })).kernel).toBe('mine');
  });

  it('takes its headers along when it goes', async () => {
    const path = nextPath();
    await indexBtf(path);
    await ingestHeaders(source(), { path });
    await ingestHeaders(source(headerFacts([struct('kept', 1, at(0, 'c', char))]), { release: '6.5.0' }), { path });
    const [first] = open(path).kernels().filter(({ name }) => name === '6.1.0-test');
    await removeKernel(first?.id ?? 0, { path });
    const catalog = open(path);
    expect(catalog.kernels().map(({ name }) => name)).toEqual(['6.5.0']);
    expect([catalog.image().names('struct'), catalog.image().constant('AF_INET')?.value]).toEqual([['kept'], 2n]);
  });
});
