// Random programs through the kernel's own verifier, and what they compute there.
import { readFileSync } from 'node:fs';
import { fc, runs } from '../../help/property.ts';
import { expect, test } from 'vitest';
import { generate } from '../../../src/compile/codegen/codegen.ts';
import { optimize } from '../../../src/compile/opt/opt.ts';
import { openFds } from '../../../src/sys/fd.ts';
import { buildModule, inputs, recipes, ways } from '../../help/irgen.ts';
import { runAsIr, testMaps } from '../../help/irworld.ts';
import { noKernel, runInKernel } from '../../help/kernelbpf.ts';

const options = { features: { isa: 3 as const }, programName: 'random', scratchIndex: 1, onStackLimit: 32 };

test.skipIf(noKernel !== undefined)(`the kernel computes what the IR says${noKernel === undefined ? '' : `: ${noKernel}`}`, async () => {
  await fc.assert(
    fc.asyncProperty(recipes.filter((recipe) => ways(recipe) < 1000), inputs, async (recipe, input) => {
      const module = buildModule(recipe);
      const pid = BigInt(process.pid);
      const expected = runAsIr(module, input, { pidTgid: (pid << 32n) | pid, comm: readFileSync('/proc/self/comm', 'latin1').trim() });
      for (const each of [module, optimize(module)]) {
        const { map } = await runInKernel(generate(each, options), testMaps(input));
        expect(Buffer.concat([map('results'), map('table')])).toEqual(expected);
      }
    }),
    { numRuns: runs(100) },
  );
  expect(openFds()).toEqual([]);
});
