import { describe, expect, test } from 'vitest';
import { findAnswer, sizeRange, type FindQuestion } from '../../src/app/find.ts';
import { UsageError } from '../../src/base/errors.ts';
import { openCatalog, type Catalog } from '../../src/index/reader.ts';
import { Contents } from '../../src/resolve/contains.ts';
import { find } from '../../src/resolve/find.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { runningBtf } from '../help/kernels.ts';
import { installed, run, runningBtfPath, runningTypes } from '../help/kerneltypes.ts';
import { scratchFolder } from '../help/scratch.ts';

function define(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  const byte = btf.int('unsigned char', 1);
  const u32 = btf.typedef('u32', btf.int('unsigned int', 4));
  const head = btf.struct('list_head', 16, [{ name: 'next', type: btf.ptr(btf.nextId + 1), offset: 0 }, { name: 'prev', type: btf.ptr(btf.nextId + 1), offset: 64 }]);
  const wait = btf.typedef('wait_t', btf.struct('', 24, [{ name: 'lock', type: u32, offset: 0 }, { name: 'head', type: head, offset: 64 }]));
  const sock = btf.struct('sock', 48, [{ name: 'flags', type: byte, offset: 0 }, { name: 'wq', type: btf.array(wait, 1), offset: 64 }, { name: 'list', type: head, offset: 256 }]);
  const pair = btf.struct('', 16, [{ name: 'owner', type: btf.ptr(btf.konst(sock)), offset: 0 }, { name: 'mark', type: btf.konst(u32), offset: 64 }]);
  btf.union('buffer', 16, [{ name: '', type: pair, offset: 0 }, { name: 'list', type: head, offset: 0 }]);
  btf.struct('file', 96, [{ name: 'f_mark', type: u32, offset: 0, bits: 3 }, { name: 'f_rest', type: u32, offset: 3, bits: 29 }, { name: 'f_sock', type: sock, offset: 128 }, { name: 'f_pair', type: pair, offset: 640 }]);
  btf.struct('workspace', 8, [{ name: 'mem', type: long, offset: 0 }]);
  btf.struct('workspace', 24, [{ name: 'list', type: head, offset: 0 }, { name: 'sk', type: btf.ptr(sock), offset: 128 }]);
  btf.typedef('unused_t', btf.struct('', 16, [{ name: 'entry', type: head, offset: 0 }]));
  const proto = btf.proto(int, [['sk', btf.ptr(sock)], ['size', long]]);
  btf.func('tcp_send', proto);
  btf.func('udp_send', proto);
  btf.func('sock_get', btf.proto(btf.ptr(sock), [['id', u32]]));
  btf.func('sock_name', btf.proto(0, [['sk', btf.ptr(btf.konst(sock))]]));
}

const folder = scratchFolder();
await fakeKernel(folder, { types: define });
const catalog = openCatalog(`${folder}/catalog.db`);
const found = (question: FindQuestion, from: Catalog | undefined = catalog) => {
  if (from === undefined) throw new Error('no catalog');
  const types = from.image();
  return find({ search: from.search(types.kernel), types: () => types }, question);
};
const text = (question: FindQuestion) => findAnswer(found(question)).text().split('\n').slice(0, -1);

