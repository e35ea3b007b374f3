// A process that reads mutations and says how that went: `worker.cjs TARGET SEED FROM TO [each]`. What hangs or crashes it, its parent sees.
import { writeSync } from 'node:fs';
import { FormatError } from '../../src/base/errors.ts';
import { mutation } from './mutator.ts';
import { targets } from './targets.ts';

export interface Summary {
  readonly done: number;
  /** Mutations that were refused with a FormatError. */
  readonly refused: number;
  /** Other errors: the first of each kind. */
  readonly failures: readonly { readonly index: number; readonly error: string }[];
  readonly slowest: { readonly index: number; readonly ms: number };
  /** Peak of the whole process. */
  readonly megabytes: number;
}

async function work([name = '', seed, from, to, each]: readonly string[]): Promise<Summary> {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const { samples, read, text = false } = target.open();
  // What is refused whole is no sample.
  for (const sample of samples) await read(new Uint8Array(sample));
  const failures = new Map<string, { index: number; error: string }>();
  let refused = 0;
  let slowest = { index: -1, ms: 0 };
  let said = performance.now();
  for (let index = Number(from); index < Number(to); index++) {
    const bytes = mutation(samples, Number(seed), index, text);
    const start = performance.now();
    if (each !== undefined || start - said > 50) {
      writeSync(1, `${index}\n`);
      said = start;
    }
    try {
      const reading = read(bytes);
      if (reading instanceof Promise) await reading;
    } catch (error) {
      if (error instanceof FormatError) refused++;
      else {
        const text = error instanceof Error ? `${error.stack ?? error.message}` : String(error);
        const kind = text.split('\n').slice(0, 3).join('\n').replaceAll(/\d+/g, 'N');
        if (failures.size < 20 && !failures.has(kind)) failures.set(kind, { index, error: text.split('\n').slice(0, 6).join('\n') });
      }
    }
    const ms = performance.now() - start;
    if (ms > slowest.ms) slowest = { index, ms };
  }
  return { done: Number(to) - Number(from), refused, failures: [...failures.values()], slowest, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) };
}

void work(process.argv.slice(2)).then((summary) => { writeSync(1, `${JSON.stringify(summary)}\n`); });
