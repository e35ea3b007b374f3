import { fc, runs } from '../../help/property.ts';
import { expect, test } from 'vitest';
import { printScript } from '../../../src/compile/lang/printer.ts';
import { printTree } from '../../../src/compile/lang/tree.ts';
import { generatedScript } from './generate.ts';
import { parseRight, withoutSpans } from './help.ts';

test('what is printed is read as the same tree', () => {
  fc.assert(
    fc.property(generatedScript, (script) => {
      const text = printScript(script);
      const read = parseRight(text);
      expect(withoutSpans(read), text).toEqual(withoutSpans(script));
      expect(printScript(read)).toBe(text);
      expect(printTree(read)).toBe(printTree(script));
    }),
    { numRuns: runs(500) },
  );
});
