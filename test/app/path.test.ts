import { describe, expect, test } from 'vitest';
import { pathIn } from '../../src/app/path.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { RecordDefinition } from '../../src/ctype/ctype.ts';
import { recordOf } from '../../src/ctype/member.ts';
import { strip, type Types } from '../../src/ctype/types.ts';
import { openCatalog, type Catalog } from '../../src/index/reader.ts';
import { parsePath, resolvePath } from '../../src/resolve/path.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { runningBtf } from '../help/kernels.ts';
import { runningTypes } from '../help/kerneltypes.ts';
import { scratchFolder } from '../help/scratch.ts';

function define(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const head = btf.struct('list_head', 16, [{ name: 'next', type: btf.ptr(btf.nextId + 2), offset: 0 }, { name: 'prev', type: btf.ptr(btf.nextId + 1), offset: 64 }]);
  const block = btf.struct('super_block', 24, [{ name: 's_list', type: head, offset: 0 }, { name: 's_flags', type: int, offset: 128 }]);
  const blockPointer = btf.typedef('sb_t', btf.ptr(btf.konst(block)));
  const inode = btf.struct('inode', 32, [{ name: 'i_list', type: head, offset: 0 }, { name: 'i_sb', type: blockPointer, offset: 128 }]);
  const mnt = btf.struct('', 16, [{ name: 'mnt_sb', type: btf.ptr(block), offset: 0 }, { name: 'mnt_inode', type: btf.ptr(inode), offset: 64 }]);
  const path = btf.struct('path', 24, [{ name: 'mnt', type: btf.ptr(mnt), offset: 0 }, { name: '', type: mnt, offset: 64 }]);
  const file = btf.struct('file', 64, [{ name: 'f_path', type: path, offset: 0 }, { name: 'f_inode', type: btf.ptr(inode), offset: 192 }, { name: 'f_owner', type: btf.ptr(btf.nextId + 9), offset: 256 }]);
  const table = btf.struct('fdtable', 16, [{ name: 'fd', type: btf.ptr(btf.ptr(file)), offset: 0 }, { name: 'cache', type: btf.array(btf.ptr(file), 1), offset: 64 }]);
  btf.struct('task', 40, [{ name: 'parent', type: btf.ptr(btf.nextId + 2), offset: 0 }, { name: 'files', type: btf.ptr(table), offset: 64 }, { name: 'root', type: block, offset: 128 }]);
  btf.struct('alias', 8, [{ name: 'zeroth', type: btf.ptr(file), offset: 0 }, { name: 'first', type: btf.ptr(file), offset: 0 }]);
  btf.struct('lonely', 4, [{ name: 'x', type: int, offset: 0 }]);
}

const folder = scratchFolder();
await fakeKernel(folder, { types: define });
const catalog = openCatalog(`${folder}/catalog.db`);
const found = (from: string, to: string, max = 10, hops = 4, opened: Catalog | undefined = catalog) => {
  if (opened === undefined) throw new Error('no catalog');
  const types = opened.image();
  return pathIn(opened.search(types.kernel), types, { from, to }, { max, hops });
};

test.each<[string, string, readonly string[]]>([
  ['struct file *', 'struct super_block *', [
    '((struct file *)$x)->f_path.mnt_sb /* struct super_block *, offset 8 */',
    '((struct file *)$x)->f_owner->root /* struct super_block, offset 32 -> 16 */',
    '((struct file *)$x)->f_inode->i_sb /* sb_t, offset 24 -> 16 */',
    '((struct file *)$x)->f_path.mnt->mnt_sb /* struct super_block *, offset 0 -> 0 */',
    '((struct file *)$x)->f_path.mnt_inode->i_sb /* sb_t, offset 16 -> 16 */',
    '((struct file *)$x)->f_path.mnt->mnt_inode->i_sb /* sb_t, offset 0 -> 8 -> 16 */',
  ]],
  ['task', 'file', ['((struct task *)$x)->files->cache[0] /* struct file *[1], offset 8 -> 8 */', '((struct task *)$x)->files->fd[0] /* struct file **, offset 8 -> 0 -> 0 */']],
  ['struct task', 'struct super_block', [
    '((struct task *)$x)->root /* struct super_block, offset 16 */',
    '((struct task *)$x)->files->cache[0]->f_path.mnt_sb /* struct super_block *, offset 8 -> 8 -> 8 */',
    '((struct task *)$x)->files->fd[0]->f_path.mnt_sb /* struct super_block *, offset 8 -> 0 -> 0 -> 8 */',
    '((struct task *)$x)->files->cache[0]->f_inode->i_sb /* sb_t, offset 8 -> 8 -> 24 -> 16 */',
    '((struct task *)$x)->files->cache[0]->f_path.mnt->mnt_sb /* struct super_block *, offset 8 -> 8 -> 0 -> 0 */',
    '((struct task *)$x)->files->cache[0]->f_path.mnt_inode->i_sb /* sb_t, offset 8 -> 8 -> 16 -> 16 */',
  ]],
  ['task', 'task', [
    '((struct task *)$x)->parent /* struct task *, offset 0 */',
    '((struct task *)$x)->files->cache[0]->f_owner /* struct task *, offset 8 -> 8 -> 32 */', '((struct task *)$x)->files->fd[0]->f_owner /* struct task *, offset 8 -> 0 -> 0 -> 32 */',
  ]],
  ['alias', 'file', ['((struct alias *)$x)->zeroth /* struct file *, offset 0 */', '((struct alias *)$x)->first /* struct file *, offset 0 */']],
])('path %s to %s', (from, to, expected) => {
  expect(found(from, to).text().split('\n').slice(0, -1)).toEqual(expected);
});

