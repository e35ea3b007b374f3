import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { KeptAnswer } from '../../src/app/keptanswer.ts';
import { kernelFsAt } from '../../src/base/kernelfs.ts';
import { fakeKernel, type FakeKernel } from '../help/fakekernel.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const kernel: FakeKernel = { types: (btf) => { btf.struct('thing', 4, [{ name: 'x', type: btf.int('int', 4, 1), offset: 0 }]); } };
const words = ['struct', ['thing'], { all: true }];
const before = process.env.XDG_CACHE_HOME;
afterAll(() => { process.env.XDG_CACHE_HOME = before; });

let folder = '';
let db = '';
let cache = '';

/** Asked anew, as another process would. */
function answer(asked: unknown = words, root = folder): KeptAnswer {
  return new KeptAnswer(asked, { db }, kernelFsAt(root));
}

beforeEach(async () => {
  folder = scratchFolder();
  cache = join(folder, 'cache');
  process.env.XDG_CACHE_HOME = cache;
  await fakeKernel(folder, kernel);
  db = join(folder, 'catalog.db');
});

test('is told again', () => {
  expect(answer().read()).toBeUndefined();
  answer().write(['struct thing {\n', '\tint x; /* µ */\n', '};\n']);
  expect(String(answer().read())).toBe('struct thing {\n\tint x; /* µ */\n};\n');
  answer(['nothing']).write([]);
  expect(String(answer(['nothing']).read())).toBe('');
});

test('belongs to its question', () => {
  answer().write(['text']);
  for (const other of [['union', ['thing'], { all: true }], ['struct', ['thing2'], { all: true }], ['struct', ['thing'], { all: true, hex: true }], ['struct', [], { all: true }]]) expect(answer(other).read()).toBeUndefined();
  expect(String(answer().read())).toBe('text');
});

test.each<readonly [string, () => unknown]>([
  ['another kernel in the catalog', async () => { await fakeKernel(join(folder, 'other'), { ...kernel, release: '6.2.0', catalog: db }); }],
  ['another file in place of the catalog', () => { const bytes = readFileSync(db); rmSync(db); writeFileSync(db, bytes); }],
  ['a catalog that was written at another time', () => { utimesSync(db, 1000, 1000); }],
  ['a catalog that has gone', () => { rmSync(db); }],
  ['a folder in its place', () => { rmSync(db); mkdirSync(db); }],
  ['a journal beside it', () => { writeFileSync(`${db}-journal`, ''); }],
  ['another kernel that runs', () => { writeTree(folder, { 'proc/sys/kernel/osrelease': '6.2.0\n' }); }],
  ['tracefs that can be read now', () => { writeTree(folder, { 'sys/kernel/tracing/events/enable': '0\n' }); }],
])('not with %s', async (_, change) => {
  answer().write(['text']);
  expect(String(answer().read())).toBe('text');
  await change();
  expect(answer().read()).toBeUndefined();
});

test('is not kept when the catalog changed while it was found', async () => {
  const asked = answer();
  await fakeKernel(join(folder, 'other'), { ...kernel, release: '6.2.0', catalog: db });
  asked.write(['of the catalog before']);
  expect(answer().read()).toBeUndefined();
});

test('gives way to a newer one to the same question', async () => {
  answer().write(['old']);
  await fakeKernel(join(folder, 'other'), { ...kernel, release: '6.2.0', catalog: db });
  answer().write(['new']);
  expect(String(answer().read())).toBe('new');
  expect(readdirSync(join(cache, 'btfly/answers'))).toHaveLength(1);
});

test('is not told when it was cut or grew', () => {
  answer().write(['a long text\n', 'of two lines\n']);
  const [name = ''] = readdirSync(join(cache, 'btfly/answers'));
  const file = join(cache, 'btfly/answers', name);
  const bytes = readFileSync(file);
  for (const damaged of [bytes.subarray(0, -1), bytes.subarray(0, 20), Buffer.alloc(0), Buffer.concat([bytes, Buffer.from('x')]), Buffer.from('\n')]) {
    writeFileSync(file, damaged);
    expect(answer().read()).toBeUndefined();
  }
  writeFileSync(file, bytes);
  expect(String(answer().read())).toBe('a long text\nof two lines\n');
});
