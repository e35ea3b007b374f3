// How runs end that nobody asked to end: signals, readers that go away, a first use that is broken off.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { built, Cli } from '../help/cli.ts';
import { isRoot } from '../help/root.ts';
import { scratchFolder } from '../help/scratch.ts';

const cli = new Cli(scratchFolder());

beforeAll(() => {
  built();
  expect(cli.run(['index']).status).toBe(0);
});

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a process says until it ends; `wait` resolves when standard error has had a text. */
class Watched {
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(readonly process: ChildProcessWithoutNullStreams) {
    process.stdout.on('data', (data: Buffer) => { this.#stdout += data.toString(); });
    process.stderr.on('data', (data: Buffer) => { this.#stderr += data.toString(); });
    this.ended = new Promise((resolve) => {
      process.on('close', (status, signal) => { resolve({ stdout: this.#stdout, stderr: this.#stderr, status, signal }); });
    });
  }

  async wait(text: string): Promise<void> {
    while (!this.#stderr.includes(text)) {
      if (this.process.exitCode !== null) throw new Error(`ended without ${text}: ${this.#stderr}`);
      await sleep(10);
    }
  }
}

describe.skipIf(!isRoot)('a run (needs root)', () => {
  const counting = 'BEGIN { printf("begin\\n"); @fired = 0; } interval:ms:20 { @fired = 1; } END { printf("end\\n"); }';
  const whole = 'begin\nend\n\n\n@fired: 1\n';

  test.each<[signal: NodeJS.Signals, expected: Partial<Ended>]>([
    ['SIGINT', { stdout: whole, status: 0, signal: null }],
    ['SIGTERM', { stdout: whole, status: 0, signal: null }],
    // bpftrace does not listen to it either; nohup(1) has it ignored.
    ['SIGHUP', { stdout: 'begin\n', status: null, signal: 'SIGHUP' }],
  ])('%s', async (signal, expected) => {
    const watched = new Watched(cli.start(['-e', counting]));
    await watched.wait('Attached 3 probes');
    await sleep(100);
    watched.process.kill(signal);
    expect(await watched.ended).toMatchObject(expected);
  });

  test('SIGINT, with -o', async () => {
    const watched = new Watched(cli.start(['-o', 'out', '-e', counting]));
    await watched.wait('Attached 3 probes');
    await sleep(100);
    watched.process.kill('SIGINT');
    expect(await watched.ended).toMatchObject({ stdout: '', status: 0 });
    expect(readFileSync(join(cli.folder, 'out'), 'utf8')).toBe(whole);
  });

  test('a second SIGINT does not wait for END', async () => {
    const watched = new Watched(cli.start(['--unsafe', '-e', 'interval:s:10 { } END { system("touch ending; exec sleep 5"); }']));
    await watched.wait('Attached 2 probes');
    watched.process.kill('SIGINT');
    await expect.poll(() => existsSync(join(cli.folder, 'ending')), { timeout: 5_000 }).toBe(true);
    const before = Date.now();
    watched.process.kill('SIGINT');
    await new Promise((resolve) => { watched.process.once('exit', resolve); });
    expect(watched.process.signalCode).toBe('SIGINT');
    expect(Date.now() - before).toBeLessThan(3_000);
  });

  test('SIGTERM ends the command of -c', async () => {
    const watched = new Watched(cli.start(['-c', 'sh -c "echo pid $$. >&2; exec sleep 60"', '-e', 'interval:s:10 { }']));
    await watched.wait('.\n');
    watched.process.kill('SIGTERM');
    const { stderr, status } = await watched.ended;
    expect(status).toBe(0);
    const [, pid] = /^pid (\d+)\.$/m.exec(stderr) ?? [];
    await expect.poll(() => runs(Number(pid))).toBe(false);
  });

  test('a reader that goes away', async () => {
    const child = cli.start(['-e', 'interval:ms:20 { printf("line\\n"); } END { printf("end\\n"); }']);
    child.stdout.once('data', () => { child.stdout.destroy(); });
    const [status, signal] = await new Promise<[number | null, string | null]>((resolve) => { child.once('exit', (...how) => { resolve(how); }); });
    expect({ status, signal }).toEqual({ status: 141, signal: null });
  });
});

/** A process that has ended and that nobody has waited for has no command line any more. */
function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'latin1') !== '';
}

test.each(['-l', "sql 'SELECT * FROM member'"])('btfly %s | head -1', (words) => {
  const { stdout, stderr, status } = cli.shell(`btfly ${words} | head -1; exit \${PIPESTATUS[0]}`);
  expect({ stderr, status }).toEqual({ stderr: '', status: 141 });
  expect(stdout).toMatch(/^.+\n$/);
});

test('a full disk', () => {
  expect(cli.shell('btfly -l > /dev/full')).toEqual({ stdout: '', stderr: 'ERROR: write standard output: ENOSPC: no space left on device\n', status: 1 });
});

describe('a first use', () => {
  test('that is broken off leaves nothing, and the next one works', async () => {
    for (const delay of [300, 600, 900]) {
      const first = new Cli(scratchFolder());
      const watched = new Watched(first.start(['struct', 'list_head']));
      await sleep(delay);
      watched.process.kill('SIGINT');
      const ended = await watched.ended;
      if (ended.status === 0) break;
      expect(ended).toEqual({ stdout: '', stderr: '', status: null, signal: 'SIGINT' });
      expect(existsSync(`${first.db}-journal`)).toBe(false);
      if (delay === 300) expect(first.run(['struct', 'list_head'])).toMatchObject({ stdout: expect.stringContaining('next;') as string, stderr: '', status: 0 });
    }
  });

  test('two at once both end well', async () => {
    const first = new Cli(scratchFolder());
    const both = [['struct', 'list_head'], ['check', '-e', 'kprobe:vfs_read { @[comm] = count(); }']].map((args) => new Watched(first.start(args)).ended);
    const [struct, check] = await Promise.all(both);
    expect(struct).toMatchObject({ stdout: expect.stringContaining('next;') as string, stderr: '', status: 0 });
    expect(check).toMatchObject({ stdout: '', stderr: '', status: 0 });
    expect(first.run(['kernels', '--json']).stdout).toMatch(/^\[\s*\{[^]*\}\s*\]\n$/);
    expect((JSON.parse(first.run(['kernels', '--json']).stdout) as unknown[]).length).toBe(1);
  });
});
