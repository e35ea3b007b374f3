// Instructions of the programs that scripts become, as compiled (no rights needed): slots of 8 bytes in `-d asm`'s listing, begin and end left out.
import { spawnSync } from 'node:child_process';
import { table } from './clock.mjs';
import { btfly, environment } from './peers.mjs';

/** The peer's figures are bpftrace 0.27's on 6.1, in instructions after the verifier. */
export const rows = [
  { row: '1 hist', script: 'k:tcp_sendmsg { @size = hist(arg2); }', peer: '91' },
  { row: '2 retvals', script: 'kr:tcp_sendmsg { @retvals[retval > 0 ? 0 : retval] = count(); }', peer: '57' },
  { row: '6 stats', script: 'k:tcp_sendmsg { @size = stats(arg2); }', peer: '60' },
  { row: '9 latency', script: 'k:tcp_sendmsg { @ts[tid] = nsecs; } kr:tcp_sendmsg /@ts[tid]/ { @ns = hist(nsecs - @ts[tid]); delete(@ts[tid]); }', peer: '45 + 124' },
  { row: '10 tcp_sendmsg.bt', file: 'test/vm/article/tcp_sendmsg.bt', peer: '88 + 230' },
  { row: '11 offwake.bt', file: 'test/vm/article/offwake.bt', peer: '123 + 389' },
  { row: 'count', script: 't:syscalls:sys_enter_getppid { @ = count(); }', peer: '60' },
  { row: 'count by pid, comm', script: 't:syscalls:sys_enter_getppid { @[pid, comm] = count(); }', peer: '108' },
  { row: 'false predicate', script: 't:syscalls:sys_enter_getppid /pid == 1/ { @ = count(); }', peer: '67' },
];

export const insns = {
  what: 'instructions per program as compiled, beside bpftrace 0.27',
  async run() {
    const lines = rows.map(({ row, script, file, peer }) => {
      const done = spawnSync(btfly[0], [btfly[1], '-d', 'asm', ...(file ? [file] : ['-e', script])], { env: environment(), encoding: 'utf8' });
      const counts = done.stdout.split('\n\n').filter((text) => !/^; (begin|end)\n/.test(text)).map(slots);
      return { row, btfly: counts.join(' + ') || done.stderr.split('\n')[0], bpftrace: peer };
    });
    table(lines, ['row', 'btfly', 'bpftrace']);
  },
};

/** Of one program of a listing: the last slot's number and one more. */
function slots(text) {
  return Number([...text.matchAll(/^ *([0-9]+): /gm)].at(-1)?.[1]) + 1;
}
