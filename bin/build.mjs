// Builds what `bin/btfly` runs: the addon in native/ (--native) and one CommonJS bundle a command in dist/ (--bundle, or
// --if-stale: when they are older than their sources), each with a V8 code cache, and beside them the library with its declarations.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
/** The new bundles grow here: whoever runs btfly meanwhile runs the old ones. */
const growing = join(root, '.cache', `dist.${process.pid}`);
const wanted = new Set(process.argv.slice(2));

/** What it needs was checked by native/toolchain when npm installed. */
function buildNative() {
  const nodeGyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  const headers = process.env.npm_config_nodedir ?? (existsSync('/usr/include/node/node_api.h') ? '/usr' : undefined);
  const where = headers === undefined ? [] : [`--nodedir=${headers}`];
  execFileSync(process.execPath, [nodeGyp, 'rebuild', '--silent', '--directory', join(root, 'native'), ...where], { stdio: 'inherit' });
}

/** Whether something that the bundles are made of is newer than they. */
function isStale() {
  const entry = join(dist, 'btfly.cjs');
  if (!existsSync(entry)) return true;
  const { mtimeMs } = statSync(entry);
  const files = ['src', 'db', 'bin'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => join(root, folder, file)));
  return [...files, join(root, 'package.json')].some((file) => statSync(file).mtimeMs > mtimeMs);
}

async function bundle() {
  const { build } = await import('esbuild');
  process.once('exit', () => { rmSync(growing, { recursive: true, force: true }); });
  mkdirSync(growing, { recursive: true });
  const parts = ['command', 'part'].flatMap((folder) => readdirSync(join(root, 'src/cli', folder)).filter((file) => file.endsWith('.ts') && file !== 'indexworker.ts').map((file) => join(root, 'src/cli', folder, file)));
  const shared = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    loader: { '.sql': 'text', '.node': 'empty' },
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [lateModules],
    define: { 'process.env.BTFLY_BUNDLED': '"1"', 'import.meta.dirname': '__dirname' },
  };
  await build({ ...shared, entryPoints: [join(root, 'src/cli/btfly.ts'), join(root, 'src/cli/indexworker.ts')], outdir: growing, outExtension: { '.js': '.cjs' } });
  await build({ ...shared, entryPoints: parts, entryNames: '[name]', outdir: growing, outExtension: { '.js': '.cjs' }, banner: { js: '(function (exports, require, module, __filename, __dirname) {' }, footer: { js: '})' } });
  await build({ ...shared, entryPoints: [join(root, 'src/app/library.ts')], outdir: growing, outExtension: { '.js': '.cjs' } });
  declarations();
  addons();
  warm();
  if (existsSync(dist)) renameSync(dist, `${growing}/old`);
  renameSync(growing, dist);
  rmSync(`${dist}/old`, { recursive: true, force: true });
}

/** What `import … from 'btfly'` is for TypeScript: the declarations of library.ts and of what it names. The types were checked by `npm run types`. */
function declarations() {
  const all = join(growing, 'all');
  const config = join(growing, 'declarations.json');
  writeFileSync(config, JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, emitDeclarationOnly: true, declaration: true, noCheck: true, outDir: all, rootDir: join(root, 'src'), typeRoots: [join(root, 'node_modules/@types')] },
    files: [join(root, 'src/app/library.ts')],
    include: [],
  }));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  const taken = new Set();
  const take = (file) => {
    if (taken.has(file)) return;
    taken.add(file);
    const text = readFileSync(join(all, file), 'utf8').replace(/(from|import\()(\s*)'(\.[^']*)\.ts'/g, "$1$2'$3.js'");
    mkdirSync(join(growing, 'types', dirname(file)), { recursive: true });
    writeFileSync(join(growing, 'types', file), text);
    for (const [, other] of text.matchAll(/(?:from|import\()\s*'(\.[^']*)\.js'/g)) take(join(dirname(file), `${other}.d.ts`));
  };
  take('app/library.d.ts');
  rmSync(all, { recursive: true });
  rmSync(config);
}

