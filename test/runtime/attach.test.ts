// Attaching, on the running kernel: only to what the test itself started, or behind a filter on its pid.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { beforeAll, describe, expect, test } from 'vitest';
import { NotSupported } from '../../src/base/errors.ts';
import { callHelper, exit, jump, loadImm64, movImm, store } from '../../src/bpf/asm.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import type { AttachSpec, ProgramType, Spec } from '../../src/bpf/spec.ts';
import { isRoot, rootTest } from '../help/root.ts';
import { scratchFolder } from '../help/scratch.ts';
import { bundleScript } from '../help/script.ts';
import { ran } from './help/run.ts';
import type { Step } from './help/specs.ts';
import { begin, count, event, eventFrom, exitEvent, int, interval, losses, number64, program, ring, span, spec, tuple, userMap } from './help/specs.ts';
import { mountTracefs } from '../help/tracefs.ts';

const at = userMap({ name: '@', key: null, shape: { kind: 'count' } }, 'at');

/** Counts what the child of -c does, and nobody else. */
function counting(title: string, type: ProgramType, attach: AttachSpec): Spec {
  const mine: Step[] = [
    callHelper(helpers.get_current_pid_tgid.id),
    { code: 0x77, dst: 0, src: 0, off: 0, imm: 32 },
    number64(6, { kind: 'childPid' }),
    jump('jne', 0, 6, 9),
    ...count('at'),
  ];
  return spec({ maps: [ring, losses, at], programs: [program('count', title, type, attach, [...mine, movImm(0, 0), exit()])] });
}

const getppid = (times: number): string => `perl -e 'for (1..${times}) { getppid() }'`;

describe('in a mount namespace of its own, with tracefs', () => {
  let folder: string;
  let script: string;
  beforeAll(() => {
    folder = scratchFolder();
    script = bundleScript(folder, 'run', `
      import { readFileSync } from 'node:fs';
      import { deserialize } from 'node:v8';
      import { run } from '#src/runtime/runtime.ts';
      const [spec, options] = deserialize(readFileSync(process.argv[2] ?? '')) as Parameters<typeof run>;
      run(spec, options).then((status) => { process.exitCode = status; }, (error: unknown) => { console.error(String(error)); process.exitCode = 1; });
    `);
  });

  function runApart(of: Spec, command: string): { readonly status: number | null; readonly out: string; readonly err: string } {
    const file = join(folder, 'spec');
    writeFileSync(file, serialize([of, { format: 'text', buffering: 'line', quiet: false, verbose: false, warnings: true, verifierLog: false, dryRun: false, command }]));
    const mount = `{ ${mountTracefs}; } && exec "$@"`;
    const done = spawnSync('unshare', ['-m', 'sh', '-c', mount, 'sh', process.execPath, script, file], { encoding: 'utf8', timeout: 30_000 });
    return { status: done.status, out: done.stdout, err: done.stderr };
  }

  rootTest('a tracepoint', () => {
    const of = counting('tracepoint:syscalls:sys_enter_getppid', 'tracepoint', { kind: 'tracepoint', system: 'syscalls', event: 'sys_enter_getppid' });
    expect(runApart(of, getppid(1234))).toEqual({ status: 0, out: '\n\n@: 1234\n', err: 'Attached 1 probe\n' });
  });

  rootTest('a tracepoint that is not there', () => {
    const of = counting('tracepoint:syscalls:no_such', 'tracepoint', { kind: 'tracepoint', system: 'syscalls', event: 'no_such' });
    expect(runApart(of, 'true')).toMatchObject({ status: 1, err: 'NotSupported: the running kernel has no tracepoint syscalls:no_such\n' });
  });

  rootTest('many tracepoints, on worker threads', () => {
    const events = ['getppid', 'getpid', 'getuid', 'geteuid', 'getgid', 'getegid', 'getpgrp', 'gettid', 'umask', 'times'];
    const one = counting('', 'tracepoint', { kind: 'tracepoint', system: 'syscalls', event: '' });
    const [first] = one.programs;
    const programs = events.map((name) => ({ ...(first as NonNullable<typeof first>), name, title: `tracepoint:syscalls:sys_enter_${name}`, attach: { kind: 'tracepoint', system: 'syscalls', event: `sys_enter_${name}` } as const }));
    const done = runApart({ ...one, programs }, getppid(100));
    expect(done).toMatchObject({ status: 0, err: 'Attached 10 probes\n' });
    expect(Number(/@: (\d+)/.exec(done.out)?.[1])).toBeGreaterThanOrEqual(100);
  });
});

