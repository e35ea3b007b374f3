// The side of the thread that reads modules: gets the kernel's BTF once, then one job after the other.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { FormatError } from '../base/errors.ts';
import { Btf } from '../source/btf/btf.ts';
import { unpack } from '../source/image/unpack.ts';
import { collectFacts } from './facts.ts';
import { worldSaidNo } from './failures.ts';
import { readModule, type ModuleBase } from './modulefacts.ts';
import { packModule, type PackedModule } from './packedmodule.ts';

/** What a thread is started with. */
export interface WorkerSetup {
  readonly what: string;
  /** Raw BTF of vmlinux, in shared memory; it has been checked. */
  readonly btf: Uint8Array;
  readonly release: string | null;
}

export interface WorkerJob {
  readonly number: number;
  readonly what: string;
  /** A path, or what was read already. */
  readonly source: string | Uint8Array;
}

export type WorkerAnswer =
  | { readonly number: number; readonly module: PackedModule }
  /** `format`: what of FormatError. */
  | { readonly number: number; readonly failure: { readonly message: string; readonly format: { readonly what: string; readonly offset: number } | undefined } };

/** Runs in the thread, until that is ended. */
export function serveModules(): void {
  const port = parentPort;
  if (port === null) throw new Error('not a worker thread');
  const setup = workerData as WorkerSetup;
  const btf = new Btf(setup.what, setup.btf, undefined);
  const base: ModuleBase = { btf, facts: collectFacts(btf), release: setup.release };
  port.on('message', (job: WorkerJob) => {
    void answer(base, job).then(([reply, handedOver]) => { port.postMessage(reply, handedOver); });
  });
}

async function answer(base: ModuleBase, { number, what, source }: WorkerJob): Promise<readonly [WorkerAnswer, ArrayBuffer[]]> {
  try {
    const data = await unpack(what, typeof source === 'string' ? readFileSync(source) : source);
    const [module, handedOver] = packModule(readModule(base, what, data));
    return [{ number, module }, handedOver];
  } catch (error) {
    const { message } = worldSaidNo(error);
    return [{ number, failure: { message, format: error instanceof FormatError ? { what: error.what, offset: error.offset } : undefined } }, []];
  }
}
