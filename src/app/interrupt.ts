// Ctrl-C in the middle of work that writes: the work undoes what it did, and the process ends by the signal as if nobody had listened.

/** Not SIGHUP: nohup(1) has it ignored, and a handler would undo that. */
const signals = ['SIGINT', 'SIGTERM'] as const;

/** @param work throws the reason of the signal when it is aborted. A second signal ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const remove = (): void => { for (const each of signals) process.removeListener(each, onSignal); };
  const onSignal = (signal: NodeJS.Signals): void => {
    received = signal;
    remove();
    controller.abort(new Error(`ended by ${signal}`));
  };
  for (const each of signals) process.on(each, onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (received !== undefined) process.kill(process.pid, received);
    throw error;
  } finally {
    remove();
  }
}
