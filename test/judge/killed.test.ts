import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../help/scratch.ts';
import { kernelFiles } from './kernelfiles.ts';
import { indexScript, killAtRandom } from './killing.ts';

const kernels = kernelFiles();
const folder = scratchFolder();

describe.skipIf(kernels.length < 2)('an index that is killed (needs two kernels of the test cache)', () => {
  test('at ten moments leaves a catalog that answers', async () => {
    const [first, second] = kernels;
    if (first === undefined || second === undefined) throw new Error('no kernels');
    const { whole, ms } = await killAtRandom({ folder, script: indexScript(folder), before: second.btf, btf: first.btf, modules: first.modules().filter((file) => file.endsWith('.ko')).slice(0, 40), rounds: 10 });
    console.log(`10 kills in ${Math.round(ms)} ms each, ${whole} after the commit`);
    expect(whole).toBeLessThan(10);
  });
});
