// Probes whose programs this machine's verifier must take, and which must compile for arm64 too: what the article's commands and
// bpftrace's tools are made of.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { load, specOf } from '../help/compiled.ts';
import { noKernel } from '../help/kernelbpf.ts';
import { runningBtf } from '../help/kernels.ts';
import { canReadEvents, runningKernel } from '../help/runningkernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const possible = noKernel === undefined && runningBtf() !== undefined && canReadEvents();

const article = (name: string): string => readFileSync(join(import.meta.dirname, '../vm/article', name), 'utf8');

const scripts: readonly (readonly [name: string, scripts: readonly string[]])[] = [
  ['the article', [
    'k:tcp_sendmsg { @size = hist(arg2); } interval:s:10 { exit(); }',
    'kr:tcp_sendmsg { @retvals[retval > 0 ? 0 : retval] = count(); } interval:s:10 { exit(); }',
    'k:tcp_sendmsg /arg2 > 8192/ { printf("PID %d: %d bytes\\n", pid, arg2); }',
    'k:tcp_sendmsg { @size[pid, comm] = hist(arg2); }',
    'kr:tcp_sendmsg { @return[retval] = count(); }',
    'k:tcp_sendmsg { @size = stats(arg2); } interval:s:1 { print(@size); clear(@size); }',
    'k:tcp_sendmsg { @[kstack] = count(); }',
    'k:tcp_sendmsg { @[kstack(3)] = count(); }',
    'k:tcp_sendmsg { @ts[tid] = nsecs; } kr:tcp_sendmsg /@ts[tid]/ { @ns = hist(nsecs - @ts[tid]); delete(@ts[tid]); }',
    article('tcp_sendmsg.bt').replace('AF_INET', '2'),
    article('offwake.bt').replace('finish_task_switch', 'tcp_recvmsg'),
    't:timer:hrtimer_start { @[ksym(args->function)] = count(); }',
    'profile:hz:99 { @[kstack] = count(); }',
    't:syscalls:sys_enter_openat /comm == "cat"/ { printf("opening: %s\\n", str(args->filename)); }',
  ]],
  ['aggregations', [
    'k:tcp_sendmsg { @ = count(); }',
    'k:tcp_sendmsg { @[pid, comm] = count(); }',
    'k:tcp_sendmsg { @[comm] = sum(arg2); @a[comm] = avg(arg2); @b[comm] = min(arg2); @c[comm] = max(arg2); @d[comm] = stats(arg2); }',
    'k:tcp_sendmsg { @ = lhist(arg2, 0, 1000, 100); @h[pid] = lhist(arg2, 0, 10000, 1000); }',
    'k:tcp_sendmsg { @[curtask->real_parent->pid] = count(); }',
    'k:tcp_sendmsg { @a = count(); if (@a > 5) { @b = sum((int64)@a); } }',
    'k:tcp_sendmsg { @[kstack, comm, arg2] = hist(arg2, 3); }',
    'k:tcp_sendmsg { @s[tid] = kstack; @t[comm, @s[tid]] = count(); delete(@s[tid]); }',
  ]],
  ['arguments by name', [
    'kprobe:tcp_sendmsg { @[args.sk->__sk_common.skc_family] = count(); }',
    'kprobe:tcp_sendmsg { @[args->sk.__sk_common.skc_state, args.size] = count(); }',
    'kprobe:vfs_read { @[str(args.file->f_path.dentry->d_name.name)] = count(); }',
    'kprobe:tcp_* { @[func] = count(); }',
    'kprobe:tcp_s* { @[probe] = count(); }',
    'kprobe:tcp_send* { @[args.sk->__sk_common.skc_num] = count(); }',
    'kretprobe:vfs_read { @[retval < 0 ? retval : 0] = count(); }',
    'kretprobe:vfs_* { @[func, retval] = count(); }',
  ]],
  ['members', [
    'k:tcp_sendmsg { $sk = (struct sock *)arg0; printf("%d %d\\n", $sk->__sk_common.skc_dport, $sk->sk_rcvbuf); }',
    'k:tcp_sendmsg { $sk = (struct sock *)arg0; printf("%s\\n", ntop($sk->__sk_common.skc_v6_daddr.in6_u.u6_addr8)); }',
    'k:tcp_sendmsg { $sk = (struct sock *)arg0; @[$sk->sk_no_check_tx, $sk->sk_userlocks] = count(); }',
    'k:tcp_sendmsg { $t = (struct tcp_sock *)arg0; @[$t->inet_conn.icsk_inet.sk.__sk_common.skc_family] = count(); }',
    'k:tcp_sendmsg { $s = *(struct sock *)arg0; @[$s.__sk_common.skc_family] = count(); }',
    'k:tcp_sendmsg { @[curtask->comm, curtask->mm->exe_file->f_inode->i_ino] = count(); }',
    'k:tcp_sendmsg { $t = curtask; $p = $t->real_parent; @[$p->comm] = count(); @n[$p->cred->uid.val] = count(); }',
    'k:tcp_sendmsg { @[curtask->in_execve, curtask->policy, curtask->nsproxy->uts_ns->name.nodename] = count(); }',
    'k:tcp_sendmsg { $i = cpu & 3; @[curtask->signal->rlim[$i].rlim_cur] = count(); @b[curtask->signal->rlim[3].rlim_max] = count(); }',
    'k:tcp_sendmsg { $f = ((struct task_struct *)arg0)->files; @[$f->fdt->max_fds] = count(); }',
    'k:tcp_sendmsg { @[(uint64)curtask & 0xfff] = count(); }',
    'k:tcp_sendmsg { @[*(uint32 *)arg0, *(int8 *)(arg1 + 4)] = count(); }',
    'k:tcp_sendmsg { $a = (uint64 *)arg0; @[$a[1], *($a + 2)] = count(); $n = arg2; @m[$a[$n]] = count(); }',
    'k:tcp_sendmsg { $p = (struct sock *)arg0; if ($p != 0 && $p->sk_socket->file->f_flags & 4) { @ = count(); } }',
    'k:vfs_read { $f = (struct file *)arg0; printf("%s\\n", str($f->f_path.dentry->d_name.name)); }',
    'k:vfs_read { @file[tid] = (struct file *)arg0; } kr:vfs_read /@file[tid] != 0/ { @[@file[tid]->f_inode->i_ino] = count(); delete(@file[tid]); }',
    'k:vfs_read { print(*((struct file *)arg0)); } ',
    'k:vfs_read { $d = ((struct file *)arg0)->f_path.dentry->d_name; @[$d.len] = count(); }',
  ]],
  ['tracepoints', [
    't:sched:sched_switch { @[args.prev_comm, args.next_pid] = count(); }',
    't:sched:sched_switch /args.prev_state != 0/ { @[args->next_comm] = count(); }',
    't:sched:sched_wakeup,t:sched:sched_wakeup_new { @[args.comm] = count(); }',
    't:syscalls:sys_enter_execve { printf("%s ", str(args.filename)); join(args.argv); }',
    't:syscalls:sys_exit_read /args.ret > 0/ { @bytes[comm] = sum(args.ret); }',
    't:sched:sched_process_exec { printf("%s %d\\n", str(args.filename), args.pid); @[args.filename] = count(); }',
    't:syscalls:sys_enter_* { @[probe] = count(); }',
    't:irq:softirq_entry { @[args.vec] = count(); }',
    't:timer:hrtimer_start { @[args.mode] = count(); print(args.mode); }',
  ]],
  ['strings', [
    'k:tcp_sendmsg /comm == "curl"/ { @ = count(); }',
    'k:tcp_sendmsg { $c = comm; @last[$c] = nsecs; @name[pid] = $c; }',
    'k:tcp_sendmsg { @s[str(arg0)] = count(); }',
    'k:tcp_sendmsg { $s = str(arg0); if ($s == "x" || $s == comm) { printf("%s\\n", $s); } @t[1] = $s; @u[@t[1]] = count(); }',
    'k:tcp_sendmsg { $t = (comm, str(arg0, 20), pid); @[$t] = count(); print($t); }',
    'k:tcp_sendmsg { printf("%s %s\\n", arg0 ? "set" : "unset", comm == "x" ? comm : "other"); }',
    'k:tcp_sendmsg { @ = buf(arg0, 16); printf("%r\\n", buf(arg1, arg2)); }',
  ]],
  ['raw tracepoints and trampolines (not loaded here)', [
    'rawtracepoint:sched_switch { @[args.next->comm, args.prev->pid] = count(); }',
    'rt:sched_switch { @[arg0] = count(); }',
    'fentry:tcp_sendmsg { @[args.sk->__sk_common.skc_family, args.size] = count(); }',
    'fexit:tcp_sendmsg /retval > 0/ { @ = hist(retval); @m[args.msg->msg_flags] = count(); }',
    'fentry:vfs_read { @[args.file->f_path.dentry->d_name.len, args.file->f_inode->i_ino] = count(); }',
    'fentry:tcp_v4_conn* { @[probe] = count(); }',
  ]],
  ['timers and counters', [
    'interval:s:1 { print(nsecs); } profile:ms:100 { @c[cpu] = count(); } software:page-faults:10 { @ = count(); } hardware:cycles:1000000 { @h = count(); }',
    'interval:10ms { @ = count(); } profile:hz:97 { @x[tid, comm] = lhist(cpu, 0, 8, 1); }',
    'BEGIN { @start = nsecs; } END { printf("%d\\n", (nsecs - @start) / 1000000); }',
  ]],
  ['loops', [
    'k:tcp_sendmsg { for ($i : 0..arg2) { @[$i] = count(); if ($i > 5) { break; } } }',
    'k:tcp_sendmsg { $d = ((struct file *)arg0)->f_path.dentry; for ($i : 0..8) { if ($d == $d->d_parent) { break; } $d = $d->d_parent; @[$d->d_name.name] = count(); } }',
    'k:tcp_sendmsg { @m[pid] = arg2; for ($kv : @m) { printf("%d %d\\n", $kv.0, $kv.1); } }',
    'k:tcp_sendmsg { $s = str(arg0); $t = (1, comm); for ($i : 0..arg2) { @[$s, $t.1] = count(); } }',
  ]],
  ['macros and maps', [
    'macro add_one(@m, $x) { @m[$x] = count(); } k:tcp_sendmsg { $p = pid; add_one(@a, $p); }',
    'macro twice(e) { e * 2 } k:tcp_sendmsg { @ = sum(twice(arg2)); }',
    'let @m = lruhash(100); k:tcp_sendmsg { @m[tid] = nsecs; }',
    'config = { max_map_keys = 10; max_strlen = 200 } k:tcp_sendmsg { @[str(arg0)] = count(); }',
  ]],
];

describe.skipIf(!possible)('the verifier takes', () => {
  const folder = scratchFolder();
  const kernel = possible ? runningKernel(folder) : undefined;
  describe.each(scripts)('%s', (_name, rows) => {
    test.each(rows)('%s', async (script) => {
      if (kernel === undefined) throw new Error('no kernel');
      await load(specOf(kernel, script));
      expect(specOf(kernel, script, {}, 'arm64').programs.length).toBeGreaterThan(0);
    });
  });
});
