// Runs a fuzz target in a process of its own, which is killed when it stands still: a hang is a finding with its number, not a test that never ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { bundleScript } from '../help/script.ts';
import { seed } from './mutator.ts';
import type { Target } from './targets.ts';
import type { Summary } from './worker.ts';

export function bundleWorker(folder: string): string {
  return bundleScript(folder, 'worker', `import ${JSON.stringify(join(import.meta.dirname, 'worker.ts'))};`);
}

/** Every mutation is read or refused with a FormatError, in time and within memory. */
export async function fuzz(worker: string, { name, megabytes = 700 }: Target, count: number): Promise<void> {
  const summary = await run(worker, name, 0, count);
  const { done, refused, slowest } = summary;
  console.log(`${name}: ${done} mutations of seed ${seed}, ${refused} refused, slowest ${Math.round(slowest.ms)} ms (${slowest.index}), ${summary.megabytes} MB`);
  expect(summary.failures).toEqual([]);
  expect(slowest.ms, `mutation ${slowest.index} of seed ${seed}`).toBeLessThan(slowestMs);
  expect(summary.megabytes).toBeLessThan(megabytes);
  expect(refused).toBeLessThan(done);
}

const slowestMs = 3_000;
const standstillMs = 20_000;

async function run(worker: string, target: string, from: number, to: number, each = false): Promise<Summary> {
  const child = spawn(process.execPath, ['--max-old-space-size=512', worker, target, String(seed), String(from), String(to), ...(each ? ['each'] : [])], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-2_000); });
  let at = from;
  let summary: Summary | undefined;
  let watch = setTimeout(() => child.kill('SIGKILL'), standstillMs);
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(watch);
    watch = setTimeout(() => child.kill('SIGKILL'), standstillMs);
    if (line.startsWith('{')) summary = JSON.parse(line) as Summary;
    else at = Number(line);
  }
  clearTimeout(watch);
  await closed;
  if (summary !== undefined) return summary;
  if (!each) return await run(worker, target, at, to, true);
  throw new Error(`mutation ${at} of seed ${seed} ended the process (${child.signalCode ?? child.exitCode}): ${said}`);
}
