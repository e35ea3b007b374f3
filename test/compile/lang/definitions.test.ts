import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc } from '../../help/property.ts';
import { describe, expect, test } from 'vitest';
import type { CType, Member } from '../../../src/ctype/ctype.ts';
import { sizeOf, strip, type Types } from '../../../src/ctype/types.ts';
import { at, named, ptr, struct, typedef, u32 } from '../../help/ctypes.ts';
import { memoryTypes } from '../../help/memorytypes.ts';
import { parseText, type Given } from './help.ts';

const kernel = memoryTypes({
  definitions: [struct('sock', 16, at(0, 'common', named('struct', 'sock_common')), at(8, 'mark', u32)), struct('sock_common', 8, at(0, 'next', ptr(named('struct', 'sock')))), typedef('u32', u32), struct('tight', 5, at(0, 'a', named('typedef', 'u32')), at(4, 'b', { kind: 'int', name: 'char', size: 1, signed: true, encoding: 'char' }))],
  constants: { AF_INET: { value: 2n, header: 'linux/socket.h' } },
});

function typesOf(text: string, headers: Given['headers'] = {}): Types {
  const { part, complaints } = parseText(text, { known: kernel, headers });
  if (/ERROR/.test(complaints)) throw new Error(complaints);
  return part?.types(kernel) ?? kernel;
}

/** Without the lines that show the text. */
function complaintsOf(text: string, headers: Given['headers'] = {}): readonly string[] {
  return parseText(text, { known: kernel, headers }).complaints.split('\n').filter((line) => line.startsWith('stdin:')).map((line) => line.replace('stdin:', ''));
}

/** `offset name` of the members, bitfields as `offset:width name` in bits, anonymous members opened. */
function layout(types: Types, type: CType, base = 0): string[] {
  const under = strip(types, type);
  if (under.kind !== 'struct' && under.kind !== 'union') return [];
  const definition = types.definition(under);
  if (definition?.kind !== 'struct' && definition?.kind !== 'union') return [];
  return definition.members.flatMap((member: Member) => {
    const offset = base + member.bitOffset;
    if (member.name === null) return layout(types, member.type, offset);
    return [member.bitSize === null ? `${offset / 8} ${member.name}` : `${offset}:${member.bitSize} ${member.name}`];
  });
}

