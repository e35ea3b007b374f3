// tracepoint: events of tracefs, with the fields of their format files (Documentation/trace/events.rst).
import type { Argument, ArgumentPlace, Probe } from '../../ctype/probes.ts';
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
    if (!event) return nothingSeen;
    return { arguments: event.fields.map((field) => argument(kernel, probe, field)), returns: undefined };
  },
  near: (kernel, scope, name, limit) => kernel.types.nearTracepoints(scope, name, limit),
  title: (probe) => `tracepoint:${probe.scope}:${probe.name}`,
  lines: (kernel, probe) => (kernel.types.tracepoint(probe.scope, probe.name)?.fields ?? []).map(line),
};

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
