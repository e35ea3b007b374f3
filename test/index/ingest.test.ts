import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { kernelFsAt, type KernelFs } from '../../src/base/kernelfs.ts';
import { ingestFile, ingestKernel, type IngestResult, type Progress } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const folder = scratchFolder();
let made = 0;
const newPath = (): string => join(folder, `${made++}.db`);

/** A kernel with three functions and two structs; `extra` makes it another build. */
function vmlinux(extra = 'none'): Uint8Array {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  btf.struct('sock', 8, [{ name: 'state', type: int, offset: 0 }, { name: 'peer', type: int, offset: 32 }]);
  btf.int(`pad_${extra}`, 4);
  btf.struct(extra, 4, [{ name: 'x', type: int, offset: 0 }]);
  const proto = btf.proto(int, [['sk', btf.ptr(2)]]);
  for (const name of ['tcp_sendmsg', 'finish_task_switch', 'notrace_one']) btf.func(name, proto);
  const data = btf.proto(0, [['', btf.ptr(0)], ['', btf.ptr(2)]]);
  btf.typedef('btf_trace_tcp_probe', btf.ptr(data));
  btf.func('__traceiter_tcp_probe', btf.proto(int, [['__data', btf.nextId - 3], ['sk', 6]]));
  return btf.bytes();
}

const notes = (id: string): Uint8Array => {
  const out = Buffer.alloc(16 + id.length / 2);
  [4, id.length / 2, 3].forEach((value, index) => out.writeUInt32LE(value, 4 * index));
  out.write('GNU', 12, 'latin1');
  out.write(id, 16, 'hex');
  return out;
};

const format = (name: string, field: string): string =>
  `name: ${name}\nID: 1\nformat:\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n\tfield:${field};\toffset:8;\tsize:8;\tsigned:0;\n\nprint fmt: "%d", REC->x\n`;

interface Machine {
  readonly buildId?: string;
  readonly btf?: Uint8Array;
  readonly more?: Readonly<Record<string, string>>;
}

function machine({ buildId = 'aabbccdd', btf = vmlinux(), more = {} }: Machine = {}): KernelFs {
  const root = scratchFolder();
  writeTree(root, {
    '/sys/kernel/notes': notes(buildId),
    '/sys/kernel/btf/vmlinux': btf,
    '/proc/sys/kernel/osrelease': '6.1.0-test\n',
    '/proc/sys/kernel/arch': 'aarch64\n',
    '/proc/kallsyms': '0 T tcp_sendmsg\n0 t finish_task_switch.isra.0\n0 t notrace_one\n0 t entry_asm\n0 t in_module\t[nf]\n',
    ...more,
  });
  return kernelFsAt(root);
}

const tracing = {
  '/sys/kernel/tracing/available_events': 'tcp:tcp_probe\nsched:sched_switch\n',
  '/sys/kernel/tracing/events/tcp/tcp_probe/format': format('tcp_probe', 'struct sock * sk'),
  '/sys/kernel/tracing/events/sched/sched_switch/format': format('sched_switch', 'struct sock * sk'),
  '/sys/kernel/tracing/available_filter_functions': 'tcp_sendmsg\nfinish_task_switch.isra.0\n',
};

const kinds = (result: IngestResult): readonly string[] => result.added.map((each) => `${each.kind} ${each.count}`);

describe('a running kernel', () => {
  it('everything that is there, once', async () => {
    const path = newPath();
    const fs = machine({ more: tracing });
    const stages: string[] = [];
    const progress = (each: Progress): unknown => stages.push(`${each.stage} ${each.what}`);
    expect(kinds(await ingestKernel(fs, { path, progress }))).toEqual(['btf 7', 'kallsyms 4', 'tracefs 2', 'functions 2']);
    expect(stages).toEqual([
      'read /sys/kernel/btf/vmlinux', 'read /proc/kallsyms', 'read /sys/kernel/tracing/events', 'read /sys/kernel/tracing/available_filter_functions',
      `write ${path}`, `done ${path}`,
    ]);
    expect(kinds(await ingestKernel(fs, { path }))).toEqual([]);
    expect(openCatalog(path)?.kernels()).toMatchObject([{ name: '6.1.0-test', arch: 'arm64', buildId: 'aabbccdd', images: [{ name: 'vmlinux' }] }]);
  });

  it('gains what was missing the first time', async () => {
    const path = newPath();
    const first = await ingestKernel(machine(), { path });
    expect([kinds(first), first.missing.map((each) => each.feature)]).toEqual([['btf 7', 'kallsyms 4'], ['tracefs']]);
    expect(kinds(await ingestKernel(machine({ more: tracing }), { path }))).toEqual(['tracefs 2', 'functions 2']);
    expect(openCatalog(path)?.kernels().length).toBe(1);
  });

  it('whose events have become more is read again, the others not', async () => {
    const path = newPath();
    await ingestKernel(machine({ more: tracing }), { path });
    const loaded = { ...tracing, '/sys/kernel/tracing/available_events': 'tcp:tcp_probe\nnf:hook\n', '/sys/kernel/tracing/events/nf/hook/format': format('hook', 'int x') };
    expect(kinds(await ingestKernel(machine({ more: loaded }), { path }))).toEqual(['tracefs 2']);
    expect(openCatalog(path)?.image().tracepoints('*', '*').map((each) => `${each.system}:${each.name}`)).toEqual(['nf:hook', 'tcp:tcp_probe']);
  });

  it('by force is read again', async () => {
    const path = newPath();
    await ingestKernel(machine({ more: tracing }), { path });
    expect(kinds(await ingestKernel(machine({ more: tracing }), { path, force: true })).length).toBe(4);
    const types = openCatalog(path)?.image();
    expect([types?.find('struct', 'sock').length, types?.functions('*').length]).toEqual([1, 6]);
  });

  it('without BTF says so and names the ways out', async () => {
    const root = scratchFolder();
    writeTree(root, { '/sys/kernel/notes': notes('aa') });
    await expect(ingestKernel(kernelFsAt(root), { path: newPath() })).rejects.toMatchObject({
      feature: 'btf', message: 'this kernel has no BTF: /sys/kernel/btf/vmlinux is not there (it is built without CONFIG_DEBUG_INFO_BTF)',
    });
  });
});

