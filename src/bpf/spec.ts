// What the compiler hands over and the runtime runs: plain, serialisable descriptions of programs, maps, events and attachments.
// What only the running machine knows is a relocation. Sizes and offsets are in bytes, instruction positions count 8-byte slots.
import type { ArchName } from '../base/arch.ts';
import type { Span } from '../base/span.ts';
import type { Layout } from './layout.ts';
import type { UserMap } from './shape.ts';

export interface Spec {
  readonly version: 1;
  readonly arch: ArchName;
  readonly license: string;
  /** `hidden`: lines at the start that are not the user's, as in SourceText. */
  readonly source: { readonly name: string; readonly text: string; readonly hidden?: number };
  readonly maps: readonly MapSpec[];
  /** In the order of the script; `begin` programs run in this order. */
  readonly programs: readonly ProgramSpec[];
  /** Indexed by the event id that the program writes. */
  readonly events: readonly EventSpec[];
  /** BTF of the programs' functions and lines; empty when no program needs it. */
  readonly btf: Uint8Array;
  readonly config: RunConfig;
}

/** Settings of the script that matter at run time. */
export interface RunConfig {
  readonly printMapsOnExit: boolean;
  /** Printed behind a string that fills its buffer. */
  readonly truncationTrailer: string;
  readonly maxCatBytes: number;
  /** Pages of the ring buffer, undefined: by the machine's memory. */
  readonly ringPages: number | undefined;
  readonly missingProbes: 'error' | 'warn' | 'ignore';
  readonly verifierLogSize: number;
}

export type MapType = 'hash' | 'percpu_hash' | 'lru_hash' | 'lru_percpu_hash' | 'array' | 'percpu_array' | 'ringbuf';

export interface MapSpec {
  /** At most 15 characters of [A-Za-z0-9_.]; unique in the Spec. */
  readonly name: string;
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  /** For `ringbuf` 0: the runtime chooses the size. */
  readonly maxEntries: number;
  /** BPF_F_* of map_create. */
  readonly flags: number;
  /** Initial contents, written before any program is loaded; entry 0 of an array. */
  readonly contents?: Uint8Array;
  /** Frozen after `contents` are written: the verifier then knows the values. */
  readonly readOnly?: boolean;
  /** Set for maps of the script: what is printed at the end. */
  readonly user?: UserMap;
}

/** Maps that the compiler makes for itself; the runtime finds them by these names. */
export const internalMaps = {
  /** Ring buffer of events: { u64 event id; payload }. */
  ring: 'events',
  /** array of 1: u64[lossKinds.length] of counters, bumped atomically, in the order of `lossKinds`. */
  losses: 'losses',
  /** percpu_array, one entry a program. */
  scratch: 'scratch',
} as const;

/** What can get lost inside the kernel, in the order of the counters in the `losses` map. */
export const lossKinds = ['ring', 'mapFull', 'stack'] as const;

export type ProgramType = 'kprobe' | 'tracepoint' | 'raw_tracepoint' | 'perf_event' | 'tracing' | 'xdp';

export interface ProgramSpec {
  /** At most 15 characters of [A-Za-z0-9_.]; unique in the Spec. */
  readonly name: string;
  /** As messages call it: `kprobe:tcp_sendmsg`. */
  readonly title: string;
  readonly type: ProgramType;
  /** Encoded instructions of all functions, the program itself first. */
  readonly code: Uint8Array;
  readonly functions: readonly { readonly name: string; readonly start: number; readonly btfType: number }[];
  /** The script text that each instruction came from. */
  readonly spans: readonly (Span | null)[];
  readonly lines: readonly { readonly insn: number; readonly file: number; readonly text: number; readonly line: number; readonly column: number }[];
  readonly relocations: readonly Relocation[];
  readonly attach: AttachSpec;
  /** Place of the attach point in the script. */
  readonly span: Span;
}

