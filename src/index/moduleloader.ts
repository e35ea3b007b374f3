// Reads many modules: in threads where there are enough of them to pay for one, and hands their facts on in order.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FormatError, UsageError } from '../base/errors.ts';
import type { BtfEvent } from '../source/tracefs/btfevents.ts';
import type { Event } from '../source/tracefs/tracefs.ts';
import { worldSaidNo } from './failures.ts';
import type { ImageFacts } from './mergetypes.ts';
import { readModule, type ModuleBase, type ModuleIdentity } from './modulefacts.ts';
import type { WorkerAnswer, WorkerJob, WorkerSetup } from './moduleworker.ts';
import { unpackModule } from './packedmodule.ts';

/** A module to read. */
export interface ModuleSource {
  /** Its path, or the archive's and the path in it. */
  readonly origin: string;
  /** As the kernel spells it, where that is known before it is read. */
  readonly name: string | null;
  /** In hexadecimal, where it is known before it is read. */
  readonly buildId: string | null;
  /** Size and time of its file; null where it is not a file of its own. */
  readonly stamp: string | null;
  /** The path of a file that a thread may read and unpack itself. */
  readonly file: string | undefined;
  /** Its bytes, unpacked. */
  load(): Promise<Uint8Array> | Uint8Array;
}

export type LoadedModule = { readonly source: ModuleSource } & (
  | { readonly identity: ModuleIdentity; readonly facts: ImageFacts; readonly events: readonly Event[]; readonly typedEvents: readonly BtfEvent[] }
  | { readonly failure: Error }
);

export interface LoadOptions {
  readonly base: ModuleBase;
  /** Raw BTF of the base. */
  readonly bytes: Uint8Array;
  /** How many there are, where that is known. */
  readonly count: number | undefined;
  /** Threads; undefined: what the machine and the number of modules suggest. */
  readonly threads?: number | undefined;
}

/** One broken module is a failure among the answers; the others follow. */
export async function* loadModules(sources: AsyncIterable<ModuleSource>, options: LoadOptions): AsyncGenerator<LoadedModule> {
  const script = workerScript();
  const { count = Infinity } = options;
  const threads = script === undefined ? 0 : (options.threads ?? Math.min(Math.floor(count / modulesForAThread), availableParallelism()));
  if (script === undefined || threads === 0) {
    for await (const source of sources) yield await loadHere(source, options.base);
    return;
  }
  const pool = new Pool(script, threads, options);
  try {
    yield* pool.load(sources);
  } finally {
    await pool.close();
  }
}

/** A thread needs a quarter of a second until it knows vmlinux: a hundred modules are read in that time. */
const modulesForAThread = 150;

/** The bundle beside the one that runs; none where the program runs from its sources. */
function workerScript(): string | undefined {
  const path = process.env.BTFLY_WORKER ?? join(import.meta.dirname, 'indexworker.cjs');
  return existsSync(path) ? path : undefined;
}

async function loadHere(source: ModuleSource, base: ModuleBase): Promise<LoadedModule> {
  try {
    const { identity, facts, events, typedEvents } = readModule(base, source.origin, await source.load());
    return { source, identity, facts, events, typedEvents };
  } catch (error) {
    return { source, failure: worldSaidNo(error) };
  }
}

class Pool {
  readonly #workers: readonly Worker[];
  readonly #answers = new Map<number, WorkerAnswer>();
  readonly #base: ModuleBase;
  #wake: () => void = () => undefined;
  #broken: Error | undefined;

  constructor(script: string, threads: number, { base, bytes }: LoadOptions) {
    this.#base = base;
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const setup: WorkerSetup = { what: base.btf.what, btf: shared, release: base.release };
    this.#workers = Array.from({ length: threads }, () => new Worker(script, { workerData: setup }));
    for (const worker of this.#workers) {
      worker.on('message', (answer: WorkerAnswer) => {
        this.#answers.set(answer.number, answer);
        this.#wake();
      });
      worker.on('error', (error) => {
        this.#broken = error instanceof Error ? error : new Error(String(error));
        this.#wake();
      });
    }
  }

  /** Keeps as many jobs under way as bound the memory, and answers in the order of the sources. */
  async *load(sources: AsyncIterable<ModuleSource>): AsyncGenerator<LoadedModule> {
    const window = ahead * this.#workers.length;
    const waiting: { readonly number: number; readonly source: ModuleSource; readonly failure: Error | undefined }[] = [];
    let number = 0;
    for await (const source of sources) {
      waiting.push({ number, source, failure: await this.#send(number, source) });
      number++;
      if (waiting.length >= window) yield await this.#next(waiting);
    }
    while (waiting.length > 0) yield await this.#next(waiting);
  }

  async #next(waiting: { readonly number: number; readonly source: ModuleSource; readonly failure: Error | undefined }[]): Promise<LoadedModule> {
    const first = waiting.shift();
    if (first === undefined) throw new RangeError('no module is waited for');
    const { number, source, failure } = first;
    return failure === undefined ? this.#loaded(source, await this.#answer(number)) : { source, failure };
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  async #send(number: number, source: ModuleSource): Promise<Error | undefined> {
    const worker = this.#workers[number % this.#workers.length];
    try {
      const bytes = source.file === undefined ? await source.load() : undefined;
      worker?.postMessage({ number, what: source.origin, source: bytes ?? source.file ?? '' } satisfies WorkerJob);
      return undefined;
    } catch (error) {
      return worldSaidNo(error);
    }
  }

  async #answer(number: number): Promise<WorkerAnswer> {
    for (;;) {
      const answer = this.#answers.get(number);
      this.#answers.delete(number);
      if (answer !== undefined) return answer;
      if (this.#broken !== undefined) throw this.#broken;
      await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }

  #loaded(source: ModuleSource, answer: WorkerAnswer): LoadedModule {
    if ('module' in answer) return { source, identity: answer.module.identity, facts: unpackModule(answer.module, this.#base.btf), events: answer.module.events, typedEvents: answer.module.typedEvents };
    const { message, format } = answer.failure;
    if (format === undefined) return { source, failure: new UsageError(message) };
    // The message has what and where in it already.
    const failure = new FormatError(format.what, format.offset, '');
    failure.message = message;
    return { source, failure };
  }
}

/** Jobs that a thread has waiting. */
const ahead = 24;
