// What the ways of attaching share.
import type { Packed } from '../../sys/attr.ts';
import type { Fd } from '../../sys/fd.ts';
import { perfEventLink } from '../../sys/link.ts';
import type { PerfScope } from '../../sys/perf.ts';
import { perfEventOpen, perfEventOpenLater } from '../../sys/perf.ts';
import type { Program } from '../load.ts';
import type { Machine } from '../machine.ts';
import type { Progress } from '../options.ts';

export interface AttachContext {
  readonly machine: Machine;
  /** Process of -p. */
  readonly pid: number | undefined;
  /** Many programs are attached: the slow calls go to worker threads. */
  readonly many: boolean;
  readonly missingProbes: 'error' | 'warn' | 'ignore';
  readonly warn: (message: string) => void;
  readonly progress: Progress | undefined;
  /** The run is being ended: what is not attached yet need not be. */
  readonly stopping: () => boolean;
  /** Takes each link as soon as it is made. */
  readonly adopt: (link: Fd) => void;
}

/** @returns number of attach points that are in place */
export type Attach<A> = (program: Program, attach: A, context: AttachContext) => number | Promise<number>;

/** Opens an event and hangs the program on it. The link keeps the event. */
export function attachEvent(program: Program, event: Packed, scope: PerfScope, what: string, context: AttachContext): void {
  linkEvent(program, perfEventOpen(event, scope, what), what, context);
}

export async function attachEventLater(program: Program, event: Packed, scope: PerfScope, what: string, context: AttachContext): Promise<void> {
  linkEvent(program, await perfEventOpenLater(event, scope, what), what, context);
}

function linkEvent(program: Program, event: Fd, what: string, context: AttachContext): void {
  try {
    context.adopt(perfEventLink(event, program.fd, what));
  } finally {
    event.close();
  }
}