/** `insn` is the slot of a 16-byte load (or of a call), whose immediate the runtime fills in. */
export type Relocation = { readonly insn: number } & (
  /** The map itself (BPF_PSEUDO_MAP_FD). */
  | { readonly kind: 'map'; readonly map: string }
  /** Address inside the first value of an array map (BPF_PSEUDO_MAP_VALUE). */
  | { readonly kind: 'data'; readonly map: string; readonly offset: number }
  /** Address of a kernel symbol, as a number. */
  | { readonly kind: 'ksym'; readonly symbol: string }
  /** A call of a kernel function (BPF_PSEUDO_KFUNC_CALL). */
  | { readonly kind: 'kfunc'; readonly name: string }
  /** Id of a cgroup given by path. */
  | { readonly kind: 'cgroup'; readonly path: string }
  /** CLOCK_BOOTTIME in nanoseconds at the start of the run. */
  | { readonly kind: 'startTime' }
  /** Pid of the child of `-c`, or 0. */
  | { readonly kind: 'childPid' }
  /** Number of possible CPUs. */
  | { readonly kind: 'cpus' }
);

/** One kernel function: by name here, by address when it is attached. */
export interface KernelFunction {
  readonly name: string;
  /** `vmlinux` or the module's name. */
  readonly module: string;
  /** It has several functions of that name, at different addresses: all of them are meant. */
  readonly several?: true;
}

export type AttachSpec =
  /** Run once by BPF_PROG_TEST_RUN, before attaching or after detaching. */
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'signal'; readonly signal: string }
  /** One program on one or many functions: through kprobe.multi where the kernel has it, else one perf event each. */
  | { readonly kind: 'kprobe'; readonly returns: boolean; readonly functions: readonly KernelFunction[]; readonly offset: number }
  | { readonly kind: 'fentry' | 'fexit'; readonly function: KernelFunction }
  | { readonly kind: 'tracepoint'; readonly system: string; readonly event: string }
  /** BPF_TRACE_RAW_TP (program type `tracing`): attached through btf_trace_<event>. */
  | { readonly kind: 'rawtracepoint'; readonly event: string; readonly module: string }
  /** cpu-clock on every CPU (profile) or on one (interval). Exactly one of `hz` and `ns` is set. */
  | { readonly kind: 'timer'; readonly everyCpu: boolean; readonly hz?: number; readonly ns?: number }
  /** PERF_TYPE_SOFTWARE / PERF_TYPE_HARDWARE with a sample period, on every CPU. */
  | { readonly kind: 'event'; readonly type: 'software' | 'hardware'; readonly config: number; readonly period: number }
  | { readonly kind: 'uprobe'; readonly returns: boolean; readonly path: string; readonly symbol: string | null; readonly offset: number };

/** A format string cut at its conversions. Like all literals of the script in a Spec it is a byte string: one character a byte. */
export interface FormatPiece {
  /** Literal text before the conversion, escapes already resolved. */
  readonly text: string;
  /** Undefined for the last piece when the format ends in text. */
  readonly conversion?: { readonly flags: string; readonly width: string; readonly precision: string; readonly length: string; readonly type: string };
}

/** What a record of the ring buffer means. `payload` describes the bytes after the u64 event id. */
export type EventSpec =
  | { readonly kind: 'printf' | 'errorf' | 'warnf' | 'system' | 'cat'; readonly format: readonly FormatPiece[]; readonly payload: Extract<Layout, { kind: 'tuple' }>; readonly span: Span }
  /** print(value) */
  | { readonly kind: 'print'; readonly payload: Layout; readonly span: Span }
  /** print(@m[key]) of an aggregation: the payload is the key. */
  | { readonly kind: 'printElement'; readonly map: string; readonly payload: Layout; readonly span: Span }
  /** print(@m, top, div); the numbers are the payload: { u64 top; u64 div }, 0 for not given. */
  | { readonly kind: 'printMap'; readonly map: string; readonly payload: Layout; readonly span: Span }
  | { readonly kind: 'clear' | 'zero'; readonly map: string; readonly span: Span }
  /** payload: { s64 code }. */
  | { readonly kind: 'exit'; readonly payload: Layout; readonly span: Span }
  | { readonly kind: 'time'; readonly format: string; readonly span: Span }
  /** payload: { u64 count; count × string }. */
  | { readonly kind: 'join'; readonly separator: string; readonly payload: Layout; readonly span: Span }
  /** A helper failed and the script should know: payload { s64 return code }. */
  | { readonly kind: 'helperError'; readonly helper: string; readonly message: string; readonly payload: Layout; readonly span: Span }
  /** A rule of the language was broken at run time (division by zero, index out of bounds). */
  | { readonly kind: 'runtimeError'; readonly message: string; readonly span: Span };

/** Bytes before the payload of a ring-buffer record: the u64 event id. */
export const eventHeaderSize = 8;
