// Many kernels in one catalog: what each further one costs, and what it costs the questions about one of them.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleaved, median, table } from './clock.mjs';
import { fetchFleet, fleet } from './fleet.mjs';
import { btfly, environment, root } from './peers.mjs';

const require = createRequire(join(root, 'package.json'));
const rounds = Number(process.env.BENCH_ROUNDS ?? 31);
const many = 200;

export const catalog = {
  what: 'many kernels in one catalog: size, growth, what that costs questions (BENCH_FETCH=1 downloads a dozen kernels first, 1.5 GB)',
  async run() {
    if (process.env.BENCH_FETCH === '1') fetchFleet((release) => { console.log(`(fetching ${release})`); });
    const kernels = fleet();
    if (kernels.length < 2) {
      console.log('(no kernels in the cache: BENCH_FETCH=1 downloads them)');
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'btfly-bench-'));
    try {
      const file = join(folder, 'all.db');
      const steps = growth(kernels, file, join(folder, 'first.db'));
      extrapolate(steps);
      const last = kernels.at(-1);
      index(join(folder, 'last.db'), last.image);
      for (const [{ release }, alone] of [[kernels[0], 'first.db'], [last, 'last.db']]) {
        console.log(`\n${release} alone and among ${kernels.length}`);
        questions(release, [join(folder, alone), file]);
        inLibrary(release, [join(folder, alone), file]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** Indexes one after the other and prints what each added. */
function growth(kernels, file, first) {
  const steps = [];
  const seen = [];
  let before = sizes();
  for (const { release, image } of kernels) {
    const ms = index(file, image);
    const after = sizes(file);
    const grew = Object.fromEntries(Object.keys(after).map((group) => [group, after[group] - before[group]]));
    steps.push({ release, ms, kind: kindOf(release, seen), grew, total: sum(grew), size: statSync(file).size });
    if (steps.length === 1) copyFileSync(file, first);
    seen.push(release);
    before = after;
  }
  const whole = steps[0].total;
  const kb = (bytes) => (bytes / 1024).toFixed(0);
  table(steps.map(({ release, ms, kind, grew, total, size }) => ({
    kernel: release, is: kind, ms: ms.toFixed(0), 'adds KB': kb(total), '% of the first': ((100 * total) / whole).toFixed(1), ...Object.fromEntries(Object.entries(grew).map(([group, bytes]) => [group, kb(bytes)])), 'file MB': (size / 1e6).toFixed(1),
  })), ['kernel', 'is', 'ms', 'adds KB', '% of the first', ...Object.keys(groups), 'file MB']);
  const raw = askLibrary('raw', kernels[0].image);
  console.log(`\nTypes and functions of ${steps[0].release}: ${(steps[0].grew.types / raw).toFixed(2)} × its raw BTF (${raw} bytes); all of it: ${(whole / raw).toFixed(2)} ×`);
  return steps;
}

/** What stands on which of the catalog's tables, indexes with their table. */
const groups = {
  types: ['definition', 'member', 'enumerator', 'expression', 'param', 'image_block', 'settlement', 'variable', 'tag', 'definition_pack', 'expression_pack'],
  tracepoints: ['event', 'event_format', 'event_field', 'event_candidate', 'syscall', 'syscall_signature', 'syscall_arg'],
  symbols: ['symbol_name', 'symbol_block'],
  macros: ['constant', 'macro', 'macro_block', 'dataset'],
  others: [],
};

/** Bytes of the file's pages, by group. */
function sizes(file) {
  const found = Object.fromEntries(Object.keys(groups).map((group) => [group, 0]));
  if (file === undefined) return found;
  const Sqlite = require('better-sqlite3');
  const db = new Sqlite(file, { readonly: true });
  try {
    const rows = db.prepare("SELECT coalesce(m.tbl_name, s.name) AS name, sum(s.pgsize) AS size FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name GROUP BY 1").all();
    for (const { name, size } of rows) found[Object.keys(groups).find((group) => groups[group].includes(name)) ?? 'others'] += size;
  } finally {
    db.close();
  }
  return found;
}

function sum(bytes) {
  return Object.values(bytes).reduce((all, each) => all + each, 0);
}

/** `6.12.117+deb13-rt-amd64`: series 6.12, flavour rt-amd64. */
function kindOf(release, seen) {
  const split = (name) => [/^\d+\.\d+/.exec(name)?.[0], name.replace(/^[^-]+-(?:\d+-)?/, '')];
  const [series, flavour] = split(release);
  const others = seen.map(split).filter(([each]) => each === series);
  if (seen.length === 0) return 'first';
  if (others.length === 0) return 'series';
  if (!others.some(([, each]) => each.replace(/^\w+-/, '') === flavour.replace(/^\w+-/, ''))) return 'arch';
  return others.some(([, each]) => each === flavour) ? 'further' : 'flavour';
}

function extrapolate(steps) {
  const of = (...kinds) => steps.filter(({ kind }) => kinds.includes(kind)).map(({ total }) => total);
  const mean = (values) => values.reduce((all, each) => all + each, 0) / values.length;
  for (const [kind, name] of Object.entries({ further: 'a further kernel of a series', flavour: 'another flavour' })) {
    const values = of(kind);
    if (values.length > 0) console.log(`${name}: ${(mean(values) / 1024).toFixed(0)} KB, at most ${((100 * Math.max(...values)) / steps[0].total).toFixed(1)} % of the first`);
  }
  const small = of('further', 'flavour');
  if (small.length === 0) return;
  const now = steps.at(-1).size;
  console.log(`${many} kernels: ${((now + (many - steps.length) * mean(small)) / 1e6).toFixed(0)} MB if the others are of these series, ${((now * many) / steps.length / 1e6).toFixed(0)} MB if new series come as often as here`);
}

/** Whole processes, interleaved. */
function questions(release, files) {
  const asked = [
    ['struct', 'task_struct'], ['offset', 'struct sock', '__sk_common.skc_daddr'], ['at', 'struct task_struct', '0x40'], ['func', 'vfs_read'], ['enum', 'pid_type'], ['-lv', 't:timer:hrtimer_start'],
    ['-l', 'kprobe:vfs_*'], ['find', '--points-to', 'sock'], ['find', '--contains', 'list_head'], ['probes', '--arg', 'struct sock *'], ['path', 'struct file *', 'struct super_block'], ['struct', '--sizes', '--all'],
  ];
  table(asked.map((words) => {
    const [alone, among] = interleaved(files.map((file) => ({ name: words.join(' '), command: [...btfly, ...words, '--kernel', release, '--db', file], env: environment() })), rounds);
    return { question: words.join(' '), alone: alone.median.toFixed(1), among: among.median.toFixed(1), '%': (100 * (among.median / alone.median - 1)).toFixed(1) };
  }), ['question', 'alone', 'among', '%']);
}

/** In one process: median microseconds of the layouts of 1,000 random structs, each asked for once, and of an offset. */
function inLibrary(release, files) {
  const samples = files.map(() => ({ layout: [], offset: [] }));
  for (let round = 0; round < 7; round++) {
    files.forEach((file, at) => {
      const { layout, offset } = askLibrary('time', file, release);
      samples[at].layout.push(layout);
      samples[at].offset.push(offset);
    });
  }
  table(['layout', 'offset'].map((what) => {
    const [alone, among] = samples.map((each) => median(each[what]));
    return { 'in the library (µs)': what, alone: alone.toFixed(1), among: among.toFixed(1), '%': (100 * (among / alone - 1)).toFixed(1) };
  }), ['in the library (µs)', 'alone', 'among', '%']);
}

let script;

/** Runs test/bench/library.ts and gives what it prints. */
function askLibrary(...words) {
  script ??= bundleLibrary();
  const done = spawnSync(process.execPath, [script, ...words], { encoding: 'utf8', env: environment() });
  if (done.status !== 0) throw new Error(`library.ts ${words.join(' ')}: ${done.stderr}`);
  return JSON.parse(done.stdout);
}

/** Below the project's folder, where better-sqlite3 and the migrations are found. */
function bundleLibrary() {
  const outfile = join(root, '.cache', 'bench-library.cjs');
  const options = { bundle: true, platform: 'node', format: 'cjs', external: ['better-sqlite3'], define: { 'import.meta.dirname': '__dirname' }, logLevel: 'error' };
  require('esbuild').buildSync({ ...options, entryPoints: [join(root, 'test/bench/library.ts')], outfile });
  return outfile;
}

/** Milliseconds of the whole process. */
function index(file, image) {
  const begin = process.hrtime.bigint();
  const done = spawnSync(btfly[0], [...btfly.slice(1), 'index', '--db', file, image], { encoding: 'utf8', env: environment() });
  if (done.status !== 0) throw new Error(`index ${image}: ${done.stderr}`);
  return Number(process.hrtime.bigint() - begin) / 1e6;
}
