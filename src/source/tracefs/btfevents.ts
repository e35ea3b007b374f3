// Tracepoint events from types alone, for a kernel whose image is not at hand. Each event has a typedef btf_trace_EVENT of its prototype, and each class
// of events a struct trace_event_raw_CLASS of its record; which event is of which class the types do not say, except by what they have in common.
import { append } from '../../base/append.ts';
import type { Btf } from '../btf/btf.ts';
import { kindOf } from '../btf/kinds.ts';
import { bareType, isSigned, sizeOfType } from './members.ts';
import { commonFields } from './commonfields.ts';
import type { EventField, EventFormat } from './format.ts';
import { typeText } from './typetext.ts';

export interface BtfEvent {
  readonly name: string;
  /** `exact`: it is a class of its own; `unique`: one class fits; `same-layout`: several do and are laid out alike; `ambiguous`: several differ. */
  readonly confidence: 'exact' | 'unique' | 'same-layout' | 'ambiguous';
  /**
   * Undefined where it is ambiguous. The print format is empty. What a `__data_loc` field points to is told as bytes, for the types do not know it.
   */
  readonly format: EventFormat | undefined;
  /** Classes that an ambiguous one may be of, in byte order; otherwise empty. */
  readonly candidates: readonly { readonly class: string; readonly format: EventFormat }[];
}

/** Events that the BTF itself brings (of a module: not its base's), in byte order. Which system they are of is not known. */
export function eventsOfBtf(btf: Btf): readonly BtfEvent[] {
  const found = collect(btf);
  const candidatesOf = new Map<string, string[]>();
  for (const name of found.records.keys()) {
    const run = found.runs.get(name);
    if (run === undefined) continue;
    const key = shape(btf, run);
    append(candidatesOf, key, name);
  }
  const formats = new Formats(btf, found);
  return [...found.events].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, prototype]): BtfEvent[] => {
    if (found.records.has(name)) return [{ name, confidence: 'exact', format: formats.of(name, name), candidates: [] }];
    // A tracepoint that is no event has a class for BPF alone.
    if (found.runs.has(name)) return [];
    const classes = narrow(btf, found, name, candidatesOf.get(shape(btf, prototype)) ?? []);
    return classes.length === 0 ? [] : [decide(name, classes, formats)];
  });
}

function decide(name: string, classes: readonly string[], formats: Formats): BtfEvent {
  const candidates = [...classes].sort().map((each) => ({ class: each, format: formats.of(each, name) }));
  const [first, ...others] = candidates;
  if (first === undefined || others.length === 0) return { name, confidence: 'unique', format: first?.format, candidates: [] };
  const same = others.every(({ format }) => JSON.stringify(format.fields) === JSON.stringify(first.format.fields));
  return same ? { name, confidence: 'same-layout', format: first.format, candidates: [] } : { name, confidence: 'ambiguous', format: undefined, candidates };
}

/**
 * Of the classes with the same prototype those that are no events themselves, for few events share the class of another; of these, those whose
 * parameters have the same names.
 */
function narrow(btf: Btf, found: Collected, event: string, classes: readonly string[]): readonly string[] {
  const shared = preferred(classes, (name) => !found.events.has(name));
  const traced = found.iterators.get(event);
  if (traced === undefined) return shared;
  const names = parameterNames(btf, traced);
  return preferred(shared, (name) => {
    const run = found.runs.get(name);
    return run !== undefined && parameterNames(btf, run) === names;
  });
}

function preferred(all: readonly string[], test: (name: string) => boolean): readonly string[] {
  const some = all.filter(test);
  return some.length > 0 ? some : all;
}

interface Collected {
  /** btf_trace_EVENT: its prototype. */
  readonly events: ReadonlyMap<string, number>;
  /** trace_event_raw_CLASS: the struct of its record. */
  readonly records: ReadonlyMap<string, number>;
  /** __bpf_trace_CLASS: the prototype of the function that a class has for BPF. */
  readonly runs: ReadonlyMap<string, number>;
  /** __traceiter_EVENT: the same for an event, with the names of its parameters. */
  readonly iterators: ReadonlyMap<string, number>;
}

