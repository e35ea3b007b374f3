// Ends an index at moments that nobody chose, and looks what is left of the catalog.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { expect } from 'vitest';
import { OldCatalog } from '../../src/index/database.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { randomOf, seed } from '../fuzz/mutator.ts';
import { bundleScript } from '../help/script.ts';

/** A process that indexes sources as one kernel. */
export class Indexer {
  readonly #script: string;
  readonly #worker: string;

  constructor(folder: string) {
    this.#script = bundleScript(folder, 'index', `
      import { ingestSources } from '#src/index/sources.ts';
      import { partsOf } from '#src/source/image/parts.ts';
      const [, , path = '', name = '', ...sources] = process.argv;
      void ingestSources(sources, { path, name }, partsOf).then(({ kernels, failed }) => {
        const all = [...failed, ...kernels.flatMap((kernel) => kernel.failed)];
        for (const { source, error } of all) console.error(source, error);
        process.exitCode = all.length;
      });`);
    this.#worker = bundledWorker(folder);
  }

  start(catalog: string, name: string, sources: readonly string[]): IndexRun {
    const child = spawn(process.execPath, [this.#script, catalog, name, ...sources], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, BTFLY_WORKER: this.#worker } });
    return { over: once(child, 'exit').then(([status]) => status as number | null), kill: () => { child.kill('SIGKILL'); } };
  }

  /** To its end, which is to be a good one. */
  async run(catalog: string, name: string, sources: readonly string[]): Promise<void> {
    expect(await this.start(catalog, name, sources).over).toBe(0);
  }
}

export interface IndexRun {
  /** Resolves with the exit status. */
  readonly over: Promise<number | null>;
  kill(): void;
}

/** The thread that reads modules, from as many on as pay for one; the program that runs from its sources has none. */
export function bundledWorker(folder: string): string {
  return bundleScript(folder, 'indexworker', "import { serveModules } from '#src/index/moduleworker.ts'; serveModules();");
}

export interface Killing {
  readonly folder: string;
  readonly indexer: Indexer;
  /** A catalog with one kernel, of this schema or an older one. */
  readonly before: string;
  /** What is put in as the kernel `second`. */
  readonly sources: readonly string[];
  readonly rounds: number;
}

export interface Killed {
  /** How often all was there: the moment was behind the commit. */
  readonly whole: number;
  /** Of an index that nobody ends, milliseconds. */
  readonly ms: number;
}

/** Whatever moment it was: the first kernel answers, the second is there whole or not at all, and a further index ends well. */
export async function killAtRandom({ folder, indexer, before, sources, rounds }: Killing): Promise<Killed> {
  const victim = join(folder, 'victim.db');
  const left = contents(before);
  copyFileSync(before, victim);
  const start = performance.now();
  await indexer.run(victim, 'second', sources);
  const ms = performance.now() - start;
  const done = contents(victim);
  expect(done).toMatchObject([{ name: 'second' }, { name: 'first' }]);
  let whole = 0;
  for (let round = 0; round < rounds; round++) {
    const random = randomOf(seed, round);
    remove(victim);
    copyFileSync(before, victim);
    const run = indexer.start(victim, 'second', sources);
    // The pages are written at the end: half of the kills fall there.
    const moment = round % 2 === 0 ? (ms * random(1000)) / 1000 : ms * (0.8 + (0.4 * random(1000)) / 1000);
    await Promise.race([sleep(moment), run.over]);
    run.kill();
    await run.over;
    const found = contents(victim);
    const note = `round ${round} of seed ${seed}, killed after ${Math.round(moment)} of ${Math.round(ms)} ms`;
    if (found.length > 1) whole++;
    expect(found, note).toEqual(found.length > 1 ? done : left);
    expect(integrity(victim), note).toBe('ok');
    if (round % 10 === 9) {
      await indexer.run(victim, 'second', sources);
      expect(contents(victim), note).toEqual(done);
    }
  }
  return { whole, ms };
}

export interface Contents {
  readonly name: string;
  readonly records: string;
}

/** Kernels of a catalog, newest first, with what a reader finds of each: definitions of structs over all images, members of task_struct. */
export function contents(path: string): readonly Contents[] {
  let catalog: ReturnType<typeof openCatalog>;
  try {
    catalog = openCatalog(path);
  } catch (error) {
    if (error instanceof OldCatalog) return [{ name: 'of an older version', records: '' }];
    throw error;
  }
  if (catalog === undefined) throw new Error(`${path}: no catalog`);
  try {
    const open = catalog;
    return open.kernels().map(({ id, name }) => {
      const types = open.image({ kernel: { text: String(id) } });
      return { name, records: `${types.names('struct').length} structs, task_struct ${types.find('struct', 'task_struct')[0]?.members.length}, ${types.kernel.images.length} images` };
    });
  } finally {
    catalog.close();
  }
}

export function integrity(path: string): unknown {
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
