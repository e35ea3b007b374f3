import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kernelFs, kernelFsAt } from '../../src/base/kernelfs.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const folder = scratchFolder();
writeTree(folder, { '/sys/kernel/notes': 'abcdef', '/sys/kernel/b': '', '/sys/kernel/a': '' });
const fs = kernelFsAt(folder);

it('reads a fake tree', () => {
  expect(fs.text('/sys/kernel/notes')).toBe('abcdef');
  expect(Buffer.from(fs.bytes('/sys/kernel/notes') ?? []).toString()).toBe('abcdef');
  expect(Buffer.from(fs.head('/sys/kernel/notes', 3) ?? []).toString()).toBe('abc');
  expect(Buffer.from(fs.head('/sys/kernel/notes', 99) ?? []).toString()).toBe('abcdef');
  expect(fs.list('/sys/kernel')).toEqual(['a', 'b', 'notes']);
  expect(fs.locate('/sys/kernel')).toBe(join(folder, 'sys/kernel'));
});

it('says undefined of what is not there', () => {
  expect([fs.text('/nothing'), fs.bytes('/sys/kernel/notes/deeper'), fs.list('/nothing'), fs.head('/nothing', 1)]).toEqual([undefined, undefined, undefined, undefined]);
});

it('names the errno of what may not be read', () => {
  expect(() => fs.text('/sys/kernel')).toThrow(expect.objectContaining({ name: 'SysError', errno: 21, code: 'EISDIR', message: 'read /sys/kernel: EISDIR' }));
});

it.skipIf(process.getuid?.() === 0)('permission denied', () => {
  chmodSync(join(folder, 'sys/kernel/a'), 0);
  expect(() => fs.text('/sys/kernel/a')).toThrow(expect.objectContaining({ code: 'EACCES' }));
});

it('reads the machine itself', () => {
  expect(kernelFs.text('/proc/self/comm')).toMatch(/\n$/);
});
