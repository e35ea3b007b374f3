// The question-and-answer interface to the places that can be traced: the compiler sees the catalog's probes only through it.
import type { CType } from './ctype.ts';

export type ProviderName =
  | 'begin' | 'end' | 'self' | 'kprobe' | 'kretprobe' | 'fentry' | 'fexit' | 'tracepoint' | 'rawtracepoint'
  | 'software' | 'hardware' | 'interval' | 'profile' | 'uprobe' | 'uretprobe';

/** Where an argument lives when the probe fires. Offsets and sizes are in bytes. */
export type ArgumentPlace =
  /** In a register (or two, for a struct of 9–16 bytes) saved in struct pt_regs. */
  | { readonly in: 'registers'; readonly offsets: readonly number[] }
  /** In the struct pt_regs that the function's first argument points to: entry functions of system calls. */
  | { readonly in: 'saved'; readonly offset: number }
  /** On the stack at function entry, counted from the stack pointer. */
  | { readonly in: 'stack'; readonly offset: number }
  /** In 8-byte slots of the program's context (fentry, raw tracepoint), counted from slot 0. */
  | { readonly in: 'slots'; readonly first: number; readonly count: number }
  /** A field of the tracepoint record that the context points to. */
  | { readonly in: 'record'; readonly offset: number; readonly size: number }
  /** `__data_loc`: a u32 in the record, low half offset from the record's start, high half length in bytes. */
  | { readonly in: 'dataloc'; readonly offset: number }
  /** `__rel_loc`: the same, with the offset counted from the end of the u32. */
  | { readonly in: 'relloc'; readonly offset: number };

export interface Argument {
  readonly name: string;
  readonly type: CType;
  /** As listings print it: `struct sock *`, `char[16]`. */
  readonly text: string;
  readonly place: ArgumentPlace;
  /** The value is an address in user memory (arguments of system calls). */
  readonly user: boolean;
}

/** One concrete place to attach to, and what a program sees there. */
export interface Probe {
  readonly provider: ProviderName;
  /** Kernel object that has it: `vmlinux`, a module's name, a tracepoint's system; '' where the provider has none. */
  readonly scope: string;
  /** Function, event, or unit name. */
  readonly name: string;
  /** The scope has several functions of that name, at different addresses. */
  readonly several?: true;
}

export interface ProbeDetail {
  readonly arguments: readonly Argument[];
  /** Type of `retval`; undefined where there is none or it is not known. */
  readonly returns: CType | undefined;
  /** Why arguments by name cannot be trusted here (an `.isra` clone), undefined when they can. */
  readonly unreliable?: string;
}

export interface Probes {
  /**
   * Every probe of the provider that matches; `scope` and `name` may hold `*`, `?` and `[..]`. Sorted by scope, then name.
   * `scope` undefined: any. An exact name that exists only as one compiler clone (`finish_task_switch.isra.0`) answers with that clone.
   */
  match(provider: ProviderName, scope: string | undefined, name: string): readonly Probe[];

  /** Arguments and return type; read when a script needs them, not at match time. */
  detail(probe: Probe): ProbeDetail;

  /** Why nothing of that kind can be on this kernel; undefined where it can. */
  unavailable?(provider: ProviderName): string | undefined;

  /** Names close to one that did not match, best first, at most `limit`. */
  near(provider: ProviderName, scope: string | undefined, name: string, limit: number): readonly string[];
}
