// Every builtin that a BEGIN probe can have, run by this kernel; the others go through its verifier.
import { describe, expect, test } from 'vitest';
import { load, outputOf, specOf } from '../../help/compiled.ts';
import { noKernel } from '../../help/kernelbpf.ts';
import { runningBtf } from '../../help/kernels.ts';
import { canReadEvents, runningKernel } from '../../help/runningkernel.ts';
import { scratchFolder } from '../../help/scratch.ts';

const possible = noKernel === undefined && runningBtf() !== undefined && canReadEvents();

/** Body of a BEGIN probe, and what it prints. Texts are those of bpftrace 0.27 where it can print the same. */
const bodies: readonly (readonly [name: string, rows: readonly (readonly [body: string, output: string])[]])[] = [
  ['who runs', [
    ['print(pid == curtask->tgid); print(tid == curtask->pid); print(pid(init) == pid);', 'true\ntrue\ntrue\n'],
    ['print(uid); print(gid); print(username);', '0\n0\nroot\n'],
    ['print(comm); printf("%s|%-8s|\\n", comm, comm); print(comm == "btfly");', 'btfly\nbtfly|btfly   |\ntrue\n'],
    ['print(ppid == curtask->real_parent->tgid); print(pcomm == curtask->real_parent->comm); print(ppid(curtask) == ppid);', 'true\ntrue\ntrue\n'],
    ['print(leader_tid == pid); print(leader_comm);', 'true\nbtfly\n'],
    ['$c = comm; @[comm] = comm; print(@["btfly"]); print($c); clear(@);', 'btfly\nbtfly\n'],
  ]],
  ['the machine', [
    ['print(cpu < ncpus); print(numaid); print(has_cpid); print(cpid);', 'true\n0\nfalse\n0\n'],
    ['print(rand != rand || rand != rand); print(jiffies > 0); print(cgroup > 0);', 'true\ntrue\ntrue\n'],
    ['print(nsecs > 0); print(nsecs(monotonic) <= nsecs(boot)); print(nsecs(tai) > nsecs(boot)); print(nsecs(sw_tai) > nsecs);', 'true\ntrue\ntrue\ntrue\n'],
    ['print(elapsed < 60s); $a = elapsed; $b = elapsed; print($b >= $a);', 'true\ntrue\n'],
  ]],
  ['names of the probe', [
    ['print(probe); print(probetype); printf("%s %s\\n", probe, probetype); print(probe == "begin");', 'begin\nspecial\nbegin special\ntrue\n'],
  ]],
  ['stacks', [
    ['print(len(kstack) > 2); print(len(kstack(2))); print(len(kstack(0))); print(len(kstack(500)) == len(kstack));', 'true\n2\n0\ntrue\n'],
    ['@[kstack(3)] = count(); @[kstack(3)] = count(); print(len(@)); clear(@);', '1\n'],
    ['$a = kstack(3); @x = $a; @y[$a] = 1; print(has_key(@y, @x)); clear(@x); clear(@y);', 'true\n'],
    ['print(len(ustack(2)) <= 2); print(len(ustack(build_id, 2)) <= 2); print(len(kstack(raw, 1))); print(len(kstack(perf)) > 1);', 'true\ntrue\n1\ntrue\n'],
    ['print(kstack(0));', '\n\n'],
  ]],
  ['aggregations', [
    ['@ = count(); @ = count(); print(@);', '@: 2\n'],
    ['@ = sum(5); @ = sum(-7); print(@);', '@: -2\n'],
    ['@ = sum((uint32)4294967295); @ = sum((uint32)1); print(@);', '@: 4294967296\n'],
    ['@ = avg(-3); @ = avg(-4); print(@);', '@: -3\n'],
    ['@ = stats(1); @ = stats(3); print(@);', '@: { .count = 2, .average = 2, .total = 4 }\n'],
    ['@ = min(5); @ = min(-3); @ = min(4); print(@);', '@: -3\n'],
    ['@ = max(5); @ = max(-3); @ = max(4); print(@);', '@: 5\n'],
    ['@ = max(-3); @ = max(-4); print(@);', '@: -3\n'],
    ['@ = min((uint64)-1); @ = min((uint64)7); print(@);', '@: 7\n'],
    ['@ = max((uint64)7); @ = max((uint64)-1); print(@);', '@: 18446744073709551615\n'],
    ['@["a"] = count(); @["b"] = count(); @["a"] = count(); print(@);', '@[b]: 1\n@[a]: 2\n\n'],
    ['@[1] = avg(10); @[1] = avg(20); print(@[1]); print((@[1], 2)); clear(@);', '15\n(15, 2)\n'],
    ['@[1] = stats(3); print(@[1]); clear(@);', '{ .count = 1, .average = 3, .total = 3 }\n'],
    ['@ = hist(0); @ = hist(1); @ = hist(5); @ = hist(-1); print(@);', `@:
(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[0]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[1]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[2, 4)                 0 |                                                    |
[4, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

`],
    ['@["x"] = hist(9, 2); @["x"] = hist(10, 2); print(@);', `@[x]:
[8, 10)                1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[10, 12)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

`],
    ['@ = hist((uint64)-1); print(@);', `@:
(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

`],
    ['@ = lhist(10, 0, 10, 3); @ = lhist(11, 0, 10, 3); @ = lhist(9, 0, 10, 3); @ = lhist(-1, 0, 10, 3); print(@);', `@:
(..., 0)               1 |@@@@@@@@@@@@@@@@@                                   |
[0, 3)                 0 |                                                    |
[3, 6)                 0 |                                                    |
[6, 9)                 0 |                                                    |
[9, ...)               3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

`],
  ]],
  ['elements of maps', [
    ['@[1] = 1; @[2] = 2; print(delete(@, 1)); print(delete(@, 1)); print(has_key(@, 2)); print(has_key(@, 1)); print(len(@)); clear(@);', 'true\nfalse\ntrue\nfalse\n1\n'],
    ['@[1, "a"] = 1; print(has_key(@, (1, "a"))); print(has_key(@, (1, "b"))); print(delete(@[1, "a"])); print(len(@));', 'true\nfalse\ntrue\n0\n'],
    ['@["long key"] = 1; $k = "long key"; print(has_key(@, $k)); print(delete(@, $k)); print(len(@));', 'true\ntrue\n0\n'],
    ['@[1] = hist(3); @[1] = hist(30); @[2] = hist(3); print(delete(@, 1)); print(delete(@, 1)); print(has_key(@, 1)); print(has_key(@, 2)); clear(@);', 'true\nfalse\nfalse\ntrue\n'],
    ['@[1] = lhist(3, 0, 1000, 1); print(has_key(@, 1)); print(delete(@[1])); print(has_key(@, 1));', 'true\ntrue\nfalse\n'],
    ['@ = 5; print(delete(@)); print(@); @s = "abc"; $x = delete(@s); print(@s == "");', 'true\n@: 0\ntrue\n'],
    ['@ = count(); $x = delete(@); print($x); print(@);', 'true\n@: 0\n'],
    ['@[1] = count(); clear(@); print(@); print("end");', 'end\n'],
    ['@[1] = 5; zero(@); print(@); clear(@);', '@[1]: 0\n\n'],
  ]],
  ['printing', [
    ['printf("%d %5d|%-5d|%s %c %x %p\\n", 1, 2, 3, "abc", 65, 255, 16);', '1     2|3    |abc A ff 0x10\n'],
    ['printf("%05d %#x %+d %lld %hhd\\n", 3, 255, 3, 0xffffffffff, 300);', '00003 0xff +3 1099511627775 44\n'],
    ['printf("%d%% %s %s %s\\n", 50, true, (1, "x"), comm);', '50% true (1, x) btfly\n'],
    ['printf("%r|%rx|%rh|%10r|\\n", buf("abc\\x01", 4), buf("abc", 3), buf("abc", 3), buf("ab", 2));', 'abc\\x01|\\x61\\x62\\x63|61 62 63|        ab|\n'],
    ['print(1); print("a"); print((1, (2, "b"))); print((int8)-1);', '1\na\n(1, (2, b))\n-1\n'],
    ['@[1] = 10; @[2] = 20; @[3] = 30; print(@, 2); print(@, 2, 10); clear(@);', '@[2]: 20\n@[3]: 30\n@[2]: 2\n@[3]: 3\n'],
    ['cat("/proc/%s/%s", "self", "comm"); time("at\\n"); join(0);', 'btfly\nat\n\n'],
    ['printf("%s\\n", strftime("year", nsecs(tai)));', 'year\n'],
  ]],
  ['strings', [
    ['print(str("abcdef", 3)); print(str(comm)); print(str(comm, 2)); $n = 3; print(str(comm, $n)); print(str(0));', 'abc\nbtfly\nb\nbt\n\n'],
    ['@[str("ab")] = 1; print(has_key(@, "ab")); @[str(comm, 3)] = 2; print(@["bt"]); clear(@);', 'true\n2\n'],
    ['$p = (int8 *)((uint64)curtask + offsetof(struct task_struct, comm)); print(sizeof(str($p))); print(sizeof(str($p, 3)));', '1024\n4\n'],
    ['$p = (int8 *)((uint64)curtask + offsetof(struct task_struct, comm)); print(str($p)); print(str($p, 3)); $n = 2; print(str($p, $n)); print(strlen(str($p))); print(strlen($p)); print(buf($p, 4)); print(macaddr($p));', 'btfly\nbt\nb\n5\n5\nbtfl\n62:74:66:6C:79:00\n'],
    ['print(strlen("abc")); print(strlen("")); print(strlen(comm)); $c = comm; print(strlen($c)); print(strlen(str(0)));', '3\n0\n5\n5\n0\n'],
    ['print(strncmp(comm, comm, 4)); print(strncmp(comm, "btf", 3)); print(strncmp("btfx", comm, 4)); print(strncmp("btfx", comm, 3));', '0\n0\n1\n0\n'],
    ['print(strncmp(comm, "btfly", 16)); print(strncmp(comm, "btflyy", 16)); print(strncmp(comm, "btfl", 16)); print(strncmp(comm, "x", 0)); print(strncmp("a", "b", 1));', '0\n1\n1\n0\n1\n'],
    ['$a = str(comm); print(strncmp($a, comm, 16)); print(strncmp(comm, pcomm, 16)); print(strncmp(comm, "01234567890123456789", 18));', '0\n1\n1\n'],
    ['print(strstr(comm, "fly")); print(strstr(comm, comm)); print(strstr(comm, "x")); print(strstr(comm, "")); print(strstr("hello world", "o w"));', '2\n0\n-1\n0\n4\n'],
    ['$n = str(comm, 2); print(strstr("a btfly", $n)); print(strcontains("aaab", "aab")); print(strcontains("abc", "abcd")); $e = str(0, 4); print(strstr(comm, $e));', '2\ntrue\nfalse\n0\n'],
    ['print(buf("abcdef", 3)); print(buf(comm, 3)); $n = 2; print(buf(comm, $n)); @[buf("ok", 2)] = 1; print(@); clear(@);', 'abc\nbtf\nbt\n@[ok]: 1\n\n'],
    ['print(strerror(2)); print(strerror(-2)); print(strerror(4000)); print(strerror(2) == "No such file or directory");', 'No such file or directory\nNo such file or directory\nUnknown error\ntrue\n'],
    ['print(signal_name(9)); print(signal_name(500)); print(signal_name(-1)); print(syscall_name(0)); print(syscall_name(9999)); print(syscall_name(-1));', 'Killed\nN/A\nN/A\nread\nUnknown syscall\nUnknown syscall\n'],
    ['@[syscall_name(1)] = count(); print(@); clear(@); print(default_str_length);', '@[write]: 1\n1024\n'],
  ]],
  ['addresses', [
    ['print(ntop(1)); print(ntop(0x0100007f)); print(ntop(AF_INET, 0x0100007f)); printf("%-12s|\\n", ntop(1));', '1.0.0.0\n127.0.0.1\n127.0.0.1\n1.0.0.0     |\n'],
    ['@[ntop(1), 2] = 1; print(@); clear(@); @x = ntop(2); print(@x); clear(@x);', '@[1.0.0.0, 2]: 1\n@x: 2.0.0.0\n'],
    ['print(macaddr(comm)); @[macaddr(comm)] = 1; print(@); clear(@);', '62:74:66:6C:79:00\n@[62:74:66:6C:79:00]: 1\n\n'],
    ['print(ksym(0)); print(ksym(kaddr("__x64_sys_bpf"))); @[ksym(kaddr("__x64_sys_bpf"))] = 1; print(@); clear(@); print(usym(1));', '0\n__x64_sys_bpf\n@[__x64_sys_bpf]: 1\n0x1\n'],
    ['print(*kaddr("__x64_sys_bpf") == *(uint64 *)kaddr("__x64_sys_bpf")); print(kaddr("__x64_sys_bpf") > 0);', 'true\ntrue\n'],
    ['print(bswap((uint32)0x11223344)); printf("%llx %x %x\\n", bswap(0x1122334455667788), bswap((uint16)0x1234), bswap((uint8)0x12)); $x = (int16)-2; printf("%x\\n", bswap($x));', '1144201745\n8877665544332211 3412 12\nfeff\n'],
    ['print(kptr(curtask)->pid == tid); print(str(uptr(1)));', 'true\n\n'],
  ]],
];

