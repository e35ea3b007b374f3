// The two streams of a run: what the script prints (standard output or the file of -o), and what is said to people (standard error).
import type { Closable } from '../sys/fd.ts';
import type { RunOptions } from './options.ts';
import { closeOutput, openOutput, Writer } from './writer.ts';

export interface Outputs extends Closable {
  /** Take byte strings. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A slice of events was handled. */
  readonly pause: () => void;
  readonly flush: () => void;
}

export function openOutputs(options: RunOptions): Outputs {
  const { out = 1, err = 2 } = options.descriptors ?? {};
  const file = options.output === undefined ? undefined : openOutput(options.output);
  const output = new Writer(file ?? out, options.output ?? 'standard output', options.buffering);
  const errors = new Writer(err, 'standard error', 'none');
  return {
    out: (text) => { output.write(text); },
    // What the script printed before comes before the message, where both go to one terminal.
    err: (text) => {
      output.pause();
      errors.write(text);
    },
    pause: () => { output.pause(); },
    flush: () => { output.flush(); },
    close: () => { if (file !== undefined) closeOutput(file); },
  };
}
