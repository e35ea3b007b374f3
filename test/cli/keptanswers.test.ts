// Answers that are told a second time, by the command itself.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { built, Cli } from '../help/cli.ts';
import { scratchFolder } from '../help/scratch.ts';

const folder = scratchFolder();
const cli = new Cli(folder);
const env = { BTFLY_ANSWER_CACHE: '', XDG_CACHE_HOME: join(folder, 'cache') };
const answers = join(folder, 'cache/btfly/answers');
const silent = { stdout: '', stderr: '', status: 0 };

beforeAll(() => {
  built();
  expect(cli.run(['index']).status).toBe(0);
  expect(cli.shell('btfly struct --all > computed')).toEqual(silent);
  expect(readFileSync(join(folder, 'computed'), 'latin1')).toMatch(/^struct list_head \{/m);
});

/** The words print what `file` holds. */
function prints(words: string, file: string, environment: Readonly<Record<string, string>> = env): void {
  expect(cli.shell(`set -o pipefail; btfly ${words} | cmp - ${file}`, { env: environment })).toEqual(silent);
}

test('a long answer is the same when it is kept, and when it is told again', () => {
  prints('struct --all', 'computed');
  expect(readdirSync(answers)).toHaveLength(1);
  prints('struct --all', 'computed');
  expect(readdirSync(answers)).toHaveLength(1);
});

test('it comes from the file', () => {
  const file = join(answers, readdirSync(answers)[0] ?? '');
  const kept = readFileSync(file, 'latin1');
  const change = (text: string): string => text.replace('struct list_head {', 'STRUCT LIST_HEAD {');
  writeFileSync(file, change(kept), 'latin1');
  writeFileSync(join(folder, 'changed'), change(readFileSync(join(folder, 'computed'), 'latin1')), 'latin1');
  prints('struct --all', 'changed');
  prints('struct --all', 'computed', {});
  writeFileSync(file, kept, 'latin1');
});

test('what is left in the middle is not kept', () => {
  for (const question of ['struct --all', 'header']) expect(cli.shell(`btfly ${question} | head -1 | wc -l`, { env })).toEqual({ ...silent, stdout: '1\n' });
  expect(readdirSync(answers)).toHaveLength(1);
});

test('two may ask at once', () => {
  expect(cli.shell('btfly header > one & btfly header > two & wait; cmp one two', { env })).toEqual(silent);
  prints('header', 'one');
  prints('header', 'one', {});
});

test('a kernel that is no longer in the catalog is not answered for', () => {
  expect(cli.run(['index', '/sys/kernel/btf/vmlinux', '--name', 'other', '--db', 'other.db'])).toMatchObject({ status: 0 });
  const before = readdirSync(answers).length;
  for (let time = 0; time < 2; time++) prints('struct --all --db other.db --kernel other', 'computed');
  expect(readdirSync(answers)).toHaveLength(before + 1);
  expect(cli.run(['kernels', 'rm', 'other', '--db', 'other.db'])).toMatchObject({ status: 0 });
  expect(cli.run(['struct', '--all', '--db', 'other.db', '--kernel', 'other'], { env })).toMatchObject({ stdout: '', stderr: expect.stringContaining("no kernel 'other'") as string, status: 1 });
});

test('where nothing can be kept, all is computed', () => {
  prints('struct --all', 'computed', { ...env, XDG_CACHE_HOME: '/dev/null' });
});
