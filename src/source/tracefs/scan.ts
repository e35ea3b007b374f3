// Tracepoint events of a kernel that does not run: the structures that TRACE_EVENT() makes (include/linux/trace_events.h, include/trace/stages) lie
// ready in the data of its image or module, and its own BTF says where in them everything is. No symbols are needed.
import type { Btf } from '../btf/btf.ts';
import type { ElfFile } from '../elf/elf.ts';
import type { ImageMemory, PlacedRange } from '../image/memory.ts';
import { moduleMemory } from '../image/module.ts';
import { commonFields, fieldOf } from './commonfields.ts';
import { readEvals, replaceInFormat, replaceInType, type Evals } from './evals.ts';
import type { EventField } from './format.ts';
import { structure, type Place, type Structure } from './members.ts';
import { scanSyscalls, type Syscall } from './syscalls.ts';
import type { Event } from './tracefs.ts';

export interface ScannedEvents {
  /** By system and name, in byte order, as tracefs shows them once the kernel has started. Those of ftrace itself are not among them. */
  readonly events: readonly Event[];
  readonly syscalls: readonly Syscall[];
}

/**
 * Events and system calls that an image brings.
 * @param btf of vmlinux, for its modules too
 */
export function scanEvents(memory: ImageMemory, btf: Btf): ScannedEvents {
  const layout = layouts(btf);
  if (layout === undefined) return { events: [], syscalls: [] };
  const scan = new Scan(memory, btf, layout);
  const found = scan.calls();
  const evals = readEvals(memory, btf, new Set(found.map(({ system }) => system)));
  const events = found.map((call) => scan.event(call, evals));
  const syscalls = scanSyscalls(memory, btf);
  const all = [...events, ...syscalls.events];
  return { events: all.sort((a, b) => compare(a.system, b.system) || compare(a.name, b.name)), syscalls: syscalls.syscalls };
}

/**
 * Events that a module brings; most bring none, which costs nothing.
 * @param btf of its vmlinux
 */
export function scanModuleEvents(elf: ElfFile, btf: Btf): readonly Event[] {
  return elf.section('_ftrace_events') === undefined ? [] : scanEvents(moduleMemory(elf), btf).events;
}

interface Layouts {
  readonly call: { readonly size: number; readonly class: number; readonly name: number; readonly printFormat: number };
  readonly class: { readonly system: number; readonly fields: number };
  readonly tracepoint: { readonly name: number };
  readonly field: { readonly size: number; readonly type: number; readonly name: number; readonly bytes: number; readonly align: number; readonly signed: Place; readonly count: number | undefined };
}

/** undefined for a kernel without events, or one before 5.8, whose classes have functions in place of the tables of their fields. */
function layouts(btf: Btf): Layouts | undefined {
  const call = offsets(structure(btf, 'trace_event_call'), ['class', 'name', 'print_fmt']);
  const eventClass = offsets(structure(btf, 'trace_event_class'), ['system', 'fields_array']);
  const tracepoint = offsets(structure(btf, 'tracepoint'), ['name']);
  const field = offsets(structure(btf, 'trace_event_fields'), ['type', 'name', 'size', 'align', 'is_signed']);
  if (call === undefined || eventClass === undefined || tracepoint === undefined || field === undefined) return undefined;
  return {
    call: { size: call.size, class: call.at('class').offset, name: call.at('name').offset, printFormat: call.at('print_fmt').offset },
    class: { system: eventClass.at('system').offset, fields: eventClass.at('fields_array').offset },
    tracepoint: { name: tracepoint.at('name').offset },
    field: {
      size: field.size, type: field.at('type').offset, name: field.at('name').offset, bytes: field.at('size').offset, align: field.at('align').offset,
      signed: field.at('is_signed'), count: field.members.get('len')?.offset,
    },
  };
}

function offsets(found: Structure | undefined, wanted: readonly string[]): (Structure & { at(name: string): Place }) | undefined {
  if (found === undefined || wanted.some((name) => !found.members.has(name))) return undefined;
  return { ...found, at: (name) => found.members.get(name) ?? nowhere };
}

const nowhere: Place = { offset: 0, shift: 0, bits: undefined, type: 0 };

interface Call {
  readonly system: string;
  readonly name: string;
  readonly printFormat: string;
  /** Those of its class. */
  readonly fields: readonly TableField[];
}

/** An entry of a class's table. */
interface TableField {
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly signed: boolean;
  /** Elements of an array, where the kernel has that. */
  readonly count: number | undefined;
}

class Scan {
  readonly #common: readonly EventField[];
  /** By the place of the table: the events of a class share one. */
  readonly #tables = new Map<number, readonly TableField[] | undefined>();

