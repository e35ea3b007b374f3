// The text of the IR says all there is to say: what is read back prints the same, and does the same.
import { fc, runs } from '../../help/property.ts';
import { expect, test } from 'vitest';
import { printModule } from '../../../src/compile/ir/print.ts';
import { verify } from '../../../src/compile/ir/verify.ts';
import { optimize } from '../../../src/compile/opt/opt.ts';
import { buildModule, inputs, recipes } from '../../help/irgen.ts';
import { parseModule } from '../../help/irparse.ts';
import { runAsIr } from '../../help/irworld.ts';

test('random modules', () => {
  fc.assert(fc.property(recipes, inputs, (recipe, input) => {
    for (const module of [buildModule(recipe), optimize(buildModule(recipe))]) {
      const read = parseModule(printModule(module));
      verify(read);
      expect(printModule(read)).toBe(printModule(module));
      expect(runAsIr(read, input)).toEqual(runAsIr(module, input));
    }
  }), { numRuns: runs(50) });
});
