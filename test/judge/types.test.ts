// Every struct, union and enum of real kernels against a reader in another language.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { btfFiles } from '../help/kernels.ts';
import { scratchFolder } from '../help/scratch.ts';
import { compare, judged, ours } from './judge.ts';

const python = spawnSync('python3', ['--version']).status === 0;
const folder = scratchFolder();

describe.skipIf(!python).each(btfFiles())('$name: vmlinux (needs python3)', ({ name, path }) => {
  test('every member of every struct, union and enum', async () => {
    const db = join(folder, `${name}.db`);
    await ingestFile(path, readFileSync(path), { path: db });
    const catalog = openCatalog(db);
    if (catalog === undefined) throw new Error('no catalog');
    const types = catalog.image();
    const verdict = await compare(types, ours(types), judged([path]));
    catalog.close();
    console.log(`${name}: ${verdict.definitions} definitions, ${verdict.members} members, ${verdict.leaves} types followed, ${verdict.differing} differences`);
    expect(verdict.differences).toEqual([]);
    expect(verdict.definitions).toBeGreaterThan(10_000);
    expect(verdict.leaves).toBeGreaterThan(40_000);
  });
});