  constructor(
    readonly memory: ImageMemory,
    readonly btf: Btf,
    readonly layout: Layouts,
  ) {
    this.#common = commonFields(btf);
  }

  /** Everything that has the form of a trace_event_call. */
  calls(): readonly Call[] {
    const found: Call[] = [];
    const seen = new Set<string>();
    for (const range of this.memory.data) {
      for (let at = 0; at + this.layout.call.size <= range.bytes.length; at += 8) {
        const call = this.#call(range, at);
        if (call === undefined || seen.has(`${call.system}:${call.name}`)) continue;
        seen.add(`${call.system}:${call.name}`);
        found.push(call);
      }
    }
    return found;
  }

  event({ system, name, fields, printFormat }: Call, evals: Evals): Event {
    const values = evals.get(system);
    return { system, name, format: { name, fields: this.#placed(fields, values), printFormat: replaceInFormat(printFormat, values) } };
  }

  /** The cheapest tests first: almost every place fails the first. */
  #call(range: PlacedRange, at: number): Call | undefined {
    const { call, class: inClass, tracepoint } = this.layout;
    const memory = this.memory;
    const classPlace = memory.pointerIn(range.view, at + call.class);
    if (classPlace < 0) return undefined;
    const printPlace = memory.pointerIn(range.view, at + call.printFormat);
    if (printPlace < 0) return undefined;
    const namePlace = memory.pointerIn(range.view, at + call.name);
    if (namePlace < 0) return undefined;
    const system = memory.text(memory.pointer(classPlace + inClass.system), maxName);
    if (system === undefined || !identifier.test(system) || system === 'ftrace') return undefined;
    const printFormat = memory.text(printPlace, maxPrintFormat);
    if (printFormat === undefined) return undefined;
    const ofTracepoint = memory.text(memory.pointer(namePlace + tracepoint.name), maxName);
    const name = ofTracepoint ?? memory.text(namePlace, maxName);
    if (name === undefined || !identifier.test(name)) return undefined;
    // One format of thousands is empty: then there must be a tracepoint.
    if (!printFormat.includes('"') && (printFormat.trim() !== '' || ofTracepoint === undefined)) return undefined;
    const fields = this.#table(memory.pointer(classPlace + inClass.fields));
    return fields === undefined || (printFormat.trim() === '' && fields.length === 0) ? undefined : { system, name, printFormat, fields };
  }

  /** undefined where there is no table. */
  #table(place: number): readonly TableField[] | undefined {
    if (!this.#tables.has(place)) this.#tables.set(place, place < 0 ? undefined : this.#readTable(place));
    return this.#tables.get(place);
  }

  #readTable(start: number): readonly TableField[] | undefined {
    const { field } = this.layout;
    const memory = this.memory;
    const fields: TableField[] = [];
    for (let place = start; fields.length <= maxFields && memory.range(place, field.size) !== undefined; place += field.size) {
      if (memory.u64(place + field.type) === 0n) return fields;
      const type = memory.text(memory.pointer(place + field.type), maxType);
      const name = memory.text(memory.pointer(place + field.name), maxName);
      const size = memory.s32(place + field.bytes) ?? -1;
      const align = memory.s32(place + field.align) ?? -1;
      if (type === undefined || name === undefined || size < 0 || align < 0) return undefined;
      fields.push({ type, name, size, align, signed: this.#signed(place), count: field.count === undefined ? undefined : memory.s32(place + field.count) });
    }
    return undefined;
  }

  /** As event_define_fields() lays them out, behind those that every event has. */
  #placed(table: readonly TableField[], values: ReadonlyMap<string, string> | undefined): readonly EventField[] {
    const fields = [...this.#common];
    let offset = fields.reduce((end, each) => Math.max(end, each.offset + each.size), 0);
    for (const { type, align, ...field } of table) {
      if (align > 1) offset = Math.ceil(offset / align) * align;
      fields.push(fieldOf(this.btf, replaceInType(type, values), { ...field, offset }));
      offset += field.size;
    }
    return fields;
  }

  #signed(place: number): boolean {
    const { signed } = this.layout.field;
    const word = this.memory.u32(place + signed.offset) ?? 0;
    return (signed.bits === undefined ? word : (word >>> signed.shift) & (2 ** signed.bits - 1)) !== 0;
  }
}

/** `spi-mem` is a system, so is `9p`; `802154_new_scan_event` is an event. */
const identifier = /^\w[\w-]*$/;
const maxName = 256;
const maxType = 1024;
const maxPrintFormat = 2 ** 16;
const maxFields = 1024;

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
