// Headers against gcc: they compile, and every record is laid out as the kernel has it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { headerText } from '../../src/app/header.ts';
import type { Definition, RecordDefinition } from '../../src/ctype/ctype.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { headerOf } from '../../src/resolve/header.ts';
import { anonymous, array, at, bits, char, enumeration, func, named, ptr, s32, struct, typedef, u16, u32, u64, u8, union } from '../help/ctypes.ts';
import { btfFiles } from '../help/kernels.ts';
import { installed, run } from '../help/kerneltypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const inner = struct(null, 8, at(0, 'a', s32), at(4, 'b', array(u8, 4)));
const choice = enumeration(null, { NO: 0, YES: 1 });
const point = struct('point', 8, at(0, 'x', s32), at(4, 'y', s32));
const definitions: readonly Definition[] = [
  point, struct('list', 8, at(0, 'next', ptr(named('struct', 'list')))), typedef('u_int', u32), typedef('point_t', named('struct', 'point')),
  enumeration('color', { RED: 0, BLUE: -1 }, 4, true),
];
const keyed = { inner, choice };
const text = (...wanted: readonly Definition[]) => {
  const header = headerOf(memoryTypes({ definitions: [...definitions, ...wanted], keyed }), wanted);
  return header.slice(header.indexOf('#endif\n\n') + 8, header.lastIndexOf('\n#ifndef'));
};

