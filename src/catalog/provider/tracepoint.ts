// tracepoint: events of tracefs, with the fields of their format files (Documentation/trace/events.rst). Where only types tell of them (BTF alone), they
// have no system, and of some it is not known which fields they have.
import type { Argument, ArgumentPlace, Probe, ProbeDetail } from '../../ctype/probes.ts';
import { strip } from '../../ctype/types.ts';
import type { TracepointField } from '../../index/reader.ts';
import { fieldType } from '../fieldtype.ts';
import { nothingSeen, type ProbedKernel, type Provider } from './provider.ts';

export const tracepoint: Provider = {
  name: 'tracepoint',
  scoped: true,
  inWildcard: true,
  match(kernel, scope, name): readonly Probe[] {
    return kernel.types.tracepoints(scope ?? '*', name).map((each) => ({ provider: 'tracepoint', scope: each.system, name: each.name }));
  },
  detail(kernel, probe) {
    const event = kernel.types.tracepoint(probe.scope, probe.name);
    if (!event) return unknownDetail(kernel, probe);
    return { arguments: event.fields.map((field) => argument(kernel, probe, field)), returns: undefined };
  },
  near: (kernel, scope, name, limit) => kernel.types.nearTracepoints(scope, name, limit),
  title: (probe) => `tracepoint:${probe.scope}:${probe.name}`,
  lines: (kernel, probe) => kernel.types.tracepoint(probe.scope, probe.name)?.fields.map(line) ?? candidateLines(kernel, probe),
  unavailable(kernel) {
    const all = kernel.types.tracepoints('*', '*');
    if (all.length === 0 || all.some(({ system }) => system !== '*')) return undefined;
    return 'of this kernel types alone are known, which do not tell the systems of tracepoints: tracepoint:*:NAME';
  },
};

function unknownDetail(kernel: ProbedKernel, { name }: Probe): ProbeDetail {
  const classes = kernel.types.tracepointCandidates(name).map((each) => each.class);
  return classes.length === 0 ? nothingSeen : { ...nothingSeen, unreliable: `types alone do not tell whether its fields are those of ${list(classes)}` };
}

/** What an event has that may be of several classes, a line each. */
function candidateLines(kernel: ProbedKernel, { name }: Probe): readonly string[] {
  const candidates = kernel.types.tracepointCandidates(name);
  if (candidates.length === 0) return [];
  return ['of one of these classes, types alone do not tell which:', ...candidates.map((each) => `${each.class}: ${each.fields.map(line).join('; ')}`)];
}

/** `a`, `a or b`, `a, b or c`. */
function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function argument(kernel: ProbedKernel, probe: Probe, field: TracepointField): Argument {
  // The size of what lies elsewhere in the record is that of the word that says where.
  const type = fieldType(kernel.types, field.location === 'record' ? field : { ...field, size: 0 });
  const ofCall = probe.scope === 'syscalls' && strip(kernel.types, type).kind === 'ptr';
  return { name: field.name, type, text: field.type + field.array, place: placeOf(field), user: ofCall };
}

function placeOf(field: TracepointField): ArgumentPlace {
  const { location, offset, size } = field;
  return location === 'record' ? { in: location, offset, size } : { in: location, offset };
}

const prefixes: Readonly<Record<TracepointField['location'], string>> = { record: '', dataloc: '__data_loc ', relloc: '__rel_loc ' };

/** Arrays in the record have their brackets behind the name, those elsewhere before it. */
function line({ name, type, array, location }: TracepointField): string {
  return location === 'record' ? `${type} ${name}${array}` : `${prefixes[location]}${type}${array} ${name}`;
}
