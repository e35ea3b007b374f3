// Layouts of random records, gcc being the judge: sizes, alignments, offsets, and which bits a bitfield is.
import { describe, expect, test } from 'vitest';
import type { Abi } from '../../../../src/source/headers/abi/abi.ts';
import type { Declarations } from '../../../../src/source/headers/c/declarations.ts';
import { fieldOf } from '../../../../src/source/headers/c/member.ts';
import type { Type } from '../../../../src/source/headers/c/types.ts';
import { declarationsOf } from '../../../help/cpicture.ts';
import { symbolsOf } from '../../../help/ctokens.ts';
import { compilers, compileSections, gccNumbers, type Compiler } from '../../../help/gccnumbers.ts';
import { scratchFolder } from '../../../help/scratch.ts';
import { foundation, Random, RecordGenerator, type RandomRecord } from '../../../help/structgen.ts';

const count = Number(process.env['BTFLY_RECORDS'] ?? 1_500);
const seed = Number(process.env['BTFLY_SEED'] ?? 20_260_101);
const folder = scratchFolder();

function records(): readonly RandomRecord[] {
  const generator = new RecordGenerator(new Random(seed));
  return Array.from({ length: count }, () => generator.next());
}

const all = records();
const text = foundation + all.map((record) => record.text).join('');

describe.each(compilers)('$abi', (compiler) => {
  const reason = compiler.there ? '' : `: no ${compiler.from}`;

  test.skipIf(!compiler.there)(`${count} random records: sizes, alignments, offsets${reason}`, () => {
    const read = declarationsOf(text, compiler.abi);
    expect(read.problems).toEqual([]);
    const questions = all.flatMap(({ name, members }) => [
      `sizeof(${name})`, `_Alignof(${name})`, `__alignof__(${name})`,
      ...members.flatMap((path) => [`__builtin_offsetof(${name}, ${path})`, `__alignof__(((${name} *)0)->${path})`]),
    ]);
    const wanted = gccNumbers(folder, compiler, text, questions);
    const wrong = questions.flatMap((question, index) => {
      const ours = read.evaluate(symbolsOf(question, read.cursor.symbols));
      const value = ours?.kind === 'integer' ? ours.value : undefined;
      return value === wanted[index] ? [] : [`${question} is ${wanted[index] ?? ''}, not ${value ?? 'unknown'}: ${all.find(({ name }) => question.includes(`(${name})`) || question.includes(`(${name},`) || question.includes(`(${name} `))?.text ?? ''}`];
    });
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(questions.length).toBeGreaterThan(4 * count);
  });

  test.skipIf(!compiler.there)(`the bits of their bitfields${reason}`, () => {
    const read = declarationsOf(text, compiler.abi);
    const fields = all.flatMap(({ name, bitfields }) => bitfields.map((path) => ({ name, path })));
    const wanted = gccBits(compiler, fields);
    const wrong = fields.flatMap(({ name, path }, index) => {
      const ours = bitsOf(read, name, path);
      return ours === wanted[index] ? [] : [`${name} ${path}: ${wanted[index] ?? ''}, not ${ours}: ${all.find((each) => each.name === name)?.text ?? ''}`];
    });
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(fields.length).toBeGreaterThan(count);
  });
});

interface BitField {
  readonly name: string;
  readonly path: string;
}

/** Objects with nothing but ones in one field: first bit and number of bits, as text. */
function gccBits(compiler: Compiler, fields: readonly BitField[]): readonly string[] {
  const objects = `const struct __attribute__((packed)) { ${fields.map(({ name }, index) => `${name} o${index}; `).join('')} } bits __attribute__((section("judge.bits"))) = {\n${fields.map(({ path }, index) => `.o${index} = { .${path} = -1 },\n`).join('')}};\n`;
  const sizes = gccNumbers(folder, compiler, text, fields.map(({ name }) => `sizeof(${name})`));
  const [bytes = Buffer.alloc(0)] = compileSections(folder, compiler, text + objects, ['judge.bits']);
  let at = 0;
  return sizes.map((size) => {
    const ones = onesOf(bytes.subarray(at, at + Number(size)));
    at += Number(size);
    return ones;
  });
}

function onesOf(bytes: Uint8Array): string {
  const ones: number[] = [];
  for (const [index, byte] of bytes.entries()) for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) ones.push(8 * index + bit);
  return `${ones[0] ?? 'none'}+${ones.length}`;
}

function bitsOf(read: Declarations, name: string, path: string): string {
  const { symbols } = read.cursor;
  const tag = symbols.known(name.split(' ')[1] ?? '') ?? 0;
  let type: Type | undefined = read.scope.tag(tag)?.type;
  let bits = 0;
  let width = 0;
  for (const step of path.split('.')) {
    if (type === undefined) return 'nothing';
    const field = fieldOf(read, type, symbols.known(step) ?? 0);
    bits += field.bitOffset;
    width = field.bitSize ?? 0;
    ({ type } = field);
  }
  return `${bits}+${width}`;
}

/** Every ABI has its record. */
test('largest alignment', () => {
  const text = 'struct a { char c; } __attribute__((aligned));';
  const sizes = compilers.map(({ abi }): [Abi['name'], number] => [abi, declarationsOf(text, abi).target.abi.largestAlign]);
  expect(sizes).toEqual([['x86_64', 16], ['i386', 16], ['arm64', 16], ['arm', 8]]);
});