test.each<[string, readonly Definition[], string]>([
  ['pointers need a declaration', [struct('s', 8, at(0, 'p', ptr(named('struct', 'point'))))], 'struct point;\n\nstruct s {\n\tstruct point *p;\n};\n'],
  ['pointers to itself need none', [struct('s', 8, at(0, 'p', ptr(named('struct', 's'))))], 'struct s {\n\tstruct s *p;\n};\n'],
  ['what is embedded stands in front', [struct('s', 8, at(0, 'p', named('struct', 'point')))], 'struct point {\n\tint x;\n\tint y;\n};\n\nstruct s {\n\tstruct point p;\n};\n'],
  [
    'through a typedef', [struct('s', 16, at(0, 'p', array(named('typedef', 'point_t'), 2)))],
    'struct point;\n\ntypedef struct point point_t;\n\nstruct point {\n\tint x;\n\tint y;\n};\n\nstruct s {\n\tpoint_t p[2];\n};\n',
  ],
  ['typedefs and enums also behind pointers', [struct('s', 16, at(0, 'p', ptr(named('typedef', 'u_int'))), at(8, 'c', ptr(named('enum', 'color'))))], 'typedef unsigned int u_int;\n\nenum color {\n\tRED = 0,\n\tBLUE = -1,\n};\n\nstruct s {\n\tu_int *p;\n\tenum color *c;\n};\n'],
  ['types of parameters', [struct('s', 8, at(0, 'f', ptr(func(s32, [ptr(named('struct', 'point')), named('enum', 'color')]))))], 'struct point;\n\nenum color {\n\tRED = 0,\n\tBLUE = -1,\n};\n\nstruct s {\n\tint (*f)(struct point *, enum color);\n};\n'],
  ['anonymous types in place', [struct('s', 12, at(0, null, anonymous('struct', 'inner')), at(8, 'c', anonymous('enum', 'choice')))], 'struct s {\n\tstruct {\n\t\tint a;\n\t\tunsigned char b[4];\n\t};\n\tenum {\n\t\tNO = 0,\n\t\tYES = 1,\n\t} c;\n};\n'],
  ['a nameless member of a tagged type', [struct('s', 12, at(0, null, named('struct', 'point')), at(8, 'c', s32))], 'struct s {\n\tstruct {\n\t\tint x;\n\t\tint y;\n\t};\n\tint c;\n};\n'],
  ['a name that two have', [struct('w', 4, at(0, 'a', s32)), { ...union('w', 4, at(0, 'b', s32)), image: 'other' }], 'struct w {\n\tint a;\n};\n\nunion w___2 {\n\tint b;\n};\n'],
  ['an enumerator that two have', [enumeration('e', { A: 0 }), enumeration('f', { A: 1, B: 2 })], 'enum e {\n\tA = 0,\n};\n\nenum f {\n\tA___2 = 1,\n\tB = 2,\n};\n'],
  ['what is a keyword since C23', [typedef('bool', u8)], '#if !defined(__STDC_VERSION__) || __STDC_VERSION__ < 202311L\ntypedef unsigned char bool;\n\n#endif\n'],
  ['what the compiler has', [typedef('__builtin_va_list', array(named('struct', 'point'), 1)), typedef('va_list', named('typedef', '__builtin_va_list'))], 'typedef __builtin_va_list va_list;\n'],
  ['only declared', [struct('s', 8, at(0, 'p', ptr(named('struct', 'nowhere'))))], 'struct nowhere;\n\nstruct s {\n\tstruct nowhere *p;\n};\n'],
  ['enums of other sizes', [enumeration('e1', { A: 0 }, 1), enumeration('e2', { B: 0 }, 2), enumeration('e8', { C: 1n << 40n }, 8)], 'enum e1 {\n\tA = 0,\n} __attribute__((mode(byte)));\n\nenum e2 {\n\tB = 0,\n} __attribute__((mode(HI)));\n\nenum e8 {\n\tC = 1099511627776ULL,\n} __attribute__((mode(DI)));\n'],
  ['a gap that alignment leaves', [struct('s', 16, at(0, 'a', u8), at(8, 'b', u64))], 'struct s {\n\tunsigned char a;\n\tlong unsigned int b;\n};\n'],
  ['one that it does not leave', [struct('s', 32, at(0, 'a', u8), at(24, 'b', u64))], 'struct s {\n\tunsigned char a;\n\tchar: 8;\n\tshort: 16;\n\tint: 32;\n\tlong: 64;\n\tlong: 64;\n\tlong unsigned int b;\n};\n'],
  ['space at the end', [struct('s', 64, at(0, 'a', u64), at(8, 'b', array(u64, 6)))], 'struct s {\n\tlong unsigned int a;\n\tlong unsigned int b[6];\n\tlong: 64;\n};\n'],
  ['packed, by a member', [struct('s', 5, at(0, 'a', u8), at(1, 'b', u32))], 'struct s {\n\tunsigned char a;\n\tunsigned int b;\n} __attribute__((packed));\n'],
  ['packed, by the size, with a gap', [struct('s', 11, at(0, 'a', u64), at(9, 'b', u16))], 'struct s {\n\tlong unsigned int a;\n\tchar: 8;\n\tshort unsigned int b;\n} __attribute__((packed));\n'],
  ['bitfields', [struct('s', 8, bits(0, 3, 'a', u32), bits(16, 3, 'b', u32), bits(32, 20, 'c', u32))], 'struct s {\n\tunsigned int a: 3;\n\tchar: 5;\n\tchar: 8;\n\tunsigned int b: 3;\n\tunsigned int c: 20;\n};\n'],
  ['a bitfield across the border of its type', [struct('s', 8, bits(0, 30, 'a', u32), bits(30, 8, 'b', u32))], 'struct s {\n\tunsigned int a: 30;\n\tunsigned int b: 8;\n\tchar: 2;\n\tchar: 8;\n\tchar: 8;\n\tchar: 8;\n} __attribute__((packed));\n'],
  ['a union that is longer than its members', [union('u', 16, at(0, 'a', u64))], 'union u {\n\tlong unsigned int a;\n\tstruct { long: 64; long: 64; };\n};\n'],
  ['a packed union', [union('u', 5, at(0, 'a', u32), at(0, 'b', array(char, 5)))], 'union u {\n\tunsigned int a;\n\tchar b[5];\n} __attribute__((packed));\n'],
])('%s', (_, wanted, expected) => {
  expect(text(...wanted)).toBe(expected);
});

