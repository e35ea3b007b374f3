// The attachments of a run: closed side by side, for the kernel takes its time for each.
import type { Closable, Fd } from '../sys/fd.ts';
import { closeAll } from '../sys/fd.ts';
import { missedRuns } from './losses.ts';
import type { Progress } from './options.ts';

/** From so many on, closing takes long enough to be told about. */
const progressFrom = 50;

export class Links implements Closable {
  readonly #all: Fd[] = [];
  readonly #progress: Progress | undefined;

  constructor(progress: Progress | undefined) {
    this.#progress = progress;
  }

  add(link: Fd): void {
    this.#all.push(link);
  }

  /** A line for each kprobe that missed calls; ask before closing. */
  missed(): readonly string[] {
    return missedRuns(this.#all);
  }

  async closeAll(): Promise<void> {
    const slow = this.#all.length >= progressFrom;
    if (slow) this.#progress?.(`Detaching ${this.#all.length} probes`);
    await closeAll(this.#all);
    if (slow) this.#progress?.('');
  }

  close(): void {
    for (const link of this.#all) link.close();
  }
}
