// perf_event_open(2): the events that programs hang on. Probes are PMUs whose type number the running kernel chose (/sys/bus/event_source/devices).
import { NotSupported } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import { addon } from './addon.ts';
import type { Packed } from './attr.ts';
import { pack, perfEventAttr, perfProbeAttr } from './attr.ts';
import { Fd } from './fd.ts';
import { check } from './syserror.ts';

/** enum perf_type_id */
const types = { hardware: 0, software: 1, tracepoint: 2 } as const;

/** PERF_ATTR_SIZE_VER1: up to config2. */
const attrSize = 72;
/** Bit of struct perf_event_attr: `period` is a frequency in Hz. */
const freqFlag = 1n << 10n;
/** PERF_COUNT_SW_CPU_CLOCK */
const cpuClock = 0;
/** PERF_FLAG_FD_CLOEXEC */
const closeOnExec = 8;

/** Where an event counts: one CPU for all processes, or one process on all CPUs. */
export type PerfScope = { readonly cpu: number } | { readonly pid: number };

/** A software or hardware event that fires once every `period` counts. */
export function counterEvent(type: 'software' | 'hardware', config: number, period: number): Packed {
  return pack(perfEventAttr, { type: types[type], size: attrSize, config, period });
}

/** The cpu-clock timer: every so many nanoseconds, or so many times a second. */
export function timerEvent(every: { readonly ns: number } | { readonly hz: number }): Packed {
  const hz = 'hz' in every;
  return pack(perfEventAttr, { type: types.software, size: attrSize, config: cpuClock, period: hz ? every.hz : every.ns, flags: hz ? freqFlag : 0n });
}

/** A tracepoint, by the id that tracefs shows. */
export function tracepointEvent(id: number): Packed {
  return pack(perfEventAttr, { type: types.tracepoint, size: attrSize, config: id, period: 1 });
}

/** The dynamic PMU of kprobes or uprobes: its number, and the bit of config that means `on return`. */
export interface ProbePmu {
  readonly type: number;
  readonly returnBit: number;
}

/** Throws NotSupported where the kernel has no such probes. */
export function probePmu(fs: KernelFs, name: 'kprobe' | 'uprobe'): ProbePmu {
  const folder = `/sys/bus/event_source/devices/${name}`;
  const type = fs.text(`${folder}/type`);
  if (type === undefined) throw new NotSupported(name, `this kernel has no ${name}s: ${folder} does not exist`);
  const format = /^config:(\d+)/.exec(fs.text(`${folder}/format/retprobe`) ?? '');
  return { type: Number(type), returnBit: Number(format?.[1] ?? 0) };
}

/** A kprobe on a symbol (with module: `module:symbol`) or an address, plus bytes. */
export function kprobeEvent(pmu: ProbePmu, at: { readonly symbol: string; readonly offset: number } | { readonly address: bigint }, returns: boolean): Packed {
  const common = { type: pmu.type, size: attrSize, config: returns ? 1 << pmu.returnBit : 0, period: 1 };
  if ('address' in at) return pack(perfEventAttr, { ...common, config2: at.address });
  return pack(perfProbeAttr, { ...common, config1: cString(at.symbol), config2: at.offset });
}

/** A uprobe at a byte offset of a file. */
export function uprobeEvent(pmu: ProbePmu, path: string, offset: number | bigint, returns: boolean): Packed {
  return pack(perfProbeAttr, { type: pmu.type, size: attrSize, config: returns ? 1 << pmu.returnBit : 0, period: 1, config1: cString(path), config2: offset });
}

export function perfEventOpen(event: Packed, scope: PerfScope, what: string): Fd {
  const [pid, cpu] = 'cpu' in scope ? [-1, scope.cpu] : [scope.pid, -1];
  return opened(addon().perfEventOpen(event.bytes, event.pointers, pid, cpu, closeOnExec), what);
}

/** Like perfEventOpen on a worker thread: planting a probe patches code and waits. */
export async function perfEventOpenLater(event: Packed, scope: PerfScope, what: string): Promise<Fd> {
  const [pid, cpu] = 'cpu' in scope ? [-1, scope.cpu] : [scope.pid, -1];
  return opened(await addon().perfEventOpenLater(event.bytes, event.pointers, pid, cpu, closeOnExec), what);
}

function opened(result: number, what: string): Fd {
  return new Fd(check('perf_event_open', result, what), `perf ${what}`);
}

function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'utf8');
}
