// Ends an index at moments that nobody chose, and looks what is left of the catalog.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { expect } from 'vitest';
import { openCatalog } from '../../src/index/reader.ts';
import { bundleScript } from '../help/script.ts';
import { randomOf, seed } from '../fuzz/mutator.ts';

/** A script that indexes sources as one kernel: `index.cjs CATALOG NAME SOURCE...`. */
export function indexScript(folder: string): string {
  return bundleScript(folder, 'index', `
    import { ingestSources } from '#src/index/sources.ts';
    import { partsOf } from '#src/source/image/parts.ts';
    const [, , path = '', name = '', ...sources] = process.argv;
    void ingestSources(sources, { path, name }, partsOf).then(({ kernels, failed }) => {
      const all = [...failed, ...kernels.flatMap((kernel) => kernel.failed)];
      for (const { source, error } of all) console.error(source, error);
      process.exitCode = all.length;
    });`);
}

export interface Killing {
  readonly folder: string;
  readonly script: string;
  /** What is in the catalog before: BTF of one kernel; and what is put in. */
  readonly before: string;
  readonly btf: string;
  readonly modules: readonly string[];
  readonly rounds: number;
}

/** Whatever moment it was: the first kernel answers, the second is there whole or not at all, and a further index ends well. */
export async function killAtRandom({ folder, script, before, btf, modules, rounds }: Killing): Promise<{ readonly whole: number; readonly ms: number }> {
  const first = join(folder, 'first.db');
  const victim = join(folder, 'victim.db');
  await done(script, first, 'first', before);
  copyFileSync(first, victim);
  const start = performance.now();
  await done(script, victim, 'second', btf, ...modules);
  const ms = performance.now() - start;
  const [firstWhole, secondWhole] = contents(victim).map(({ records }) => records).reverse();
  let whole = 0;
  for (let round = 0; round < rounds; round++) {
    const random = randomOf(seed, round);
    remove(victim);
    copyFileSync(first, victim);
    const child = spawn(process.execPath, [script, victim, 'second', btf, ...modules], { stdio: ['ignore', 'ignore', 'inherit'] });
    const over = once(child, 'exit');
    // The pages are written at the end: half of the kills fall there.
    const moment = round % 2 === 0 ? (ms * random(1000)) / 1000 : ms * (0.8 + (0.4 * random(1000)) / 1000);
    await Promise.race([sleep(moment), over]);
    child.kill('SIGKILL');
    await over;
    const left = contents(victim);
    const note = `round ${round} of seed ${seed}, killed after ${Math.round(moment)} of ${Math.round(ms)} ms`;
    expect(left.at(-1), note).toEqual({ name: 'first', records: firstWhole });
    if (left.length > 1) {
      whole++;
      expect(left, note).toEqual([{ name: 'second', records: secondWhole }, { name: 'first', records: firstWhole }]);
    }
    expect(integrity(victim), note).toBe('ok');
    if (round % 10 === 9) {
      await done(script, victim, 'second', btf, ...modules);
      expect(contents(victim).map(({ records }) => records), note).toEqual([secondWhole, firstWhole]);
    }
  }
  return { whole, ms };
}

/** Kernels of a catalog, newest first, with what a reader finds of each: definitions of structs over all images, members of task_struct. */
function contents(path: string): readonly { readonly name: string; readonly records: string }[] {
  const catalog = openCatalog(path);
  if (catalog === undefined) throw new Error(`${path}: no catalog`);
  try {
    return catalog.kernels().map(({ id, name }) => {
      const types = catalog.image({ kernel: { text: String(id) } });
      return { name, records: `${types.names('struct').length} structs, task_struct ${types.find('struct', 'task_struct')[0]?.members.length}, ${types.kernel.images.length} images` };
    });
  } finally {
    catalog.close();
  }
}

function integrity(path: string): unknown {
  const db = new Sqlite(path, { readonly: true });
  try {
    return db.pragma('integrity_check', { simple: true });
  } finally {
    db.close();
  }
}

function remove(path: string): void {
  for (const name of readdirSync(dirname(path))) if (name.startsWith(basename(path))) rmSync(join(dirname(path), name));
}

async function done(script: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = (await once(child, 'exit')) as [number | null];
  expect(status).toBe(0);
}
