// Types that tell of tracepoint events as a kernel's do: include/trace/bpf_probe.h and include/trace/trace_events.h.
import type { BtfWriter, MemberOptions } from './btfwriter.ts';

type Word = 'int' | 'u32' | 'text';
type Parameters = readonly (readonly [name: string, type: Word])[];

interface EventClass {
  readonly params: Parameters;
  readonly members: readonly (readonly [name: string, type: Word | 'ulong' | 'comm', offset: number])[];
}

/** By the name of their class: what its probes are given, and what its records have behind the common fields, at these bytes. */
const classes: Readonly<Record<string, EventClass>> = {
  own: { params: [['a', 'int']], members: [['a', 'int', 8], ['__data_loc_name', 'u32', 12], ['__rel_loc_more', 'u32', 16]] },
  template: { params: [['x', 'u32']], members: [['comm', 'comm', 8], ['bits', 'ulong', 24], ['text', 'text', 32]] },
  one: { params: [['p', 'int'], ['q', 'int']], members: [] },
  two: { params: [['r', 'int'], ['s', 'int']], members: [] },
  three: { params: [['p', 'u32'], ['q', 'u32']], members: [['v', 'u32', 8]] },
  four: { params: [['p', 'u32'], ['q', 'u32']], members: [['w', 'u32', 8]] },
};

const events: Readonly<Record<string, Parameters>> = {
  own: [['a', 'int']], like: [['x', 'u32']], alike: [['m', 'int'], ['n', 'int']], named: [['r', 'int'], ['s', 'int']], either: [['p', 'u32'], ['q', 'u32']], orphan: [['t', 'text']],
};

/**
 * `own` has a class of its own, `like` that of `template`, `alike` may be of `one` or `two`, which look the same, and `named` is of `two` by the names of
 * its parameters; `either` may be of `three` or `four`. `orphan` is of no class, and `bare_tp` is no event.
 */
export function writeEvents(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const unsigned = btf.int('unsigned int', 4);
  const ulong = btf.int('long unsigned int', 8);
  const char = btf.int('char', 1);
  const types = { int, ulong, u32: btf.typedef('u32', unsigned), text: btf.ptr(btf.konst(char)), comm: btf.array(char, 16) };
  const context = btf.ptr(0);
  const entry = btf.struct('trace_entry', 8, [{ name: 'type', type: int, offset: 0 }, { name: 'pid', type: int, offset: 32 }]);
  const proto = (params: Parameters, names = true): number => btf.proto(0, [['', context], ...params.map(([name, type]) => [names ? name : '', types[type]] as const)]);
  for (const [name, { params, members }] of Object.entries(classes)) {
    const fields = members.map(([member, type, at]): MemberOptions => ({ name: member, type: types[type], offset: 8 * at }));
    btf.struct(`trace_event_raw_${name}`, 64, [{ name: 'ent', type: entry, offset: 0 }, ...fields, { name: '__data', type: btf.array(char, 0), offset: 512 }]);
    btf.func(`__bpf_trace_${name}`, proto(params));
  }
  for (const [name, params] of Object.entries(events)) {
    btf.typedef(`btf_trace_${name}`, btf.ptr(proto(params, false)));
    btf.func(`__traceiter_${name}`, proto(params));
  }
  btf.func('__bpf_trace_bare_tp', proto([['a', 'text'], ['b', 'text']]));
  btf.typedef('btf_trace_bare_tp', btf.ptr(proto([['a', 'text'], ['b', 'text']], false)));
}

/** @param split stands on what writeEvents() wrote */
export function writeModuleEvent(split: BtfWriter): void {
  const [int, entry] = [1, 9];
  split.typedef('btf_trace_mine', split.ptr(split.proto(0, [['', int], ['', int]])));
  split.struct('trace_event_raw_mine', 12, [{ name: 'ent', type: entry, offset: 0 }, { name: 'z', type: int, offset: 64 }]);
}