describe('what it prints', () => {
  test.each<[FindQuestion, readonly string[]]>([
    [{ member: 'f_*' }, [
      'struct file.f_mark: offset 0 (0x0), size 4, u32, bits 0-2', 'struct file.f_rest: offset 0 (0x0), size 4, u32, bits 3-31',
      'struct file.f_sock: offset 16 (0x10), size 48, struct sock', 'struct file.f_pair: offset 80 (0x50), size 16, struct {...}',
    ]],
    [{ member: 'mark' }, ['union buffer.mark: offset 8 (0x8), size 4, const u32', 'struct file.f_pair.mark: offset 88 (0x58), size 4, const u32']],
    [{ type: 'u32', name: 'file' }, ['struct file.f_mark: offset 0 (0x0), size 4, u32, bits 0-2', 'struct file.f_rest: offset 0 (0x0), size 4, u32, bits 3-31', 'struct file.f_pair.mark: offset 88 (0x58), size 4, const u32']],
    [{ type: 'struct list_*', member: 'list' }, [
      'union buffer.list: offset 0 (0x0), size 16, struct list_head', 'struct sock.list: offset 32 (0x20), size 16, struct list_head', 'struct workspace.list: offset 0 (0x0), size 16, struct list_head',
    ]],
    [{ type: 'wait_t' }, ['struct sock.wq: offset 8 (0x8), size 24, wait_t[1]']],
    [{ type: 'wait_t[1]' }, ['struct sock.wq: offset 8 (0x8), size 24, wait_t[1]']],
    [{ type: 'wait_t[2]' }, []],
    [{ type: 'unsigned long' }, ['struct workspace.mem: offset 0 (0x0), size 8, long unsigned int']],
    [{ pointsTo: 'sock' }, [
      'union buffer.owner: offset 0 (0x0), size 8, const struct sock *', 'struct file.f_pair.owner: offset 80 (0x50), size 8, const struct sock *', 'struct workspace.sk: offset 16 (0x10), size 8, struct sock *',
    ]],
    [{ name: 'w*' }, ['struct workspace: size 8', 'struct workspace: size 24']],
    [{ size: { from: 16, to: 24 } }, ['union buffer: size 16', 'struct list_head: size 16', 'struct workspace: size 24']],
    [{ contains: 'list_head' }, [
      'union buffer: size 16, list at 0', 'struct file: size 96, f_sock.list at 48 and 1 more', 'struct sock: size 48, list at 32 and 1 more', 'unused_t: size 16, entry at 0', 'wait_t: size 24, head at 8', 'struct workspace: size 24, list at 0',
    ]],
    [{ contains: 'struct sock' }, ['struct file: size 96, f_sock at 16']],
    [{ contains: 'wait_t' }, ['struct file: size 96, f_sock.wq at 24', 'struct sock: size 48, wq at 8']],
    [{ holes: 1 }, ['struct file: size 96, 2 holes of 28 bytes: 12 after f_rest, 16 after f_sock', 'struct sock: size 48, 1 hole of 7 bytes: 7 after flags']],
    [{ holes: 16 }, ['struct file: size 96, 1 hole of 16 bytes: 16 after f_sock']],
    [{ holes: 1, contains: 'list_head' }, ['struct file: size 96, f_sock.list at 48 and 1 more, 2 holes of 28 bytes: 12 after f_rest, 16 after f_sock', 'struct sock: size 48, list at 32 and 1 more, 1 hole of 7 bytes: 7 after flags', 'wait_t: size 24, head at 8, 1 hole of 4 bytes: 4 after lock']],
    [{ arg: 'struct sock *' }, ['void sock_name(const struct sock *sk);', 'int tcp_send(struct sock *sk, long unsigned int size);', 'int udp_send(struct sock *sk, long unsigned int size);']],
    [{ arg: 'unsigned long', name: 't*' }, ['int tcp_send(struct sock *sk, long unsigned int size);']],
    [{ returns: 'struct sock *' }, ['struct sock *sock_get(u32 id);']],
    [{ returns: 'void', arg: 'struct sock *' }, ['void sock_name(const struct sock *sk);']],
    [{ member: 'nothing' }, []],
  ])('%j', (question, expected) => {
    expect(text(question)).toEqual(expected);
  });
});

test('json', () => {
  const json = (question: FindQuestion): unknown => JSON.parse(findAnswer(found(question)).json());
  expect(json({ member: 'f_rest' })).toEqual([{ what: 'member', of: 'struct file', path: 'f_rest', type: 'u32', offset: 0, size: 4, bitOffset: 3, bitSize: 29, image: 'vmlinux', id: expect.any(Number), images: 1 }]);
  expect(json({ contains: 'list_head', name: 'sock', holes: 1 })).toEqual([{
    what: 'struct', name: 'sock', label: 'struct sock', size: 48, contains: { path: 'list', offset: 32, places: 2 }, holes: [{ after: 'flags', offset: 1, size: 7 }], image: 'vmlinux', id: expect.any(Number), images: 1,
  }]);
  expect(json({ arg: 'struct sock *', name: 'tcp*' })).toMatchObject([{ what: 'function', name: 'tcp_send', args: [0], returns: 'int', params: [{ name: 'sk', type: 'struct sock *' }, { name: 'size' }], variadic: false }]);
});

test.each<[FindQuestion, string, string | undefined]>([
  [{}, 'nothing to look for', 'a name or one of --member, --type, --points-to, --size, --contains, --holes, --arg, --returns'],
  [{ arg: 'struct sock *', member: 'x' }, '--arg and --returns are about functions, they go with a name only', undefined],
  [{ contains: 'list_haed' }, "no member and no parameter is of a type 'list_haed'", 'near it: list_head'],
  [{ type: 'struct scok *' }, "no member and no parameter is of a type 'struct scok *'", 'near it: sock'],
  [{ contains: 'struct sock *' }, "'struct sock *': the name of a type is expected, without stars and brackets", undefined],
  [{ type: 'int (*)(void)' }, "'int (*)(void)' is no type that can be looked for", "'struct sock *', 'u32', 'unsigned long', 'struct sk_*'"],
])('%j: %s', (question, message, hint) => {
  const attempt = () => found(question);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(expect.objectContaining({ message, hint }));
});

