import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../../src/source/btf/btf.ts';
import { eventsOfBtf } from '../../../src/source/tracefs/btfevents.ts';
import type { EventFormat } from '../../../src/source/tracefs/format.ts';
import { parseEventFormat } from '../../../src/source/tracefs/format.ts';
import { BtfWriter, type MemberOptions } from '../../help/btfwriter.ts';
import { runningBtf } from '../../help/kernels.ts';
import { isRoot } from '../../help/root.ts';

/** Classes by name with the members of their records; events by name with the names of the parameters, whose types are the class's. */
function made(classes: Readonly<Record<string, { readonly params: readonly [string, 'int' | 'u32' | 'text'][]; readonly members: (types: Record<string, number>) => readonly MemberOptions[] }>>, events: Readonly<Record<string, readonly [string, 'int' | 'u32' | 'text'][]>>): BtfWriter {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  const unsigned = btf.int('unsigned int', 4);
  const ulong = btf.int('long unsigned int', 8);
  const char = btf.int('char', 1);
  const types = { int, ulong, u32: btf.typedef('u32', unsigned), text: btf.ptr(btf.konst(char)), comm: btf.array(char, 16), pointer: btf.ptr(0) };
  const entry = btf.struct('trace_entry', 8, [{ name: 'type', type: int, offset: 0 }, { name: 'pid', type: int, offset: 32 }]);
  const proto = (params: readonly [string, 'int' | 'u32' | 'text'][], names = true): number => btf.proto(0, [['', types.pointer], ...params.map(([name, type]) => [names ? name : '', types[type]] as const)]);
  for (const [name, { params, members }] of Object.entries(classes)) {
    btf.struct(`trace_event_raw_${name}`, 64, [{ name: 'ent', type: entry, offset: 0 }, ...members(types), { name: '__data', type: btf.array(char, 0), offset: 512 }]);
    btf.func(`__bpf_trace_${name}`, proto(params));
  }
  for (const [name, params] of Object.entries(events)) {
    btf.typedef(`btf_trace_${name}`, btf.ptr(proto(params, false)));
    btf.func(`__traceiter_${name}`, proto(params));
  }
  btf.func('__bpf_trace_bare_tp', proto([['a', 'text'], ['b', 'text']]));
  btf.typedef('btf_trace_bare_tp', btf.ptr(proto([['a', 'text'], ['b', 'text']], false)));
  return btf;
}

function shown(format: EventFormat | undefined): string {
  return (format?.fields ?? []).filter(({ name }) => !name.startsWith('common_')).map((field) => `${field.location} ${field.type}${field.array} ${field.name} ${field.offset} ${field.size} ${field.signed}`).join('; ');
}

describe('made types', () => {
  const btf = made(
    {
      own: { params: [['a', 'int']], members: (types) => [{ name: 'a', type: types['int'] ?? 0, offset: 64 }, { name: '__data_loc_name', type: types['u32'] ?? 0, offset: 96 }, { name: '__rel_loc_more', type: types['u32'] ?? 0, offset: 128 }] },
      template: { params: [['x', 'u32']], members: (types) => [{ name: 'comm', type: types['comm'] ?? 0, offset: 64 }, { name: 'bits', type: types['ulong'] ?? 0, offset: 192 }, { name: 'text', type: types['text'] ?? 0, offset: 256 }] },
      one: { params: [['p', 'int'], ['q', 'int']], members: () => [] },
      two: { params: [['r', 'int'], ['s', 'int']], members: () => [] },
      three: { params: [['p', 'u32'], ['q', 'u32']], members: (types) => [{ name: 'v', type: types['u32'] ?? 0, offset: 64 }] },
      four: { params: [['p', 'u32'], ['q', 'u32']], members: (types) => [{ name: 'w', type: types['u32'] ?? 0, offset: 64 }] },
    },
    { own: [['a', 'int']], like: [['x', 'u32']], alike: [['m', 'int'], ['n', 'int']], named: [['r', 'int'], ['s', 'int']], either: [['p', 'u32'], ['q', 'u32']], orphan: [['t', 'text']] },
  );
  it('each by what it has in common with a class', () => {
    expect(eventsOfBtf(parseBtf('test', btf.bytes())).map((event) => [event.name, event.confidence, shown(event.format), event.candidates.map((each) => each.class).join()])).toEqual([
      ['alike', 'same-layout', '', ''],
      ['either', 'ambiguous', '', 'four,three'],
      ['like', 'unique', 'record char[16] comm 8 16 false; record unsigned long bits 24 8 false; record const char * text 32 8 false', ''],
      ['named', 'unique', '', ''],
      ['own', 'exact', 'record int a 8 4 true; dataloc u8[] name 12 4 false; relloc u8[] more 16 4 false', ''],
    ]);
  });

  it("of a module: its own, not its base's", () => {
    const base = parseBtf('base', btf.bytes());
    const split = new BtfWriter({ base: btf });
    split.typedef('btf_trace_mine', split.ptr(split.proto(0, [['', 1], ['', 1]])));
    split.struct('trace_event_raw_mine', 12, [{ name: 'ent', type: 9, offset: 0 }, { name: 'z', type: 1, offset: 64 }]);
    expect(eventsOfBtf(parseBtf('split', split.bytes(), base)).map(({ name, format }) => `${name} ${shown(format)}`)).toEqual(['mine record int z 8 4 true']);
  });
});

describe.skipIf(!isRoot || runningBtf() === undefined)('the running kernel', () => {
  it('every event that resolves is what tracefs says, and among the candidates of the others there is the right one', () => {
    const text = execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; cd /sys/kernel/tracing/events && tail -n +1 */*/format'], { encoding: 'latin1', maxBuffer: 1 << 28 });
    const formats = new Map<string, string>();
    for (const [, path = '', format = ''] of text.matchAll(/==> (\S+)\/format <==\n([^]*?)(?=\n==> |$)/g)) {
      const [system, name = ''] = path.split('/');
      if (system !== 'ftrace' && system !== 'syscalls') formats.set(name, places(parseEventFormat(path, format)));
    }
    expect(formats.size).toBeGreaterThan(500);
    const events = eventsOfBtf(parseBtf('running', runningBtf() ?? new Uint8Array(0)));
    const wrong = events.filter(({ name, format, candidates }) => formats.has(name) && !(format === undefined ? candidates.map((each) => each.format) : [format]).some((each) => places(each) === formats.get(name)));
    expect(wrong.map(({ name }) => name)).toEqual([]);
    const names = new Set(events.map(({ name }) => name));
    expect([...formats.keys()].filter((name) => !names.has(name))).toEqual([]);
    expect(events.filter(({ format }) => format !== undefined).length / events.length).toBeGreaterThan(0.89);
  });
});

/** The sign of what a `__data_loc` field points to is not in the types. */
function places({ fields }: EventFormat): string {
  return fields.map((field) => `${field.name} ${field.offset} ${field.size} ${field.location === 'record' ? field.signed : field.location}`).join('\n');
}