test('at most so many, over at most so many pointers', () => {
  expect(found('file', 'super_block', 2).ways).toHaveLength(2);
  expect(found('file', 'super_block', 10, 1).ways.map(({ path }) => path)).toEqual(['f_path.mnt_sb', 'f_owner->root']);
});

test('json', () => {
  expect(JSON.parse(found('file', 'super_block', 1).json())).toEqual([{
    from: 'struct file', to: 'struct super_block', expression: '((struct file *)$x)->f_path.mnt_sb', path: 'f_path.mnt_sb', type: 'struct super_block *', members: 2, hops: 1, offsets: [8],
  }]);
});

test.each<[string, string, string, string | undefined]>([
  ['lonely', 'file', 'no way from struct lonely to struct file over at most 4 pointers', '--hops 6 looks further'],
  ['list_head', 'file', 'no way from struct list_head to struct file over at most 4 pointers', '--hops 6 looks further'],
  ['flie', 'file', 'no type is called flie', 'near it: file'],
  ['file', 'struct super_blok', 'no struct is called super_blok', 'near it: super_block'],
])('path %s to %s: %s', (from, to, message, hint) => {
  const attempt = () => found(from, to);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(expect.objectContaining({ message, hint }));
});

describe.skipIf(runningBtf() === undefined)('the running kernel', async () => {
  const here = scratchFolder();
  const kernel = runningBtf() === undefined ? undefined : await runningTypes(here);
  const opened = openCatalog(`${here}/types-0.db`);

  test.each([['file', 'super_block'], ['sk_buff', 'net'], ['task_struct', 'file'], ['bio', 'gendisk'], ['page', 'inode'], ['sock', 'net_device']])('from %s to %s: each way is one, and none is shorter', (from, to) => {
    if (kernel === undefined) return;
    const [start] = kernel.find('struct', from);
    const [end] = kernel.find('struct', to);
    const { ways } = found(from, to, 20, 3, opened);
    expect(ways.length).toBeGreaterThan(0);
    for (const way of ways.filter(({ path }) => !path.includes('[0]'))) {
      if (start === undefined) continue;
      const { hops, last } = resolvePath(kernel, start, parsePath(`x.${way.path}`).steps);
      const under = strip(kernel, last.type);
      expect([way.path, recordOf(kernel, under.kind === 'ptr' ? under.to : under)?.id]).toEqual([way.path, end?.id]);
      expect([way.path, hops.map((hop) => hop.steps.at(-1)?.offset)]).toEqual([way.path, way.offsets]);
    }
    expect(ways.map(({ hops }) => hops)).toEqual(ways.map(({ hops }) => hops).sort((a, b) => a - b));
    expect(ways[0]?.hops).toBe(start && end ? fewestPointers(kernel, start, end) : -1);
  });
});

/** Breadth first over the definitions, one pointer a level. */
function fewestPointers(types: Types, start: RecordDefinition, end: RecordDefinition): number {
  const seen = new Set<RecordDefinition>();
  let level = [start];
  for (let pointers = 0; pointers <= 4; pointers++) {
    const behind: RecordDefinition[] = [];
    for (const stack = level; stack.length > 0; ) {
      const record = stack.pop();
      if (record === undefined || seen.has(record)) continue;
      seen.add(record);
      if (record.id === end.id && record !== start) return pointers;
      for (const member of record.members) {
        let type = strip(types, member.type);
        while (type.kind === 'array') type = strip(types, type.of);
        const inner = recordOf(types, type.kind === 'ptr' ? type.to : type);
        if (inner !== undefined) (type.kind === 'ptr' ? behind : stack).push(inner);
      }
    }
    level = behind;
  }
  return -1;
}
