// Why a run ends: the first reason counts.

export type EndReason =
  /** exit() was called. */
  | { readonly kind: 'exit' }
  /** Ctrl-C, SIGTERM, the child or the watched process ended, --dry-run. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'failed'; readonly error: unknown };

export class Ending {
  readonly reached: Promise<EndReason>;
  #resolve: ((reason: EndReason) => void) | undefined;
  #reason: EndReason | undefined;
  /** Status of the last exit(): one in END wins over the one that ended the run. */
  status = 0;

  constructor() {
    this.reached = new Promise((resolve) => { this.#resolve = resolve; });
  }

  get reason(): EndReason | undefined {
    return this.#reason;
  }

  reach(reason: EndReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#resolve?.(reason);
  }
}

/** Not SIGHUP: nohup(1) has it ignored, and a handler would undo that. */
const signals = ['SIGINT', 'SIGTERM'] as const;

/** The first signal asks for the end; the next one finds no handler and ends the process at once. Returns what takes the handlers away. */
export function endOnSignals(ending: Ending): () => void {
  const remove = (): void => {
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  const onSignal = (): void => {
    remove();
    ending.reach({ kind: 'asked' });
  };
  for (const signal of signals) process.on(signal, onSignal);
  return remove;
}
