// From attach points to programs: names, groups that share one, what each attaches to; parameters, settings, dumps.
import { describe, expect, test } from 'vitest';
import type { AttachSpec, Spec } from '../../../src/bpf/spec.ts';
import type { CompileInput } from '../../../src/compile/input.ts';
import { compileSmall, said } from './kernel.ts';

function specOf(script: string, given: Partial<CompileInput> = {}): Spec {
  const { spec } = compileSmall(script, given);
  if (spec === undefined) throw new Error(said(script, given));
  return spec;
}

function attachText(attach: AttachSpec): string {
  if (attach.kind === 'kprobe') return `${attach.functions.map((each) => each.name).join(' ')}${attach.offset === 0 ? '' : `+${attach.offset}`}${attach.returns ? ' return' : ''}`;
  const { kind, ...rest } = attach;
  return [kind, ...Object.values(rest).map((each) => (typeof each === 'object' ? each.name : String(each)))].join(' ');
}

/** script → its programs: name, title, kind of program, what it attaches to. */
const programs: readonly (readonly [script: string, ...programs: string[]])[] = [
  ['BEGIN { 1 } END { 1 } self:signal:SIGUSR1 { 1 }', 'begin | begin | raw_tracepoint | begin', 'end | end | raw_tracepoint | end', 's_signal_SIGUSR | self:signal:SIGUSR1 | raw_tracepoint | signal SIGUSR1'],
  ['k:tcp_sendmsg+4 { 1 } KR:vmlinux:tcp_close { 1 }', 'k_tcp_sendmsg_4 | kprobe:tcp_sendmsg+4 | kprobe | tcp_sendmsg+4', 'k_vmlinux_tcp_c | kretprobe:vmlinux:tcp_close | kprobe | tcp_close return'],
  ['kprobe:tcp_sendmsg, kprobe:tcp_close { 1 }', 'k_tcp_sendmsg | kprobe:tcp_sendmsg | kprobe | tcp_sendmsg', 'k_tcp_close | kprobe:tcp_close | kprobe | tcp_close'],
  ['kprobe:tcp_* { @[func] = count(); }', 'k_tcp | kprobe:tcp_* | kprobe | tcp_sendmsg tcp_recvmsg tcp_close tcp_init'],
  ['kprobe:tcp_* { @[probe] = count(); }', 'k_tcp_sendmsg | kprobe:tcp_sendmsg | kprobe | tcp_sendmsg', 'k_tcp_recvmsg | kprobe:tcp_recvmsg | kprobe | tcp_recvmsg', 'k_tcp_close | kprobe:tcp_close | kprobe | tcp_close', 'k_tcp_init | kprobe:tcp_init | kprobe | tcp_init'],
  ['kprobe:tcp_* { @ = args.sk->family; }', 'k_tcp | kprobe:tcp_* | kprobe | tcp_sendmsg tcp_recvmsg tcp_close'],
  ['kretprobe:tcp_* { @[retval] = count(); }', 'k_tcp | kretprobe:tcp_* | kprobe | tcp_sendmsg tcp_recvmsg return', 'k_tcp_close | kretprobe:tcp_close | kprobe | tcp_close return', 'k_tcp_init | kretprobe:tcp_init | kprobe | tcp_init return'],
  ['fentry:tcp_s* { 1 } f:tcp_close { 1 } fr:tcp_close { 1 }', 'f_vmlinux_tcp_s | fentry:vmlinux:tcp_sendmsg | tracing | fentry tcp_sendmsg', 'f_vmlinux_tcp_c | fentry:vmlinux:tcp_close | tracing | fentry tcp_close', 'f_vmlinux_tcp_1 | fexit:vmlinux:tcp_close | tracing | fexit tcp_close'],
  ['t:sched:sched_switch { 1 } t:sys*:* { 1 }', 't_sched_sched_s | tracepoint:sched:sched_switch | tracepoint | tracepoint sched sched_switch', 't_syscalls_sys_ | tracepoint:syscalls:sys_enter_openat | tracepoint | tracepoint syscalls sys_enter_openat'],
  ['rt:sched_switch { 1 }', 'r_sched_sched_s | rawtracepoint:sched:sched_switch | tracing | rawtracepoint sched_switch sched'],
  ['p:hz:99 { 1 } i:s:5 { 1 } interval:10ms { 1 }', 'p_hz_99 | profile:hz:99 | perf_event | timer true 99', 'i_s_5 | interval:s:5 | perf_event | timer false 5000000000', 'i_ms_10 | interval:ms:10 | perf_event | timer false 10000000'],
  ['software:faults:10 { 1 } h:cycles: { 1 }', 's_faults_10 | software:faults:10 | perf_event | event software 2 10', 'h_cycles_100000 | hardware:cycles:1000000 | perf_event | event hardware 0 1000000'],
  ['u:/bin/sh:main { 1 } ur:/bin/sh:main { 1 }', 'u__bin_sh_main | uprobe:/bin/sh:main | kprobe | uprobe false /bin/sh main 0', 'u__bin_sh_mai_1 | uretprobe:/bin/sh:main | kprobe | uprobe true /bin/sh main 0'],
];