describe('functions', () => {
  it('say whether the symbol table has them and ftrace lists them', async () => {
    const path = newPath();
    await ingestKernel(machine({ more: tracing }), { path });
    const functions = openCatalog(path)?.image().functions('*') ?? [];
    expect(functions.map((each) => [each.name, each.typed, each.present, each.traceable, each.cloneOf])).toEqual([
      ['__traceiter_tcp_probe', true, false, false, null],
      ['entry_asm', false, true, false, null],
      ['finish_task_switch', true, false, false, null],
      ['finish_task_switch.isra.0', false, true, true, 'finish_task_switch'],
      ['notrace_one', true, true, false, null],
      ['tcp_sendmsg', true, true, true, null],
    ]);
  });

  it('where ftrace does not say', async () => {
    const path = newPath();
    await ingestKernel(machine(), { path });
    const functions = openCatalog(path)?.image().functions('[ft]*') ?? [];
    expect(functions.map((each) => [each.name, each.present, each.traceable])).toEqual([
      ['finish_task_switch', false, undefined], ['finish_task_switch.isra.0', true, undefined], ['tcp_sendmsg', true, undefined],
    ]);
  });

  it('from BTF alone', async () => {
    const path = newPath();
    await ingestFile('a', vmlinux(), { path });
    const functions = openCatalog(path)?.image().functions('tcp*') ?? [];
    expect(functions).toEqual([{ name: 'tcp_sendmsg', image: 'vmlinux', typed: true, present: undefined, traceable: undefined, cloneOf: null }]);
  });
});

describe('tracepoints', () => {
  it('by globs, with their fields; those of one class share a format', async () => {
    const path = newPath();
    await ingestKernel(machine({ more: tracing }), { path });
    const types = openCatalog(path)?.image();
    expect(types?.tracepoints('*', '*_*').map((each) => `${each.system}:${each.name}`)).toEqual(['sched:sched_switch', 'tcp:tcp_probe']);
    expect(types?.tracepoints('tcp', 'nothing')).toEqual([]);
    expect(types?.tracepoint('tcp', 'tcp_probe')).toEqual({
      system: 'tcp', name: 'tcp_probe', printFormat: '"%d", REC->x', source: 'tracefs', confidence: 'exact', image: 'vmlinux',
      common: [{ name: 'common_pid', type: 'int', array: '', offset: 4, size: 4, signed: true, location: 'record' }],
      fields: [{ name: 'sk', type: 'struct sock *', array: '', offset: 8, size: 8, signed: false, location: 'record' }],
    });
    expect(new Sqlite(path).prepare('SELECT count(*) FROM event_format').pluck().get()).toBe(1);
    expect(types?.tracepoint('tcp', 'nothing')).toBeUndefined();
  });

  it('close to a misspelt one', async () => {
    const path = newPath();
    await ingestKernel(machine({ more: tracing }), { path });
    const types = openCatalog(path)?.image();
    expect(types?.nearTracepoints('sched', 'sched_swich', 3)).toEqual(['sched:sched_switch']);
    expect(types?.nearTracepoints(undefined, 'tcp_prob', 3)).toEqual(['tcp:tcp_probe']);
    expect(types?.nearTracepoints('shced', 'sched_switch', 3)).toEqual(['sched:sched_switch']);
  });

  it('raw ones, with the names of their arguments', async () => {
    const path = newPath();
    await ingestKernel(machine(), { path });
    const types = openCatalog(path)?.image();
    expect(types?.rawTracepoints('tcp*')).toEqual([{ name: 'tcp_probe', image: 'vmlinux' }]);
    expect(types?.rawTracepoint('tcp_probe')?.params).toMatchObject([{ name: 'sk', type: { kind: 'ptr', to: { kind: 'struct', name: 'sock' } } }]);
    expect(types?.rawTracepoint('nothing')).toBeUndefined();
  });
});

