import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SysError } from '../../src/base/errors.ts';
import type { Buffering } from '../../src/runtime/writer.ts';
import { openOutput, ReaderGone, Writer } from '../../src/runtime/writer.ts';

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'btfly-writer-')); });
afterAll(() => { rmSync(folder, { recursive: true }); });

const file = (name: string): string => join(folder, name);

describe('buffering', () => {
  test.each<[Buffering, string, string]>([
    ['none', 'ab', 'ab'],
    ['line', '', 'ab'],
    ['full', '', ''],
  ])('%s: there before the slice ends %j, after it %j', (buffering, before, after) => {
    const fd = openOutput(file(buffering));
    const writer = new Writer(fd, 'x', buffering);
    writer.write('a');
    writer.write('b');
    expect(readFileSync(file(buffering), 'utf8')).toBe(before);
    writer.pause();
    expect(readFileSync(file(buffering), 'utf8')).toBe(after);
    writer.flush();
    expect(readFileSync(file(buffering), 'utf8')).toBe('ab');
    closeSync(fd);
  });

  test('much goes out at once', () => {
    const fd = openOutput(file('much'));
    const writer = new Writer(fd, 'x', 'full');
    writer.write('x'.repeat(100_000));
    expect(readFileSync(file('much')).byteLength).toBe(100_000);
    closeSync(fd);
  });
});

test('text is bytes', () => {
  const fd = openOutput(file('bytes'));
  const writer = new Writer(fd, 'x', 'none');
  writer.write('\u00ff\u0000\u00c3\u00a9');
  expect([...readFileSync(file('bytes'))]).toEqual([0xff, 0, 0xc3, 0xa9]);
  closeSync(fd);
});

test('a full disk is an error that names the file, once', () => {
  const fd = openSync('/dev/full', 'w');
  const writer = new Writer(fd, 'out.txt', 'none');
  expect(() => { writer.write('x'); }).toThrow(new SysError('write out.txt', 28, 'ENOSPC', 'the disk is full'));
  writer.write('y');
  writer.flush();
  closeSync(fd);
});

test('a reader that left is told apart', async () => {
  const fifo = file('fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = spawn('head', ['-c', '1', fifo], { stdio: 'ignore' });
  const ended = new Promise((resolve) => reader.once('exit', resolve));
  const fd = openSync(fifo, 'w');
  const writer = new Writer(fd, 'fifo', 'none');
  writer.write('x');
  await ended;
  expect(() => { writer.write('y'); }).toThrow(ReaderGone);
  closeSync(fd);
});

test('a slow reader of a descriptor that does not block is waited for', async () => {
  const fifo = file('slow');
  execFileSync('mkfifo', [fifo]);
  const reader = spawn('sh', ['-c', `sleep 0.2; wc -c < ${fifo}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  let counted = '';
  reader.stdout.setEncoding('utf8');
  reader.stdout.on('data', (text: string) => { counted += text; });
  const ended = new Promise((resolve) => reader.once('close', resolve));
  // O_RDWR | O_NONBLOCK opens a fifo whose reader has not come yet.
  const fd = openSync(fifo, 0o2 | 0o4000);
  const writer = new Writer(fd, 'fifo', 'full');
  writer.write('x'.repeat(1 << 20));
  writer.flush();
  closeSync(fd);
  await ended;
  expect(counted.trim()).toBe(String(1 << 20));
});

test('a folder is no file to write to', () => {
  expect(() => openOutput(folder)).toThrow(new SysError(`open ${folder}`, 21, 'EISDIR', 'Is a directory'));
});
