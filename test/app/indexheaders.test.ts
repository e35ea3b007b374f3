// `btfly index --headers` over trees made up here; what reads the headers stands in for the engine.
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { showKernel } from '../../src/app/index.ts';
import { indexHeaders, type ReadTree } from '../../src/app/indexheaders.ts';
import { openKernel } from '../../src/app/kernel.ts';
import { kernelFsAt } from '../../src/base/kernelfs.ts';
import { typeText } from '../../src/ctype/print.ts';
import { readHeaders } from '../../src/source/headers/headers.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { at, struct, u64 } from '../help/ctypes.ts';
import { headerFacts } from '../help/headerfacts.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const folder = scratchFolder();
let db = '';
let count = 0;
let reads = 0;

beforeEach(() => {
  db = join(folder, `${count++}.db`);
  reads = 0;
});

/** A configured tree; its one header is not read. */
function tree(release = '6.1.0-made', symbol = 'X86_64'): string {
  const path = scratchFolder();
  writeTree(path, {
    'include/linux/kconfig.h': '', 'include/generated/autoconf.h': `#define CONFIG_${symbol} 1\n`, 'include/generated/utsrelease.h': `#define UTS_RELEASE "${release}"\n`,
    'include/linux/page.h': 'struct page { unsigned long flags; };\n',
  });
  return path;
}

const read: ReadTree = ({ path }) => {
  reads++;
  const file = `${path}/include/linux/page.h`;
  return headerFacts([struct('page', 8, at(0, 'flags', u64))], [{ kind: 'integer', name: 'PAGE_SHIFT', file, line: 1, value: 12n, type: { size: 4, signed: true } }], [file]);
};

function symbols(...names: readonly string[]): string {
  const path = scratchFolder();
  writeTree(path, { 'System.map': names.map((name) => `ffffffff81000000 T ${name}\n`).join('') });
  return join(path, 'System.map');
}

function btf(): string {
  const writer = new BtfWriter();
  writer.struct('page', 16, [{ name: 'other', type: writer.int('long unsigned int', 8), offset: 64 }]);
  const path = scratchFolder();
  writeTree(path, { 'vmlinux-6.1.0-made': writer.bytes() });
  return join(path, 'vmlinux-6.1.0-made');
}

describe('a kernel', () => {
  it('of headers alone, with its symbols', async () => {
    const path = tree();
    const done = await indexHeaders({ db, sources: [symbols('vfs_read', 'vfs_write')], headers: path }, read);
    expect(done).toMatchObject({ kernels: [{ kernel: '6.1.0-made', added: [{ kind: 'headers', count: 1 }, { kind: 'macros', count: 1 }, { kind: 'kallsyms', count: 2 }], failed: [] }], failed: [], headers: { files: 1, problems: [], notes: [] } });
    const shown = showKernel('6.1.0-made', { db });
    expect(shown.sources.map(({ name, sources }) => [name, sources.map(({ kind, count: facts, origin }) => [kind, facts, origin.slice(-10)])])).toEqual([
      ['vmlinux', [['kallsyms', 2, 'System.map']]], ['headers', [['headers', 1, path.slice(-10)], ['macros', 1, path.slice(-10)]]],
    ]);
    const kernel = await openKernel({ db, kernel: '6.1.0-made' });
    expect([kernel.image.find('struct', 'page')[0]?.size, kernel.image.constant('PAGE_SHIFT'), kernel.probes.match('kprobe', undefined, 'vfs_*').map(({ name }) => name)]).toEqual([
      8, { value: 12n, header: 'linux/page.h' }, ['vfs_read', 'vfs_write'],
    ]);
  });

  it('has prototypes, of static functions those that its symbols name', async () => {
    const text = 'int called(int a);\nstruct page { int inlined; };\nstatic inline int inlined(struct page *p) { return p->inlined; }\nstatic inline int kept(struct page *p) { return 1; }\n';
    const engine: ReadTree = ({ files, config }) => readHeaders({ files, config: { ...config, forced: [] }, main: { name: 'all.c', text } });
    await indexHeaders({ db, sources: [symbols('kept', 'vfs_read')], headers: tree() }, engine);
    const { image } = await openKernel({ db, kernel: '6.1.0-made' });
    expect(['called', 'inlined', 'kept'].map((name) => image.find('function', name).map(({ type }) => typeText(type)))).toEqual([['int(int a)'], [], ['int(struct page *p)']]);
  });

  it('of BTF and headers in one go', async () => {
    const done = await indexHeaders({ db, sources: [btf()], headers: tree() }, read);
    expect(done.kernels.map(({ kernel, added }) => [kernel, added.map(({ kind }) => kind)])).toEqual([['6.1.0-made', ['btf']], ['6.1.0-made', ['headers', 'macros']]]);
    const kernel = await openKernel({ db, kernel: '6.1.0-made' });
    expect([kernel.image.find('struct', 'page')[0]?.size, kernel.types('headers').find('struct', 'page')[0]?.size]).toEqual([16, 8]);
  });

  it('that runs and has no BTF is found by its release', async () => {
    const root = scratchFolder();
    writeTree(root, { 'proc/sys/kernel/osrelease': '6.1.0-made\n', 'proc/sys/kernel/arch': 'x86_64\n' });
    await indexHeaders({ db, sources: [], headers: tree() }, read);
    const kernel = await openKernel({ db }, kernelFsAt(root));
    expect(kernel.image.find('struct', 'page')[0]?.image).toBe('headers');
  });
});