describe('several kernels', () => {
  it('share what is the same', async () => {
    const path = newPath();
    await ingestFile('vmlinux-6.1', vmlinux('old'), { path });
    const count = (table: string): unknown => new Sqlite(path).prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    const before = ['definition', 'expression', 'member', 'param'].map(count);
    await ingestFile('vmlinux-6.2', vmlinux('new'), { path });
    const after = ['definition', 'expression', 'member', 'param'].map(count);
    // One struct more and its member; nothing is made of it.
    expect(after.map((value, index) => Number(value) - Number(before[index]))).toEqual([1, 0, 1, 0]);
    const catalog = openCatalog(path);
    expect(catalog?.kernels().map((each) => each.name)).toEqual(['6.2', '6.1']);
    expect(catalog?.image().names('struct')).toEqual(['new', 'sock']);
    expect(catalog?.image({ kernel: { text: '6.1' } }).names('struct')).toEqual(['old', 'sock']);
    expect(catalog?.image({ kernel: { text: '6.1' } }).functions('tcp*').length).toBe(1);
  });

  it('are told apart by build-id, then by their BTF', async () => {
    const path = newPath();
    await ingestKernel(machine({ buildId: '11111111' }), { path });
    expect(kinds(await ingestFile('same', vmlinux(), { path }))).toEqual([]);
    expect(kinds(await ingestKernel(machine({ buildId: '22222222' }), { path }))).toEqual(['btf 7', 'kallsyms 4']);
    expect(openCatalog(path)?.kernels().map((each) => each.buildId)).toEqual(['22222222', '11111111']);
  });

  it('a file that was there first gains the build-id', async () => {
    const path = newPath();
    await ingestFile('vmlinux-first', vmlinux(), { path });
    await ingestKernel(machine({ buildId: '33333333' }), { path });
    expect(openCatalog(path)?.kernels()).toMatchObject([{ name: 'vmlinux-first'.slice(8), buildId: '33333333' }]);
  });

  it('are chosen by number, name, prefix or build-id', async () => {
    const path = newPath();
    await ingestKernel(machine({ buildId: '123456789a', btf: vmlinux('a') }), { path, name: '6.1.0-54-amd64' });
    await ingestKernel(machine({ buildId: 'fedcba9876', btf: vmlinux('b') }), { path, name: '6.1.0-56-amd64' });
    const catalog = openCatalog(path);
    const choose = (text: string): string | undefined => catalog?.image({ kernel: { text } }).kernel.name;
    expect(['1', '6.1.0-56-amd64', '6.1.0-54', 'fedcba'].map(choose)).toEqual(['6.1.0-54-amd64', '6.1.0-56-amd64', '6.1.0-54-amd64', '6.1.0-56-amd64']);
    expect(catalog?.findKernel({ buildId: '123456789a' })?.name).toBe('6.1.0-54-amd64');
    expect(catalog?.findKernel({ buildId: '1234' })).toBeUndefined();
    expect(() => choose('6.1')).toThrow(/: 6\.1 may mean several kernels: 1: 6\.1\.0-54-amd64, 2: 6\.1\.0-56-amd64$/);
    expect(() => choose('5.10')).toThrow(/: 5\.10 is not in the catalog$/);
    expect(() => catalog?.image({ module: 'nf_conntrack' })).toThrow('6.1.0-56-amd64: module nf_conntrack is not in the catalog');
  });
});

describe('a catalog', () => {
  it('that is not there, or empty, is none', () => {
    const path = newPath();
    expect(openCatalog(path)).toBeUndefined();
    new Sqlite(path).close();
    expect(openCatalog(path)).toBeUndefined();
  });

  it.each<[string, (db: Sqlite.Database) => unknown, RegExp]>([
    ['made by a newer program', (db) => db.exec('CREATE TABLE a (b); PRAGMA user_version = 99'), /made by a newer btfly \(catalog version 99, this one reads \d+\)$/],
    ['that is another database', (db) => db.exec('CREATE TABLE a (b)'), /: at byte 0: a SQLite file, but not a catalog$/],
  ])('%s is refused', (_, make, message) => {
    const path = newPath();
    const db = new Sqlite(path);
    make(db);
    db.close();
    expect(() => openCatalog(path)).toThrow(message);
  });

  it('that is no database is refused', () => {
    const path = newPath();
    writeTree('/', { [path]: 'hello '.repeat(1000) });
    expect(() => openCatalog(path)).toThrow(`${path}: at byte 0: not a catalog`);
  });

  it('is in rollback mode at rest', async () => {
    const path = newPath();
    await ingestFile('a', vmlinux(), { path });
    expect(new Sqlite(path, { readonly: true }).pragma('journal_mode', { simple: true })).toBe('delete');
  });

  it('is left as it was by a broken file', async () => {
    const path = newPath();
    await ingestFile('a', vmlinux(), { path });
    await expect(ingestFile('b', vmlinux('b').subarray(0, 60), { path })).rejects.toThrow('b: at byte 8: the type section ends at');
    expect(openCatalog(path)?.kernels().length).toBe(1);
  });
});
