// The commands of "Kernel analysis with bpftrace" (LWN, 2019), and what each must print beside a load of known sizes.
import { expect } from 'vitest';
import type { Entry } from './printed.ts';
import { expectAscending, frames, names, powers, printed, sum } from './printed.ts';
import type { Sent } from './load.ts';
import type { SessionResult } from './session.ts';

export interface Row {
  /** As in the article, behind the tracer's name; its scripts are in the folder `article`. */
  readonly command: string;
  /** How many probes it says to have attached; undefined when nothing is attached. */
  readonly attaches?: number;
  /** Seconds until Ctrl-C; undefined: it ends by itself. */
  readonly seconds?: number;
  /** Shell text to run once it is attached. */
  readonly during?: string;
  /** Shell text whose output `expect` is given. */
  readonly ask?: string;
  readonly stderr?: RegExp;
  readonly expect: (result: SessionResult, asked: string) => void;
}

const long = `/tmp/${'a-long-folder-name/'.repeat(8)}file`;

export const article: readonly Row[] = [
  {
    command: "-e 'k:tcp_sendmsg { @size = hist(arg2); } interval:s:10 { exit(); }'",
    attaches: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect([lines, shape(entries)]).toEqual([[], ['@size']]);
      expectSizes(entries[0]?.buckets, result);
    },
  },
  {
    command: "-e 'kr:tcp_sendmsg { @retvals[retval > 0 ? 0 : retval] = count(); } interval:s:10 { exit(); }'",
    attaches: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect([lines, shape(entries)]).toEqual([[], ['@retvals[0]']]);
      expectWithin(Number(entries[0]?.value), both, result);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg /arg2 > 8192/ { printf(\"PID %d: %d bytes\\n\", pid, arg2); }'",
    attaches: 1,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect([[...new Set(lines)], entries]).toEqual([[`PID ${result.load.pid}: 10000 bytes`], []]);
      expectWithin(lines.length, large, result);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @size[pid, comm] = hist(arg2); }'",
    attaches: 1,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect([lines, shape(entries)]).toEqual([[], [`@size[${result.load.pid}, tcpload]`]]);
      expectSizes(entries[0]?.buckets, result);
    },
  },
  {
    command: "-e 'kr:tcp_sendmsg { @return[retval] = count(); }'",
    attaches: 1,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect([lines, shape(entries)]).toEqual([[], ['@return[10000]', '@return[63]']]);
      expectWithin(Number(entries[0]?.value), large, result);
      expectWithin(Number(entries[1]?.value), small, result);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @size = stats(arg2); } interval:s:1 { print(@size); clear(@size); }'",
    attaches: 2,
    seconds: 4,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect(shape(entries)).toEqual(['@size']);
      expect(lines.length).toBeGreaterThanOrEqual(3);
      const all = [...lines, `@size: ${entries[0]?.value ?? ''}`].map(messages);
      expectWithin(sum(all.map((sent) => sent.small)), small, result);
      expectWithin(sum(all.map((sent) => sent.large)), large, result);
      for (const sent of all.slice(1, -1)) expect(sent.small).toBeGreaterThan(0);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @[kstack] = count(); }'",
    attaches: 1,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect(lines).toEqual([]);
      for (const { key = '' } of entries) expect(names(frames(key.slice(1))).join(' ')).toMatch(sendingStack);
      expect(shape(entries)).toEqual(entries.map(({ key }) => `@[${key}]`));
      expectAscending(entries.map(({ value }) => Number(value)));
      expectWithin(sum(entries.map(({ value }) => Number(value))), both, result);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @[kstack(3)] = count(); }'",
    attaches: 1,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect(lines).toEqual([]);
      for (const { key = '' } of entries) expect(names(frames(key.slice(1))).join(' ')).toMatch(/^tcp_sendmsg (__)?sock_sendmsg sock_write_iter$|^tcp_sendmsg sock_write_iter vfs_write$/);
      expectAscending(entries.map(({ value }) => Number(value)));
      expectWithin(sum(entries.map(({ value }) => Number(value))), both, result);
    },
  },
  {
    command: "-e 'k:tcp_sendmsg { @ts[tid] = nsecs; } kr:tcp_sendmsg /@ts[tid]/ { @ns = hist(nsecs - @ts[tid]); delete(@ts[tid]); }'",
    attaches: 2,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect(lines).toEqual([]);
      expectLeft(entries.slice(1), ['@ts'], result);
      expect(shape(entries.slice(0, 1))).toEqual(['@ns']);
      const buckets = entries[0]?.buckets ?? new Map<string, number>();
      expectWithin(sum(buckets.values()), both, result);
      // 512 ns to 4 s: under emulation a call takes from 64 us on, and may be interrupted for long.
      const possible = powers(9, 32);
      expect([...buckets.keys()]).toEqual(possible.slice(possible.indexOf([...buckets.keys()][0] ?? '')).slice(0, buckets.size));
    },
  },
  {
    command: 'tcp_sendmsg.bt',
    attaches: 2,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      const { clientPort, serverPort } = result.load;
      const line = (size: number): string => `127.0.0.1       ${String(clientPort).padEnd(5)} -> 127.0.0.1       ${String(serverPort).padEnd(5)}: ${size} bytes, retval ${size}`;
      expect(lines.filter((text) => text !== line(63) && text !== line(10_000))).toEqual([]);
      expectWithin(lines.filter((text) => text === line(63)).length, small, result);
      expectWithin(lines.filter((text) => text === line(10_000)).length, large, result);
      expectLeft(entries, ['@size', '@sk'], result);
    },
  },
  {
    command: 'offwake.bt',
    attaches: 4,
    seconds: 2,
    stderr: /WARNING: [^\n]*finish_task_switch\.isra\.0/,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect(lines).toEqual(['Tracing off-CPU time (us) with waker stacks. Ctrl-C to end.']);
      const waits = entries.map(offWake);
      expectAscending(waits.map(({ count }) => count));
      for (const { blocked, waker } of waits) {
        expect(names(blocked).slice(0, 2)).toEqual(['finish_task_switch.isra.0', '__schedule']);
        if (waker.length > 0) expect(names(waker)[0]).toBe('try_to_wake_up');
      }
      // The load sleeps until its next timer, five milliseconds at most.
      const asleep = waits.filter(({ comm, blocked, waker }) => comm === 'tcpload' && names(blocked).includes('do_epoll_wait') && names(waker).includes('hrtimer_wakeup'));
      expect(sum(asleep.map(({ count }) => count))).toBeGreaterThan(result.certain.small / 10);
      expect(asleep.some(({ labels }) => labels.includes('[1K, 2K)') || labels.includes('[2K, 4K)') || labels.includes('[4K, 8K)'))).toBe(true);
    },
  },
  {
    command: "-lv 't:timer:hrtimer_start'",
    ask: "sed -n 's/^\\tfield:\\(.*\\);\\toffset:.*/\\1/p' /sys/kernel/tracing/events/timer/hrtimer_start/format | grep -v ' common_'",
    expect: ({ stdout }, fields) => {
      expect(fields).toMatch(/^void \* hrtimer\nvoid \* function\ns64 expires\ns64 softexpires\nenum hrtimer_mode mode\n/);
      expect(stdout).toBe(`tracepoint:timer:hrtimer_start\n${fields.replace(/^/gm, '    ').trimEnd()}\n`);
    },
  },
  {
    command: "-e 't:timer:hrtimer_start { @[ksym(args->function)] = count(); }'",
    attaches: 1,
    seconds: 2,
    ask: "sed 's/.* //' /proc/kallsyms",
    expect: (result, symbols) => {
      const { lines, entries } = printed(result.stdout);
      const known = new Set(symbols.split(/[\n\t]/));
      expect(lines).toEqual([]);
      expect(entries.filter(({ key = '' }) => !known.has(key))).toEqual([]);
      expectAscending(entries.map(({ value }) => Number(value)));
      const counts = new Map(entries.map(({ key, value }) => [key, Number(value)]));
      // What ends the load's sleep, and the processors' clock (which changed its name in 6.8).
      expect(counts.get('hrtimer_wakeup')).toBeGreaterThan(result.certain.small / 4);
      expect(counts.get('tick_sched_timer') ?? counts.get('tick_nohz_handler')).toBeGreaterThan(20);
    },
  },
  {
    command: "-e 'profile:hz:99 { @[kstack] = count(); }'",
    attaches: 1,
    seconds: 2,
    expect: (result) => {
      const { lines, entries } = printed(result.stdout);
      expect(lines).toEqual([]);
      const stacks = entries.map(({ key = '', value }) => ({ stack: names(frames(key.slice(1))), count: Number(value) }));
      expectAscending(stacks.map(({ count }) => count));
      // Two processors; a machine under emulation may lose some.
      const samples = sum(stacks.map(({ count }) => count));
      expect(samples).toBeGreaterThan(99 * 2 * result.seconds * 0.5);
      expect(samples).toBeLessThan(99 * 2 * result.allSeconds * 1.1);
      expect(stacks.some(({ stack }) => stack.includes('do_idle'))).toBe(true);
      expect(stacks.some(({ stack }) => stack.includes('do_syscall_64'))).toBe(true);
      // The kernel is entered by these; a sample in user space has no frames.
      expect(stacks.filter(({ stack }) => !/^(|entry_SYSCALL_64_after_hwframe|asm_\w+|ret_from_fork(_asm)?|secondary_startup_64_no_verify|common_startup_64)$/.test(stack.at(-1) ?? ''))).toEqual([]);
    },
  },
  {
    command: "-e 't:syscalls:sys_enter_openat /comm == \"cat\"/ { printf(\"opening: %s\\n\", str(args->filename)); }'",
    attaches: 1,
    seconds: 1,
    during: `mkdir -p ${long.replace(/\/file$/, '')}; echo text > ${long}; cat ${long} > /tmp/copy`,
    expect: ({ stdout }) => {
      const { lines, entries } = printed(stdout);
      expect(lines[0]).toBe('opening: /etc/ld.so.cache');
      expect(lines.filter((line) => !/^opening: \/[\w./+-]+$/.test(line))).toEqual([]);
      expect(lines.at(-1)).toBe(`opening: ${long}`);
      expect(entries).toEqual([]);
    },
  },
];