describe('again', () => {
  it('nothing is read that is known, unless it is asked for', async () => {
    const path = tree();
    const request = { db, sources: [], headers: path };
    await indexHeaders(request, read);
    expect((await indexHeaders(request, read)).kernels).toEqual([{ kernel: '6.1.0-made', called: '6.1.0-made', added: [], modules: 0, failed: [] }]);
    expect(reads).toBe(1);
    await indexHeaders({ ...request, force: true }, read);
    expect(reads).toBe(2);
  });

  it('headers that are configured otherwise are read', async () => {
    await indexHeaders({ db, sources: [], headers: tree() }, read);
    const path = tree();
    writeTree(path, { 'include/generated/autoconf.h': '#define CONFIG_X86_64 1\n#define CONFIG_MORE 1\n' });
    await indexHeaders({ db, sources: [], headers: path }, read);
    expect(reads).toBe(2);
  });
});

describe('what cannot be', () => {
  it.each<[string, () => { headers: string; name?: string }, RegExp]>([
    ['no such folder', () => ({ headers: '/nowhere/at/all' }), /^'\/nowhere\/at\/all' does not exist$/],
    ['no headers', () => ({ headers: folder }), /has no kernel headers$/],
    ['another architecture', () => ({ headers: tree('6.1.0-made', 'ARM64'), name: '6.1.0-made' }), /^\S+: kernel 6\.1\.0-made is of architecture x86_64, these headers are of arm64$/],
    ['another release', () => ({ headers: tree('6.2.0'), name: '6.1.0-made' }), /^\S+: kernel 6\.1\.0-made is of release 6\.1\.0-made, these headers are of 6\.2\.0$/],
  ])('%s', async (_, request, message) => {
    await indexHeaders({ db, sources: [], headers: tree() }, read);
    await expect(indexHeaders({ db, sources: [], ...request() }, read)).rejects.toThrow(message);
  });

  it('a folder that is not configured', async () => {
    const path = scratchFolder();
    writeTree(path, { 'include/linux/kconfig.h': '' });
    await expect(indexHeaders({ db, sources: [], headers: path }, read)).rejects.toThrow(/is not configured: there is no include\/generated\/autoconf\.h$/);
  });

  it('a source that is broken is told, the headers are read', async () => {
    const done = await indexHeaders({ db, sources: [join(folder, 'gone')], headers: tree() }, read);
    expect([done.failed.map(({ source }) => source), done.kernels.map(({ kernel }) => kernel)]).toEqual([[join(folder, 'gone')], ['6.1.0-made']]);
  });
});
