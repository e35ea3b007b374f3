// tracefs: the events of the running kernel and the functions that ftrace can attach to (Documentation/trace/ftrace.rst).
import { NotSupported, SysError } from '../../base/errors.ts';
import type { KernelFs } from '../../base/kernelfs.ts';
import { parseEventFormat, type EventFormat } from './format.ts';

export interface EventName {
  readonly system: string;
  readonly name: string;
}

export interface Event extends EventName {
  readonly format: EventFormat;
}

/** Where tracefs is mounted; NotSupported when it is not, or may not be entered. */
export function findTracefs(fs: KernelFs): string {
  let refused: SysError | undefined;
  for (const root of ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']) {
    try {
      if (fs.head(`${root}/available_events`, 1) !== undefined) return root;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      refused ??= error;
    }
  }
  if (refused !== undefined) throw new NotSupported('tracefs', `tracefs may not be read (${refused.message})`, ['run as root'], { cause: refused });
  throw new NotSupported('tracefs', 'tracefs is not mounted', ['mount -t tracefs tracefs /sys/kernel/tracing']);
}

/** The events that can be attached to, sorted by system, then name. */
export function listEvents(fs: KernelFs, root: string): readonly EventName[] {
  const names: EventName[] = [];
  for (const line of (fs.text(`${root}/available_events`) ?? '').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) names.push({ system: line.slice(0, colon), name: line.slice(colon + 1) });
  }
  return names.sort((a, b) => compare(a.system, b.system) || compare(a.name, b.name));
}

/** Reads the formats of events; one that has gone meanwhile (its module left) is left out. Throws FormatError. */
export function* readEvents(fs: KernelFs, root: string, names: readonly EventName[]): Generator<Event> {
  for (const { system, name } of names) {
    const path = `${root}/events/${system}/${name}/format`;
    const text = fs.text(path);
    if (text !== undefined) yield { system, name, format: parseEventFormat(path, text) };
  }
}

export interface TraceableFunction {
  readonly name: string;
  /** null for vmlinux. */
  readonly module: string | null;
}

/** available_filter_functions; undefined where the kernel has none or lockdown forbids to read it. */
export function readTraceableFunctions(fs: KernelFs, root: string): readonly TraceableFunction[] | undefined {
  let text: string | undefined;
  try {
    text = fs.text(`${root}/available_filter_functions`);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
  if (text === undefined) return undefined;
  const functions: TraceableFunction[] = [];
  for (const line of text.split('\n')) {
    const found = /^([^\s[]+)(?:\s+\[([^\]]+)\])?/.exec(line);
    if (found?.[1] !== undefined && !found[1].startsWith('__ftrace_invalid_address__')) functions.push({ name: found[1], module: found[2] ?? null });
  }
  return functions;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
