import { expect, test } from 'vitest';
import { scratchFolder } from '../help/scratch.ts';
import { kernelFiles } from '../judge/kernelfiles.ts';
import { indexScript, killAtRandom } from '../judge/killing.ts';

const kernels = kernelFiles();
const folder = scratchFolder();

test.skipIf(kernels.length < 2)('an index that is killed at a hundred moments leaves a catalog that answers (needs two kernels of the test cache)', async () => {
  const [first, second] = kernels;
  if (first === undefined || second === undefined) throw new Error('no kernels');
  const modules = first.modules().filter((file) => file.endsWith('.ko'));
  const { whole, ms } = await killAtRandom({ folder, script: indexScript(folder), before: second.btf, btf: first.btf, modules: modules.slice(0, 400), rounds: 100 });
  console.log(`100 kills in ${Math.round(ms)} ms each, ${whole} after the commit`);
  expect(whole).toBeGreaterThan(0);
  expect(whole).toBeLessThan(100);
});
