// How a Spec is to be run.
import type { KernelFs } from '../base/kernelfs.ts';
import type { UserSymbols } from './resolver.ts';
import type { Buffering } from './writer.ts';

export interface RunOptions {
  readonly format: 'text' | 'json';
  /** File that takes the output; undefined: standard output. */
  readonly output?: string | undefined;
  readonly buffering: Buffering;
  /** Nothing but what the script prints. */
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** False: warnf(), runtime errors and what could not be attached under a wildcard are not told. */
  readonly warnings: boolean;
  /** The kernel's log of every program goes to standard error. */
  readonly verifierLog: boolean;
  /** Attach everything, then stop; BEGIN and END do not run. */
  readonly dryRun: boolean;
  /** Ends when this process ends; uprobes fire in it alone. */
  readonly pid?: number | undefined;
  /** Runs this command (words, quotes as in a shell) once everything is attached, and ends with it. */
  readonly command?: string | undefined;
  /** One line about long work: attaching and detaching many probes; an empty text wipes it. */
  readonly progress?: Progress | undefined;
  /** Called with the name of each phase of the start when it is over. */
  readonly timing?: ((phase: Phase) => void) | undefined;
  /** Tests bring their own. */
  readonly fs?: KernelFs | undefined;
  readonly userSymbols?: UserSymbols | undefined;
  /** Where output goes when there is no file: descriptors, 1 and 2 when left out. */
  readonly descriptors?: { readonly out: number; readonly err: number } | undefined;
}

export type Progress = (text: string, fraction?: number) => void;

export type Phase = 'maps' | 'load' | 'begin' | 'attach' | 'drain' | 'detach' | 'end';