test.each<[string, number, number]>([['64', 64, 64], ['64..128', 64, 128], ['64..', 64, Number.MAX_SAFE_INTEGER], ['..128', 0, 128]])('size %s', (words, from, to) => {
  expect(sizeRange(words)).toEqual({ from, to });
});

test.each(['', '..', 'x', '1..2..3', '-1'])('size %j is none', (words) => {
  expect(() => sizeRange(words)).toThrow(`'${words}' is no size`);
});

describe.skipIf(runningBtf() === undefined || !installed('pahole'))('the running kernel, beside pahole (needs pahole)', async () => {
  const here = scratchFolder();
  const kernel = runningBtf() === undefined ? undefined : await runningTypes(here);
  const opened = openCatalog(`${here}/types-0.db`);
  const pahole = (...args: readonly string[]) => run('pahole', [...args, runningBtfPath]).split('\n').filter((each) => each !== '');
  const labels = (question: FindQuestion) => found(question, opened);

  test.each(['list_head', 'sock', 'mutex', 'kobject'])('--contains %s: all that pahole names, which does not look into members', (type) => {
    const ours = new Set(labels({ contains: `struct ${type}` }).flatMap((each) => (each.what === 'struct' ? [each.name] : [])));
    const theirs = pahole(`--contains=${type}`);
    expect(theirs.filter((name) => !ours.has(name))).toEqual([]);
    expect(theirs.length).toBeGreaterThan(5);
  });

  test('--contains agrees with every struct, read member by member', () => {
    if (kernel === undefined) return;
    const contents = new Contents(kernel, (type) => type.kind === 'struct' && type.name === 'list_head');
    const expected = [...kernel.all('struct')].flatMap((record) => {
      const place = record.name === null ? undefined : contents.of(record);
      return place === undefined ? [] : [`${record.name ?? ''} ${record.id ?? 0} ${Math.floor(place.bitOffset / 8)} ${place.path} ${place.places}`];
    });
    const ours = labels({ contains: 'struct list_head' }).flatMap((each) => (each.what === 'struct' && each.label.startsWith('struct ') ? [`${each.name} ${each.id} ${each.contains?.offset ?? -1} ${each.contains?.path ?? ''} ${each.contains?.places ?? 0}`] : []));
    expect(ours.sort()).toEqual(expected.sort());
    expect(ours.length).toBeGreaterThan(1000);
  });

  test('--points-to', () => {
    const theirs = pahole('--find_pointers_to=sock');
    const ours = new Set(labels({ pointsTo: 'struct sock' }).flatMap((each) => (each.what === 'member' ? [`${each.of.replace(/^\w+ /, '')}: ${each.path.replace(/^.*\./, '')}`] : [])));
    expect(theirs.filter((each) => !ours.has(each.trim()))).toEqual([]);
    expect(ours.size).toBeGreaterThanOrEqual(new Set(theirs).size);
  });

  test('--size', () => {
    const theirs = pahole('--sizes').map((each) => each.split('\t')).filter(([, size]) => size === '64').map(([name]) => name);
    const ours = labels({ size: { from: 64, to: 64 } }).flatMap((each) => ('name' in each ? [each.name] : []));
    expect(new Set(ours)).toEqual(new Set(theirs));
  });

  test('--holes agrees with every layout', () => {
    if (kernel === undefined) return;
    const layouts = new Layouts(kernel);
    const expected = [...kernel.all('struct', '*')].flatMap((record) => {
      const layout = layouts.of(record);
      const holes = [layout.leadingHole, ...layout.members.map(({ hole }) => hole)].filter((hole) => hole >= 1);
      return holes.length === 0 ? [] : [`${record.name ?? ''} ${record.id ?? 0} ${holes.join(' ')}`];
    });
    const ours = labels({ holes: 1 }).flatMap((each) => (each.what === 'struct' ? [`${each.name} ${each.id} ${each.holes?.map(({ size }) => size).join(' ') ?? ''}`] : []));
    expect(ours.sort()).toEqual(expected.sort());
  });
});
