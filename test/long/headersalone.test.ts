// The article's script and others compiled for kernels of which only their headers tell: the same instructions as with the BTF of the same build.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { indexHeaders, type HeadersIndexed } from '../../src/app/indexheaders.ts';
import { arches } from '../../src/base/arch.ts';
import { probedKernel } from '../../src/catalog/catalog.ts';
import type { ProbedKernel } from '../../src/catalog/provider/provider.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { readTree } from '../../src/source/headers/whole.ts';
import { compileFor, complaints } from '../help/compiled.ts';
import { cachedHeaders } from '../help/headerpackages.ts';
import { headerScripts } from '../help/headerscripts.ts';
import { scratchFolder } from '../help/scratch.ts';

describe.each(cachedHeaders())('$release', ({ release, build, btf }) => {
  const folder = scratchFolder();
  const db = join(folder, 'catalog.db');
  let done: HeadersIndexed;
  let withBtf: ProbedKernel;
  let alone: ProbedKernel;

  const kernelNamed = (text: string): ProbedKernel => {
    const image: ImageTypes | undefined = openCatalog(db)?.image({ kernel: { text } });
    if (image === undefined) throw new Error('no catalog');
    return probedKernel(image, arches.x86_64, () => image);
  };

  beforeAll(async () => {
    await ingestFile(btf, readFileSync(btf), { path: db, name: 'btf' });
    withBtf = kernelNamed('btf');
    const names = withBtf.types.names('function');
    writeFileSync(join(folder, 'System.map'), names.map((name) => `ffffffff81000000 t ${name}\n`).join(''));
    done = await indexHeaders({ db, sources: [join(folder, 'System.map')], headers: build }, readTree);
    alone = kernelNamed(release);
  });

  test('becomes a kernel of its release', () => {
    const counts = new Map(done.kernels.flatMap(({ added }) => added.map(({ kind, count }) => [kind, count])));
    expect([done.kernels.map(({ kernel }) => kernel), alone.types.has('btf')]).toEqual([[release], false]);
    expect(counts.get('headers')).toBeGreaterThan(20_000);
    expect(counts.get('macros')).toBeGreaterThan(15_000);
  });

  test.each(headerScripts)('%s', (_, script) => {
    const [there, here] = [withBtf, alone].map((each) => compileFor(each, script));
    if (there === undefined || here === undefined) throw new Error('not compiled');
    expect(complaints(here, script)).toBe('');
    expect(here.dump('asm')).toBe(there.dump('asm'));
  });

  test('macros, and expressions of them', () => {
    const script = 'BEGIN { @a = AF_INET6; @b = NSEC_PER_SEC; @c = MAJOR(0x800001); @d = MKDEV(8, 1); }';
    const written = 'BEGIN { @a = 10; @b = 1000000000; @c = (uint32)(0x800001 >> 20); @d = (8 << 20) | 1; }';
    const [one, other] = [script, written].map((text) => compileFor(alone, text));
    expect(one === undefined ? '' : complaints(one, script)).toBe('');
    expect(one?.dump('ir')).toBe(other?.dump('ir'));
    expect(alone.types.constant('AF_INET6')).toEqual({ value: 10n, header: 'linux/socket.h' });
  });
});