describe.skipIf(!installed('gcc', 'pahole')).each(btfFiles())('the header of $name (needs gcc and pahole)', ({ path }) => {
  test('compiles, and every size, offset and bitfield is the kernel’s', { timeout: 180_000 }, async () => {
    const folder = scratchFolder();
    const kernel = await typesOf(folder, 'kernel.db', path);
    const header = headerText(kernel);
    const records = [...kernel.all('struct', '*'), ...kernel.all('union', '*')];
    const names = new Map(records.map((record) => [record, nameIn(header, record, records)]));
    const asserts = records.flatMap((record) => assertions(record, names.get(record) ?? ''));
    writeFileSync(join(folder, 'vmlinux.c'), `${header}\n${asserts.join('\n')}\n`);
    run('gcc', ['-g', '-std=gnu11', '-w', '-fno-eliminate-unused-debug-types', '-c', join(folder, 'vmlinux.c'), '-o', join(folder, 'vmlinux.o')]);
    run('gcc', ['-fsyntax-only', '-std=c2x', '-w', join(folder, 'vmlinux.c')]);
    run('pahole', [`--btf_encode_detached=${join(folder, 'compiled.btf')}`, join(folder, 'vmlinux.o')]);
    const compiled = await typesOf(folder, 'compiled.db', join(folder, 'compiled.btf'));
    const wrong: string[] = [];
    for (const record of records) {
      const [there] = compiled.find(record.kind, (names.get(record) ?? '').replace(/^\w+ /, ''));
      if (there?.kind !== record.kind || there.size !== record.size || bitfields(there) !== bitfields(record)) wrong.push(`${record.kind} ${record.name ?? ''} #${record.id ?? 0}: ${bitfields(record)} became ${there === undefined ? 'nothing' : bitfields(there)}`);
    }
    expect(wrong).toEqual([]);
    expect(records.length).toBeGreaterThan(7000);
    expect(asserts.length).toBeGreaterThan(50_000);
  });
});

async function typesOf(folder: string, name: string, path: string): Promise<ImageTypes> {
  const db = join(folder, name);
  if (!existsSync(db)) await ingestFile(path, readFileSync(path), { path: db });
  const catalog = openCatalog(db);
  if (!catalog) throw new Error(`${db}: no catalog`);
  return catalog.image();
}

/** `struct workspace___2` of the one that the header's second definition of that tag is: in order of writing, told by size. */
function nameIn(header: string, record: RecordDefinition, records: readonly RecordDefinition[]): string {
  const name = `${record.kind} ${record.name ?? ''}`;
  const same = records.filter((each) => each.name === record.name);
  if (same.length === 1 && header.includes(`\n${name} {\n`)) return name;
  const candidates = [...header.matchAll(new RegExp(`^${name}(?:___\\d+)? \\{\\n((?:\\t.*\\n)*)\\}`, 'gm'))];
  const first = record.members.find((member) => member.name !== null)?.name ?? '';
  const last = record.members.findLast((member) => member.name !== null)?.name ?? '';
  const fits = candidates.filter(([, body = '']) => has(body, first) && has(body, last) && members(body) === record.members.length);
  return /^\w+ \w+/.exec(fits[same.filter((each) => each.kind === record.kind && each.members.length === record.members.length).indexOf(record)]?.[0] ?? fits[0]?.[0] ?? '')?.[0] ?? name;
}

function has(body: string, member: string): boolean {
  return new RegExp(`\\b${member}\\b`).test(body);
}

function members(body: string): number {
  return [...body.matchAll(/^\t[^\t].*;$/gm)].filter(([line]) => !/^\t\w+: \d+;$/.test(line)).length;
}

function assertions(record: RecordDefinition, name: string): readonly string[] {
  const asserts = [`_Static_assert(sizeof(${name}) == ${record.size}, "${name}");`];
  for (const member of record.members) {
    if (member.name === null || member.bitSize !== null) continue;
    asserts.push(`_Static_assert(__builtin_offsetof(${name}, ${member.name}) == ${member.bitOffset / 8}, "${name}.${member.name}");`);
  }
  return asserts;
}

function bitfields(record: RecordDefinition): string {
  return record.members.filter((member) => member.bitSize !== null && member.name !== null).map((member) => `${member.name ?? ''} ${member.bitOffset}:${member.bitSize ?? 0}`).join(', ');
}
