// Tracepoints of one kernel: events with their fields from tracefs, raw tracepoints from BTF's `btf_trace_*` typedefs.
import type { FunctionType, Param } from '../ctype/ctype.ts';
import { nearest } from '../ctype/suggest.ts';
import { strip } from '../ctype/types.ts';
import type { ImageTypes, RawTracepoint, RawTracepointName, Tracepoint, TracepointCandidate, TracepointField, TracepointName } from './reader.ts';
import { globPrefix, prefixEnd, type Statements } from './statements.ts';

/** name, type, array, offset, size, signed, location. */
type FieldRow = readonly [string, string, string, number, number, number, TracepointField['location']];
const fieldColumns = 'name, type, array, "offset", size, signed, location';

/** format, print format, system, source, confidence, image. */
type EventRow = readonly [number, string, string, Tracepoint['source'], Tracepoint['confidence'], string];
const eventColumns = 'f.id, f.print_format, e.system, e.source, e.confidence, i.name';
const fromEvents = 'FROM event e JOIN event_format f ON f.id = e.format JOIN image i ON i.id = e.image';
const eventOrder = 'i.base IS NOT NULL, i.name';

/** For more of them all are read at once. */
const manyEvents = 64;

export class TracepointList {
  constructor(
    readonly statements: Statements,
    readonly types: ImageTypes,
  ) {}

  /**
   * In order of systems and names. An event that only types tell of has no system: it matches a name in full under any system that is asked for, and
   * stands under `*` where all systems are.
   */
  match(system: string, name: string): readonly TracepointName[] {
    const rows = this.#rows(system, name);
    const told = rows.filter((each) => each.system !== '');
    const names = new Set(told.map((each) => each.name));
    const untold = system === '*' ? rows : /[*?[]/.test(system + name) ? [] : this.#rows('', name);
    return [...untold.filter((each) => each.system === '' && !names.has(each.name)).map((each) => ({ system, name: each.name })), ...told];
  }

  #rows(system: string, name: string): readonly TracepointName[] {
    const prefix = globPrefix(system);
    const rows = this.statements.all<readonly [string, string]>(
      'SELECT DISTINCT system, name FROM event WHERE kernel = ? AND system >= ? AND system < ? AND system GLOB ? AND name GLOB ? ORDER BY system, name',
      this.types.kernel.id, prefix, prefixEnd(prefix), system, name,
    );
    // Who lists many may ask about each.
    if (rows.length > manyEvents) this.#many = true;
    return rows.map(([foundSystem, foundName]) => ({ system: foundSystem, name: foundName }));
  }

  get(system: string, name: string): Tracepoint | undefined {
    const event = this.#event(system, name);
    if (event === undefined) return undefined;
    const [format, printFormat, found, source, confidence, image] = event;
    const fields = this.#fields(format);
    const isCommon = (field: TracepointField): boolean => field.name.startsWith('common_');
    return { system: found, name, fields: fields.filter((field) => !isCommon(field)), common: fields.filter(isCommon), printFormat, source, confidence, image };
  }