/** Scripts for probes that must not fire here, and how many programs they are (-1: some); the verifier judges them, for both machines they compile. */
const loaded: readonly (readonly [script: string, programs: number])[] = [
  ['kprobe:tcp_sendmsg { @ = count(); }', 1],
  ['kprobe:tcp_sendmsg { @size = hist(arg2); }', 1],
  ['kprobe:tcp_sendmsg { @size[pid, comm] = hist(arg2); @l[comm] = lhist(arg2, 0, 1000, 100); }', 1],
  ['kprobe:tcp_sendmsg { @ = stats(arg2); @a[tid] = avg(arg2); @b[tid] = min(arg2); @c[tid] = max(arg2); @d = sum(arg2); }', 1],
  ['kprobe:tcp_sendmsg { @[kstack] = count(); }', 1],
  ['kprobe:tcp_sendmsg { @[kstack(3)] = count(); @u[ustack, kstack] = count(); }', 1],
  ['profile:hz:99 { @[kstack] = count(); @u[ustack(build_id, 5)] = count(); @m[usermode] = count(); }', 1],
  ['interval:s:1 { @[kstack(5)] = count(); print(ctx->sample_period); time(); }', 1],
  ['kprobe:tcp_sendmsg { printf("%s %s %d %d\\n", func, probe, arg0, reg("pc")); print(ctx->ip); @[func] = count(); print(usermode); }', 1],
  ['kprobe:tcp_sendmsg,kprobe:tcp_recvmsg { @[func] = count(); @p[probe] = count(); }', 2],
  ['kprobe:tcp_*msg { @[func] = count(); }', 1],
  ['kretprobe:tcp_sendmsg { @retvals[retval > 0 ? 0 : retval] = count(); @r = hist(retval); }', 1],
  ['kretprobe:vfs_* { @[func, retval] = count(); }', -1],
  ['kretprobe:vfs_read { @ = hist(retval); if (retval < 0) { @e[strerror(retval)] = count(); } }', 1],
  ['kprobe:do_nanosleep { printf("%s\\n", str(arg0)); @[str(arg0, 16)] = count(); @b[buf(arg0, 32)] = count(); $l = arg1; print(str(arg0, $l)); print(buf(arg0, $l)); }', 1],
  ['tracepoint:syscalls:sys_enter_openat { printf("%s\\n", str(args.filename)); @[str(args.filename)] = count(); if (strcontains(str(args.filename), "etc")) { @n[strlen(str(args.filename))] = count(); } }', 1],
  ['tracepoint:syscalls:sys_enter_openat { $f = str(args.filename); if (strncmp($f, "/proc", 5) == 0) { @[$f, strstr($f, comm)] = count(); } }', 1],
  ['tracepoint:syscalls:sys_enter_execve { join(args.argv); join(args.argv, ","); }', 1],
  ['tracepoint:syscalls:sys_exit_read { @[syscall_name(args.__syscall_nr)] = count(); print((strerror(args.ret), signal_name(args.ret))); }', 1],
  // Programs of the type `tracing` are not accepted here, only on the virtual machines.
  ['rawtracepoint:sched_switch { @[arg0, arg1] = count(); @c[args.next->comm] = count(); }', 0],
  ['fexit:tcp_sendmsg { @[retval, func] = count(); @s[kstack(3)] = count(); @e[strerror(retval)] = count(); }', 0],
  ['kprobe:tcp_sendmsg { $sk = args.sk; print(ntop($sk->__sk_common.skc_daddr)); print(ntop($sk->__sk_common.skc_family, $sk->__sk_common.skc_rcv_saddr)); @[ntop($sk->__sk_common.skc_v6_daddr.in6_u.u6_addr8)] = count(); }', 1],
  ['kprobe:ip_rcv { $d = ((struct sk_buff *)arg0)->dev; @[macaddr($d->perm_addr), macaddr($d->dev_addr)] = count(); }', 1],
  ['kprobe:do_nanosleep { @x[tid] = nsecs; delete(@x[tid]); @h[comm] = hist(nsecs); $r = delete(@h, comm); if (has_key(@h, comm)) { clear(@h); } exit(len(@h)); }', 1],
  ['kprobe:do_nanosleep { system("id %d", pid); signal("KILL"); signal_thread(9); signal(tid); errorf("%d\\n", 1); warnf("%s\\n", comm); cat("/proc/%d/stat", pid); }', 1],
  ['kprobe:do_nanosleep { @[pcomm, leader_comm, ppid, leader_tid] = count(); @u[usym(arg0), ksym(arg1), username, cgroup_path(cgroup)] = count(); @t[strftime("%H", nsecs)] = count(); }', 1],
  ['software:page-faults:100 { @[ustack(3), comm] = count(); }', 1],
];

describe.skipIf(!possible)('builtins run by the kernel', () => {
  const folder = scratchFolder();
  const kernel = possible ? runningKernel(folder) : undefined;

  describe.each(bodies)('%s', (_name, rows) => {
    test.each(rows)('%s', async (body, output) => {
      if (kernel === undefined) throw new Error('no kernel');
      const script = `BEGIN { ${body} exit(); }`;
      const printed = await outputOf(kernel, folder, script);
      expect(printed.slice(0, output.length)).toBe(output);
      specOf(kernel, script, {}, 'arm64');
    });
  });

  test.each(loaded)('the verifier takes %s', async (script, programs) => {
    if (kernel === undefined) throw new Error('no kernel');
    const count = await load(specOf(kernel, script, { unsafe: true }));
    expect(programs < 0 ? Math.min(count, 1) : count).toBe(Math.abs(programs));
    specOf(kernel, script, { unsafe: true }, 'arm64');
  });
});
