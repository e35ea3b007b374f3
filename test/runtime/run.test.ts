// Whole runs on the running kernel: BEGIN and END by test run, intervals, the ring, maps, what is left behind (nothing).
import { spawn, execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NotSupported, SysError, UsageError, VerifierError } from '../../src/base/errors.ts';
import { kernelFsAt } from '../../src/base/kernelfs.ts';
import { callHelper, jumpImm, load, loadImm64, mov, movImm, store } from '../../src/bpf/asm.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import type { EventSpec, FormatPiece } from '../../src/bpf/spec.ts';
import { lossKinds } from '../../src/bpf/spec.ts';
import { isRoot, rootTest } from '../help/root.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';
import { ran } from './help/run.ts';
import type { Step } from './help/specs.ts';
import { addTo, begin, config, count, end, event, eventFrom, exitEvent, int, interval, losses, mapTo, number64, program, put, ring, span, spec, tuple, userMap } from './help/specs.ts';

const long = (text: string): FormatPiece => ({ text, conversion: { flags: '', width: '', precision: '', length: 'l', type: 'd' } });
const printf = (text: string): EventSpec => ({ kind: 'printf', format: [long(text), { text: '\n' }], payload: tuple(int()), span });
const at = userMap({ name: '@', key: null, shape: { kind: 'count' } }, 'at');
const keyed = userMap({ name: '@k', key: int(), shape: { kind: 'value', layout: int() } }, 'k');

const nothing = { status: 0, error: undefined, leaked: [] };

describe('BEGIN and END', () => {
  const hello = spec({
    maps: [ring, losses, at],
    events: [exitEvent, printf('hello ')],
    programs: [begin(...event(1, 42), ...count('at'), ...event(0, 3)), end(...event(1, -1n))],
  });

  rootTest('run in order; the status is that of exit()', async () => {
    expect(await ran(hello)).toEqual({ ...nothing, status: 3, out: 'hello 42\nhello -1\n\n\n@: 1\n', err: 'Attached 2 probes\n' });
  });

  rootTest('say the same in JSON', async () => {
    expect(await ran(hello, { format: 'json' })).toEqual({
      ...nothing, status: 3, err: '',
      out: '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}\n{"type": "printf", "data": "hello 42\\n"}\n{"type": "printf", "data": "hello -1\\n"}\n{"type": "map", "data": {"@": 1}}\n',
    });
  });

  rootTest('do not run when everything is only tried', async () => {
    expect(await ran(hello, { dryRun: true })).toEqual({ ...nothing, out: '', err: 'Attached 0 probes\n' });
  });

  rootTest('are quiet when asked', async () => {
    expect(await ran(hello, { quiet: true })).toMatchObject({ err: '', out: 'hello 42\nhello -1\n\n\n@: 1\n' });
  });

  rootTest('see this process: pid, comm, start time, CPUs', async () => {
    const comm: Step[] = [mov(1, 10), addTo(1, -16), movImm(2, 16), callHelper(helpers.get_current_comm.id)];
    const pid: Step[] = [callHelper(helpers.get_current_pid_tgid.id), { code: 0x77, dst: 0, src: 0, off: 0, imm: 32 }, store(8, 10, -24, 0)];
    const cpus: Step[] = [number64(1, { kind: 'cpus' }), store(8, 10, -32, 1)];
    // Nanoseconds since the start, which is before the program runs.
    const elapsed: Step[] = [number64(6, { kind: 'startTime' }), callHelper(helpers.ktime_get_boot_ns.id), { code: 0x1f, dst: 0, src: 6, off: 0, imm: 0 }, store(8, 10, -40, 0)];
    const child: Step[] = [number64(1, { kind: 'childPid' }), store(8, 10, -48, 1)];
    const layout = tuple(int(), int(), int(), int(), { kind: 'string', size: 16 });
    const title = process.title;
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent, { kind: 'print', payload: layout, span }], programs: [begin(...eventFrom(1, [...comm, ...pid, ...cpus, ...elapsed, ...child], 48), ...event(0, 0))] }));
    process.title = title;
    const [childPid, elapsedNs, possible, seen, name] = result.out.split('\n')[0]?.slice(1, -1).split(', ') ?? [];
    expect([childPid, seen, name]).toEqual(['0', String(process.pid), 'btfly']);
    expect(Number(possible)).toBe(Number(/(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'latin1'))?.[1]) + 1);
    expect(Number(elapsedNs)).toBeGreaterThan(0);
    expect(Number(elapsedNs)).toBeLessThan(60e9);
  });

  rootTest('events behind exit() are not printed, those of END are', async () => {
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent, printf('')], programs: [begin(...event(1, 1), ...event(0, 0), ...event(1, 2)), end(...event(1, 3), ...event(1, 4))] }));
    expect(result.out).toBe('1\n3\n4\n\n\n');
  });

  rootTest('an exit() in END has the last word', async () => {
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent], programs: [begin(...event(0, 3)), end(...event(0, 260))] }));
    expect(result.status).toBe(4);
  });
});

