// What layouts say about the gaps between members; the text of the same layouts is compared with pahole in pahole.test.ts.
import { describe, expect, test } from 'vitest';
import type { RecordDefinition } from '../../src/ctype/ctype.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import { anonymous, array, at, bits, char, named, ptr, s32, struct, u16, u32, u64, u8, union } from '../help/ctypes.ts';
import { runningTypes } from '../help/kerneltypes.ts';
import { runningBtf } from '../help/kernels.ts';
import { memoryTypes } from '../help/memorytypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const inner = struct(null, 4, at(0, 'x', u8), at(2, 'y', u16));
const types = memoryTypes({ definitions: [], keyed: { inner } });

interface Expected {
  readonly holes?: readonly number[];
  readonly bitHoles?: readonly number[];
  readonly padding?: number;
  readonly bitPadding?: number;
  readonly packed?: boolean;
  readonly forcedAlignment?: number;
}

test.each<[string, RecordDefinition, Expected]>([
  ['nothing unused', struct('s', 8, at(0, 'a', s32), at(4, 'b', u32)), {}],
  ['a hole before a bigger member', struct('s', 16, at(0, 'a', u8), at(8, 'b', u64)), { holes: [7, 0] }],
  ['padding', struct('s', 16, at(0, 'a', u64), at(8, 'b', u8)), { padding: 7 }],
  ['bits left in a unit', struct('s', 8, bits(0, 3, 'a', u32), at(4, 'b', u32)), { bitHoles: [29, 0] }],
  ['bits and bytes', struct('s', 12, bits(0, 3, 'a', u8), at(8, 'b', u32)), { bitHoles: [5, 0], holes: [7, 0] }],
  ['bit padding', struct('s', 4, bits(0, 3, 'a', u32)), { bitPadding: 29 }],
  ['packed: a member off its alignment', struct('s', 5, at(0, 'a', u8), at(1, 'b', u32)), { packed: true }],
  ['packed: a size that is no multiple', struct('s', 6, at(0, 'a', u32), at(4, 'b', u16)), { packed: true }],
  ['a size beyond what members need', struct('s', 64, at(0, 'a', u32)), { padding: 60, forcedAlignment: 64 }],
  ['unions have no gaps', union('u', 16, at(0, 'a', u8), at(0, 'b', array(u64, 2))), {}],
  ['an anonymous struct counts as one member', struct('s', 8, at(0, null, anonymous('struct', 'inner')), at(4, 'b', u32)), {}],
  ['a flexible array', struct('s', 4, at(0, 'n', u32), at(4, 'tail', array(char, 0))), {}],
])('%s', (_, record, expected) => {
  const layout = new Layouts(types).of(record);
  const zeros = record.members.map(() => 0);
  expect({
    holes: layout.members.map((member) => member.hole),
    bitHoles: layout.members.map((member) => member.bitHole),
    padding: layout.padding,
    bitPadding: layout.bitPadding,
    packed: layout.packed,
    forcedAlignment: layout.forcedAlignment,
  }).toEqual({ holes: zeros, bitHoles: zeros, padding: 0, bitPadding: 0, packed: false, forcedAlignment: 0, ...expected });
});

test('the storage unit of a bitfield is aligned to its declared type', () => {
  const layout = new Layouts(types).of(struct('s', 8, bits(36, 4, 'a', u16), bits(40, 20, 'b', u32)));
  expect(layout.members.map(({ offset, bitInUnit, size }) => [offset, bitInUnit, size])).toEqual([[4, 4, 2], [4, 8, 4]]);
});

test('a member that is aligned by hand shows it', () => {
  const layout = new Layouts(types).of(struct('s', 128, at(0, 'a', u64), at(64, 'b', ptr(named('struct', 's')))));
  expect(layout.members.map((member) => member.forcedAlignment)).toEqual([0, 64]);
});

describe.skipIf(runningBtf() === undefined)('every struct of the running kernel', () => {
  test('adds up: members, holes and padding are its size', async () => {
    const kernel = await runningTypes(scratchFolder());
    const layouts = new Layouts(kernel);
    const wrong: string[] = [];
    for (const record of kernel.all('struct')) {
      const layout = layouts.of(record);
      const used = layout.members.reduce((sum, each) => sum + (each.bitSize ?? each.size * 8) + each.hole * 8 + each.bitHole, 0);
      const total = used + layout.leadingHole * 8 + layout.leadingBitHole + layout.padding * 8 + layout.bitPadding;
      if (total !== record.size * 8) wrong.push(`${record.name}: ${total} bits of ${record.size * 8}`);
    }
    expect(wrong).toEqual([]);
  });
});
