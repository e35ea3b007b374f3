// fast-check as the tests use it: the same cases each time, unless BTFLY_SEED says otherwise.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['BTFLY_SEED'] ?? 1) });

/** How many cases of a property: the usual number, or BTFLY_RUNS times as many. */
export function runs(usual: number): number {
  return usual * Number(process.env['BTFLY_RUNS'] ?? 1);
}

export { fc };
