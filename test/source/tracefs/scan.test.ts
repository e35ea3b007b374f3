import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.ts';
import { parseBtf, type Btf } from '../../../src/source/btf/btf.ts';
import { parseElf } from '../../../src/source/elf/elf.ts';
import { partsOf } from '../../../src/source/image/parts.ts';
import { readVmlinux, type VmlinuxImage } from '../../../src/source/image/vmlinux.ts';
import { eventsOfBtf } from '../../../src/source/tracefs/btfevents.ts';
import { replaceInFormat, replaceInType } from '../../../src/source/tracefs/evals.ts';
import { parseEventFormat } from '../../../src/source/tracefs/format.ts';
import { scanEvents, scanModuleEvents } from '../../../src/source/tracefs/scan.ts';
import type { Event } from '../../../src/source/tracefs/tracefs.ts';
import { relocationTable, symbolTable, writeElf } from '../../help/elfimage.ts';
import { fakeArm64Image, fakeVmlinux, tracingBtf, tracingData } from '../../help/fakeimage.ts';
import { mutations } from '../../fuzz/mutator.ts';
import { judgeEvents, noEvents } from '../../judge/events.ts';
import { cacheFolder, series } from '../../vm/kernels.ts';

/** As a format file has it. */
function text({ system, name, format }: Event): string {
  const fields = format.fields.map(({ type, array, name: field, offset, size, signed, location }) => `${location} ${type} ${field}${array} ${offset} ${size} ${signed ? 's' : 'u'}`);
  return [`${system}:${name}`, ...fields, format.printFormat].join('\n');
}

const common = ['record unsigned short common_type 0 2 u', 'record unsigned char common_flags 2 1 u', 'record unsigned char common_preempt_count 3 1 u', 'record int common_pid 4 4 s'];
const demoOpen = [
  'demo:demo_open', ...common,
  'record u64 inode 8 8 u', 'record char comm[16] 16 16 u', 'dataloc char path[] 32 4 u', 'record long ret 40 8 s',
  '"%s is DEMO_LEN %d", REC->comm, REC->DEMO_LEN + 16 + 4 * 24',
].join('\n');

function parsed(image: VmlinuxImage): Btf {
  if (image.btf === undefined) throw new Error('no BTF');
  return parseBtf('test', image.btf);
}

