// Every struct, union and enum of whole kernels, modules and all, against the reader in Python; and what pahole prints of a part of the modules.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ingestSources } from '../../src/index/sources.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { partsOf } from '../../src/source/image/parts.ts';
import { scratchFolder } from '../help/scratch.ts';
import { compare, judged, ours } from '../judge/judge.ts';
import { kernelFiles } from '../judge/kernelfiles.ts';

const python = spawnSync('python3', ['--version']).status === 0;
const folder = scratchFolder();

describe.skipIf(!python).each(kernelFiles())('$release (needs python3)', (kernel) => {
  let types: ImageTypes;

  test('is indexed whole', async () => {
    const path = join(folder, `${kernel.name}.db`);
    const { kernels, failed } = await ingestSources([kernel.root], { path }, partsOf);
    expect(failed).toEqual([]);
    expect(kernels.map((each) => each.failed)).toEqual([[]]);
    expect(kernels[0]?.modules).toBe(kernel.modules().length);
    const catalog = openCatalog(path);
    if (catalog === undefined) throw new Error('no catalog');
    types = catalog.image();
  });

  test('every member of every struct, union and enum, of vmlinux and of every module', async () => {
    const list = join(folder, `${kernel.name}.list`);
    writeFileSync(list, kernel.modules().map((file) => `${file}\n`).join(''));
    const verdict = await compare(types, ours(types), all([judged([kernel.btf]), judged([`@${list}`], kernel.btf)]));
    console.log(`${kernel.release}: ${verdict.definitions} definitions, ${verdict.members} members, ${verdict.leaves} types followed, ${verdict.differing} differences`);
    expect(verdict.differences).toEqual([]);
    expect(verdict.definitions).toBeGreaterThan(200_000);
  });
});

async function* all(parts: readonly AsyncIterable<string>[]): AsyncGenerator<string> {
  for (const part of parts) yield* part;
}
