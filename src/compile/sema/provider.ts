// The places that a script can attach to, as the compiler needs them: names, how the attach point's parts are read, the kind of program.
// docs/language.md and tools/*.bt of bpftrace are the source of the names and short names.
import type { AttachSpec, KernelFunction, ProgramType } from '../../bpf/spec.ts';
import { hardwareEvents, softwareEvents, type PerfEvent } from '../../bpf/events.ts';
import type { Probe, ProviderName } from '../../ctype/probes.ts';
import { providerNamed } from '../../ctype/providers.ts';
import type { AttachPoint } from '../lang/ast.ts';
import type { Space } from './stype.ts';

export interface Provider {
  readonly name: ProviderName;
  readonly programType: ProgramType;
  /** Where integers that are cast to pointers point to. */
  readonly space: (probe: Probe) => Space;
  /** What the parts behind the provider say. */
  readonly read: (point: AttachPoint) => Target | Wrong;
  /** Whether the target is one of the catalog's probes, with wildcards, or stands for itself. */
  readonly listed: boolean;
  /** The scope of a probe is the kernel image that has it, so that a module's own types come first. */
  readonly inImage: boolean;
  /** Functions under one wildcard may be one program with many attachments. */
  readonly shared: boolean;
  /** Fully expanded name. */
  readonly title: (probe: Probe, target: Target) => string;
  readonly attach: (probes: readonly Probe[], target: Target) => AttachSpec;
}

/** A scope that was not given is undefined. */
export interface Target {
  readonly scope: string | undefined;
  readonly name: string;
  /** Bytes into a function. */
  readonly offset: number;
  /** Events a second, nanoseconds or number of events, as the provider's `attach` reads them. */
  readonly count: number;
}

export interface Wrong {
  readonly wrong: string;
  readonly hint?: string;
}

/** The record of a provider or one of its short names; names are not case-sensitive. */
export function findProvider(name: string): Provider | undefined {
  const known = unsupported.has(name) ? undefined : providerNamed(name);
  return known && byName.get(known);
}

/** bpftrace's name of a provider that is known and not there yet. */
export function unsupportedProvider(name: string): string | undefined {
  return unsupported.get(name) ?? unsupported.get(name.toLowerCase());
}

const unsupported: ReadonlyMap<string, string> = new Map([
  ['usdt', 'usdt'], ['U', 'usdt'], ['watchpoint', 'watchpoint'], ['w', 'watchpoint'], ['iter', 'iter'], ['it', 'iter'], ['bench', 'bench'], ['test', 'test'],
]);

/** The providers that a wildcard in the provider's place means: those with a list of probes to match. */
export function listedProviders(): readonly Provider[] {
  return providers.filter((provider) => provider.listed);
}

const target = (name: string, scope?: string, more: Partial<Target> = {}): Target => ({ scope, name, offset: 0, count: 0, ...more });

const kernel = (): Space => 'kernel';

function nothing(point: AttachPoint): Target | Wrong {
  return point.parts.length === 0 ? target('') : { wrong: `${point.provider} probes should not have a target` };
}

/** `[module:]name` */
function scoped(what: string) {
  return (point: AttachPoint): Target | Wrong => {
    const [first, second, third] = point.parts;
    if (first === undefined || first.text === '' || third !== undefined) return { wrong: `${point.provider} probe type requires 1 or 2 arguments, found ${point.parts.length}` };
    if (second === undefined) return target(first.text);
    return second.text === '' ? { wrong: `${what} is missing behind ${first.text}` } : target(second.text, first.text);
  };
}

/** `[module:]function[+offset]` */
function functionWithOffset(point: AttachPoint): Target | Wrong {
  const read = scoped('function')(point);
  if ('wrong' in read) return read;
  if (/^0x[0-9a-fA-F]+$|^\d+$/.test(read.name)) return { wrong: 'Probing by address is not supported', hint: 'name the function, with an offset where it matters: kprobe:vfs_read+4' };
  const plus = read.name.lastIndexOf('+');
  if (plus < 0) return read;
  const offset = Number(read.name.slice(plus + 1));
  if (!Number.isInteger(offset) || offset < 0) return { wrong: `Invalid offset: ${read.name.slice(plus + 1)}` };
  return { ...read, name: read.name.slice(0, plus), offset };
}