/** Node's modules that cost milliseconds to load and that most runs never use are loaded with the first use of what they export. */
const late = {
  assert: ['equal'],
  child_process: ['spawn', 'spawnSync'],
  crypto: ['createHash'],
  'fs/promises': ['readFile'],
  worker_threads: ['Worker', 'isMainThread', 'parentPort', 'workerData'],
};
const lateModules = {
  name: 'late-modules',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(node:)?(${Object.keys(late).join('|')})$`) }, ({ path, namespace }) => (
      namespace === 'late' ? { path, external: true } : { path: path.replace(/^node:/, ''), namespace: 'late' }));
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: late[path].map((name) => `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('node:${path}').${name} });`).join('\n'),
    }));
  },
};

/** The addons lie beside the bundles, named by the machine and ABI they were compiled for. */
function addons() {
  for (const file of ['native/build/Release/btfly.node', 'node_modules/better-sqlite3/build/Release/better_sqlite3.node']) {
    copyFileSync(join(root, file), join(growing, `${basename(file, '.node')}-${process.arch}-${process.versions.modules}.node`));
  }
}

/**
 * Runs what people run most, on a catalog of its own, so that V8's code caches hold the functions that a start needs:
 * each run adds to them. A run that fails (no rights, no BTF, no tracefs) still leaves a cache.
 */
function warm() {
  const folder = mkdtempSync(join(tmpdir(), 'btfly-build-'));
  const btfly = (args, codeCache) => spawnSync(process.execPath, [join(growing, 'btfly.cjs'), ...args], {
    cwd: folder,
    env: { ...process.env, BTFLY_CODE_CACHE: codeCache, BTFLY_ANSWER_CACHE: 'none', BTFLY_DB: join(folder, 'catalog.db') },
    stdio: 'ignore',
    timeout: 60_000,
  });
  // Apart from the others: nobody waits for the start of what indexes. The second kernel is there to be compared with: the same, but for a letter.
  btfly(['index'], 'none');
  if (existsSync('/sys/kernel/btf/vmlinux')) {
    const types = readFileSync('/sys/kernel/btf/vmlinux');
    types[types.length - 2] ^= 1;
    writeFileSync(join(folder, 'other.btf'), types);
    btfly(['index', 'other.btf', '--name', 'other'], 'none');
  }
  writeFileSync(join(folder, 'script.bt'), 'kprobe:vfs_read { @[comm] = count(); }');
  for (const args of warmRuns) btfly(args, 'write');
  rmSync(folder, { recursive: true });
}

/** At least one a bundle; `index` is the one that nobody waits for. */
const warmRuns = [
  ['-e', 'BEGIN { @ = count(); printf("%d\\n", 1); exit(); }'],
  ['check', '-e', 'kprobe:vfs_read /pid == 1/ { @[comm] = count(); @h = hist(arg2); $x = (struct file *)arg0; printf("%s %d\\n", comm, $x->f_flags); }'],
  ['check', '-e', '#define N 4\n#ifndef X\nstruct s { u32 a[N]; struct list_head l; unsigned b : 3; };\n#endif\nkprobe:vfs_read { printf("%d", ((struct s *)arg0)->a[1] + N); }'],
  ['-l', 'kprobe:vfs_*'],
  ['-lv', 't:timer:hrtimer_start'],
  ['-lv', 'kprobe:vfs_read'],
  ['--info'],
  ['struct', 'task_struct'],
  ['struct', 'list_head', '--json'],
  ['struct', 'sock.__sk_common.skc_daddr'],
  ['func', 'vfs_read'],
  ['enum', 'pid_type'],
  ['offset', 'struct sock', '__sk_common.skc_daddr', 'sk_socket->file'],
  ['at', 'struct task_struct', '0x40'],
  ['var', 'runqueues'],
  ['const', 'EPERM'],
  ['find', '--contains', 'struct hlist_bl_head'],
  ['find', '--points-to', 'struct sock'],
  ['find', '--member', 'skc_*'],
  ['find', '--arg', 'struct sock *'],
  ['path', 'struct file *', 'struct super_block'],
  ['probes', '--arg', 'struct sock *'],
  ['diff', 'running', 'other', 'struct sock'],
  ['diff', 'running', 'other', '--only-used-by', 'script.bt'],
  ['sql', 'SELECT name FROM v_kernel'],
  ['header'],
  ['kernels'],
];

if (wanted.has('--native')) buildNative();
if (wanted.has('--bundle') || (wanted.has('--if-stale') && isStale())) await bundle();