describe('a script\'s definitions', () => {
  test('stand in front of the kernel\'s', () => {
    const types = typesOf('struct sock { char x; struct sock_common c; u32 y; }; struct mine { struct sock s; struct sock *p; };');
    expect(types.find('struct', 'sock').map(({ image, size }) => [image, size])).toEqual([['script', 24]]);
    expect(types.find('struct', 'sock_common').map(({ image, size }) => [image, size])).toEqual([['vmlinux', 8]]);
    expect(layout(types, named('struct', 'sock'))).toEqual(['0 x', '8 c', '16 y']);
    expect(layout(types, named('struct', 'mine'))).toEqual(['0 s', '24 p']);
    expect(types.constant('AF_INET')?.value).toBe(2n);
    expect(types.near('struct', 'mien', 3)).toEqual(['mine']);
  });

  test('those of headers stand behind', () => {
    const types = typesOf('#include <h.h>\nstruct own { struct only_here o[ONE + AF_INET]; };', { 'h.h': 'struct sock { char x; int y; }; struct only_here { struct sock s; int z; }; enum { ONE = 1 };' });
    expect(types.find('struct', 'sock').map(({ image }) => image)).toEqual(['vmlinux']);
    expect(types.find('struct', 'only_here').map(({ image, size }) => [image, size])).toEqual([['headers', 12]]);
    expect(layout(types, named('struct', 'only_here'))).toEqual(['0 s', '8 z']);
    expect(sizeOf(types, named('struct', 'own'))).toBe(36);
    expect(types.enumerators('ONE').map(({ enumerator }) => enumerator.value)).toEqual([1n]);
  });

  test('a header\'s record with an unknown part is not answered', () => {
    const headers = { 'h.h': 'struct bad { int x; struct { struct none y[2]; } z; };\nstruct worse { struct bad b[3]; };\nstruct fine { struct bad *p; struct { int q; }; };' };
    const types = typesOf('#include <h.h>\nBEGIN {}', headers);
    expect(['bad', 'worse', 'fine'].map((name) => types.find('struct', name).map(({ size }) => size))).toEqual([[], [], [16]]);
    expect(types.definition(named('struct', 'worse'))).toBeUndefined();
    expect(complaintsOf('#include <h.h>\nstruct own { struct bad b; };', headers)).toEqual([
      "1:1-15: WARNING: h.h:1: member 'y' has incomplete type 'struct none[]'",
      "1:1-15: WARNING: h.h:2: member 'b' has incomplete type 'struct bad[]'",
      "2:26-27: ERROR: syntax: member 'b' has incomplete type 'struct bad'",
    ]);
  });

  test('one that the kernel has otherwise counts, and is noted', () => {
    expect(complaintsOf('struct sock {\n  char x; };\nstruct sock_common { struct sock *next; };\nenum mine { A };\nstruct tight { u32 a; int b; };')).toEqual([
      "1:1-12: NOTE: 'struct sock' is the script's own, which is not the kernel's: 1 bytes, there 16",
      "5:1-13: NOTE: 'struct tight' is the script's own, which is not the kernel's: 8 bytes, there 5",
    ]);
  });

  test('one that a header has otherwise counts, too', () => {
    const headers = { 'h.h': 'struct a { int x; };\nenum e { A };\ntypedef int t;\nstruct user { struct a a; t t; };\n' };
    const text = '#include <h.h>\nstruct a { long x; struct user u; };\nenum e { A = 5 };\ntypedef long t;\nstruct own { t t; struct a a[A]; };';
    expect(complaintsOf(text, headers)).toEqual([
      "2:36-37: WARNING: 'struct a' is not what its header has; this one counts",
      "3:17-18: WARNING: 'enum e' is not what its header has; this one counts",
      "4:15-16: WARNING: 't' is not what its header has; this one counts",
    ]);
    const types = typesOf(text, headers);
    expect(['a', 'user', 'own'].map((name) => sizeOf(types, named('struct', name)))).toEqual([16, 8, 88]);
    expect(complaintsOf('struct a { int x; };\nstruct a { long x; };')).toEqual(["2:21-22: ERROR: syntax: 'struct a' is defined twice, in different ways"]);
  });

  test('hold what the kernel has', () => {
    const types = typesOf('struct mine { char c; u32 u; struct tight t[sizeof(struct sock) / 8]; struct sock s; char d[offsetof(struct sock, mark)]; };\n#define offsetof(t, m) __builtin_offsetof(t, m)'.replace(/(.*)\n(.*)/, '$2\n$1'));
    expect(layout(types, named('struct', 'mine'))).toEqual(['0 c', '4 u', '8 t', '24 s', '40 d']);
    expect(sizeOf(types, named('struct', 'mine'))).toBe(48);
  });

  test('without any, the kernel\'s types are passed on', () => {
    expect(typesOf('BEGIN {}')).toBe(kernel);
  });

  test('enums', () => {
    const types = typesOf('enum e { A, B = -1 }; enum big { C = 0x100000000 }; enum tiny { T = 200 } __packed; struct s { enum { D = 7 } d; };');
    const form = (name: string): unknown[] => types.find('enum', name).map(({ size, signed }) => [size, signed]);
    expect([form('e'), form('big'), form('tiny')]).toEqual([[[4, true]], [[8, false]], [[1, false]]]);
    expect(['A', 'B', 'C', 'D', 'E'].map((name) => types.enumerators(name).map(({ enumerator }) => enumerator.value))).toEqual([[0n], [-1n], [0x1_0000_0000n], [7n], []]);
  });

  test('names that nobody defines', () => {
    expect(complaintsOf('struct a { struct none x; };\nstruct b { missing_t y; };\nstruct c { struct c again; };\nstruct d { void v; };\nstruct e { struct none *fine; uint64_t z; char flexible[]; };')).toEqual([
      "1:25-26: ERROR: syntax: member 'x' has incomplete type 'struct none'",
      "2:12-21: ERROR: syntax: unknown type name 'missing_t'",
      "3:26-27: ERROR: syntax: member 'again' has incomplete type 'struct c'",
      "4:18-19: ERROR: syntax: member 'v' has incomplete type 'void'",
    ]);
  });

  test('a packed struct of the kernel\'s keeps its alignment', () => {
    expect(layout(typesOf('struct a { char c; struct tight t; int i; };'), named('struct', 'a'))).toEqual(['0 c', '1 t', '8 i']);
  });
});

const hasGcc = spawnSync('gcc', ['--version']).status === 0;

describe.skipIf(!hasGcc || process.arch !== 'x64')('layouts agree with gcc (needs gcc on x86-64)', () => {
  const structs = fc.sample(generatedStruct(), { seed: 20, numRuns: 400 });
  const texts = structs.map((generate, index) => generate(`s${index}`));

  test('400 generated structs', () => {
    const expected = askGcc(texts);
    const types = typesOf(texts.map(({ text }) => `${text};\n`).join(''));
    const found = texts.map((_, index) => `s${index} ${sizeOf(types, named('struct', `s${index}`))}: ${layout(types, named('struct', `s${index}`)).join(', ')}`);
    for (const [index, line] of found.entries()) expect(line, texts[index]?.text ?? '').toBe(expected[index]);
  });
});

