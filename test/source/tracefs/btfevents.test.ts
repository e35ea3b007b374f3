import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../../src/source/btf/btf.ts';
import { eventsOfBtf } from '../../../src/source/tracefs/btfevents.ts';
import type { EventFormat } from '../../../src/source/tracefs/format.ts';
import { parseEventFormat } from '../../../src/source/tracefs/format.ts';
import { BtfWriter } from '../../help/btfwriter.ts';
import { runningBtf } from '../../help/kernels.ts';
import { isRoot } from '../../help/root.ts';
import { writeEvents, writeModuleEvent } from '../../help/typedevents.ts';

function shown(format: EventFormat | undefined): string {
  return (format?.fields ?? []).filter(({ name }) => !name.startsWith('common_')).map((field) => `${field.location} ${field.type}${field.array} ${field.name} ${field.offset} ${field.size} ${field.signed}`).join('; ');
}

describe('made types', () => {
  const btf = new BtfWriter();
  writeEvents(btf);

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
    writeModuleEvent(split);
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
