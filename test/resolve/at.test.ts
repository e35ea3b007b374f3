import { describe, expect, test } from 'vitest';
import type { RecordDefinition } from '../../src/ctype/ctype.ts';
import { placeAt } from '../../src/resolve/at.ts';
import { placeText } from '../../src/resolve/attext.ts';
import { anonymous, array, at, bits, char, named, ptr, s32, struct, typedef, u16, u32, u64, u8, union } from '../help/ctypes.ts';
import { runningBtf } from '../help/kernels.ts';
import { installed, run, runningBtfPath, runningTypes } from '../help/kerneltypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const load = struct('load_weight', 16, at(0, 'weight', u64), at(8, 'inv_weight', u32));
const pair = union(null, 8, at(0, 'both', u64), at(0, null, anonymous('struct', 'halves')));
const halves = struct(null, 8, at(0, 'low', u32), at(4, 'high', u16));
const types = memoryTypes({ definitions: [load, typedef('load_t', named('struct', 'load_weight'))], keyed: { pair, halves } });

const task = struct('task', 72,
  at(0, 'flags', u8), at(4, 'state', u32), at(8, 'se', named('typedef', 'load_t')), at(24, null, anonymous('union', 'pair')),
  bits(256, 3, 'on', u32), bits(259, 12, 'wide', u32), at(36, 'comm', array(char, 5)), at(48, 'loads', array(named('struct', 'load_weight'), 1)), at(64, 'tail', array(u16, 0)));

const line = (text: string, offset: number, size: number | string) => `\t${text.padEnd(48)} /* ${String(offset).padStart(5)} ${String(size).padStart(5)} */`;
const bitLine = (text: string, offset: number, bit: number, size: number) => `\t${text.padEnd(48)} /* ${String(offset).padStart(5)}:${String(bit).padStart(2)} ${String(size).padStart(2)} */`;
const member = (type: string, path: string, offset: number, size: number) => line(`${type.padEnd(26)} ${path};`, offset, size);
const bitfield = (type: string, path: string, offset: number, bit: number, size: number) => bitLine(`${type.padEnd(26)} ${path};`, offset, bit, size);
const block = (...lines: readonly string[]) => `struct task {\n${lines.join('\n')}\n};\n\n`;

describe('one byte', () => {
  test.each<[number, string]>([
    [0, `${block(member('unsigned char', 'flags', 0, 1))}/* 0 (0x0): flags (unsigned char, 1 byte) */\n`],
    [2, '/* 2 (0x2): byte 1 of a hole of 3 bytes after flags, before state */\n'],
    [7, `${block(member('unsigned int', 'state', 4, 4))}/* 7 (0x7): byte 3 of state (unsigned int, 4 bytes) */\n`],
    [18, `${block(member('load_t', 'se', 8, 16), member('unsigned int', 'se.inv_weight', 16, 4))}/* 18 (0x12): byte 2 of se.inv_weight (unsigned int, 4 bytes) */\n`],
    [21, `${block(member('load_t', 'se', 8, 16))}/* 21 (0x15): byte 1 of the padding of 4 bytes at the end of struct load_weight after se.inv_weight */\n`],
    [
      28,
      `${block(line('union {...};', 24, 8), member('long unsigned int', 'both', 24, 8), line('struct {...};', 24, 8), member('short unsigned int', 'high', 28, 2))}` +
        '/* 28 (0x1c): byte 4 of both (long unsigned int, 8 bytes) */\n/* 28 (0x1c): byte 0 of high (short unsigned int, 2 bytes) */\n',
    ],
    [
      30,
      `${block(line('union {...};', 24, 8), member('long unsigned int', 'both', 24, 8), line('struct {...};', 24, 8))}` +
        '/* 30 (0x1e): byte 6 of both (long unsigned int, 8 bytes) */\n/* 30 (0x1e): byte 0 of the padding of 2 bytes at the end of an anonymous struct after high */\n',
    ],
    [
      32,
      `${block(bitfield('unsigned int', 'on:3', 32, 0, 4), bitfield('unsigned int', 'wide:12', 32, 3, 4))}` +
        '/* 32 (0x20) bits 0-2: on (unsigned int:3) */\n/* 32 (0x20) bits 3-7: bits 0-4 of wide (unsigned int:12) */\n',
    ],
    [33, `${block(bitfield('unsigned int', 'wide:12', 32, 3, 4))}/* 33 (0x21) bits 0-6: bits 5-11 of wide (unsigned int:12) */\n/* 33 (0x21) bit 7: unused after wide */\n`],
    [35, '/* 35 (0x23): byte 1 of a hole of 2 bytes after wide, before comm */\n'],
    [38, `${block(member('char[5]', 'comm', 36, 5), member('char', 'comm[2]', 38, 1))}/* 38 (0x26): comm[2] (char, 1 byte) */\n`],
    [
      56,
      `${block(member('struct load_weight[1]', 'loads', 48, 16), member('struct load_weight', 'loads[0]', 48, 16), member('unsigned int', 'loads[0].inv_weight', 56, 4))}` +
        '/* 56 (0x38): byte 0 of loads[0].inv_weight (unsigned int, 4 bytes) */\n',
    ],
    [
      67,
      `${block(member('short unsigned int[0]', 'tail', 64, 0), member('short unsigned int', 'tail[1]', 66, 2))}` +
        '/* 67 (0x43): byte 3 of the padding of 8 bytes at the end of struct task after loads */\n/* 67 (0x43): byte 1 of tail[1] (short unsigned int, 2 bytes) */\n',
    ],
    [100, `${block(member('short unsigned int[0]', 'tail', 64, 0), member('short unsigned int', 'tail[18]', 100, 2))}/* 100 (0x64): byte 0 of tail[18] (short unsigned int, 2 bytes) */\n`],
  ])('byte %i', (offset, expected) => {
    expect(placeText(placeAt(types, task, offset))).toBe(expected);
  });
});