rootTest('a raw tracepoint, by its BTF id', async () => {
  const of = counting('rawtracepoint:vmlinux:sys_enter', 'tracing', { kind: 'rawtracepoint', event: 'sys_enter', module: 'vmlinux' });
  const result = await ran(of, { command: getppid(500) });
  // A locked-down kernel refuses tracing programs as a whole.
  if (result.error instanceof NotSupported) {
    expect(result.leaked).toEqual([]);
    return;
  }
  expect(result).toMatchObject({ status: 0, error: undefined, err: 'Attached 1 probe\n', leaked: [] });
  expect(Number(/@: (\d+)/.exec(result.out)?.[1])).toBeGreaterThanOrEqual(500);
});

rootTest('a function by fentry, or one line that says why not', async () => {
  const attach = { kind: 'fentry', function: { name: 'vfs_read', module: 'vmlinux' } } as const;
  const result = await ran(counting('fentry:vmlinux:vfs_read', 'tracing', attach), { command: "sh -c 'cat /proc/self/status > /dev/null'" });
  expect(result.leaked).toEqual([]);
  if (result.error !== undefined) expect(result.error).toBeInstanceOf(NotSupported);
});

test.skipIf(!isRoot || existsSync('/sys/bus/event_source/devices/kprobe'))('a kernel without kprobes says so', async () => {
  const attach = { kind: 'kprobe', returns: false, functions: [{ name: 'vfs_read', module: 'vmlinux' }], offset: 0 } as const;
  const result = await ran(counting('kprobe:vfs_read', 'kprobe', attach), { command: 'true' });
  expect(result.error).toMatchObject({ feature: 'kprobe', message: 'this kernel has no kprobes: /sys/bus/event_source/devices/kprobe does not exist' });
  expect(result.leaked).toEqual([]);
});

describe('uprobes', () => {
  const gcc = spawnSync('gcc', ['--version']).status === 0 && existsSync('/sys/bus/event_source/devices/uprobe');
  let program: string;
  let offset: number;
  beforeAll(() => {
    if (!gcc) return;
    const folder = scratchFolder();
    program = join(folder, 'target');
    writeFileSync(join(folder, 'target.c'), '__attribute__((noinline)) int work(int n) { __asm__ volatile("" : "+r"(n)); return n + 1; }\nint main(void) { int n = 0; while (n < 321) n = work(n); return 0; }\n');
    execFileSync('gcc', ['-O1', '-no-pie', '-o', program, join(folder, 'target.c')]);
    // Without PIE the text lies 0x400000 above its place in the file.
    offset = Number(`0x${/^([0-9a-f]+) T work$/m.exec(execFileSync('nm', [program], { encoding: 'utf8' }))?.[1]}`) - 0x400000;
  });

  test.skipIf(!isRoot || !gcc).each([[false, false], [true, false], [false, true], [true, true]])('on return: %s, by name: %s', async (returns, named) => {
    const of = counting('uprobe:target', 'kprobe', { kind: 'uprobe', returns, path: program, symbol: named ? 'work' : null, offset: named ? 0 : offset });
    expect(await ran(of, { command: program })).toMatchObject({ error: undefined, out: '\n\n@: 321\n', err: 'Attached 1 probe\n', leaked: [] });
  });

  test.skipIf(!isRoot || !gcc)('a function that the file does not have', async () => {
    const of = counting('uprobe:target:play', 'kprobe', { kind: 'uprobe', returns: false, path: program, symbol: 'play', offset: 0 });
    expect(await ran(of, { command: program })).toMatchObject({ error: { message: `uprobe:target:play: ${program} has no function 'play'` }, leaked: [] });
  });
});