describe('maps', () => {
  const run = async (events: readonly EventSpec[], ...steps: Step[]): Promise<string> => {
    const result = await ran(spec({ maps: [ring, losses, at, keyed], events: [exitEvent, ...events], programs: [begin(...steps, ...event(0, 0))] }));
    expect(result).toMatchObject({ error: undefined, leaked: [], err: 'Attached 1 probe\n' });
    return result.out;
  };
  const limits = tuple(int(8, false), int(8, false));

  rootTest('that nobody wrote are not printed', async () => { expect(await run([])).toBe('\n\n'); });

  rootTest('are printed by name, elements by value', async () => {
    expect(await run([], ...count('at'), ...put('k', [7], [3]), ...put('k', [8], [-1]))).toBe('\n\n@: 1\n@k[8]: -1\n@k[7]: 3\n');
  });

  rootTest('are not printed where the script says so', async () => {
    const result = await ran(spec({ maps: [ring, losses, at], events: [exitEvent], programs: [begin(...count('at'), ...event(0, 0))], config: { printMapsOnExit: false } }));
    expect(result.out).toBe('\n\n');
  });

  rootTest('print, clear and zero happen in the order of the script', async () => {
    const events: EventSpec[] = [
      { kind: 'printMap', map: 'k', payload: limits, span }, { kind: 'zero', map: 'k', span }, { kind: 'clear', map: 'k', span },
      { kind: 'printMap', map: 'at', payload: limits, span }, { kind: 'printElement', map: 'k', payload: int(), span },
    ];
    // The maps are read when the events are handled: after BEGIN has put everything.
    expect(await run(events, ...put('k', [1], [10]), ...put('k', [2], [20]), ...put('k', [3], [30]),
      ...event(1, 0, 0), ...event(1, 2, 10), ...event(5, 2), ...event(5, 99), ...event(2), ...event(1, 0, 0), ...event(3), ...event(1, 0, 0), ...event(4, 0, 0)))
      .toBe('@k[1]: 10\n@k[2]: 20\n@k[3]: 30\n@k[2]: 2\n@k[3]: 3\n20\n@k[1]: 0\n@k[2]: 0\n@k[3]: 0\n@: 0\n\n\n');
  });

  rootTest('with contents are known to the verifier once they are frozen', async () => {
    const contents = new Uint8Array(BigUint64Array.of(5n, 77n).buffer);
    const data = { name: 'rodata', type: 'array', keySize: 4, valueSize: 16, maxEntries: 1, flags: 0x80, contents, readOnly: true } as const;
    const read: Step[] = [{ insn: loadImm64(1, 0n, 2), relocation: { kind: 'data', map: 'rodata', offset: 8 } }, load(8, 1, 1, 0), store(8, 10, -8, 1)];
    // r0 is read uninitialised unless the branch is known to be taken: only with known contents does the verifier let it pass.
    const known: Step[] = [jumpImm('jeq', 1, 77, 1), load(8, 0, 0, 0)];
    const result = await ran(spec({ maps: [ring, losses, data], events: [exitEvent, printf('')], programs: [begin(...eventFrom(1, [...read, ...known], 8), ...event(0, 0))] }));
    expect(result).toMatchObject({ error: undefined, out: '77\n\n\n' });
  });
});

