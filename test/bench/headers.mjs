// Reading kernel headers, whole processes beside gcc's: cold, from what was kept, and a whole tree.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { interleaved, table } from './clock.mjs';
import { environment, root } from './peers.mjs';

const units = ['linux/sched.h', 'net/sock.h'];

/** One unit, cold or out of a file; prints the milliseconds between the tree's being known and the facts' being there. */
const program = `
import { readFileSync, writeFileSync } from 'node:fs';
import { openTree } from './src/source/headers/tree/tree.ts';
import { readHeaders } from './src/source/headers/headers.ts';
import { readTree } from './src/source/headers/whole.ts';
import { Kept } from './src/source/headers/kept.ts';
const [what, path, header, folder] = process.argv.slice(2);
const tree = await openTree(path);
const begin = process.hrtime.bigint();
const main = { name: 'bench.c', text: '#include <' + header + '>\\n' };
const facts = what === 'tree' ? readTree(tree) : what === 'kept' ? new Kept(folder).read(tree, main) : readHeaders({ files: tree.files, config: tree.config, main });
const took = Number(process.hrtime.bigint() - begin) / 1e6;
const found = what === 'tree' ? undefined : facts.types.find('struct', 'list_head').length;
console.log(JSON.stringify({ took, definitions: facts.definitions.length, files: facts.files.length, problems: facts.problems.length, rss: process.resourceUsage().maxRSS, found }));
`;

export const headers = {
  what: 'kernel headers: from bytes to definitions, beside gcc (ms, whole processes)',
  async run() {
    const cache = join(process.env.BTFLY_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'btfly-test'), 'headers');
    const trees = existsSync(cache) ? readdirSync(cache).filter((name) => /^\d/.test(name)).map((name) => ({ name, path: join(cache, name) })) : [];
    if (trees.length === 0) return console.log(`(no header packages in ${cache}: npm run test:long fetches them)`);
    const work = mkdtempSync(join(tmpdir(), 'btfly-bench-'));
    const bundle = join(work, 'unit.mjs');
    await build({ stdin: { contents: program, resolveDir: root, loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'error' });
    const lines = [];
    for (const { name, path } of trees) for (const header of units) lines.push(...measured(name, path, header, { bundle, work }));
    table(lines, ['row', 'whole', 'inside', 'gcc -E', 'gcc -fsyntax-only']);
    for (const { name, path } of trees) {
      const told = said([process.execPath, '--max-old-space-size=4096', bundle, 'tree', path, '', work]);
      console.log(`${name} whole tree: ${(told.took / 1000).toFixed(1)} s, ${told.files} files, ${told.definitions} definitions, ${told.problems} problems, ${(told.rss / 1024).toFixed(0)} MB`);
    }
    rmSync(work, { recursive: true });
  },
};

function measured(name, path, header, { bundle, work }) {
  const source = join(work, 'unit.c');
  writeFileSync(source, `#include <${header}>\n`);
  const gcc = spawnSync('gcc', ['--version']).status === 0 ? flags(path) : undefined;
  const cold = [process.execPath, bundle, 'cold', path, header, work];
  const kept = [process.execPath, bundle, 'kept', path, header, work];
  said(kept);
  const commands = [
    { name: 'cold', command: cold, env: environment() },
    { name: 'kept', command: kept, env: environment() },
    ...(gcc === undefined ? [] : [{ name: 'gcc -E', command: ['gcc', ...gcc, '-E', '-o', '/dev/null', source] }, { name: 'gcc -fsyntax-only', command: ['gcc', ...gcc, '-fsyntax-only', source] }]),
  ];
  const found = Object.fromEntries(interleaved(commands, 7).map((row) => [row.name, row.median.toFixed(0)]));
  return [
    { row: `${name} <${header}>`, whole: found.cold, inside: inside(cold), 'gcc -E': found['gcc -E'], 'gcc -fsyntax-only': found['gcc -fsyntax-only'] },
    { row: `${name} <${header}> kept`, whole: found.kept, inside: inside(kept) },
  ];
}

/** Median of what the process itself says. */
function inside(command) {
  const all = Array.from({ length: 7 }, () => said(command).took).sort((a, b) => a - b);
  return all[3].toFixed(0);
}

function said([tool, ...args]) {
  const done = spawnSync(tool, args, { env: environment(), encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${args.join(' ')}: ${done.stderr}`);
  return JSON.parse(done.stdout);
}

/** kbuild's for x86. */
function flags(path) {
  const folder = join(path, 'usr/src');
  const [common, own] = [/-common$/, /-amd64$/].map((pattern) => join(folder, readdirSync(folder).find((name) => pattern.test(name))));
  const include = ['linux/compiler-version.h', 'linux/kconfig.h', 'linux/compiler_types.h'].flatMap((name) => ['-include', join(common, 'include', name)]);
  const places = [`${common}/arch/x86/include`, `${own}/arch/x86/include/generated`, `${common}/include`, `${own}/include`, `${common}/arch/x86/include/uapi`, `${own}/arch/x86/include/generated/uapi`, `${common}/include/uapi`, `${own}/include/generated/uapi`];
  const defines = ['__KERNEL__', 'KBUILD_MODNAME="x"', 'KBUILD_BASENAME="x"', 'KBUILD_MODFILE="x"', '__KBUILD_MODNAME=kmod_x', 'CC_USING_FENTRY'];
  return ['-nostdinc', ...places.map((place) => `-I${place}`), ...include, ...defines.map((each) => `-D${each}`), '-std=gnu11', '-fms-extensions', '-O2', '-fno-PIE', '-mcmodel=kernel', '-mno-sse', '-mno-80387', '-mno-red-zone', '-fshort-wchar', '-w'];
}
