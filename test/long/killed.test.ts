import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchFolder } from '../help/scratch.ts';
import { kernelFiles } from '../judge/kernelfiles.ts';
import { Indexer, killAtRandom } from '../judge/killing.ts';
import { writeFirstVersion } from '../judge/oldcatalog.ts';

const kernels = kernelFiles();
const folder = scratchFolder();

describe.skipIf(kernels.length < 2)('an index that is killed at a hundred moments leaves a catalog that answers (needs two kernels of the test cache)', () => {
  let indexer: Indexer;
  const before = { today: join(folder, 'first.db'), old: join(folder, 'old.db') };

  beforeAll(async () => {
    indexer = new Indexer(folder);
    await indexer.run(before.today, 'first', [kernels[1]?.btf ?? '']);
    writeFirstVersion(before.today, before.old);
  });

  // Four hundred pay for two threads.
  test.each([
    ['modules, read by threads', 'today', 400],
    ['a catalog of the first version', 'old', 0],
    ['a catalog of the first version, and modules', 'old', 400],
  ] as const)('%s', async (_, catalog, count) => {
    const [first] = kernels;
    const sources = [first?.btf ?? '', ...(first?.modules() ?? []).slice(0, count)];
    const { whole, ms } = await killAtRandom({ folder, indexer, before: before[catalog], sources, rounds: 100 });
    console.log(`100 kills in ${Math.round(ms)} ms each, ${whole} after the commit`);
    expect(whole).toBeGreaterThan(0);
    expect(whole).toBeLessThan(100);
  }, 3_600_000);
});
