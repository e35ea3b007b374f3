// What somebody has who installed the package: the example of README.md in a folder of its own, and its types for TypeScript.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { built, Cli, root } from '../help/cli.ts';
import { runningBtf } from '../help/kernels.ts';
import { scratchFolder } from '../help/scratch.ts';

const folder = scratchFolder();
const cli = new Cli(folder);

beforeAll(() => {
  built();
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, encoding: 'utf8' }).trim();
  mkdirSync(join(folder, 'node_modules/btfly'), { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed), '-C', join(folder, 'node_modules/btfly'), '--strip-components=1']);
});

/** The block of README.md that imports the library. */
function example(): string {
  const blocks = readFileSync(join(root, 'README.md'), 'utf8').split('\n\n').filter((each) => each.includes("from 'btfly'"));
  return (blocks[0] ?? '').split('\n').map((line) => line.slice(4)).join('\n');
}

function runs(file: string, text: string): string {
  writeFileSync(join(folder, file), text);
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, file)], { cwd: folder, encoding: 'utf8', env: { ...process.env, BTFLY_DB: cli.db } });
  expect(stderr).toBe('');
  return stdout;
}

describe.skipIf(runningBtf === undefined)('the packed library (needs BTF of the running kernel)', () => {
  beforeAll(() => { expect(cli.run(['index']).status).toBe(0); });

  test('the example of README.md', () => {
    const offset = /offset (\d+)/.exec(cli.run(['offset', 'struct sock', '__sk_common.skc_daddr']).stdout)?.[1] ?? 'none';
    const size = /size: (\d+)/.exec(cli.run(['struct', 'sock']).stdout)?.[1] ?? 'none';
    expect(runs('example.mjs', example())).toMatch(new RegExp(`^${size} ${offset}\n(kprobe|fentry):.*struct sock`));
  });

  test('required from CommonJS', () => {
    const list = cli.run(['kernels', '--json']).stdout;
    const text = runs('required.cjs', "const { openCatalog } = require('btfly'); console.log(JSON.stringify(openCatalog().kernels().map((each) => each.name)));");
    expect(JSON.parse(text)).toEqual((JSON.parse(list) as { name: string }[]).map(({ name }) => name));
  });

  test('an error is one of its classes', () => {
    const text = runs('refused.mjs', "import { openCatalog, UsageError } from 'btfly'; try { openCatalog().kernel('none'); } catch (error) { console.log(error instanceof UsageError, error.hint.startsWith('there are')); }");
    expect(text).toBe('true true\n');
  });
});

test('its declarations', () => {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  for (const types of ['node', 'better-sqlite3']) symlinkSync(join(root, 'node_modules/@types', types), join(folder, 'node_modules/@types', types));
  writeFileSync(join(folder, 'typed.mts'), [
    "import { index, openCatalog, openKernel, type Kernel, type Layout } from 'btfly';",
    'const kernel: Kernel = await openKernel({ kernel: "6.1" });',
    'const layouts: readonly Layout[] = kernel.layout("sock");',
    'const offset: number | undefined = layouts[0]?.members[0]?.offset;',
    'const found: number = openCatalog().kernel().offset("sock", "sk_family").offsets.length;',
    '// @ts-expect-error: it is a number.',
    'const wrong: string = found;',
    'await index({ sources: [] });',
    'console.log(offset, wrong);',
  ].join('\n'));
  const words = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', join(folder, 'typed.mts')];
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...words], { cwd: folder, encoding: 'utf8' });
  expect(stdout).toBe('');
});
