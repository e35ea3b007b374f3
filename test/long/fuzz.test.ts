// A hundred thousand damaged inputs for every reader; test/fuzz reads the first of the same ones.
import { describe, test } from 'vitest';
import { bundleWorker, fuzz } from '../fuzz/fuzz.ts';
import { targets } from '../fuzz/targets.ts';
import { scratchFolder } from '../help/scratch.ts';

const worker = bundleWorker(scratchFolder());

describe.each(targets)('$name', (target) => {
  test.skipIf(target.missing !== undefined)(`damaged: read or refused${target.missing ?? ''}`, async () => {
    await fuzz(worker, target, target.many ?? 100_000);
  });
});