describe('a made image', () => {
  it.each<[string, Buffer]>([
    ['x86', fakeVmlinux()],
    ['arm64, pointers in place', fakeArm64Image(0xffff800080000000n, false)],
    ['arm64, pointers in a table', fakeArm64Image(0xffff800080000000n, true)],
  ])('%s', async (_, bytes) => {
    const image = await readVmlinux('test', bytes);
    const { events, syscalls } = scanEvents(image.memory, parsed(image));
    expect(events.map(text)).toEqual([
      demoOpen,
      ['syscalls:sys_enter_demo', ...common, 'record int __syscall_nr 8 4 s', 'record int fd 16 8 u', 'record const char * path 24 8 u',
        '"fd: 0x%08lx, path: 0x%08lx", ((unsigned long)(REC->fd)), ((unsigned long)(REC->path))'].join('\n'),
      ['syscalls:sys_enter_plain', ...common, 'record int __syscall_nr 8 4 s', '""'].join('\n'),
      ['syscalls:sys_exit_demo', ...common, 'record int __syscall_nr 8 4 s', 'record long ret 16 8 s', '"0x%lx", REC->ret'].join('\n'),
      ['syscalls:sys_exit_plain', ...common, 'record int __syscall_nr 8 4 s', 'record long ret 16 8 s', '"0x%lx", REC->ret'].join('\n'),
    ]);
    expect(syscalls).toEqual([
      { name: 'demo', number: undefined, args: [{ type: 'int', name: 'fd' }, { type: 'const char *', name: 'path' }] },
      { name: 'plain', number: undefined, args: [] },
    ]);
  });

  it('a module: its pointers are relocations', () => {
    const data = tracingData(0n);
    const pointers: { offset: number; type: number; symbol: number; addend: bigint }[] = [];
    const far = tracingData(0x1000_0000n);
    for (let offset = 0; offset + 8 <= data.length; offset += 8) {
      if (far.readBigUInt64LE(offset) - data.readBigUInt64LE(offset) !== 0x1000_0000n) continue;
      pointers.push({ offset, type: 1, symbol: 1, addend: data.readBigInt64LE(offset) });
      data.writeBigUInt64LE(0n, offset);
    }
    const module = (events: string): Buffer => writeElf({
      type: 1,
      sections: [
        { name: '.data', bytes: data, flags: 3 },
        { name: '.rela.data', bytes: relocationTable(pointers), type: 4, link: 3, info: 1 },
        { name: '.symtab', bytes: symbolTable([{ section: 1, value: 0n }]), type: 2 },
        { name: events, bytes: Buffer.alloc(8), flags: 3 },
      ],
    });
    const btf = parseBtf('test', tracingBtf().bytes());
    expect(scanModuleEvents(parseElf('test', module('_ftrace_events')), btf).map(text)[0]).toBe(demoOpen);
    expect(scanModuleEvents(parseElf('test', module('.other')), btf)).toEqual([]);
  });

  it('damaged: read or refused', async () => {
    const bytes = fakeVmlinux();
    for (const damaged of mutations(bytes, 1_500)) {
      try {
        const image = await readVmlinux('test', damaged);
        if (image.btf !== undefined) scanEvents(image.memory, parseBtf('test', image.btf));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  });
});

describe('values of names', () => {
  const values = new Map([['A', '1'], ['sizeof(struct x)', '8']]);
  it.each([
    ['"A %d", A', '"A %d", 1'],
    ['REC->A, A->b, x.A, (A)', 'REC->A, A->b, x.A, (1)'],
    ['AB, A1, 0xA, 1A, A', 'AB, A1, 0xA, 1A, 1'],
    ['"\\"A", A + sizeof(struct x) + sizeof(struct y)', '"\\"A", 1 + 8 + sizeof(struct y)'],
  ])('%s', (format, expected) => {
    expect(replaceInFormat(format, values)).toBe(expected);
  });

  it('in a type', () => {
    expect(replaceInType('char[A]', values)).toBe('char[1]');
    expect(replaceInType('char[B]', values)).toBe('char[B]');
  });
});

/** How many events reference/tracefs of the very kernels have: those with a typedef btf_trace_*, and system calls. */
const known: Readonly<Record<string, { readonly events: number; readonly own: number }>> = { '6.1': { events: 628, own: 304 }, '6.12': { events: 760, own: 356 }, '7.2': { events: 837, own: 437 } };

describe.each(series.map(({ name }) => ({ name, folder: join(cacheFolder(), name) })).filter(({ folder }) => existsSync(join(folder, 'vmlinux.btf'))))('Debian $name', ({ name, folder }) => {
  const dump = join(folder, 'tracefs-2.txt');
  const loaded = (async () => {
    const parts = partsOf(folder);
    const first = (await parts.next()).value;
    if (first === undefined || first.kind !== 'vmlinux') throw new Error('no vmlinux');
    const image = await first.load();
    const btf = parsed(image);
    return { parts, btf, ...scanEvents(image.memory, btf) };
  })();

  it('events: as many as it has, their records as its types have them', async () => {
    const { events, syscalls, btf } = await loaded;
    const own = new Map(events.filter(({ system }) => system !== 'syscalls').map((event) => [event.name, event]));
    expect(own.size).toBeGreaterThanOrEqual(known[name]?.events ?? 0);
    expect(syscalls.length).toBeGreaterThan(340);
    expect(syscalls.find((each) => each.name === 'openat')).toEqual({
      name: 'openat', number: 257,
      args: [{ type: 'int', name: 'dfd' }, { type: 'const char *', name: 'filename' }, { type: 'int', name: 'flags' }, { type: 'umode_t', name: 'mode' }],
    });
    const verdict = noEvents();
    judgeEvents(verdict, btf, events);
    expect(verdict.wrong).toEqual([]);
    expect(verdict.resolved / verdict.events).toBeGreaterThan(0.96);
    expect(eventsOfBtf(btf).filter(({ name: event, confidence }) => confidence === 'exact' && own.has(event)).length).toBeGreaterThanOrEqual(known[name]?.own ?? 0);
  });

  it.skipIf(!existsSync(dump))('events of vmlinux and modules: as tracefs says when it runs', async () => {
    const { parts, btf, events } = await loaded;
    const shown = readFileSync(dump, 'latin1');
    const formats = new Map([...shown.matchAll(/==> (\S+)\/format <==\n([^]*?)(?=\n==> |$)/g)].map(([, path = '', format = '']) => [path.replace('/', ':'), format]));
    const modules = new Set(shown.slice('modules: '.length, shown.indexOf('\n')).trim().split(' '));
    const found = [...events];
    for await (const part of parts) {
      if (part.kind === 'module' && modules.has(part.name)) found.push(...scanModuleEvents(parseElf(part.path, await part.load()), btf));
    }
    expect(found.length).toBeGreaterThan(4000);
    const withoutFormat = ({ format }: Event): unknown => format.fields;
    const wrong = found.filter((event) => {
      const key = `${event.system}:${event.name}`;
      return JSON.stringify(withoutFormat(event)) !== JSON.stringify(parseEventFormat(key, formats.get(key) ?? 'name: none\nprint fmt: ').fields);
    });
    expect(wrong.map(text)).toEqual([]);
    const there = new Set(found.map(({ system, name: event }) => `${system}:${event}`));
    expect([...formats.keys()].filter((key) => !there.has(key) && !key.startsWith('ftrace:'))).toEqual([]);
  }, 180_000);
});
