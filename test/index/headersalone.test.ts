// A kernel of which only headers tell compiles scripts to the same instructions as with BTF. The types of its BTF stand in for its headers here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { arches } from '../../src/base/arch.ts';
import { probedKernel } from '../../src/catalog/catalog.ts';
import { listing } from '../../src/catalog/list.ts';
import type { ProbedKernel } from '../../src/catalog/provider/provider.ts';
import { ingestHeaders } from '../../src/index/headers.ts';
import { symbolStep } from '../../src/index/headersteps.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type Catalog } from '../../src/index/reader.ts';
import { compileFor, complaints } from '../help/compiled.ts';
import { factsOfBtf } from '../help/headerfacts.ts';
import { headerScripts } from '../help/headerscripts.ts';
import { btfFiles } from '../help/kernels.ts';
import { scratchFolder } from '../help/scratch.ts';

const kernels = btfFiles().filter(({ name }) => name === '6.1');

describe.each(kernels)('$name', ({ path }) => {
  const folder = scratchFolder();
  const file = join(folder, 'catalog.db');
  const kernel: { catalog?: Catalog | undefined; btf?: ProbedKernel; headers?: ProbedKernel } = {};

  beforeAll(async () => {
    await ingestFile(path, readFileSync(path), { path: file, name: 'btf' });
    const facts = factsOfBtf(path, ({ kind }) => kind !== 'variable');
    const symbols = Array.from({ length: facts.definitions.length }, (_, index) => facts.definitions.at(index).definition).flatMap(({ kind, name }) => (kind === 'function' && name !== null ? [`ffffffff81000000 t ${name}\n`] : []));
    await ingestHeaders({ origin: 'headers', release: '6.1.0-headers', arch: 'x86_64', digest: '', roots: [], load: () => facts }, { path: file, steps: [symbolStep('System.map', () => symbols.join(''))] });
    kernel.catalog = openCatalog(file);
    for (const [key, text] of [['btf', 'btf'], ['headers', '6.1.0-headers']] as const) {
      const image = kernel.catalog?.image({ kernel: { text } });
      if (image !== undefined) kernel[key] = probedKernel(image, arches.x86_64, () => image);
    }
  }, 60_000);

  const both = (): readonly [ProbedKernel, ProbedKernel] => {
    if (kernel.btf === undefined || kernel.headers === undefined) throw new Error('not indexed');
    return [kernel.btf, kernel.headers];
  };

  it.each(headerScripts)('%s', (_, script) => {
    const [btf, headers] = both().map((each) => compileFor(each, script));
    if (btf === undefined || headers === undefined) throw new Error('not compiled');
    expect(complaints(btf, script)).toBe('');
    expect(complaints(headers, script)).toBe('');
    expect(headers.dump('asm')).toBe(btf.dump('asm'));
    expect(btf.dump('asm').split('\n').length).toBeGreaterThan(10);
  });

  it('lists kprobes of its symbols, and no trampolines', () => {
    const [btf, headers] = both();
    const titles = (each: ProbedKernel, pattern: string): readonly string[] => listing(each, pattern, false).entries.map(({ title }) => title);
    expect(titles(headers, 'kprobe:tcp_send*')).toEqual(titles(btf, 'kprobe:tcp_send*'));
    expect(titles(headers, 'kprobe:tcp_send*').length).toBeGreaterThan(10);
    expect([titles(headers, 'fentry:tcp_send*'), titles(btf, 'fentry:tcp_send*').length > 10]).toEqual([[], true]);
    expect(listing(headers, 'fentry:tcp_send*', false).reason).toMatch(/^fentry and fexit need BTF in the kernel/);
  });

  it('says why there is no fentry', () => {
    const [, headers] = both();
    const script = 'fentry:vmlinux:tcp_sendmsg { @ = count(); }';
    expect(complaints(compileFor(headers, script), script)).toBe([
      'stdin:1:1-27: ERROR: No matches for fentry vmlinux:tcp_sendmsg.',
      script,
      '~~~~~~~~~~~~~~~~~~~~~~~~~~',
      'HINT: fentry and fexit need BTF in the kernel, and of this one only headers are known: kprobe and kretprobe do without',
      '',
    ].join('\n'));
  });
});
