// Builds what `bin/btfly` runs: the addon in native/ (--native) and one CommonJS bundle a command in dist/ (--bundle), each with a V8 code cache.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const wanted = new Set(process.argv.slice(2));


/** What it needs was checked by native/toolchain when npm installed. */
function buildNative() {
  const nodeGyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  const headers = process.env.npm_config_nodedir ?? (existsSync('/usr/include/node/node_api.h') ? '/usr' : undefined);
  const where = headers === undefined ? [] : [`--nodedir=${headers}`];
  execFileSync(process.execPath, [nodeGyp, 'rebuild', '--silent', '--directory', join(root, 'native'), ...where], { stdio: 'inherit' });
}

async function bundle() {
  const { build } = await import('esbuild');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const commands = readdirSync(join(root, 'src/cli/command')).filter((file) => file.endsWith('.ts'));
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
  await build({ ...shared, entryPoints: [join(root, 'src/cli/btfly.ts')], outfile: join(dist, 'btfly.cjs') });
  await build({ ...shared, entryPoints: commands.map((file) => join(root, 'src/cli/command', file)), outdir: join(dist, 'command'), outExtension: { '.js': '.cjs' } });
  addons();
  warm();
}

/** Node's modules that cost milliseconds to load and that most runs never use are loaded with the first use of what they export. */
const lateModules = {
  name: 'late-modules',
  setup(build) {
    const late = { 'node:child_process': ['spawn', 'spawnSync'] };
    build.onResolve({ filter: /^node:child_process$/ }, ({ path }) => ({ path, namespace: 'late' }));
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: late[path].map((name) => `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('${path.slice(5)}').${name} });`).join('\n'),
    }));
  },
};

/** The addons lie beside the bundles, named by the machine and ABI they were compiled for. */
function addons() {
  for (const file of ['native/build/Release/btfly.node', 'node_modules/better-sqlite3/build/Release/better_sqlite3.node']) {
    copyFileSync(join(root, file), join(dist, `${basename(file, '.node')}-${process.arch}-${process.versions.modules}.node`));
  }
}

/**
 * Runs each command once, on a catalog of its own, so that V8's code cache holds the functions that a start needs.
 * A run that fails (no rights, no BTF) still leaves a cache.
 */
function warm() {
  const folder = mkdtempSync(join(tmpdir(), 'btfly-build-'));
  const runs = [
    ['-e', 'BEGIN { @ = count(); printf("%d\\n", 1); exit(); }'],
    ['struct', 'task_struct'],
    ['-lv', 't:timer:hrtimer_start'],
  ];
  for (const args of runs) {
    spawnSync(process.execPath, [join(root, 'bin/btfly'), ...args], {
      env: { ...process.env, BTFLY_CODE_CACHE: 'write', BTFLY_DB: join(folder, 'catalog.db') },
      stdio: 'ignore',
      timeout: 60_000,
    });
  }
  rmSync(folder, { recursive: true });
}

if (wanted.has('--native')) buildNative();
if (wanted.has('--bundle')) await bundle();
