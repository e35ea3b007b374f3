// Cost of one event, natively: a loop of getppid(2) of our own under t:syscalls:sys_enter_getppid, run_time_ns / run_cnt of the program.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, table } from './clock.mjs';
import { bpftool, bpftrace, btfly, environment } from './peers.mjs';

const scripts = {
  '@ = count()': '@ = count();',
  '@[pid, comm] = count()': '@[pid, comm] = count();',
  '@ = hist(nsecs)': '@ = hist(nsecs);',
  'false predicate': undefined,
  '@[real_parent->pid]': '$t = (struct task_struct *)curtask; @[$t->real_parent->pid] = count();',
};
const rounds = 7;
const stats = '/proc/sys/kernel/bpf_stats_enabled';

export const event = {
  what: 'instructions (translated) and ns per event, natively',
  async run() {
    const tool = bpftool();
    if (process.getuid?.() !== 0 || tool === undefined) {
      console.log('(needs root and bpftool)');
      return;
    }
    const before = readFileSync(stats, 'utf8');
    writeFileSync(stats, '1');
    try {
      const peers = [{ name: 'btfly', command: btfly }, ...(bpftrace() ? [{ name: 'bpftrace', command: bpftrace() }] : [])];
      const lines = [];
      for (const [name, body] of Object.entries(scripts)) {
        const script = `t:syscalls:sys_enter_getppid ${body === undefined ? '/pid == 1/ { @ = count(); }' : `{ ${body} }`}`;
        const line = { script: name };
        const samples = peers.map(() => []);
        for (let round = 0; round < rounds; round++) for (const [at, peer] of peers.entries()) samples[at].push(await measure(peer.command, script));
        peers.forEach((peer, at) => {
          line[`${peer.name} insns`] = samples[at][0].insns;
          line[`${peer.name} ns`] = median(samples[at].map((sample) => sample.ns)).toFixed(0);
        });
        lines.push(line);
      }
      table(lines, Object.keys(lines[0]));
    } finally {
      writeFileSync(stats, before);
    }
  },
};

/** Starts the tracer, finds the program it loaded, runs the loop, reads the program's counters, ends the tracer. */
async function measure(command, script) {
  const known = new Set(programs().map((program) => program.id));
  const tracer = spawn(command[0], [...command.slice(1), '-e', script], { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  await attached(tracer);
  try {
    // The tracer does not know our pid: the tracepoint is hit only by callers of getppid.
    execFileSync('perl', ['-e', 'for (1..300000) { getppid() }']);
    const program = programs().find((candidate) => !known.has(candidate.id) && candidate.run_cnt > 100_000);
    if (program === undefined) throw new Error(`${command.at(-1)}: no program ran`);
    return { insns: program.bytes_xlated / 8, ns: program.run_time_ns / program.run_cnt };
  } finally {
    const ended = new Promise((resolve) => tracer.once('exit', resolve));
    tracer.kill('SIGINT');
    await ended;
  }
}

function programs() {
  return JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' }));
}

async function attached(tracer) {
  let text = '';
  tracer.stderr.setEncoding('utf8');
  tracer.stderr.on('data', (part) => { text += part; });
  for (let waited = 0; !/Attached \d+ probe/.test(text); waited += 20) {
    if (waited > 20_000 || tracer.exitCode !== null) throw new Error(`the tracer did not attach: ${text}`);
    await sleep(20);
  }
}
