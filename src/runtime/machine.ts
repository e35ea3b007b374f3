// What only the running machine knows, asked for when it is due and kept for the run.
import type { KernelFs } from '../base/kernelfs.ts';
import { clockNow } from '../sys/clock.ts';
import { onlineCpus, possibleCpus } from '../sys/cpus.ts';
import { KernelBtf } from './kernelbtf.ts';
import { KernelSymbols } from './symbols.ts';

export class Machine {
  /** CLOCK_BOOTTIME at the start of the run, in nanoseconds. */
  readonly startTime = clockNow('boot');
  /** Number of possible CPUs: slots of a per-CPU value. */
  readonly cpus: number;
  #online: readonly number[] | undefined;
  #symbols: KernelSymbols | undefined;
  #btf: KernelBtf | undefined;

  /** @param childPid process of `-c`, or 0 */
  constructor(
    readonly fs: KernelFs,
    readonly childPid: number,
  ) {
    this.cpus = possibleCpus(fs);
  }

  get onlineCpus(): readonly number[] {
    return (this.#online ??= onlineCpus(this.fs));
  }

  /** A CPU for events that one is enough for. */
  get anyCpu(): number {
    return this.onlineCpus[0] ?? 0;
  }

  get symbols(): KernelSymbols {
    return (this.#symbols ??= KernelSymbols.read(this.fs));
  }

  get btf(): KernelBtf {
    return (this.#btf ??= new KernelBtf(this.fs));
  }
}