interface Generated {
  readonly text: string;
  /** Members that can be named from outside, and whether they are bitfields. */
  readonly members: readonly { readonly name: string; readonly bits: boolean }[];
}

/** Member texts with names made unique by a prefix. */
function generatedStruct(): fc.Arbitrary<(name: string) => Generated> {
  const attribute = fc.constantFrom('', '', '', '', '', ' __attribute__((packed))', ' __attribute__((aligned(4)))', ' __attribute__((aligned(16)))');
  const plain = fc.tuple(fc.constantFrom('char', 'unsigned short', 'int', 'long', 'long long', 'double', 'void *', '_Bool', 'long double', '__int128'), fc.constantFrom('', '', '[3]', '[2][3]', '[0]'), attribute)
    .map(([type, array, attr]) => (name: string): Generated => ({ text: `${type} ${name}${array}${attr};`, members: [{ name, bits: false }] }));
  const bitfield = fc.tuple(fc.constantFrom<readonly [string, number]>(['unsigned char', 8], ['unsigned short', 16], ['unsigned int', 32], ['unsigned long', 64], ['_Bool', 1]), fc.nat(63), fc.boolean(), fc.constantFrom('', '', '', '', ' __attribute__((packed))', ' __attribute__((aligned(4)))'))
    .map(([[type, most], width, unnamed, attr]) => (name: string): Generated => (unnamed && width % 3 === 0
      ? { text: `${type} : ${width % 2 === 0 ? 0 : (width % most) + 1};`, members: [] }
      : { text: `${type} ${name} : ${(width % most) + 1}${attr};`, members: [{ name, bits: true }] }));
  const { member } = fc.letrec<{ member: (name: string) => Generated; nested: (name: string) => Generated }>((tie) => ({
    member: fc.oneof({ maxDepth: 2 }, plain, bitfield, bitfield, tie('nested')),
    nested: fc.tuple(fc.constantFrom('struct', 'union'), fc.array(tie('member'), { minLength: 1, maxLength: 4 }), attribute)
      .map(([tag, parts, attr]) => (name: string): Generated => {
        const made = parts.map((part, index) => part(`${name}_${index}`));
        return { text: `${tag} { ${made.map(({ text }) => text).join(' ')} }${attr};`, members: made.flatMap(({ members }) => members) };
      }),
  }));
  return fc.tuple(fc.array(member, { minLength: 1, maxLength: 7 }), attribute).map(([parts, attr]) => (name: string): Generated => {
    const made = parts.map((part, index) => part(`m${index}`));
    return { text: `struct ${name} { ${made.map(({ text }) => text).join(' ')} }${attr}`, members: made.flatMap(({ members }) => members) };
  });
}

/** A C program that prints every struct as `layout` does; a bitfield is found by setting it and looking at the bytes. */
function askGcc(structs: readonly Generated[]): string[] {
  const prints = structs.map(({ members }, index) => {
    const lines = members.map(({ name, bits }) => (bits
      ? `memset(&s${index}_, 0, sizeof s${index}_); s${index}_.${name} = -1; bits(&s${index}_, sizeof s${index}_, "${name}");`
      : `printf("%s%zu ${name}", comma, __builtin_offsetof(struct s${index}, ${name})); comma = ", ";`));
    return `{ static struct s${index} s${index}_; const char *comma = ""; printf("s${index} %zu: ", sizeof s${index}_); ${lines.join(' ').replaceAll('bits(&', 'bits(&comma, &')} puts(""); }`;
  });
  const program = `#include <stdio.h>
#include <string.h>
${structs.map(({ text }) => `${text};`).join('\n')}
static void bits(const char **comma, void *at, unsigned long size, const char *name) {
  unsigned char *bytes = at; long first = -1, count = 0;
  for (unsigned long bit = 0; bit < size * 8; bit++) if (bytes[bit / 8] >> bit % 8 & 1) { if (first < 0) first = bit; count++; }
  printf("%s%ld:%ld %s", *comma, first, count, name); *comma = ", ";
}
int main(void) { ${prints.join('\n')} return 0; }
`;
  const folder = mkdtempSync(join(tmpdir(), 'btfly-layout-'));
  try {
    writeFileSync(join(folder, 'layout.c'), program);
    execFileSync('gcc', ['-w', '-Wno-packed-bitfield-compat', '-O0', '-o', join(folder, 'layout'), join(folder, 'layout.c')]);
    return execFileSync(join(folder, 'layout'), { encoding: 'utf8' }).trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