describe('what the script prints', () => {
  const output = async (what: EventSpec, ...steps: Step[]): Promise<string> => {
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent, what], programs: [begin(...steps, ...event(0, 0))] }));
    expect(result).toMatchObject({ error: undefined, leaked: [] });
    return result.out.replace(/\n\n$/, '') + result.err.replace('Attached 1 probe\n', '');
  };
  const text = (value: string): FormatPiece[] => [{ text: value }];

  rootTest('time', async () => {
    expect(await output({ kind: 'time', format: '%Y\n', span }, ...event(1))).toBe(`${new Date().getFullYear()}\n`);
  });
  rootTest('system: output and errors in order, a newline behind', async () => {
    expect(await output({ kind: 'system', format: text('echo a; echo b >&2; printf x'), payload: tuple(), span }, ...event(1))).toBe('a\nb\nx\n');
  });
  rootTest('cat', async () => {
    expect(await output({ kind: 'cat', format: text('/proc/sys/kernel/ostype'), payload: tuple(), span }, ...event(1))).toBe('Linux\n');
  });
  rootTest('cat of what is not there', async () => {
    expect(await output({ kind: 'cat', format: [long('/nonexist')], payload: tuple(int()), span }, ...event(1, 5))).toBe("ERROR: failed to open file '/nonexist5' (No such file or directory)\n");
  });
  rootTest('join', async () => {
    const payload = tuple(int(8, false), { kind: 'array', of: { kind: 'string', size: 8 }, count: 3 });
    expect(await output({ kind: 'join', separator: ',', payload, span }, ...event(1, 2, 0x6261, 0x64636261, 0x7a))).toBe('ab,abcd\n');
  });
  rootTest('errorf', async () => {
    expect(await output({ kind: 'errorf', format: [long('a')], payload: tuple(int()), span }, ...event(1, 1))).toBe('stdin:1:1-6: ERROR: a1\n');
  });
  rootTest('a broken rule', async () => {
    expect(await output({ kind: 'runtimeError', message: 'Divide or modulo by 0 detected.', span }, ...event(1))).toBe('stdin:1:1-6: WARNING: Divide or modulo by 0 detected.\nBEGIN { exit(); }\n~~~~~\n');
  });
  rootTest('a helper that failed', async () => {
    expect(await output({ kind: 'helperError', helper: 'map_update_elem', message: 'Map full', payload: int(), span }, ...event(1, -7n))).toBe(
      'stdin:1:1-6: WARNING: Map full\nAdditional Info - helper: map_update_elem, retcode: -7\nBEGIN { exit(); }\n~~~~~\n',
    );
  });
});

