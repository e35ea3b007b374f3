// Definitions as C against bpftool's dump of the whole running kernel.
import { describe, expect, test } from 'vitest';
import type { Definition } from '../../src/ctype/ctype.ts';
import { cDefinition } from '../../src/resolve/cdefinition.ts';
import { anonymous, array, at, bits, enumeration, func, named, ptr, s32, struct, typedef, u16, u32, u64, u8 } from '../help/ctypes.ts';
import { runningBtf } from '../help/kernels.ts';
import { installed, run, runningBtfPath, runningTypes } from '../help/kerneltypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const types = memoryTypes({ definitions: [], keyed: { inner: struct(null, 8, at(0, 'a', s32), at(4, 'b', array(u8, 4))) } });

test.each<[string, Definition, string]>([
  ['members', struct('s', 16, at(0, 'p', ptr(named('struct', 's'))), at(8, 'f', ptr(func(s32, [])))), 'struct s {\n\tstruct s *p;\n\tint (*f)(void);\n};'],
  ['an anonymous struct', struct('s', 8, at(0, null, anonymous('struct', 'inner'))), 'struct s {\n\tstruct {\n\t\tint a;\n\t\tu8 b[4];\n\t};\n};'.replace('u8', 'unsigned char')],
  ['empty', struct('s', 0), 'struct s {};'],
  ['a hole that alignment makes', struct('s', 16, at(0, 'a', u8), at(8, 'b', u64)), 'struct s {\n\tunsigned char a;\n\tlong unsigned int b;\n};'],
  ['a hole that it does not make', struct('s', 16, at(0, 'a', u64), at(12, 'b', u16)), 'struct s {\n\tlong unsigned int a;\n\tint: 32;\n\tshort unsigned int b;\n};'],
  ['bits between bitfields', struct('s', 4, bits(0, 3, 'a', u32), bits(16, 3, 'b', u32)), 'struct s {\n\tunsigned int a: 3;\n\tshort: 13;\n\tunsigned int b: 3;\n};'],
  ['packed', struct('s', 5, at(0, 'a', u8), at(1, 'b', u32)), 'struct s {\n\tunsigned char a;\n\tunsigned int b;\n} __attribute__((packed));'],
  ['enum', enumeration('e', { A: 0, B: -1 }, 4, true), 'enum e {\n\tA = 0,\n\tB = -1,\n};'],
  ['enum of a byte', enumeration('e', { A: 0 }, 1), 'enum e {\n\tA = 0,\n} __attribute__((mode(byte)));'],
  ['typedef', typedef('fn_t', ptr(func(u32, [ptr(u8)]))), 'typedef unsigned int (*fn_t)(unsigned char *);'],
])('%s', (_, definition, expected) => {
  expect(cDefinition(types, definition)).toBe(expected);
});

describe.skipIf(runningBtf() === undefined || !installed('bpftool'))('every struct, union and enum of the running kernel (needs bpftool)', () => {
  test('is written as bpftool writes it', async () => {
    const kernel = await runningTypes(scratchFolder());
    const dump = run('bpftool', ['btf', 'dump', 'file', runningBtfPath, 'format', 'c']);
    const wrong: string[] = [];
    let equal = 0;
    for (const [text, kind, name] of dump.matchAll(/^(struct|union|enum) (\w+) \{(?:\n[\s\S]*?^)?\}.*;$/gm)) {
      // bpftool numbers the second and further definitions of a name, wherever it is used.
      if (/___\d/.test(text)) continue;
      if (kind !== 'struct' && kind !== 'union' && kind !== 'enum') continue;
      const ours = kernel.find(kind, name ?? '').map((each) => cDefinition(kernel, each));
      if (ours.some((each) => withoutMode(each) === withoutMode(text))) equal++;
      else wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(equal).toBeGreaterThan(8000);
  });
});

/** Only newer versions of bpftool write the size of an enum. */
function withoutMode(text: string): string {
  return text.replace(/ __attribute__\(\(mode\(\w+\)\)\)/, '');
}