describe('programs', () => {
  test.each(programs.map(([script, ...expected]) => ({ script, expected })))('$script', ({ script, expected }) => {
    const { programs: made } = specOf(script);
    expect(made.map(({ name, title, type, attach }) => `${name} | ${title} | ${type} | ${attachText(attach)}`)).toEqual(expected);
    expect(made.every(({ name }) => name.length <= 15)).toBe(true);
    expect(specOf(script, {}).programs.length).toBe(compileSmall(script, {}, 'arm64').spec?.programs.length);
  });
});

describe('positional parameters', () => {
  const given = { positional: ['123', 'text', '0x10'] };
  test('numbers, text, missing ones, how many there are', () => {
    const { events } = specOf('BEGIN { printf("%d %s %d %d %d %s", $1, str($2), $3, $4, $#, str($9)); }', given);
    expect(events.map((event) => ('payload' in event ? event.payload.kind : ''))).toEqual(['tuple']);
  });
  test('text is no number', () => {
    expect(said('BEGIN { printf("%d", $2); }', given)).toContain('ERROR: ');
  });
  test('in attach points', () => {
    expect(specOf('interval:s:$1 { 1 }', given).programs[0]?.title).toBe('interval:s:123');
  });
});

describe('settings', () => {
  test('of the script, and over them those from outside', () => {
    const script = 'config = { max_map_keys = 10; BPFTRACE_MAX_STRLEN = 100; print_maps_on_exit = false; license = "Dual BSD/GPL" } BEGIN { @x[1] = str(1); }';
    const { maps, config, license } = specOf(script, { config: { maxStringLength: 50 } });
    expect([maps[0]?.maxEntries, maps[0]?.valueSize, config.printMapsOnExit, license]).toEqual([10, 56, false, 'Dual BSD/GPL']);
  });
  test('maps as they are declared', () => {
    const { maps } = specOf('let @m = lruhash(7); let @c = percpulruhash(8); BEGIN { @m[1] = 2; @c[1] = count(); }');
    expect(maps.slice(0, 2).map(({ name, type, maxEntries }) => [name, type, maxEntries])).toEqual([['at_m', 'lru_hash', 7], ['at_c', 'lru_percpu_hash', 8]]);
  });
  test('maps whose names begin alike have names of their own', () => {
    const { maps } = specOf('BEGIN { @a_rather_long_name_one = 1; @a_rather_long_name_two = 2; }');
    expect(maps.slice(0, 2).map(({ name }) => name)).toEqual(['at_a_rather_lon', 'at_a_rather_l.2']);
  });
});

test('what each stage shows', () => {
  const { dump } = compileSmall('kprobe:tcp_sendmsg /pid > 1/ { $x = args.sk; @[$x->family] = count(); }');
  expect(dump('types')).toBe(`@[uint16]: count_t

kprobe:tcp_sendmsg
  $x: struct sock *
  / pid > 1 :: bool
      pid :: uint32
      1 :: uint64
  $x = args.sk;
    $x :: struct sock *
    args.sk :: struct sock *
      args :: args
  @[$x->family] = count();
    @[$x->family]
      $x->family :: uint16
        $x :: struct sock *
    count() :: count_t
`);
  expect(dump('ast').split('\n').slice(0, 2)).toEqual(['Program', ' probe']);
  expect(dump('ir').split('\n').slice(0, 2)).toEqual(['; kprobe:tcp_sendmsg', 'func k_tcp_sendmsg(ctx)']);
  expect(dump('asm').split('\n').slice(0, 3)).toEqual(['; kprobe:tcp_sendmsg', 'k_tcp_sendmsg:', '; 1: kprobe:tcp_sendmsg /pid > 1/ { $x = args.sk; @[$x->family] = count(); }']);
});

test('more memory than a CPU has for a program', () => {
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJK'];
  const script = `BEGIN { ${letters.map((name) => `$${name} = str(arg);`).join(' ')} print((${letters.map((name) => `$${name}`).join(', ')})); }`.replaceAll('arg', 'nsecs');
  expect(said(script)).toMatch(/^stdin:1:1-6: ERROR: begin needs \d+ bytes for its strings and structs, 32768 is the most\n/);
});

test('a script with errors has no Spec, and its tree can still be shown', () => {
  const { spec, dump } = compileSmall('BEGIN { fake }');
  expect(spec).toBeUndefined();
  expect(dump('ast')).toContain('fake');
});