describe('events that come while it runs', () => {
  rootTest('an interval, and exit() from it', async () => {
    const ticks = spec({ maps: [ring, losses, at], events: [exitEvent, printf('')], programs: [interval(5, ...count('at'), ...event(1, 7), ...exitAfter(3))] });
    const result = await ran(ticks);
    expect(result).toMatchObject({ ...nothing, err: 'Attached 1 probe\n' });
    expect(result.out).toMatch(/^7\n7\n7\n(7\n)*\n\n@: \d+\n$/);
  });

  /** After `times` runs, by the map `at`: exit(). */
  function exitAfter(times: number): readonly Step[] {
    return [mapTo(1, 'at'), { code: 0x62, dst: 10, src: 0, off: -4, imm: 0 }, mov(2, 10), addTo(2, -4), callHelper(helpers.map_lookup_elem.id), jumpImm('jeq', 0, 0, 15), load(8, 1, 0, 0), jumpImm('jlt', 1, times, 13), ...event(0, 0)];
  }

  rootTest('a profile on every CPU', async () => {
    const sample = program('profile_1', 'profile:hz:200', 'perf_event', { kind: 'timer', everyCpu: true, hz: 200 }, [...count('at'), movImm(0, 0), { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }]);
    const result = await ran(spec({ maps: [ring, losses, at], events: [exitEvent], programs: [sample, { ...interval(100, ...event(0, 0)), name: 'stop' }] }));
    expect(result).toMatchObject({ ...nothing, err: 'Attached 2 probes\n' });
    expect(Number(/@: (\d+)/.exec(result.out)?.[1])).toBeGreaterThan(5);
  });

  rootTest('a ring that is too small loses events, and says how many', async () => {
    // 2000 records of 24 bytes with header do not fit into 4 KB; the program counts what it could not write.
    const lossCounter = lossKinds.indexOf('ring') * 8;
    const step: Step[] = [
      ...event(1, 5),
      jumpImm('jeq', 0, 0, 9),
      mapTo(1, 'losses'), { code: 0x62, dst: 10, src: 0, off: -4, imm: 0 }, mov(2, 10), addTo(2, -4), callHelper(helpers.map_lookup_elem.id),
      jumpImm('jeq', 0, 0, 2), movImm(1, 1), { code: 0xdb, dst: 0, src: 1, off: lossCounter, imm: 0 },
    ];
    const flood = begin(movImm(6, 2000), ...step, addTo(6, -1), jumpImm('jne', 6, 0, -25), ...event(0, 0));
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent, printf('')], programs: [flood, { ...interval(5, ...event(0, 0)) }], config: { ringPages: 1 } }));
    const printed = result.out.match(/^5$/gm)?.length ?? 0;
    expect(result.error).toBeUndefined();
    expect(result.err).toBe(`Attached 2 probes\nLost ${2000 - printed} events\nWARNING: Total lost event count: ${2000 - printed}\n`);
    expect(printed).toBeGreaterThan(100);
  });
});

describe('ends', () => {
  const ticking = spec({ maps: [ring, losses, at], events: [exitEvent, printf('')], programs: [interval(5, ...count('at')), end(...event(1, 9))] });

  rootTest.each(['SIGINT', 'SIGTERM'] as const)('%s: END runs, maps are printed', async (signal) => {
    setTimeout(() => { process.kill(process.pid, signal); }, 60);
    const result = await ran(ticking);
    expect(result).toMatchObject({ ...nothing, err: 'Attached 2 probes\n' });
    expect(result.out).toMatch(/^9\n\n\n@: \d+\n$/);
    expect(process.listenerCount(signal)).toBe(0);
  });

  rootTest('with the command of -c, which starts when all is attached', async () => {
    const print = spec({ maps: [ring, losses], events: [exitEvent, printf('')], programs: [begin(...eventFrom(1, [number64(1, { kind: 'childPid' }), store(8, 10, -8, 1)], 8))] });
    const result = await ran(print, { command: `sh -c 'exit 0'` });
    expect(result).toMatchObject(nothing);
    expect(result.out).toMatch(/^[1-9]\d+\n\n\n$/);
  });

  rootTest('the command of -c ends with the run', async () => {
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent, printf('')], programs: [begin(...eventFrom(1, [number64(1, { kind: 'childPid' }), store(8, 10, -8, 1)], 8), ...event(0, 0))] }), { command: 'sleep 1000' });
    const pid = Number(result.out.split('\n')[0]);
    const until = Date.now() + 5000;
    while (isAlive(pid) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isAlive(pid)).toBe(false);
  });

  rootTest('with the process of -p', async () => {
    const child = spawn('sleep', ['0.1']);
    const result = await ran(ticking, { pid: child.pid });
    expect(result).toMatchObject(nothing);
    expect(result.out).toMatch(/^9\n\n\n@: \d+\n$/);
  });

  rootTest('a process of -p that is not there', async () => {
    const result = await ran(ticking, { pid: 4194303 });
    expect(result).toMatchObject({ error: new UsageError('-p: there is no process 4194303'), leaked: [] });
  });

  rootTest('a reader that left ends it, quietly', async () => {
    const fifo = join(scratchFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = spawn('head', ['-n', '2', fifo], { stdio: ['ignore', 'pipe', 'ignore'] });
    let read = '';
    reader.stdout.on('data', (text: Buffer) => { read += text.toString(); });
    const out = openSync(fifo, 'w');
    const err = openSync('/dev/null', 'w');
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent, printf('')], programs: [interval(5, ...event(1, 1))] }), { descriptors: { out, err } });
    for (const fd of [out, err]) closeSync(fd);
    expect(result).toMatchObject({ status: 141, error: undefined, leaked: [] });
    expect(read).toBe('1\n1\n');
  });

  rootTest('a full disk ends it with one clear error', async () => {
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent, printf('')], programs: [interval(5, ...event(1, 1))] }), { output: '/dev/full' });
    expect(result).toMatchObject({ error: new SysError('write /dev/full', 28, 'ENOSPC', 'the disk is full'), leaked: [] });
  });

  function isAlive(pid: number): boolean {
    return /^State:\t[^ZX]/m.test(execFileSync('sh', ['-c', `cat /proc/${pid}/status 2>/dev/null || true`], { encoding: 'utf8' }));
  }
});

