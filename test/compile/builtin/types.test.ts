// The type that each builtin has where it may stand.
import { describe, expect, test } from 'vitest';
import { analysed, typeIn } from './analysed.ts';

describe('builtins have the types that bpftrace gives them', () => {
  test.each([
    ['begin', 'pid', 'uint32'],
    ['begin', 'pid(init)', 'uint32'],
    ['begin', 'tid', 'uint32'],
    ['begin', 'uid', 'uint64'],
    ['begin', 'gid', 'uint64'],
    ['begin', 'comm', 'string[16]'],
    ['begin', 'username', 'username_t'],
    ['begin', 'curtask', 'struct task_struct *'],
    ['begin', 'ppid', 'int32'],
    ['begin', 'pcomm', 'string[16]'],
    ['begin', 'ppid(curtask)', 'int32'],
    ['begin', 'leader_tid', 'int32'],
    ['begin', 'leader_comm', 'string[16]'],
    ['begin', 'cpu', 'uint64'],
    ['begin', 'numaid', 'uint64'],
    ['begin', 'ncpus', 'uint64'],
    ['begin', 'rand', 'uint64'],
    ['begin', 'cgroup', 'uint64'],
    ['begin', 'jiffies', 'uint64'],
    ['begin', 'cpid', 'uint64'],
    ['begin', 'has_cpid', 'bool'],
    ['begin', 'nsecs', 'uint64'],
    ['begin', 'nsecs(tai)', 'uint64'],
    ['begin', 'elapsed', 'uint64'],
    ['begin', 'kstack', 'kstack_bpftrace_127'],
    ['begin', 'kstack(3)', 'kstack_bpftrace_3'],
    ['begin', 'kstack(perf)', 'kstack_perf_127'],
    ['begin', 'kstack(raw, 2)', 'kstack_raw_2'],
    ['begin', 'ustack(build_id, 5)', 'ustack_build_id_5'],
    ['begin', 'kstack(500)', 'kstack_bpftrace_127'],
    ['kprobe:tcp_sendmsg', 'func', 'ksym_t'],
    ['begin', 'probe', 'string[6]'],
    ['kprobe:tcp_sendmsg', 'probe', 'string[19]'],
    ['begin', 'probetype', 'string[8]'],
    ['kprobe:tcp_sendmsg', 'probetype', 'string[7]'],
    ['kprobe:tcp_sendmsg', 'arg0', 'uint64'],
    ['rawtracepoint:sched_switch', 'arg11', 'uint64'],
    ['kprobe:tcp_sendmsg', 'args.sk', 'struct sock *'],
    ['kretprobe:tcp_sendmsg', 'retval', 'int32'],
    ['kretprobe:vfs_read', 'retval', 'int64'],
    ['kretprobe:get_task', 'retval', 'int64'],
    ['kretprobe:is_dead', 'retval', 'bool'],
    ['kretprobe:vfs_*', 'retval', 'int64'],
    ['fexit:get_task', 'retval', 'struct task_struct *'],
    ['kprobe:tcp_sendmsg', 'ctx', 'struct pt_regs *'],
    ['profile:hz:99', 'ctx', 'struct bpf_perf_event_data *'],
    ['kprobe:tcp_sendmsg', 'reg("ip")', 'uint64'],
    ['profile:hz:99', 'usermode', 'uint8'],
    ['kprobe:tcp_sendmsg', 'str(arg0)', 'string[1024]'],
    ['kprobe:tcp_sendmsg', 'str(arg0, 3)', 'string[4]'],
    ['kprobe:tcp_sendmsg', 'str(arg0, arg1)', 'string[1024]'],
    ['begin', 'str("abc")', 'string[4]'],
    ['begin', 'str("abcdef", 2)', 'string[3]'],
    ['begin', 'str(comm)', 'string[16]'],
    ['begin', 'buf(comm, 4)', 'buffer[4]'],
    ['kprobe:tcp_sendmsg', 'buf(args.sk->addr4)', 'buffer[4]'],
    ['begin', 'strlen(comm)', 'uint64'],
    ['begin', 'strncmp(comm, "a", 1)', 'uint64'],
    ['begin', 'strcontains(comm, "a")', 'bool'],
    ['begin', 'strstr(comm, "a")', 'int64'],
    ['begin', 'strerror(1)', 'string[64]'],
    ['begin', 'signal_name(9)', 'string[64]'],
    ['begin', 'syscall_name(0)', 'string[64]'],
    ['begin', 'default_str_length', 'int64'],
    ['begin', 'ksym(0)', 'ksym_t'],
    ['begin', 'usym(0)', 'usym_t'],
    ['begin', 'kaddr("jiffies")', 'uint64'],
    ['begin', 'kptr(curtask)', 'struct task_struct *'],
    ['begin', 'uptr(1)', 'void *'],
    ['begin', 'bswap((uint16)1)', 'uint16'],
    ['begin', 'bswap((int32)1)', 'uint32'],
    ['begin', 'bswap((int8)1)', 'uint8'],
    ['begin', 'ntop(1)', 'inet'],
    ['begin', 'ntop(AF_INET, 1)', 'inet'],
    ['kprobe:tcp_sendmsg', 'ntop(args.sk->addr6)', 'inet'],
    ['kprobe:tcp_sendmsg', 'macaddr(args.sk->mac)', 'mac_address'],
    ['begin', 'strftime("%H", nsecs)', 'timestamp'],
    ['begin', 'cgroupid("/sys/fs/cgroup")', 'uint64'],
    ['begin', 'cgroup_path(cgroup)', 'cgroup_path_t'],
  ])('%s { %s } is %s', (probe, expression, type) => {
    expect(typeIn(probe, expression)).toBe(type);
  });

  test('a positional parameter is text inside of str()', () => {
    expect(typeIn('begin', 'str($1)', { positional: ['123'] })).toBe('string[4]');
    expect(typeIn('begin', 'str($1)', { positional: ['é'] })).toBe('string[3]');
  });

  test.each([
    ['@m[1] = 1; $x = len(@m)', 'int64'],
    ['@m[1] = 1; $x = has_key(@m, 1)', 'bool'],
    ['@m[1] = 1; $x = delete(@m, 1)', 'bool'],
    ['@m[1] = 1; $x = delete(@m[1])', 'bool'],
    ['@m = 1; $x = delete(@m)', 'bool'],
    ['@m[1, "a"] = 1; $x = delete(@m, (1, "a"))', 'bool'],
  ])('of maps: %s', (body) => {
    expect(analysed(`begin { ${body}; }`).lines).toEqual([]);
  });

  test.each([
    ['@ = count()', { kind: 'count' }],
    ['@ = sum(pid)', { kind: 'sum', signed: false }],
    ['@ = sum((int64)pid)', { kind: 'sum', signed: true }],
    ['@ = avg((int32)-1)', { kind: 'avg', signed: true }],
    ['@ = stats(pid)', { kind: 'stats', signed: false }],
    ['@ = min(pid)', { kind: 'min', signed: false }],
    ['@ = max((int8)1)', { kind: 'max', signed: true }],
    ['@ = hist(pid)', { kind: 'hist', bits: 0 }],
    ['@ = hist(pid, 5)', { kind: 'hist', bits: 5 }],
    ['@ = lhist(pid, 0, 100, 10)', { kind: 'lhist', min: 0, max: 100, step: 10 }],
    ['@a = count(); @ = hist(@a)', { kind: 'hist', bits: 0 }],
  ])('%s', (body, shape) => {
    const { analysis, lines } = analysed(`begin { ${body}; }`);
    expect(lines).toEqual([]);
    expect(analysis.maps.all.find((map) => map.name === '@')?.value).toMatchObject({ kind: 'aggregate', shape });
  });
});
