// Scripts that compile to the same instructions whether BTF tells of the kernel's types or its headers do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const headerScripts: readonly (readonly [name: string, text: string])[] = [
  ['tcp_sendmsg.bt of the article', readFileSync(join(import.meta.dirname, '../vm/article/tcp_sendmsg.bt'), 'utf8')],
  ['arguments by name', 'kprobe:tcp_sendmsg { @[args.sk->__sk_common.skc_num] = hist(args.size); }'],
  ["a member's other name", 'kprobe:tcp_sendmsg { @[args.sk->sk_family] = count(); }'],
  ['the current task', 'kprobe:vfs_read { @[comm, ppid] = count(); @x = curtask->mm->pgd; }'],
  ['what it returns', 'kretprobe:vfs_read { @ = sum(retval); }'],
  ['enumerators and bitfields', 'kprobe:tcp_sendmsg { $tp = (struct tcp_sock *)arg0; if ($tp->inet_conn.icsk_inet.sk.__sk_common.skc_state == TCP_ESTABLISHED) { @ = count(); @y = $tp->nonagle; } }'],
];