function collect(btf: Btf): Collected {
  const events = new Map<string, number>();
  const records = new Map<string, number>();
  const runs = new Map<string, number>();
  const iterators = new Map<string, number>();
  for (let id = btf.firstId; id < btf.endId; id++) {
    const kind = btf.kind(id);
    if (kind !== kindOf.TYPEDEF && kind !== kindOf.STRUCT && kind !== kindOf.FUNC) continue;
    const name = btf.name(id);
    if (kind === kindOf.TYPEDEF && name.startsWith('btf_trace_')) events.set(name.slice(10), btf.type(btf.type(id)));
    else if (kind === kindOf.STRUCT && name.startsWith('trace_event_raw_')) records.set(name.slice(16), id);
    else if (kind === kindOf.FUNC && name.startsWith('__bpf_trace_')) runs.set(name.slice(12), btf.type(id));
    else if (kind === kindOf.FUNC && name.startsWith('__traceiter_')) iterators.set(name.slice(12), btf.type(id));
  }
  return { events, records, runs, iterators };
}

/** Types of the parameters but the first, a context; typedefs and qualifiers count for nothing. */
function shape(btf: Btf, prototype: number): string {
  const types: string[] = [];
  for (let index = 1; index < btf.vlen(prototype); index++) types.push(bareText(btf, btf.extra(prototype, 2 * index + 1), 0));
  return types.join(', ');
}

function bareText(btf: Btf, id: number, depth: number): string {
  const bare = bareType(btf, id);
  const kind = btf.kind(bare);
  if (kind === kindOf.PTR && depth < maxDepth) return `${bareText(btf, btf.type(bare), depth + 1)} *`;
  if (kind === kindOf.FWD) return `${btf.flag(bare) ? kindOf.UNION : kindOf.STRUCT} ${btf.name(bare)}`;
  const name = btf.name(bare);
  return name === '' ? `#${bare}` : `${kind} ${name}`;
}

const maxDepth = 16;

function parameterNames(btf: Btf, prototype: number): string {
  return Array.from({ length: Math.max(0, btf.vlen(prototype) - 1) }, (_, index) => btf.string(btf.extra(prototype, 2 * index + 2))).join(' ');
}

class Formats {
  readonly #btf: Btf;
  readonly #records: ReadonlyMap<string, number>;
  readonly #common: readonly EventField[];
  readonly #fields = new Map<string, readonly EventField[]>();

  constructor(btf: Btf, { records }: Collected) {
    this.#btf = btf;
    this.#records = records;
    this.#common = commonFields(btf);
  }

  of(className: string, event: string): EventFormat {
    const known = this.#fields.get(className);
    const fields = known ?? [...this.#common, ...recordFields(this.#btf, this.#records.get(className) ?? 0)];
    this.#fields.set(className, fields);
    return { name: event, fields, printFormat: '' };
  }
}

/** Members behind the common `ent`; `__data` marks the end. */
function recordFields(btf: Btf, record: number): readonly EventField[] {
  return Array.from({ length: btf.vlen(record) }, (_, index) => ({
    name: btf.string(btf.extra(record, 3 * index)),
    type: btf.extra(record, 3 * index + 1),
    offset: (btf.flag(record) ? btf.extra(record, 3 * index + 2) & 0xffffff : btf.extra(record, 3 * index + 2)) >> 3,
  }))
    .filter(({ name }) => name !== 'ent' && name !== '__data')
    .map(({ name, type, offset }): EventField => {
      const [, mark, rest = name] = /^(__data_loc_|__rel_loc_)(.*)$/.exec(name) ?? [];
      if (mark !== undefined) return { name: rest, type: 'u8', array: '[]', offset, size: 4, signed: false, location: mark === '__data_loc_' ? 'dataloc' : 'relloc' };
      const { text, array, element } = typeText(btf, type);
      return { name, type: text, array, offset, size: sizeOfType(btf, type) ?? 0, signed: isSigned(btf, element), location: 'record' };
    });
}
