import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { openFds } from '../../src/sys/fd.ts';
import { onExit } from '../../src/sys/process.ts';

test('tells when a process ends, once, and keeps nothing open', async () => {
  const child = spawn('sleep', ['0.05']);
  let calls = 0;
  await new Promise<void>((resolve) => {
    onExit(child.pid ?? 0, () => {
      calls++;
      resolve();
    });
  });
  expect(calls).toBe(1);
  expect(openFds()).toEqual([]);
});

test('closed before the end it never calls', async () => {
  const child = spawn('sleep', ['0.05']);
  const watch = onExit(child.pid ?? 0, () => { throw new Error('called'); });
  watch.close();
  watch.close();
  await new Promise((resolve) => child.once('exit', resolve));
  expect(openFds()).toEqual([]);
});

test('a process that is not there is an error', () => {
  expect(() => onExit(2 ** 22 + 1, () => undefined)).toThrow(/pidfd_open: (ESRCH|EINVAL): pid 4194305/);
});
