// One catalog, several processes: readers without rights, writers at once, writers that are killed.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningBtf } from '../help/kernels.ts';
import { randomOf } from '../fuzz/mutator.ts';
import { bundleScript } from '../help/script.ts';
import { scratchFolder } from '../help/scratch.ts';

const folder = scratchFolder();
let ask = '';
let index = '';
let hold = '';
const children: ChildProcess[] = [];

beforeAll(() => {
  chmodSync(folder, 0o755);
  ask = bundleScript(folder, 'ask', `
    import { openCatalog } from '#src/index/reader.ts';
    const types = openCatalog(process.argv[2] ?? '')?.image();
    console.log(types?.find('struct', 'task_struct')[0]?.members.length ?? 'none');`);
  index = bundleScript(folder, 'index', `
    import { readFileSync } from 'node:fs';
    import { ingestFile } from '#src/index/ingest.ts';
    const [, , path = '', file = '', name = ''] = process.argv;
    void ingestFile(file, readFileSync(file), { path, name, force: true, progress: ({ stage }) => process.stdout.write(stage + '\\n') });`);
  hold = bundleScript(folder, 'hold', `
    import { writeCatalog } from '#src/index/writer.ts';
    import { existsSync } from 'node:fs';
    void writeCatalog({ path: process.argv[2] ?? '', shared: false, waiting: () => console.log('waiting') }, (db) => {
      db.exec("UPDATE kernel SET name = name || '!'");
      process.stdout.write('held\\n');
      const [, , , time = '', file = ''] = process.argv;
      const until = Date.now() + Number(time);
      while (Date.now() < until && !(file !== '' && existsSync(file))) { /* busy on purpose */ }
    });`);
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const btf = '/sys/kernel/btf/vmlinux';
const run = (...args: string[]): { status: number | null; out: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, out: (stdout + stderr).trim() };
};
const start = (...args: string[]): ChildProcess => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
};
const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve));
const says = (child: ChildProcess, word: string): Promise<void> =>
  new Promise((resolve) => child.stdout?.on('data', (data: Buffer) => data.toString().includes(word) && resolve()));

describe.skipIf(runningBtf() === undefined)('a catalog of the running kernel', () => {
  const path = join(folder, 'catalog.db');
  const members = (catalog: string): number => Number(run(ask, catalog).out);

  beforeAll(() => {
    expect(run(index, path, btf, 'first').status).toBe(0);
    chmodSync(path, 0o644);
  });

  it('leaves nothing beside it', () => {
    expect(readdirSync(folder).filter((name) => name.startsWith('catalog.db'))).toEqual(['catalog.db']);
  });

  it('takes at most 3.5 times its raw BTF for types and functions', () => {
    const db = new Sqlite(path, { readonly: true });
    const macros = db.prepare<[], number>("SELECT sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name WHERE m.tbl_name IN ('constant', 'macro', 'macro_block', 'dataset')").pluck().get() ?? 0;
    db.close();
    expect((statSync(path).size - macros) / (runningBtf()?.length ?? 1)).toBeLessThan(3.5);
  });

  it.skipIf(process.getuid?.() !== 0)('is read as nobody', () => {
    const { stdout } = spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, ask, path], { encoding: 'utf8' });
    expect(Number(stdout)).toBeGreaterThan(100);
  });

  it.skipIf(process.getuid?.() !== 0)('is read from a read-only mount', () => {
    const frozen = join(folder, 'frozen');
    mkdirSync(frozen);
    copyFileSync(path, join(frozen, 'catalog.db'));
    const shell = `mount --bind ${frozen} ${frozen} && mount -o remount,ro,bind ${frozen} && ! touch ${frozen}/x 2>/dev/null && ${process.execPath} ${ask} ${frozen}/catalog.db`;
    expect(Number(spawnSync('unshare', ['-m', 'sh', '-c', shell], { encoding: 'utf8' }).stdout)).toBeGreaterThan(100);
  });

  it('is read while an index is made', async () => {
    const writer = start(hold, path, '2000');
    const over = ended(writer);
    await says(writer, 'held');
    const began = Date.now();
    expect(members(path)).toBeGreaterThan(100);
    expect(Date.now() - began).toBeLessThan(1_500);
    expect(writer.exitCode).toBeNull();
    expect(await over).toBe(0);
  });

  it('makes a second writer wait for the first, and both end well', async () => {
    const enough = join(folder, 'enough');
    const first = start(hold, path, '30000', enough);
    const firstEnd = ended(first);
    await says(first, 'held');
    const second = start(hold, path, '0');
    const secondEnd = ended(second);
    await says(second, 'waiting');
    expect(first.exitCode).toBeNull();
    writeFileSync(enough, '');
    expect([await firstEnd, await secondEnd]).toEqual([0, 0]);
    expect(members(path)).toBeGreaterThan(100);
  });

  it('is made by two at once', async () => {
    const shared = join(folder, 'shared.db');
    const both = [start(index, shared, btf, 'one'), start(index, shared, btf, 'two')].map(ended);
    expect(await Promise.all(both)).toEqual([0, 0]);
    expect(members(shared)).toBeGreaterThan(100);
  });

  it('stays as it was when a writer is killed at any moment', async () => {
    const random = randomOf(7, 0);
    const victim = join(folder, 'victim.db');
    copyFileSync(path, victim);
    const expected = members(path);
    for (let round = 0; round < 8; round++) {
      const writer = start(index, victim, btf, 'killed');
      const over = ended(writer);
      if (round % 2 === 1) await says(writer, 'write');
      await new Promise((resolve) => setTimeout(resolve, random(round % 2 === 1 ? 400 : 800)));
      writer.kill('SIGKILL');
      await over;
      expect(members(victim), `round ${round}`).toBe(expected);
    }
    expect(run(index, victim, btf, 'after').status).toBe(0);
    expect(members(victim)).toBe(expected);
  });

  it('that was never finished is no catalog', async () => {
    const unborn = join(folder, 'unborn.db');
    const writer = start(index, unborn, btf, 'killed');
    const over = ended(writer);
    await says(writer, 'write');
    await new Promise((resolve) => setTimeout(resolve, 150));
    writer.kill('SIGKILL');
    await over;
    expect(existsSync(unborn)).toBe(true);
    expect(run(ask, unborn).out).toBe('none');
    expect(run(index, unborn, btf, 'again').status).toBe(0);
    expect(members(unborn)).toBeGreaterThan(100);
  });
});
