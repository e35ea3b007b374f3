import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCatalog } from '../../src/app/library.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const db = join(scratchFolder(), 'two.db');

function define(wide: boolean): (btf: BtfWriter) => void {
  return (btf) => {
    const int = btf.int('int', 4, 1);
    const long = btf.int('long unsigned int', 8);
    const block = btf.struct('super_block', 8, [{ name: 'flags', type: long, offset: 0 }]);
    const inode = btf.struct('inode', 16, [{ name: 'mode', type: int, offset: 0 }, { name: 'i_sb', type: btf.ptr(block), offset: 64 }]);
    const file = btf.struct('file', wide ? 24 : 16, [{ name: 'f_inode', type: btf.ptr(inode), offset: 0 }, { name: 'f_pos', type: wide ? long : int, offset: 64 }]);
    btf.struct('workspace', 4, [{ name: 'a', type: int, offset: 0 }]);
    btf.struct('workspace', 8, [{ name: 'b', type: long, offset: 0 }]);
    btf.typedef('file_t', file);
    btf.union('both', 8, [{ name: 'i', type: int, offset: 0 }, { name: 'l', type: long, offset: 0 }]);
    btf.enum('pid_type', { PIDTYPE_PID: 0, PIDTYPE_TGID: 1 });
    btf.func('vfs_read', btf.proto(long, [['file', btf.ptr(file)], ['count', long]]));
    btf.datasec('.data..percpu', 16, [[btf.variable('cpu_number', int), 8, 4]]);
  };
}

await fakeKernel(scratchFolder(), { types: define(false), symbols: ['vfs_read'], release: '6.1.0-1-test', catalog: db });
await fakeKernel(scratchFolder(), { types: define(true), symbols: ['vfs_read'], release: '6.12.0-1-test', catalog: db });
const catalog = openCatalog({ db });
const kernel = catalog.kernel('6.1.0-1-test');

test('a catalog', () => {
  expect(catalog.path).toBe(db);
  expect(catalog.kernels().map(({ name }) => name).sort()).toEqual(['6.1.0-1-test', '6.12.0-1-test']);
  expect(catalog.kernel('6.1.0-1-test')).toBe(kernel);
  expect(kernel.info.name).toBe('6.1.0-1-test');
  expect(() => catalog.kernel('7.2')).toThrow(UsageError);
  expect(() => openCatalog({ db: `${db}.not` })).toThrow(UsageError);
});

test('layouts', () => {
  expect(kernel.layout('struct file').map(({ record, padding }) => [record.size, padding])).toEqual([[16, 4]]);
  expect(kernel.layout('file')[0]?.members.map(({ name, offset, size }) => [name, offset, size])).toEqual([['f_inode', 0, 8], ['f_pos', 8, 4]]);
  expect(kernel.layout('file_t')[0]?.record.name).toBe('file');
  expect(kernel.layout('workspace').map(({ record }) => record.size)).toEqual([4, 8]);
  expect(kernel.layout('workspace#2').map(({ record }) => record.size)).toEqual([8]);
  expect(() => kernel.layout('fil')).toThrow('no type is called fil');
});

test('descriptions', () => {
  expect(kernel.struct('file').objects()).toMatchObject([{ kind: 'struct', name: 'file', size: 16 }]);
  expect(JSON.parse(kernel.struct('file.f_inode->i_sb').json())).toMatchObject({ path: 'file.f_inode->i_sb', type: 'struct super_block *', offset: 8 });
  expect(kernel.union('both').definitions.map(({ id }) => typeof id)).toEqual(['number']);
  expect(kernel.enum('pid_type').text()).toContain('PIDTYPE_TGID');
  expect(kernel.func('vfs_read').objects()).toMatchObject([{ kind: 'function', returns: 'long unsigned int' }]);
  expect(kernel.type('file_t').objects()).toMatchObject([{ kind: 'typedef' }]);
  expect(kernel.names('struct', '*_block')).toEqual(['super_block']);
  expect(kernel.types.find('enum', 'pid_type')).toHaveLength(1);
});

test('questions', () => {
  expect(kernel.offset('struct file', 'f_pos', 'f_inode->i_sb').offsets.map(({ path, offset }) => [path, offset])).toEqual([['.f_pos', 8], ['.f_inode->i_sb', 8]]);
  expect(kernel.at('struct file', 9).places[0]?.members.map(({ path }) => path)).toEqual(['f_pos']);
  expect(kernel.find({ type: 'struct super_block *' }).text()).toBe('struct inode.i_sb: offset 8 (0x8), size 8, struct super_block *\n');
  expect(kernel.path('struct file *', 'struct super_block').ways.map(({ path }) => path)).toEqual(['f_inode->i_sb']);
  expect(kernel.probes({ args: ['struct file *'] }).probes.map(({ title }) => title)).toContain('kprobe:vfs_read');
  expect(kernel.list('kprobe:vfs_*').entries.map(({ title }) => title)).toEqual(['kprobe:vfs_read']);
  expect(kernel.constants('PIDTYPE_*').found.map(({ name }) => name)).toEqual(['PIDTYPE_PID', 'PIDTYPE_TGID']);
  expect(kernel.variables('cpu_*').variables).toMatchObject([{ name: 'cpu_number', offset: 8, size: 4 }]);
  expect(kernel.header()).toContain('struct super_block {');
});

test('questions about both', () => {
  expect(catalog.diff('6.1.0-1-test', '6.12.0-1-test', 'struct file').changes).toMatchObject([{ status: 'changed', name: 'file' }]);
  expect(catalog.sql("SELECT kernel, size FROM v_definition WHERE name = 'file' ORDER BY kernel")).toEqual([{ kernel: '6.1.0-1-test', size: 16 }, { kernel: '6.12.0-1-test', size: 24 }]);
  expect(() => catalog.sql('DELETE FROM kernel')).toThrow(UsageError);
});