/** Sending on a stream socket, by write(2) or writev(2). */
const sendingStack = /^tcp_sendmsg ((__)?sock_sendmsg )?sock_write_iter (vfs_write ksys_write|do_iter_readv_writev (do_iter_write )?vfs_writev do_writev) do_syscall_64 entry_SYSCALL_64_after_hwframe$/;

type Part = (sent: Sent) => number;
const small: Part = (sent) => sent.small;
const large: Part = (sent) => sent.large;
const both: Part = (sent) => sent.small + sent.large;

/** All that was surely sent while the probes were there, and nothing that was not sent. */
function expectWithin(count: number, part: Part, { certain, possible }: SessionResult): void {
  expect(part(certain)).toBeGreaterThan(0);
  expect(count).toBeGreaterThanOrEqual(part(certain));
  expect(count).toBeLessThanOrEqual(part(possible));
}

function expectSizes(buckets: ReadonlyMap<string, number> | undefined, result: SessionResult): void {
  const [first = 0, ...between] = buckets?.values() ?? [];
  const last = between.pop() ?? 0;
  expect([...(buckets?.keys() ?? [])]).toEqual(powers(5, 14));
  expect(between).toEqual(between.map(() => 0));
  expectWithin(first, small, result);
  expectWithin(last, large, result);
}

