// The text of layouts against pahole itself: whole kernels, and what gcc made of a file.
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { everySize, everyText } from '../../src/app/everything.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import { definitionText, type TextStyle } from '../../src/resolve/text.ts';
import type { ImageTypes } from '../../src/index/reader.ts';
import { btfFiles, type BtfFile } from '../help/kernels.ts';
import { compiledTypes, installed, run, typesOf } from '../help/kerneltypes.ts';
import { scratchFolder } from '../help/scratch.ts';
import { knownDifferences } from './paholedifferences.ts';

const folder = scratchFolder();
const version = installed('pahole') ? run('pahole', ['--version']).trim() : 'none';
const is124 = version === 'v1.24';

interface Form {
  readonly options: readonly string[];
  readonly style: TextStyle;
  readonly anonymous?: boolean;
}

const forms: readonly Form[] = [
  { options: [], style: {} },
  { options: ['--hex'], style: { hex: true } },
  { options: ['-E'], style: { expand: true } },
  { options: ['-c', '128'], style: { cacheline: 128 } },
];

/** pahole takes seconds for this one. */
const slowForm: Form = { options: ['-a'], style: {}, anonymous: true };

describe.skipIf(!is124)(`needs pahole v1.24 (here: ${version})`, () => {
  describe.each(btfFiles())('$name: the whole output', (file) => {
    const types = loaded(file);

    test.each(file.name === '6.1' ? [...forms, slowForm] : forms)('pahole $options', async ({ options, style, anonymous = false }) => {
      const ours = [...everyText(await types(), { kind: 'struct', style, anonymous })];
      const compared = compare(ours, blocks(run('pahole', [...options, file.path])), await types());
      expect(compared.unexplained).toEqual([]);
      expect(compared.equal).toBeGreaterThan(7000);
      expect(compared.explained).toBeLessThan(150);
      expect(compared.left).toBeLessThan(20);
    });

    test('pahole --sizes', async () => {
      const ours = [...everySize(await types(), { kind: 'struct' })];
      const compared = compare(ours, run('pahole', ['--sizes', file.path]).split(/(?<=\n)/), await types());
      expect(compared).toMatchObject({ unexplained: [], explained: 0 });
      expect(compared.equal).toBeGreaterThan(7000);
    });

    test('typedefs of anonymous types, and enums, by name', async () => {
      const found = await types();
      const layouts = new Layouts(found);
      // Of an anonymous union pahole prints `typedef union  name;` and no member.
      const typedefs = [...found.all('typedef')].filter(({ variants, type }) => variants === 1 && (type.kind === 'struct' || type.kind === 'enum') && type.name === null);
      // 64-bit enums pahole calls packed, which they are not.
      const enums = [...found.all('enum')].filter(({ name, variants, size, values }) => name !== null && values.length > 0 && variants === 1 && size < 8 && found.find('typedef', name).length === 0);
      const wanted = [...typedefs, ...enums.filter((each) => found.find('struct', each.name ?? '').length === 0)];
      const theirs = new Set(blocks(run('pahole', ['-C', wanted.map((each) => each.name).join(','), file.path])));
      expect(typedefs.length).toBeGreaterThan(50);
      expect(wanted.map((each) => definitionText(layouts, each)).filter((text) => !theirs.has(unsignedValues(text)))).toEqual([]);
    });
  });

  test.skipIf(!installed('gcc'))('layouts that gcc made', async () => {
    const { btf, types } = await compiledTypes(folder, join(import.meta.dirname, 'c/layouts.c'));
    const compared = compare([...everyText(types, { kind: 'struct' })], blocks(run('pahole', ['-F', 'btf', btf])), types);
    expect(compared).toEqual({ equal: 12, explained: 0, left: 0, unexplained: [] });
  });
});

function loaded({ path }: BtfFile): () => Promise<ImageTypes> {
  let types: Promise<ImageTypes> | undefined;
  return () => (types ??= typesOf(folder, path, readFileSync(path)));
}

interface Compared {
  /** Of their definitions. */
  equal: number;
  explained: number;
  /** Ours that pahole leaves out: of several definitions of one name it prints one when their members' names and sizes are alike. */
  left: number;
  unexplained: string[];
}

/** Both in order of the BTF ids. */
function compare(ours: readonly string[], theirs: readonly string[], types: ImageTypes): Compared {
  const compared: Compared = { equal: 0, explained: 0, left: 0, unexplained: [] };
  let at = 0;
  for (const text of ours) {
    const other = theirs[at] ?? '';
    if (text === other) compared.equal++;
    else if (isExplained(text, other)) compared.explained++;
    else if (hasVariants(text, types)) compared.left++;
    else compared.unexplained.push(firstDifference(text, other));
    if (text === other || isExplained(text, other)) at++;
    if (compared.unexplained.length > 20) break;
  }
  if (at !== theirs.length) compared.unexplained.push(`theirs from ${at} on: ${theirs[at]}`);
  return compared;
}

function hasVariants(text: string, types: ImageTypes): boolean {
  const [, name = ''] = /^(?:struct |union |)(\w+)/.exec(text) ?? [];
  return types.find('struct', name).length > 1 || types.find('union', name).length > 1;
}

function isExplained(ours: string, theirs: string): boolean {
  return ours.split('\n').length === theirs.split('\n').length && unexplained(ours, theirs) === -1;
}

/** The first line that differs for no known reason. */
function unexplained(ours: string, theirs: string): number {
  const b = theirs.split('\n');
  return ours.split('\n').findIndex((line, index) => line !== b[index] && !knownDifferences.some((known) => known.explains(line, b[index] ?? '')));
}

function firstDifference(ours: string, theirs: string): string {
  const a = ours.split('\n');
  const b = theirs.split('\n');
  const at = unexplained(ours, theirs);
  return `${b[0]} line ${at}: ours ${JSON.stringify(a[at])}, theirs ${JSON.stringify(b[at])}`;
}

/** Definitions of a listing: each ends with a line that starts with a brace. */
function blocks(text: string): readonly string[] {
  return [...text.matchAll(/^[a-z][\s\S]*?^\}.*\n/gm)].map(([block]) => block);
}

function unsignedValues(text: string): string {
  return text.replace(/= (-\d+),/g, (_, value: string) => `= ${BigInt.asUintN(32, BigInt(value))},`);
}
