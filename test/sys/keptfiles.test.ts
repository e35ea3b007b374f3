import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KeptFiles } from '../../src/sys/keptfiles.ts';
import { isRoot } from '../help/root.ts';
import { scratchFolder } from '../help/scratch.ts';

const plenty = { bytes: 1000, files: 10 };

/** Seconds since the epoch at which a file was last of use. */
function last(folder: string, name: string, time: number): void {
  utimesSync(join(folder, name), time, time);
}

test('what was written is read, by its name only', () => {
  const files = new KeptFiles(join(scratchFolder(), 'a', 'b'), plenty);
  expect(files.read('one')).toBeUndefined();
  files.write('one', Buffer.from('first'));
  files.write('one', Buffer.from('second'));
  expect(String(files.read('one'))).toBe('second');
  expect(files.read('two')).toBeUndefined();
  expect(readdirSync(files.folder)).toEqual(['one']);
});

test('of too many bytes, what was of use longest ago goes', () => {
  const folder = scratchFolder();
  const files = new KeptFiles(folder, { bytes: 100, files: 10 });
  for (const [time, name] of ['a', 'b', 'c'].entries()) {
    files.write(name, Buffer.alloc(30));
    last(folder, name, 1000 + time);
  }
  files.used('a');
  files.write('d', Buffer.alloc(30));
  expect(readdirSync(folder).sort()).toEqual(['a', 'c', 'd']);
});

test('of too many files, too', () => {
  const folder = scratchFolder();
  const files = new KeptFiles(folder, { bytes: 100, files: 2 });
  for (const [time, name] of ['a', 'b', 'c', 'd'].entries()) {
    files.write(name, Buffer.alloc(1));
    last(folder, name, 1000 + time);
  }
  expect(readdirSync(folder).sort()).toEqual(['c', 'd']);
});

test('what is longer than all may be together is not kept, and nothing goes for it', () => {
  const files = new KeptFiles(scratchFolder(), { bytes: 100, files: 10 });
  files.write('short', Buffer.alloc(1));
  files.write('long', Buffer.alloc(101));
  expect(readdirSync(files.folder)).toEqual(['short']);
});

test('a folder that cannot be made', () => {
  const folder = join(scratchFolder(), 'file');
  writeFileSync(folder, 'here');
  const files = new KeptFiles(join(folder, 'kept'), plenty);
  files.write('one', Buffer.from('first'));
  files.used('one');
  expect(files.read('one')).toBeUndefined();
  expect(readFileSync(folder, 'utf8')).toBe('here');
});

test('a folder in place of a file', () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'one'));
  const files = new KeptFiles(folder, plenty);
  expect(files.read('one')).toBeUndefined();
  files.write('one', Buffer.from('first'));
  expect(readdirSync(folder)).toEqual(['one']);
});

test.skipIf(!isRoot)('a file of somebody else', () => {
  const folder = scratchFolder();
  const files = new KeptFiles(folder, plenty);
  files.write('one', Buffer.from('first'));
  chownSync(join(folder, 'one'), 65534, 65534);
  chmodSync(join(folder, 'one'), 0o644);
  expect(files.read('one')).toBeUndefined();
});
