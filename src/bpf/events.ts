// Events that perf counts without a tracepoint: names, numbers and how often a program runs where the script does not say
// (include/uapi/linux/perf_event.h, enum perf_sw_ids and enum perf_hw_id).

export interface PerfEvent {
  readonly name: string;
  readonly aliases: readonly string[];
  /** PERF_COUNT_SW_* or PERF_COUNT_HW_*. */
  readonly config: number;
  /** Events for one run of the program. */
  readonly period: number;
}

export const softwareEvents: readonly PerfEvent[] = [
  { name: 'cpu-clock', aliases: ['cpu'], config: 0, period: 1_000_000 },
  { name: 'task-clock', aliases: [], config: 1, period: 1 },
  { name: 'page-faults', aliases: ['faults'], config: 2, period: 100 },
  { name: 'context-switches', aliases: ['cs'], config: 3, period: 1000 },
  { name: 'cpu-migrations', aliases: [], config: 4, period: 1 },
  { name: 'minor-faults', aliases: [], config: 5, period: 100 },
  { name: 'major-faults', aliases: [], config: 6, period: 1 },
  { name: 'alignment-faults', aliases: [], config: 7, period: 1 },
  { name: 'emulation-faults', aliases: [], config: 8, period: 1 },
  { name: 'dummy', aliases: [], config: 9, period: 1 },
  { name: 'bpf-output', aliases: [], config: 10, period: 1 },
];

export const hardwareEvents: readonly PerfEvent[] = [
  { name: 'cpu-cycles', aliases: ['cycles'], config: 0, period: 1_000_000 },
  { name: 'instructions', aliases: [], config: 1, period: 1_000_000 },
  { name: 'cache-references', aliases: [], config: 2, period: 1_000_000 },
  { name: 'cache-misses', aliases: [], config: 3, period: 1_000_000 },
  { name: 'branch-instructions', aliases: ['branches'], config: 4, period: 100_000 },
  { name: 'branch-misses', aliases: [], config: 5, period: 100_000 },
  { name: 'bus-cycles', aliases: [], config: 6, period: 1_000_000 },
  { name: 'frontend-stalls', aliases: [], config: 7, period: 1_000_000 },
  { name: 'backend-stalls', aliases: [], config: 8, period: 1_000_000 },
  { name: 'ref-cycles', aliases: [], config: 9, period: 1_000_000 },
];
