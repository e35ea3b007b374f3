// The commands of "Kernel analysis with bpftrace" (LWN, 2019), each on Debian's 6.1 and 6.12 against a TCP load of known sizes.
// Where the article waits ten seconds, the test waits two.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from './kernels.ts';
import type { Machine } from './machine.ts';
import { boot } from './machine.ts';
import type { Session, SessionResult } from './session.ts';
import { traceUnderLoad } from './session.ts';
import { vmTools } from './tools.ts';

interface Row extends Session {
  readonly command: string;
  readonly expect: (result: SessionResult) => void;
}

const bucket = (label: string): RegExp => new RegExp(`^${label.replace(/[[\](),.]/g, '\\$&')} +([0-9]+) \\|@*\\s*\\|$`, 'm');
const counts = (text: string, label: string): number => Number(bucket(label).exec(text)?.[1] ?? 0);
/** A kernel stack as a map's key: frames eight columns in, `name+offset`. */
const stackKey = /^@\[\n((?: {8}[\w.]+\+[0-9]+\n)+)\]: ([0-9]+)$/gm;

const rows: readonly Row[] = [
  {
    command: "-e 'k:tcp_sendmsg { @size = hist(arg2); } interval:s:10 { exit(); }'",
    args: ['-e', 'k:tcp_sendmsg { @size = hist(arg2); } interval:s:2 { exit(); }'],
    expect: ({ stdout, status }) => {
      expect(status).toBe(0);
      expect(stdout).toMatch(/^@size:\s*\n/m);
      expect(counts(stdout, '[32, 64)')).toBeGreaterThan(20);
      expect(counts(stdout, '[8K, 16K)')).toBeGreaterThan(5);
      expect(counts(stdout, '[64, 128)')).toBeLessThan(5);
    },
  },
  {
    command: "-e 'kr:tcp_sendmsg { @retvals[retval > 0 ? 0 : retval] = count(); } interval:s:10 { exit(); }'",
    args: ['-e', 'kr:tcp_sendmsg { @retvals[retval > 0 ? 0 : retval] = count(); } interval:s:2 { exit(); }'],
    expect: ({ stdout }) => { expect(Number(/^@retvals\[0\]: ([0-9]+)$/m.exec(stdout)?.[1])).toBeGreaterThan(20); },
  },
  {
    command: "-e 'k:tcp_sendmsg /arg2 > 8192/ { printf(\"PID %d: %d bytes\\n\", pid, arg2); }'",
    args: ['-e', 'k:tcp_sendmsg /arg2 > 8192/ { printf("PID %d: %d bytes\\n", pid, arg2); }'],
    seconds: 2,
    expect: ({ stdout }) => {
      const lines = stdout.trim().split('\n');
      expect(lines.length).toBeGreaterThan(5);
      expect(lines.filter((line) => !/^PID [0-9]+: 10000 bytes$/.test(line))).toEqual([]);
      expect(new Set(lines).size).toBe(1);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @size[pid, comm] = hist(arg2); }'",
    args: ['-e', 'k:tcp_sendmsg { @size[pid, comm] = hist(arg2); }'],
    seconds: 2,
    expect: ({ stdout }) => {
      expect(stdout).toMatch(/^@size\[[0-9]+, node\]:\s*\n\[32, 64\) +[0-9]+ \|@+\|\n/m);
      expect(counts(stdout, '[8K, 16K)')).toBeGreaterThan(5);
    },
  },
  {
    command: "-e 'kr:tcp_sendmsg { @return[retval] = count(); }'",
    args: ['-e', 'kr:tcp_sendmsg { @return[retval] = count(); }'],
    seconds: 2,
    expect: ({ stdout }) => {
      const small = Number(/^@return\[63\]: ([0-9]+)$/m.exec(stdout)?.[1]);
      const large = Number(/^@return\[10000\]: ([0-9]+)$/m.exec(stdout)?.[1]);
      expect(large).toBeGreaterThan(5);
      expect(small).toBeGreaterThan(2 * large);
      expect(stdout.indexOf('@return[10000]')).toBeLessThan(stdout.indexOf('@return[63]'));
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @size = stats(arg2); } interval:s:1 { print(@size); clear(@size); }'",
    args: ['-e', 'k:tcp_sendmsg { @size = stats(arg2); } interval:s:1 { print(@size); clear(@size); }'],
    seconds: 3,
    expect: ({ stdout }) => {
      const lines = [...stdout.matchAll(/^@size: \{ \.count = ([0-9]+), \.average = ([0-9]+), \.total = ([0-9]+) \}$/gm)].map((match) => match.slice(1).map(Number));
      expect(lines.length).toBeGreaterThanOrEqual(2);
      const busy = lines.filter(([count = 0]) => count > 0);
      expect(busy.length).toBeGreaterThanOrEqual(2);
      for (const [count = 0, average = 0, total = 0] of busy) {
        expect(average).toBe(Math.floor(total / count));
        expect(average).toBeGreaterThan(63);
        expect(average).toBeLessThan(10_000);
      }
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @[kstack] = count(); }'",
    args: ['-e', 'k:tcp_sendmsg { @[kstack] = count(); }'],
    seconds: 2,
    expect: ({ stdout }) => {
      const stacks = [...stdout.matchAll(stackKey)].map(([, frames = '', count = '']) => ({ frames: frames.trim().split(/\n\s+/), count: Number(count) }));
      expect(stacks.length).toBeGreaterThan(0);
      for (const { frames } of stacks) {
        expect(frames[0]).toMatch(/^tcp_sendmsg\+[0-9]+$/);
        expect(frames.some((frame) => /^(sock_sendmsg|__sock_sendmsg|sock_write_iter|____sys_sendmsg)\+/.test(frame))).toBe(true);
        expect(frames.some((frame) => frame.startsWith('do_syscall_64+'))).toBe(true);
      }
      expect(stacks.map(({ count }) => count)).toEqual(stacks.map(({ count }) => count).toSorted((a, b) => a - b));
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @[kstack(3)] = count(); }'",
    args: ['-e', 'k:tcp_sendmsg { @[kstack(3)] = count(); }'],
    seconds: 2,
    expect: ({ stdout }) => {
      const stacks = [...stdout.matchAll(stackKey)].map(([, frames = '']) => frames.trim().split(/\n\s+/));
      expect(stacks.length).toBeGreaterThan(0);
      expect(stacks.filter((frames) => frames.length !== 3 || !/^tcp_sendmsg\+/.test(frames[0] ?? ''))).toEqual([]);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @ts[tid] = nsecs; } kr:tcp_sendmsg /@ts[tid]/ { @ns = hist(nsecs - @ts[tid]); delete(@ts[tid]); }'",
    args: ['-e', 'k:tcp_sendmsg { @ts[tid] = nsecs; } kr:tcp_sendmsg /@ts[tid]/ { @ns = hist(nsecs - @ts[tid]); delete(@ts[tid]); }'],
    seconds: 2,
    expect: ({ stdout }) => {
      const all = [...stdout.matchAll(/^\[[0-9KMG]+, [0-9KMG]+\) +([0-9]+) \|/gm)].map((match) => Number(match[1]));
      expect(stdout).toMatch(/^@ns:\s*\n/m);
      expect(all.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
      expect(stdout).not.toMatch(/^\(\.\.\., 0\)|^\[0\]/m);
    },
  },
  {
    command: 'tcp_sendmsg.bt',
    args: ['test/vm/article/tcp_sendmsg.bt'],
    seconds: 2,
    expect: ({ stdout, clientPort, serverPort }) => {
      const address = (port: number): string => `127\\.0\\.0\\.1 {7}${String(port).padEnd(5)}`;
      const line = new RegExp(`^${address(clientPort)} -> ${address(serverPort)}: (63|10000) bytes, retval \\1$`);
      const lines = stdout.trim().split('\n');
      expect(lines.length).toBeGreaterThan(20);
      expect(lines.filter((text) => !line.test(text) && text !== 'IPv6...')).toEqual([]);
    },
  },
  {
    command: 'offwake.bt',
    args: ['test/vm/article/offwake.bt'],
    seconds: 2,
    expect: ({ stdout, stderr }) => {
      expect(stderr).toMatch(/WARNING: .*finish_task_switch\.isra\.0/);
      expect(stdout).toMatch(/^Tracing off-CPU time \(us\) with waker stacks\. Ctrl-C to end\.\n/);
      expect(stdout).toMatch(/^@us\[node, \n(?: {8}[\w.]+\+[0-9]+\n)+, \n?(?: {8}[\w.]+\+[0-9]+\n)*\]:\s*\n/m);
      expect(stdout).not.toMatch(/^@(waker|ts)\[/m);
    },
  },
  {
    command: "-lv 't:timer:hrtimer_start'",
    args: ['-lv', 't:timer:hrtimer_start'],
    expect: ({ stdout }) => {
      expect(stdout).toBe(
        'tracepoint:timer:hrtimer_start\n    void * hrtimer\n    void * function\n    s64 expires\n    s64 softexpires\n    enum hrtimer_mode mode\n',
      );
    },
  },
  {
    command: "-e 't:timer:hrtimer_start { @[ksym(args->function)] = count(); }'",
    args: ['-e', 't:timer:hrtimer_start { @[ksym(args->function)] = count(); }'],
    seconds: 2,
    expect: ({ stdout }) => { expect(stdout).toMatch(/^@\[(hrtimer_wakeup|tick_sched_timer|tick_nohz_handler)\]: [0-9]+$/m); },
  },
  {
    command: "-e 'profile:hz:99 { @[kstack] = count(); }'",
    args: ['-e', 'profile:hz:99 { @[kstack] = count(); }'],
    seconds: 2,
    expect: ({ stdout }) => {
      const total = [...stdout.matchAll(/^\]: ([0-9]+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
      expect(total).toBeGreaterThan(30);
      expect(stdout).toMatch(/^ {8}(cpu_startup_entry|do_syscall_64|asm_exc_page_fault|asm_sysvec_apic_timer_interrupt)\+[0-9]+$/m);
    },
  },
  {
    command: "-e 't:syscalls:sys_enter_openat /comm == \"cat\"/ { printf(\"opening: %s\\n\", str(args->filename)); }'",
    args: ['-e', 't:syscalls:sys_enter_openat /comm == "cat"/ { printf("opening: %s\\n", str(args->filename)); }'],
    during: `long=/tmp/$(printf 'a-long-folder-name/%.0s' 1 2 3 4 5 6 7 8); mkdir -p $long; echo text > $long/file; cat $long/file > /tmp/copy; sleep 1;`,
    seconds: 1,
    expect: ({ stdout }) => { expect(stdout).toContain(`opening: /tmp/${'a-long-folder-name/'.repeat(8)}/file\n`); },
  },
];

describe.skipIf(!vmTools).each(['6.1', '6.12'] as const)('%s', (series) => {
  let machine: Machine;
  beforeAll(async () => { machine = await boot(kernel(series)); });
  afterAll(async () => { await machine.close(); });

  test.each(rows)('btfly $command', async (row) => {
    const result = await traceUnderLoad(machine, row);
    try {
      expect(result.stderr).not.toMatch(/ERROR/);
      row.expect(result);
    } catch (error) {
      throw new Error(`stdout:\n${result.stdout}\nstderr:\n${result.stderr}\nstatus: ${result.status}`, { cause: error });
    }
  });
});