  /** What an event may be of which types alone tell, by class. */
  candidates(name: string): readonly TracepointCandidate[] {
    return this.statements
      .all<readonly [string, number]>('SELECT DISTINCT class, format FROM event_candidate WHERE kernel = ? AND name = ? ORDER BY class', this.types.kernel.id, name)
      .map(([eventClass, format]) => ({ class: eventClass, fields: this.#fields(format).filter((field) => !field.name.startsWith('common_')) }));
  }

  #many = false;
  #events: ReadonlyMap<string, EventRow> | undefined;
  #formats: ReadonlyMap<number, readonly FieldRow[]> | undefined;

  /** What only types tell of has no system; a module's event stands beside vmlinux's where both have one. */
  #event(system: string, name: string): EventRow | undefined {
    if (!this.#many) {
      return this.statements.get<EventRow>(`SELECT ${eventColumns} ${fromEvents} WHERE e.kernel = ? AND e.system IN (?, '') AND e.name = ? ORDER BY e.system DESC, ${eventOrder}`, this.types.kernel.id, system, name);
    }
    this.#events ??= this.#readEvents();
    return this.#events.get(`${system}:${name}`) ?? this.#events.get(`:${name}`);
  }

  #fields(format: number): readonly TracepointField[] {
    if (this.#many) this.#formats ??= this.#readFormats();
    const rows = this.#formats?.get(format) ?? this.statements.all<FieldRow>(`SELECT ${fieldColumns} FROM event_field WHERE format = ? ORDER BY position`, format);
    return rows.map(([field, type, array, offset, size, signed, location]) => ({ name: field, type, array, offset, size, signed: signed === 1, location }));
  }

  #readEvents(): ReadonlyMap<string, EventRow> {
    const events = new Map<string, EventRow>();
    const [rows] = this.statements.columns<readonly [readonly (readonly [string, ...EventRow])[]]>(
      `SELECT json_group_array(json(row)) FROM (SELECT json_array(e.name, ${eventColumns}) AS row ${fromEvents} WHERE e.kernel = ? ORDER BY ${eventOrder})`, this.types.kernel.id,
    );
    for (const [name, ...row] of rows) {
      const key = `${row[2]}:${name}`;
      if (!events.has(key)) events.set(key, row);
    }
    return events;
  }

  #readFormats(): ReadonlyMap<number, readonly FieldRow[]> {
    const formats = new Map<number, FieldRow[]>();
    const [rows] = this.statements.columns<readonly [readonly (readonly [number, ...FieldRow])[]]>(
      `SELECT json_group_array(json(row)) FROM (SELECT json_array(format, ${fieldColumns}) AS row FROM event_field WHERE format IN (SELECT format FROM event WHERE kernel = ?) ORDER BY format, position)`, this.types.kernel.id,
    );
    for (const [format, ...row] of rows) {
      const fields = formats.get(format);
      if (fields === undefined) formats.set(format, [row]);
      else fields.push(row);
    }
    return formats;
  }

  near(system: string | undefined, name: string, limit: number): readonly string[] {
    const all = this.match('*', '*');
    const inSystem = all.filter((each) => each.system === system);
    if (inSystem.length > 0) return nearest(name, inSystem.map((each) => each.name), limit).map((each) => `${system ?? ''}:${each}`);
    if (system !== undefined) return nearest(`${system}:${name}`, all.map((each) => `${each.system}:${each.name}`), limit);
    const systems = new Map(all.map((each) => [each.name, each.system]));
    return nearest(name, systems.keys(), limit).map((each) => `${systems.get(each) ?? ''}:${each}`);
  }

  raw(glob: string): readonly RawTracepointName[] {
    const seen = [...this.types.all('typedef', typedefPrefix + glob)];
    return seen.map((definition) => ({ name: definition.name.slice(typedefPrefix.length), image: definition.image }));
  }

  rawDetail(name: string): RawTracepoint | undefined {
    const definition = this.types.find('typedef', typedefPrefix + name)[0];
    if (definition === undefined) return undefined;
    const pointer = strip(this.types, definition.type);
    const type = pointer.kind === 'ptr' ? strip(this.types, pointer.to) : pointer;
    if (type.kind !== 'function') return undefined;
    return { name, image: definition.image, params: this.#named(name, type), type };
  }

  /** The typedef's parameters have no names; the functions that call the probes have, behind the same `void *__data`. */
  #named(name: string, type: FunctionType): readonly Param[] {
    for (const prefix of callerPrefixes) {
      const caller = this.types.find('function', prefix + name)[0];
      if (caller?.type.params.length !== type.params.length) continue;
      return type.params.slice(1).map((param, index) => ({ name: caller.type.params[index + 1]?.name ?? null, type: param.type }));
    }
    return type.params.slice(1);
  }
}

/** BPF programs attach through it: include/trace/bpf_probe.h. */
export const typedefPrefix = 'btf_trace_';

/** The functions that call the probes, in the order in which they are looked for. */
export const callerPrefixes: readonly string[] = ['__traceiter_', '__probestub_', '__bpf_trace_'];
