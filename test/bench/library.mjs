// What the library takes for an answer, in microseconds: one catalog that stays open, as a program has it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from './clock.mjs';
import { btfly, environment, root } from './peers.mjs';

const rounds = 5;

export const library = {
  what: 'the library, medians in µs over 1,000 (BENCH_DB=FILE BENCH_KERNEL=NAME: of that catalog, else of the running kernel)',
  run() {
    const folder = mkdtempSync(join(tmpdir(), 'btfly-bench-'));
    try {
      const db = process.env.BENCH_DB ?? indexed(join(folder, 'catalog.db'));
      const { openCatalog } = createRequire(join(root, 'package.json'))('./dist/library.cjs');
      const all = openCatalog({ db });
      const kernel = all.kernel(process.env.BENCH_KERNEL);
      const structs = kernel.names('struct');
      // The same ones each time: each 7,919th, which is prime.
      const some = Array.from({ length: 1000 }, (_, at) => `struct ${structs[(at * 7919) % structs.length]}`);
      console.log(`${kernel.info.name}, ${all.kernels().length} kernel(s) in the catalog, ${structs.length} structs`);
      all.close();
      // A round is a catalog that was just opened; the first ones pay for V8's compiler.
      const found = Array.from({ length: rounds }, () => measured(openCatalog({ db }), some)).at(-1);
      table(Object.entries(found).map(([question, { median, most, mark }]) => ({ question, median: median.toFixed(1), '90 %': most.toFixed(1), mark })), ['question', 'median', '90 %', 'mark']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function indexed(db) {
  spawnSync(btfly[0], [...btfly.slice(1), 'index', '--db', db], { env: environment() });
  return db;
}

function measured(catalog, some) {
  const kernel = catalog.kernel(process.env.BENCH_KERNEL);
  const often = Array.from({ length: 1000 }, () => '');
  const found = {
    'layout of a struct, asked for the first time': { ...times(some, (name) => kernel.layout(name)), mark: 50 },
    'layout of a struct, asked for again': { ...times(some, (name) => kernel.layout(name)), mark: 50 },
    'layout of task_struct': { ...times(often, () => kernel.layout('struct task_struct')), mark: 1000 },
    'task_struct as plain objects': { ...times(often, () => kernel.struct('task_struct').objects()), mark: 1000 },
    'offset of sock.__sk_common.skc_daddr': { ...times(often, () => kernel.offset('struct sock', '__sk_common.skc_daddr')), mark: 10 },
    'offset of file.f_inode->i_sb': { ...times(often, () => kernel.offset('struct file', 'f_inode->i_sb')), mark: 10 },
    'what is at 0x9d8 of task_struct': { ...times(often, () => kernel.at('struct task_struct', 0x9d8)), mark: '' },
  };
  catalog.close();
  return found;
}

function times(names, ask) {
  const took = names.map((name) => {
    const begin = process.hrtime.bigint();
    ask(name);
    return Number(process.hrtime.bigint() - begin) / 1e3;
  }).sort((a, b) => a - b);
  return { median: took[took.length >> 1], most: took[Math.floor(took.length * 0.9)] };
}
