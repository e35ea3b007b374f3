// Every reader of untrusted bytes against damaged ones. `npm run test:long` reads a hundred thousand each.
import { describe, test } from 'vitest';
import { scratchFolder } from '../help/scratch.ts';
import { bundleWorker, fuzz } from './fuzz.ts';
import { targets } from './targets.ts';

const worker = bundleWorker(scratchFolder());

describe.each(targets)('$name', (target) => {
  test.skipIf(target.missing !== undefined)(`damaged: read or refused${target.missing ?? ''}`, async () => {
    await fuzz(worker, target, target.few ?? 3_000);
  });
});
