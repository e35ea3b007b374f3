import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelFsAt } from '../../src/base/kernelfs.ts';
import { parseEventFormat } from '../../src/source/tracefs/format.ts';
import { findTracefs, listEvents, readEvents, readTraceableFunctions } from '../../src/source/tracefs/tracefs.ts';
import { bundleScript } from '../help/script.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const head = 'ID: 7\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n';
const format = (field: string): string => `name: e\n${head}\tfield:${field};\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: "%d", REC->x\n`;

describe('fields', () => {
  it.each([
    ['int x', 'int', 'x', '', 'record'],
    ['const char * filename', 'const char *', 'filename', '', 'record'],
    ['struct sock *sk', 'struct sock *', 'sk', '', 'record'],
    ['char prev_comm[16]', 'char', 'prev_comm', '[16]', 'record'],
    ['char comm[TASK_COMM_LEN]', 'char', 'comm', '[TASK_COMM_LEN]', 'record'],
    ['unsigned long args[]', 'unsigned long', 'args', '[]', 'record'],
    ['__data_loc char[] name', 'char', 'name', '[]', 'dataloc'],
    ['__rel_loc u8[] bytes', 'u8', 'bytes', '[]', 'relloc'],
    ['__data_loc cpumask_t cpumask', 'cpumask_t', 'cpumask', '', 'dataloc'],
    ['void __seg_gs *regs', 'void __seg_gs *', 'regs', '', 'record'],
    ['enum hrtimer_mode mode', 'enum hrtimer_mode', 'mode', '', 'record'],
  ])('%s', (text, type, name, array, location) => {
    expect(parseEventFormat('e', format(text)).fields[1]).toEqual({ name, type, array, offset: 8, size: 4, signed: true, location });
  });

  it('a print format of several lines is kept whole', () => {
    const text = `name: e\n${head}print fmt: "a\nb %d", REC->x\n`;
    expect(parseEventFormat('e', text)).toMatchObject({ name: 'e', printFormat: '"a\nb %d", REC->x' });
  });

  it.each([
    ['e: at byte 0: the first line is not "name: …"', 'hello'],
    ['e: at byte 8: there is no "print fmt:"', 'name: e\n'],
    ['e: at byte 85: not a field: "what is this"', `name: e\n${head}\tfield:what is this\n\nprint fmt: ""\n`],
  ])('%s', (message, text) => {
    expect(() => parseEventFormat('e', text)).toThrow(message);
  });
});

describe('a tree', () => {
  const root = '/sys/kernel/tracing';
  const tree = (files: Record<string, string>): ReturnType<typeof kernelFsAt> => {
    const folder = scratchFolder();
    writeTree(folder, Object.fromEntries(Object.entries(files).map(([path, text]) => [join(root, path), text])));
    return kernelFsAt(folder);
  };

  it('lists and reads its events; one that is gone is left out', () => {
    const fs = tree({ available_events: 'timer:start\nsched:gone\nsched:a_b\n', 'events/timer/start/format': format('int x'), 'events/sched/a_b/format': format('int y') });
    expect(findTracefs(fs)).toBe(root);
    const names = listEvents(fs, root);
    expect(names.map((each) => `${each.system}:${each.name}`)).toEqual(['sched:a_b', 'sched:gone', 'timer:start']);
    expect([...readEvents(fs, root, names)].map((each) => [each.system, each.name, each.format.fields.length])).toEqual([['sched', 'a_b', 2], ['timer', 'start', 2]]);
  });

  it('functions that ftrace can attach to', () => {
    const fs = tree({ available_filter_functions: 'tcp_sendmsg\nnf_hook [nf_conntrack]\nwalk.isra.0\n__ftrace_invalid_address___12\n' });
    expect(readTraceableFunctions(fs, root)).toEqual([
      { name: 'tcp_sendmsg', module: null }, { name: 'nf_hook', module: 'nf_conntrack' }, { name: 'walk.isra.0', module: null },
    ]);
    expect(readTraceableFunctions(tree({}), root)).toBeUndefined();
  });

  it('that is not mounted names the way out', () => {
    expect(() => findTracefs(tree({}))).toThrow(expect.objectContaining({ feature: 'tracefs', message: 'tracefs is not mounted', ways: ['mount -t tracefs tracefs /sys/kernel/tracing'] }));
  });
});

const mountable = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tracefs t /sys/kernel/tracing']).status === 0;

describe.skipIf(!mountable)('tracefs of this machine, in a mount namespace of its own', () => {
  it('every field of every event is read as awk reads it', () => {
    const folder = scratchFolder();
    const script = bundleScript(folder, 'fields', `
      import { kernelFs } from '#src/base/kernelfs.ts';
      import { findTracefs, listEvents, readEvents } from '#src/source/tracefs/tracefs.ts';
      const root = findTracefs(kernelFs);
      for (const { system, name, format } of readEvents(kernelFs, root, listEvents(kernelFs, root))) {
        for (const f of format.fields) {
          const where = f.location === 'record' ? '' : f.location === 'dataloc' ? '__data_loc ' : '__rel_loc ';
          const declared = where === '' ? f.type + ' ' + f.name + f.array : where + f.type + f.array + ' ' + f.name;
          console.log([system, name, declared.replace(/ /g, ''), f.offset, f.size, f.signed ? 1 : 0].join('|'));
        }
      }`);
    const awk = String.raw`cd /sys/kernel/tracing/events; for e in $(tr : / < ../available_events); do awk -v e="$e" -F'[:;]' '/^\tfield:/ { d = $2; gsub(/ /, "", d); split(e, p, "/"); print p[1] "|" p[2] "|" d "|" $4 "|" $6 "|" $8 }' $e/format; done`;
    const shell = `mount -t tracefs t /sys/kernel/tracing; node ${script} > ${folder}/ours; { ${awk}; } > ${folder}/theirs`;
    expect(spawnSync('unshare', ['-m', 'sh', '-c', shell], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const lines = (name: string): string[] => readFileSync(join(folder, name), 'latin1').trim().split('\n').sort();
    expect(lines('ours').length).toBeGreaterThan(5_000);
    expect(lines('ours')).toEqual(lines('theirs'));
  });
});