/** Between the start and the end of one call at the most. */
function expectLeft(entries: readonly Entry[], maps: readonly string[], { load }: SessionResult): void {
  const left = shape(entries);
  if (left.length > 0) expect(left).toEqual(maps.map((map) => `${map}[${load.pid}]`));
}

function shape(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ map, key }) => `@${map}${key === undefined ? '' : `[${key}]`}`);
}

/** How many messages of each size a line of statistics counts; there is one answer. */
function messages(line: string): Sent {
  const [, count, average, total] = (/^@size: \{ \.count = ([0-9]+), \.average = ([0-9]+), \.total = ([0-9]+) \}$/.exec(line) ?? []).map(Number);
  if (count === undefined || average === undefined || total === undefined) throw new Error(`no statistics: '${line}'`);
  const large = (total - 63 * count) / (10_000 - 63);
  expect(average).toBe(count === 0 ? 0 : Math.trunc(total / count));
  expect(Number.isInteger(large) && large >= 0 && large <= count, line).toBe(true);
  return { small: count - large, large };
}

interface OffWake {
  readonly comm: string;
  readonly blocked: readonly string[];
  readonly waker: readonly string[];
  readonly count: number;
  readonly labels: readonly string[];
}

function offWake({ map, key = '', buckets }: Entry): OffWake {
  const [, comm, blocked, waker] = /^(.*), \n((?: .*\n)*), \n((?: .*\n)*)$/.exec(key) ?? [];
  if (map !== 'us' || comm === undefined || blocked === undefined || waker === undefined) throw new Error(`@${map}[${key}]`);
  return { comm, blocked: frames(blocked), waker: frames(waker), count: sum(buckets.values()), labels: [...buckets.keys()] };
}