rootTest('stacks: frames by way of the map of stacks, symbols of the kernel', async () => {
  const stacks = { name: 'stacks', type: 'hash', keySize: 8, valueSize: 24, maxEntries: 16, flags: 0 } as const;
  const symbol = (name: string, offset: number, slot: number): Step[] => [number64(1, { kind: 'ksym', symbol: name }), { code: 0x07, dst: 1, src: 0, off: 0, imm: offset }, store(8, 10, slot, 1)];
  const frames: Step[] = [
    loadImm64(1, 77n), store(8, 10, -32, 1),
    ...symbol('vfs_read', 5, -24), ...symbol('do_nanosleep', 170, -16), movImm(1, 0), store(8, 10, -8, 1),
    { insn: loadImm64(1, 0n, 1), relocation: { kind: 'map', map: 'stacks' } },
    { code: 0xbf, dst: 2, src: 10, off: 0, imm: 0 }, { code: 0x07, dst: 2, src: 0, off: 0, imm: -32 },
    { code: 0xbf, dst: 3, src: 10, off: 0, imm: 0 }, { code: 0x07, dst: 3, src: 0, off: 0, imm: -24 },
    movImm(4, 0), callHelper(helpers.map_update_elem.id),
  ];
  const layout = (mode: 'bpftrace' | 'perf' | 'raw') => ({ kind: 'print', payload: { kind: 'stack', user: false, map: 'stacks', limit: 3, mode }, span }) as const;
  const of = spec({ maps: [ring, losses, stacks], events: [exitEvent, layout('bpftrace'), layout('perf'), layout('raw'), { kind: 'print', payload: { kind: 'ksym' }, span }], programs: [
    begin(...frames, ...event(1, 77, 2), ...event(2, 77, 2), ...event(3, 77, 2), ...event(1, 78, 2), ...eventFrom(4, symbol('do_nanosleep', 3, -8), 8), ...event(4, 0), ...event(4, 0x4d2), ...event(0, 0)),
  ] });
  const address = (name: string, offset: number): string => (BigInt(`0x${new RegExp(`^([0-9a-f]+) [tT] ${name}$`, 'm').exec(readFileSync('/proc/kallsyms', 'latin1'))?.[1]}`) + BigInt(offset)).toString(16);
  expect(await ran(of)).toMatchObject({
    error: undefined,
    out: [
      '\n        vfs_read+5\n        do_nanosleep+170\n\n',
      `\n\t${address('vfs_read', 5)} vfs_read+5\n\t${address('do_nanosleep', 170)} do_nanosleep+170\n\n`,
      `\n${address('vfs_read', 5)}\n${address('do_nanosleep', 170)}\n\n`,
      '\n\n',
      'do_nanosleep\n0\n0x4d2\n\n\n',
    ].join(''),
    leaked: [],
  });
});

rootTest('three intervals at once do not disturb each other', async () => {
  const maps = [1, 2, 3].map((n) => userMap({ name: `@${n}`, key: null, shape: { kind: 'count' } }, `m${n}`));
  const programs = maps.map((map, n) => ({ ...interval(10 * (n + 1), ...count(map.name)), name: `i${n}` }));
  const result = await ran(spec({ maps: [ring, losses, ...maps], events: [exitEvent, { kind: 'printf', format: [{ text: '' }], payload: tuple(int()), span }], programs: [...programs, { ...interval(305, ...event(0, 0)), name: 'stop' }] }));
  const counts = [...result.out.matchAll(/@\d: (\d+)/g)].map((match) => Number(match[1]));
  expect(result).toMatchObject({ error: undefined, err: 'Attached 4 probes\n', leaked: [] });
  expect(counts[0]).toBeGreaterThan(counts[1] ?? 0);
  expect(counts[1]).toBeGreaterThan(counts[2] ?? 0);
  expect(counts[2]).toBeGreaterThanOrEqual(5);
});
