// A pass over the IR as a table of cases: the text before, the text after. Both must be well formed and do the same.
import { fc, runs } from './property.ts';
import { describe, expect, test } from 'vitest';
import type { Func } from '../../src/compile/ir/ir.ts';
import { printFunc } from '../../src/compile/ir/print.ts';
import { verify } from '../../src/compile/ir/verify.ts';
import { inputs } from './irgen.ts';
import { parseFunc } from './irparse.ts';
import { outcome } from './irworld.ts';

export type Case = readonly [name: string, before: string, after: string];

/** Lines of a case may be indented as a whole; `''` for after: nothing changes. */
export function passCases(name: string, run: (func: Func) => Func, cases: readonly Case[]): void {
  describe(name, () => {
    test.each(cases)('%s', (_, before, after) => {
      const func = parseFunc(before);
      verify({ functions: [func] });
      const changed = run(func);
      verify({ functions: [changed] });
      const [textBefore, textAfter] = [printFunc(func), printFunc(changed)];
      expect(textAfter).toBe(after === '' ? textBefore : printFunc(parseFunc(after)));
      if (after === '') expect(changed).toBe(func);
      fc.assert(fc.property(inputs, (input) => {
        expect(outcome({ functions: [changed] }, input)).toEqual(outcome({ functions: [func] }, input));
      }), { numRuns: runs(20) });
    });
  });
}

/** A straight line of instructions around a context pointer `v0`. */
export function line(...insts: readonly string[]): string {
  return ['func f(ctx)', 'entry:', 'v0 = param 0 : ctx', ...insts].join('\n');
}