function functionOnly(point: AttachPoint): Target | Wrong {
  const read = functionWithOffset(point);
  return !('wrong' in read) && read.offset !== 0 ? { wrong: `Offset not allowed for ${point.provider}` } : read;
}

function systemAndEvent(point: AttachPoint): Target | Wrong {
  const [system, event] = point.parts;
  if (system === undefined || event === undefined || point.parts.length > 2 || event.text === '') return { wrong: `tracepoint probe type requires 2 arguments, found ${point.parts.length}` };
  return target(event.text, system.text);
}

const timerUnits: ReadonlyMap<string, number> = new Map([['hz', 0], ['s', 1e9], ['ms', 1e6], ['us', 1e3], ['ns', 1]]);

/** `hz:99`, `s:1`, `ms:100`, `us:100`, or one part: nanoseconds or a duration (`10ms`). `count` is nanoseconds, or `name` is `hz`. */
function timer(point: AttachPoint): Target | Wrong {
  const [first, second] = point.parts;
  if (first === undefined || point.parts.length > 2) return { wrong: `${point.provider} probe type requires 1 or 2 arguments, found ${point.parts.length}` };
  const [, number = '', suffix = 'ns'] = second === undefined ? (/^(\d+)(ns|us|ms|s)?$/.exec(first.text) ?? []) : [undefined, second.text, first.text];
  const unit = timerUnits.get(suffix);
  if (unit === undefined) return { wrong: `Invalid ${point.provider} unit: ${first.text}`, hint: `${point.provider} units are hz, s, ms, us` };
  if (/^0+$/.test(number)) return { wrong: `${point.provider} frequency should be a positive integer` };
  if (!/^\d+$/.test(number)) return { wrong: `Invalid rate of ${point.provider} probe: invalid integer: ${second?.text ?? first.text}` };
  if (unit === 0) return target('hz', undefined, { count: Number(number) });
  const count = Number(number) * unit;
  return count < 1000 ? { wrong: `Invalid rate of ${point.provider} probe. Minimum is 1000 or 1us. Found: ${count} nanoseconds` } : target(suffix, undefined, { count });
}

function perfEvent(type: 'software' | 'hardware', events: readonly PerfEvent[]): Provider {
  const find = (name: string): PerfEvent | undefined => events.find((event) => event.name === name || event.aliases.includes(name));
  return {
    name: type, programType: 'perf_event', space: kernel, listed: false, inImage: false, shared: false,
    read: (point) => {
      const [name, count] = point.parts;
      if (name === undefined || point.parts.length > 2) return { wrong: `${type} probe type requires 1 or 2 arguments, found ${point.parts.length}` };
      const event = find(name.text);
      if (event === undefined) return { wrong: `${name.text} is not a ${type} probe`, hint: events.map((each) => each.name).join(', ') };
      if (count !== undefined && count.text !== '' && !/^[1-9]\d*$/.test(count.text)) return { wrong: `Invalid count for ${type} probe: ${count.text}` };
      return target(name.text, undefined, { count: count === undefined || count.text === '' ? event.period : Number(count.text) });
    },
    title: (_probe, { name, count }) => `${type}:${name}:${count}`,
    attach: (_probes, { name, count }) => ({ kind: 'event', type, config: find(name)?.config ?? 0, period: count }),
  };
}

function timerProvider(name: 'interval' | 'profile'): Provider {
  return {
    name, programType: 'perf_event', space: kernel, read: timer, listed: false, inImage: false, shared: false,
    title: (_probe, { name: unit, count }) => `${name}:${unit}:${count / (timerUnits.get(unit) || 1)}`,
    attach: (_probes, { name: unit, count }) => ({ kind: 'timer', everyCpu: name === 'profile', ...(unit === 'hz' ? { hz: count } : { ns: count }) }),
  };
}

function special(name: 'begin' | 'end'): Provider {
  return {
    name, programType: 'raw_tracepoint', space: kernel, read: nothing, listed: false, inImage: false, shared: false,
    title: () => name, attach: () => ({ kind: name }),
  };
}

const kernelFunctions = (probes: readonly Probe[]): readonly KernelFunction[] => probes.map(({ name, scope, several }) => ({ name, module: scope, ...(several === true ? { several } : {}) }));

