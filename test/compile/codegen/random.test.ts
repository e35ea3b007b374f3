// Random programs: evaluated as IR, and compiled and interpreted, with one result.
import { fc, runs } from '../../help/property.ts';
import { expect, test } from 'vitest';
import { generate } from '../../../src/compile/codegen/codegen.ts';
import { verify } from '../../../src/compile/ir/verify.ts';
import { optimize } from '../../../src/compile/opt/opt.ts';
import { buildModule, inputs, recipes } from '../../help/irgen.ts';
import { runAsBpf, runAsIr } from '../../help/irworld.ts';


test.each([3, 4] as const)('instruction set v%d', (isa) => {
  const options = { features: { isa }, programName: 'random', scratchIndex: 0, onStackLimit: 32 };
  fc.assert(
    fc.property(recipes, inputs, (recipe, input) => {
      const module = buildModule(recipe);
      verify(module);
      const expected = runAsIr(module, input);
      expect(runAsBpf(generate(module, options), input)).toEqual(expected);
      const optimized = optimize(module);
      verify(optimized);
      expect(runAsIr(optimized, input)).toEqual(expected);
      expect(runAsBpf(generate(optimized, options), input)).toEqual(expected);
    }),
    { numRuns: runs(100) },
  );
});
