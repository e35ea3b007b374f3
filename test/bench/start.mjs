// How long a whole process takes from start to end, beside bpftrace, pahole and an empty Node.
import { interleaved, table } from './clock.mjs';
import { bpftrace, btfly, environment, pahole } from './peers.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 31);

export const start = {
  what: 'whole processes, medians in ms',
  async run() {
    for (const certificates of [undefined, process.env.NODE_EXTRA_CA_CERTS]) {
      const env = environment(certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificates });
      console.log(certificates === undefined ? 'NODE_EXTRA_CA_CERTS unset' : '\nNODE_EXTRA_CA_CERTS set');
      const results = interleaved(rows().map((row) => ({ ...row, env })), rounds);
      const node = results[0].median;
      table(results.map(({ name, median }) => ({ command: name, ms: median.toFixed(1), 'above node': (median - node).toFixed(1) })), ['command', 'ms', 'above node']);
      if (process.env.NODE_EXTRA_CA_CERTS === undefined) break;
    }
  },
};

function rows() {
  const peer = bpftrace();
  const layouts = pahole();
  const exit = 'BEGIN { exit(); }';
  return [
    { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
    { name: `btfly -e '${exit}'`, command: [...btfly, '-e', exit] },
    ...(peer ? [{ name: `bpftrace -e '${exit}'`, command: [...peer, '-e', exit] }] : []),
    { name: 'btfly struct task_struct', command: [...btfly, 'struct', 'task_struct'] },
    ...(layouts ? [{ name: 'pahole -C task_struct', command: [...layouts, '-C', 'task_struct', '/sys/kernel/btf/vmlinux'] }] : []),
    { name: 'btfly -lv t:timer:hrtimer_start', command: [...btfly, '-lv', 't:timer:hrtimer_start'] },
    ...(peer ? [{ name: 'bpftrace -lv t:timer:hrtimer_start', command: [...peer, '-lv', 't:timer:hrtimer_start'] }] : []),
  ];
}