describe('refusals', () => {
  rootTest('a rejected program names the text that made the instruction', async () => {
    const bad = begin(load(8, 0, 1, 4096));
    const result = await ran(spec({ maps: [ring, losses], programs: [bad] }));
    expect(result.error).toBeInstanceOf(VerifierError);
    expect(result.error).toMatchObject({ program: 'BEGIN', span: { start: 0, end: 1 } });
    expect((result.error as VerifierError).summary).toContain('invalid bpf_context access');
    expect(result.leaked).toEqual([]);
  });

  rootTest('the second of two programs: the first one is closed', async () => {
    const result = await ran(spec({ maps: [ring, losses, at], programs: [begin(...count('at')), end(mov(0, 5))] }));
    expect(result.error).toMatchObject({ program: 'END', summary: 'R5 !read_ok' });
    expect(result.leaked).toEqual([]);
  });

  rootTest('a tracepoint without tracefs names the way out', async () => {
    const trace = program('tp', 'tracepoint:syscalls:sys_enter_getppid', 'tracepoint', { kind: 'tracepoint', system: 'syscalls', event: 'sys_enter_getppid' }, [movImm(0, 0), { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }]);
    const folder = scratchFolder();
    writeTree(folder, { 'sys/devices/system/cpu/possible': readFileSync('/sys/devices/system/cpu/possible'), 'sys/devices/system/cpu/online': readFileSync('/sys/devices/system/cpu/online') });
    const result = await ran(spec({ maps: [], programs: [trace] }), { fs: kernelFsAt(folder) });
    expect(result.error).toBeInstanceOf(NotSupported);
    expect(result.error).toMatchObject({ message: 'tracefs is not mounted', ways: ['mount -t tracefs tracefs /sys/kernel/tracing'] });
    expect(result.leaked).toEqual([]);
  });

  rootTest('a function that the BTF does not have', async () => {
    const trace = program('fe', 'fentry:no_such_function', 'tracing', { kind: 'fentry', function: { name: 'no_such_function', module: 'vmlinux' } }, [movImm(0, 0), { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }]);
    expect((await ran(spec({ programs: [trace] }))).error).toMatchObject({ message: "fentry:no_such_function: the running kernel's BTF does not have the function no_such_function" });
  });

  rootTest('an event that no program should write ends the run', async () => {
    const result = await ran(spec({ maps: [ring, losses], events: [exitEvent], programs: [begin(...event(5, 1))] }));
    expect(String(result.error)).toContain('event 5, there are 1');
    expect(result.leaked).toEqual([]);
  });
});

test.skipIf(isRoot)('without rights, one line says which', async () => {
  const result = await ran(spec({ maps: [ring], programs: [begin()] }));
  expect(String(result.error)).toContain('tracing needs CAP_BPF and CAP_PERFMON, this process lacks');
});

rootTest('phases are told in order', async () => {
  const phases: string[] = [];
  await ran(spec({ maps: [ring, losses], events: [exitEvent], programs: [begin(...event(0, 0))] }), { timing: (phase) => { phases.push(phase); } });
  expect(phases).toEqual(['maps', 'load', 'begin', 'attach', 'drain', 'detach', 'end']);
  expect(config.printMapsOnExit).toBe(true);
});
