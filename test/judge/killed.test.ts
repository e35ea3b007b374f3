import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../help/scratch.ts';
import { kernelFiles } from './kernelfiles.ts';
import { contents, Indexer, killAtRandom } from './killing.ts';
import { writeFirstVersion } from './oldcatalog.ts';

const kernels = kernelFiles();
const folder = scratchFolder();

describe.skipIf(kernels.length < 2)('an index that is killed (needs two kernels of the test cache)', () => {
  test('at ten moments leaves a catalog that answers', async () => {
    const [first, second] = kernels;
    if (first === undefined || second === undefined) throw new Error('no kernels');
    const indexer = new Indexer(folder);
    const today = join(folder, 'first.db');
    await indexer.run(today, 'first', [second.btf]);
    const sources = [first.btf, ...first.modules().filter((file) => file.endsWith('.ko')).slice(0, 40)];
    const killed = await killAtRandom({ folder, indexer, before: today, sources, rounds: 6 });

    const old = join(folder, 'old.db');
    writeFirstVersion(today, old);
    expect(contents(old)).toMatchObject([{ name: 'of an older version' }]);
    const upgraded = await killAtRandom({ folder, indexer, before: old, sources, rounds: 4 });
    console.log(`6 kills in ${Math.round(killed.ms)} ms each, ${killed.whole} after the commit; of upgrades 4 in ${Math.round(upgraded.ms)} ms, ${upgraded.whole} after it`);
    expect(killed.whole).toBeLessThan(6);
    expect(upgraded.whole).toBeLessThan(4);
  }, 300_000);
});