function kernelProbe(name: 'kprobe' | 'kretprobe'): Provider {
  return {
    name, programType: 'kprobe', space: kernel, read: name === 'kprobe' ? functionWithOffset : functionOnly, listed: true, inImage: true, shared: true,
    title: (probe, { scope, offset }) => `${name}:${scope === undefined ? '' : `${probe.scope}:`}${probe.name}${offset === 0 ? '' : `+${offset}`}`,
    attach: (probes, { offset }) => ({ kind: 'kprobe', returns: name === 'kretprobe', functions: kernelFunctions(probes), offset }),
  };
}

function trampoline(name: 'fentry' | 'fexit'): Provider {
  return {
    name, programType: 'tracing', space: kernel, read: functionOnly, listed: true, inImage: true, shared: false,
    title: (probe) => `${name}:${probe.scope}:${probe.name}`,
    attach: (probes) => ({ kind: name, function: kernelFunctions(probes)[0] ?? { name: '', module: '' } }),
  };
}

function userProbe(name: 'uprobe' | 'uretprobe'): Provider {
  return {
    name, programType: 'kprobe', space: () => 'user', listed: false, inImage: false, shared: false,
    read: (point) => {
      const [path, symbol] = point.parts;
      if (path === undefined || symbol === undefined || symbol.text === '' || point.parts.length > 2) return { wrong: `${name} probe type requires 2 arguments, found ${point.parts.length}` };
      if (/[*?[]/.test(path.text + symbol.text)) return { wrong: `${name}: wildcards are not supported yet`, hint: 'name the file and the function' };
      if (!path.text.includes('/')) return { wrong: `${name}: ${path.text}: the file must be given with its path` };
      const [text, more] = symbol.text.split('+');
      const offset = more === undefined ? 0 : Number(more);
      return Number.isInteger(offset) ? target(text ?? '', path.text, { offset }) : { wrong: `Invalid offset: ${more ?? ''}` };
    },
    title: (_probe, { scope, name: symbol, offset }) => `${name}:${scope ?? ''}:${symbol}${offset === 0 ? '' : `+${offset}`}`,
    attach: (_probes, { scope, name: symbol, offset }) => {
      const address = Number(symbol);
      const byAddress = Number.isInteger(address);
      return { kind: 'uprobe', returns: name === 'uretprobe', path: scope ?? '', symbol: byAddress ? null : symbol, offset: byAddress ? address : offset };
    },
  };
}

const providers: readonly Provider[] = [
  special('begin'),
  special('end'),
  {
    name: 'self', programType: 'raw_tracepoint', space: kernel, listed: false, inImage: false, shared: false,
    read: (point) => {
      const [trigger, signal] = point.parts;
      if (trigger?.text !== 'signal') return { wrong: `${trigger?.text ?? ''} is not a supported trigger` };
      return signal?.text === 'SIGUSR1' ? target('SIGUSR1', 'signal') : { wrong: `${signal?.text ?? ''} is not a supported signal` };
    },
    title: (_probe, { name }) => `self:signal:${name}`,
    attach: (_probes, { name }) => ({ kind: 'signal', signal: name }),
  },
  kernelProbe('kprobe'),
  kernelProbe('kretprobe'),
  trampoline('fentry'),
  trampoline('fexit'),
  {
    name: 'tracepoint', programType: 'tracepoint', listed: true, inImage: false, shared: false, read: systemAndEvent,
    space: (probe) => (probe.scope === 'syscalls' ? 'user' : 'kernel'),
    title: (probe) => `tracepoint:${probe.scope}:${probe.name}`,
    attach: ([probe]) => ({ kind: 'tracepoint', system: probe?.scope ?? '', event: probe?.name ?? '' }),
  },
  {
    name: 'rawtracepoint', programType: 'tracing', space: kernel, listed: true, inImage: true, shared: false, read: scoped('event'),
    title: (probe) => `rawtracepoint:${probe.scope}:${probe.name}`,
    attach: ([probe]) => ({ kind: 'rawtracepoint', event: probe?.name ?? '', module: probe?.scope ?? '' }),
  },
  timerProvider('profile'),
  timerProvider('interval'),
  perfEvent('software', softwareEvents),
  perfEvent('hardware', hardwareEvents),
  userProbe('uprobe'),
  userProbe('uretprobe'),
];

const byName: ReadonlyMap<ProviderName, Provider> = new Map(providers.map((provider) => [provider.name, provider]));