describe('an access of several bytes', () => {
  test.each<[number, number, readonly string[]]>([
    [4, 4, ['/* 4-7 (0x4-0x7): state (unsigned int, 4 bytes) */']],
    [0, 8, ['/* 0 (0x0): flags (unsigned char, 1 byte) */', '/* 1-3 (0x1-0x3): a hole of 3 bytes after flags, before state */', '/* 4-7 (0x4-0x7): state (unsigned int, 4 bytes) */']],
    [6, 4, ['/* 6-7 (0x6-0x7): bytes 2-3 of state (unsigned int, 4 bytes) */', '/* 8-9 (0x8-0x9): bytes 0-1 of se.weight (long unsigned int, 8 bytes) */']],
    [36, 2, ['/* 36-37 (0x24-0x25): bytes 0-1 of comm (char[5], 5 bytes) */']],
    [
      32, 4,
      [
        '/* 32 (0x20) bits 0-2: on (unsigned int:3) */', '/* 32 (0x20) bits 3-14: wide (unsigned int:12) */',
        '/* 33 (0x21) bit 7: unused after wide */', '/* 34-35 (0x22-0x23): a hole of 2 bytes after wide, before comm */',
      ],
    ],
  ])('%i, %i bytes', (offset, width, expected) => {
    expect(placeText(placeAt(types, task, offset, width)).split('\n').filter((each) => each.startsWith('/*'))).toEqual(expected);
  });
});

test.each<[RecordDefinition, number, string]>([
  [load, 16, '/* 16 (0x10): past the end, struct load_weight has 16 bytes; in an array of them, byte 0 of [1] */\n'],
  [load, 55, '/* 55 (0x37): past the end, struct load_weight has 16 bytes; in an array of them, byte 7 of [3] */\n'],
  [struct('nothing', 0), 0, '/* 0 (0x0): past the end, struct nothing has 0 bytes */\n'],
  [struct('late', 16, at(8, 'a', u64)), 1, '/* 1 (0x1): byte 1 of a hole of 8 bytes, before a */\n'],
  [union('wide', 8, at(0, 'a', u16)), 5, '/* 5 (0x5): byte 3 of the padding of 6 bytes at the end of union wide after a */\n'],
  [struct('p', 8, at(0, 'next', ptr(named('struct', 'p')))), 8, '/* 8 (0x8): past the end, struct p has 8 bytes; in an array of them, byte 0 of [1] */\n'],
  [struct('b', 4, bits(4, 4, 'x', s32)), 0, 'struct b {\n\tint                        x:4;                  /*     0: 4  4 */\n};\n\n/* 0 (0x0) bits 0-3: unused */\n/* 0 (0x0) bits 4-7: x (int:4) */\n'],
])('no member at %#: %s', (record, offset, expected) => {
  expect(placeText(placeAt(types, record, offset))).toBe(expected);
});

test('a typedef is shown by its name', () => {
  expect(placeText(placeAt(types, halves, 0), 'halves_t')).toBe(
    'typedef struct {\n\tunsigned int               low;                  /*     0     4 */\n} halves_t;\n\n/* 0 (0x0): byte 0 of low (unsigned int, 4 bytes) */\n',
  );
});

describe.skipIf(runningBtf() === undefined)('the running kernel', async () => {
  const kernel = runningBtf() === undefined ? memoryTypes({ definitions: [] }) : await runningTypes(scratchFolder());

  test('every byte of these is something, and the bytes of an access are all accounted for', () => {
    for (const name of ['task_struct', 'sk_buff', 'tcp_sock', 'page', 'nf_conn', 'bpf_verifier_env']) {
      for (const record of kernel.find('struct', name)) {
        for (let offset = 0; offset < record.size; offset++) {
          const { ends } = placeAt(kernel, record, offset);
          const bitCount = ends.reduce((sum, end) => sum + ('bits' in end ? end.bits.size : 8), 0);
          expect([name, offset, ends.some((end) => end.kind === 'past the end'), bitCount >= 8 && bitCount % 8 === 0]).toEqual([name, offset, false, true]);
        }
      }
    }
  });

  test.skipIf(!installed('pahole'))('members begin where pahole says (needs pahole)', () => {
    let compared = 0;
    for (const [, name = '', offset, size] of run('pahole', ['-C', 'task_struct', runningBtfPath]).matchAll(/^\t[^\t].* \*?(?:\(\*)?(\w+)(?:\[\d*\])*(?:\)\(.*\))?; +\/\* +(\d+) +(\d+) \*\/$/gm)) {
      const [record] = kernel.find('struct', 'task_struct');
      if (record === undefined || size === '0') continue;
      const { members } = placeAt(kernel, record, Number(offset) + Number(size) - 1);
      expect(members[0]).toMatchObject({ path: name, offset: Number(offset), size: Number(size) });
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  });
});
