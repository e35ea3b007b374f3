// Questions to the catalog from the command line, as whole processes: found for the first time, told again, and beside the peer that answers the like.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { interleaved, table } from './clock.mjs';
import { bpftool, btfly, environment, pahole } from './peers.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 15);
const btf = '/sys/kernel/btf/vmlinux';

export const questions = {
  what: 'questions to the catalog, whole processes, medians in ms; told again: what took long is kept',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'btfly-bench-'));
    const db = join(folder, 'catalog.db');
    const env = (extra) => environment({ BTFLY_DB: db, XDG_CACHE_HOME: folder, ...extra });
    spawnSync(btfly[0], [...btfly.slice(1), 'index'], { env: env() });
    const [node] = interleaved([{ name: 'node -e 0', command: [process.execPath, '-e', '0'], env: env() }], rounds);
    console.log(`node -e 0: ${node.median.toFixed(1)}`);
    const rows = asked(pahole(), bpftool()).map(([words, peer]) => {
      const name = `btfly ${words.join(' ')}`;
      const [first, again, other] = interleaved([
        { name, command: [...btfly, ...words], env: env() },
        { name, command: [...btfly, ...words], env: env({ BTFLY_ANSWER_CACHE: '' }) },
        ...(peer === undefined ? [] : [{ name: peer.join(' '), command: peer, env: env() }]),
      ], rounds);
      return { question: name, first: first.median.toFixed(1), again: again.median.toFixed(1), peer: other?.median.toFixed(1), 'peer asked': other?.name.replace(btf, 'vmlinux') };
    });
    table(rows, ['question', 'first', 'again', 'peer', 'peer asked']);
    rmSync(folder, { recursive: true });
  },
};

/** Words for btfly, and the command of the peer. */
function asked(layouts, dumps) {
  const withPahole = (...words) => layouts && [...layouts, ...words, btf];
  return [
    [['struct', 'task_struct'], withPahole('-C', 'task_struct')],
    [['struct', '--all'], withPahole()],
    [['struct', '--all', '-a'], withPahole('-a')],
    [['struct', '--all', '--sizes'], withPahole('--sizes')],
    [['find', '--contains', 'list_head'], withPahole('--contains=list_head')],
    [['find', '--contains', 'sock'], withPahole('--contains=sock')],
    [['find', '--points-to', 'sock'], withPahole('--find_pointers_to=sock')],
    [['header'], dumps && [...dumps, 'btf', 'dump', 'file', btf, 'format', 'c']],
    [['struct', '--all', '--json'], dumps && [...dumps, '-j', 'btf', 'dump', 'file', btf]],
    [['offset', 'struct sock', '__sk_common.skc_daddr']],
    [['at', 'struct task_struct', '0x9d8']],
    [['func', 'vfs_read']],
    [['path', 'struct file *', 'struct super_block']],
    [['probes', '--arg', 'struct sock *']],
    [['find', '--arg', 'struct sock *']],
    [['find', '--returns', 'int']],
  ];
}
