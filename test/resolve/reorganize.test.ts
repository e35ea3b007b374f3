import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordDefinition } from '../../src/ctype/ctype.ts';
import { headerOf } from '../../src/resolve/header.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import { reorganize } from '../../src/resolve/reorganize.ts';
import { isPackable, packableLine, reorganizedText } from '../../src/resolve/reorganizedtext.ts';
import { array, at, bits, char, named, ptr, struct, u16, u32, u64, u8, union } from '../help/ctypes.ts';
import { runningBtf } from '../help/kernels.ts';
import { installed, run, runningBtfPath, runningTypes } from '../help/kerneltypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const types = memoryTypes({ definitions: [struct('pair', 16, at(0, 'a', u64), at(8, 'b', u8))] });
const reorganized = (record: RecordDefinition) => {
  const layouts = new Layouts(types);
  return reorganize(layouts, layouts.of(record));
};

const hint = 'a hint: alignment that was asked for, and what must stand together, is not known';
const none = ['no better order was found'];

test.each<[string, RecordDefinition, readonly [string, number][], readonly string[]]>([
  [
    'a later member goes into the hole', struct('s', 24, at(0, 'a', u8), at(8, 'b', u64), at(16, 'c', u32)),
    [['a', 0], ['c', 4], ['b', 8]], ['saved 8 bytes', 'moved: c', hint],
  ],
  [
    'bitfields stay together', struct('s', 24, at(0, 'a', u32), at(8, 'b', u64), bits(128, 3, 'x', u32), bits(131, 20, 'y', u32)),
    [['a', 0], ['x', 4], ['y', 4.375], ['b', 8]], ['saved 8 bytes', 'moved: x', hint],
  ],
  [
    'a flexible array stays the last', struct('s', 24, at(0, 'a', u8), at(8, 'b', u64), at(16, 'c', u32), at(20, 'tail', array(char, 0))),
    [['a', 0], ['c', 4], ['b', 8], ['tail', 16]], ['saved 8 bytes', 'moved: c', hint],
  ],
  [
    'cachelines', struct('s', 136, at(0, 'a', u32), at(8, 'b', array(u64, 15)), at(128, 'c', u32)),
    [['a', 0], ['c', 4], ['b', 8]], ['saved 8 bytes and 1 cacheline', 'moved: c', hint],
  ],
  ['no holes', struct('s', 16, at(0, 'p', ptr(u8)), at(8, 'b', u32), at(12, 'c', u16), at(14, 'd', u16)), [['p', 0], ['b', 8], ['c', 12], ['d', 14]], none],
  ['padding that must be', struct('s', 16, at(0, 'a', u64), at(8, 'b', u8)), [['a', 0], ['b', 8]], none],
  ['packed', struct('s', 5, at(0, 'a', u8), at(1, 'b', u32)), [['a', 0], ['b', 1]], none],
  ['a union', union('u', 16, at(0, 'a', u64), at(0, 'b', named('struct', 'pair'))), [['a', 0], ['b', 0]], none],
])('%s', (_, record, members, notes) => {
  const found = reorganized(record);
  expect(found.record.members.map((member) => [member.name, member.bitOffset / 8])).toEqual(members);
  const layouts = new Layouts(types);
  const text = reorganizedText(layouts, record);
  const tail = notes.map((note) => `/* ${note} */\n`).join('');
  expect(text.slice(-tail.length - 2)).toBe(`;\n${tail}`);
  expect(packableLine(layouts, record)).toBe(`${record.name ?? ''}\t${record.size}\t${found.record.size}\t${record.size - found.record.size}\n`);
  expect(isPackable(layouts, record)).toBe(notes !== none);
});

describe.skipIf(runningBtf() === undefined || !installed('gcc', 'pahole'))('structs of the running kernel (needs gcc and pahole)', async () => {
  const kernel = runningBtf() === undefined ? undefined : await runningTypes(scratchFolder());

  test('a C compiler lays the new order out in that size, without padding between', () => {
    if (kernel === undefined) return;
    const layouts = new Layouts(kernel);
    const better = [...kernel.all('struct', '[a-m]*')].map((record) => reorganize(layouts, layouts.of(record))).filter((each) => each.savedBytes > 0 && each.record.variants === 1);
    expect(better.length).toBeGreaterThan(200);
    const file = join(scratchFolder(), 'reorganized.c');
    // A record that the compiler lays out otherwise would need pads, and sizes of what others embed stay as they were.
    const own = better.map(({ record }) => ({ ...record, name: `reorganized_${record.name ?? ''}`, id: null }));
    const asserts = own.map((record) => `_Static_assert(sizeof(struct ${record.name}) == ${record.size}, "${record.name}");`);
    writeFileSync(file, `${headerOf(kernel, own)}\n${asserts.join('\n')}\n`);
    run('gcc', ['-fsyntax-only', '-std=gnu11', '-w', file]);
  });

  test('saves at least what pahole saves, which does not keep alignments that were asked for', () => {
    if (kernel === undefined) return;
    const layouts = new Layouts(kernel);
    const worse: string[] = [];
    let compared = 0;
    for (const name of ['file', 'inode', 'socket', 'task_struct', 'sk_buff', 'pid', 'kmem_cache', 'request', 'bio', 'module', 'vm_area_struct']) {
      const [record] = kernel.find('struct', name);
      const layout = record && layouts.of(record);
      if (layout === undefined || layout.forcedAlignment > 0 || layout.members.some((each) => each.forcedAlignment > 0)) continue;
      const text = run('pahole', ['-R', '-C', name, runningBtfPath]);
      const theirs = Number(/saved (\d+) bytes?/.exec(text)?.[1] ?? 0);
      const ours = reorganize(layouts, layout).savedBytes;
      compared++;
      if (ours < theirs) worse.push(`${name}: ${ours}, pahole ${theirs}`);
    }
    expect(worse).toEqual([]);
    expect(compared).toBeGreaterThan(4);
  });
});
