// The text of layouts against pahole itself.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Definition } from '../../src/ctype/ctype.ts';
import type { ImageTypes } from '../../src/index/reader.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import { definitionText } from '../../src/resolve/text.ts';
import { runningBtf } from '../help/kernels.ts';
import { compiledTypes, installed, run, runningBtfPath, runningTypes } from '../help/kerneltypes.ts';
import { scratchFolder } from '../help/scratch.ts';
import { knownDifferences } from './paholedifferences.ts';

const folder = scratchFolder();
const version = installed('pahole') ? run('pahole', ['--version']).trim() : 'none';
const is124 = version === 'v1.24';

describe.skipIf(!is124 || runningBtf() === undefined)(`every struct and union of the running kernel (needs pahole v1.24, here: ${version})`, () => {
  test('is printed as pahole prints it', async () => {
    const types = await runningTypes(folder);
    const theirs = blocks(run('pahole', [runningBtfPath]));
    const compared = compare(types, theirs);
    expect(compared.unexplained).toEqual([]);
    expect(compared.equal + compared.explained).toBe(compared.theirs);
    expect(compared.equal).toBeGreaterThan(0.99 * compared.theirs);
    expect(compared.theirs).toBeGreaterThan(5000);
    // Of several definitions of one name pahole prints one when their members' names and sizes are alike.
    expect(compared.notPrinted.filter((each) => each.variants === 1)).toEqual([]);
  });

  test('typedefs of anonymous types and enums too', async () => {
    const types = await runningTypes(folder);
    const layouts = new Layouts(types);
    // Of an anonymous union pahole prints `typedef union  name;` and no member.
    const typedefs = [...types.all('typedef')].filter(({ variants, type }) => variants === 1 && (type.kind === 'struct' || type.kind === 'enum') && type.name === null);
    // 64-bit enums pahole calls packed, which they are not.
    const enums = [...types.all('enum')].filter(({ name, variants, size }) => name !== null && variants === 1 && size < 8 && types.find('typedef', name).length === 0);
    const wrong: string[] = [];
    for (const part of chunks([...typedefs, ...enums.filter((each) => types.find('struct', each.name ?? '').length === 0)], 200)) {
      const theirs = new Set(blocks(run('pahole', ['-C', part.map((each) => each.name).join(','), runningBtfPath])));
      for (const each of part) {
        const ours = definitionText(layouts, each);
        if (!theirs.has(unsignedValues(ours))) wrong.push(ours);
      }
    }
    expect(typedefs.length).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });
});

describe.skipIf(!is124 || !installed('gcc'))('layouts that gcc made (needs gcc and pahole v1.24)', () => {
  test('are printed as pahole prints them', async () => {
    const { btf, types } = await compiledTypes(folder, join(import.meta.dirname, 'c/layouts.c'));
    const compared = compare(types, blocks(run('pahole', ['-F', 'btf', btf])));
    expect(compared.unexplained).toEqual([]);
    expect(compared.equal).toBe(12);
  });
});

interface Compared {
  readonly theirs: number;
  equal: number;
  explained: number;
  readonly unexplained: string[];
  /** Ours that are not among theirs. */
  readonly notPrinted: Definition[];
}

/** Each of their texts must be one of ours of that name. */
function compare(types: ImageTypes, theirs: readonly string[]): Compared {
  const layouts = new Layouts(types);
  const definitions = [...types.all('struct'), ...types.all('union')].filter((each) => each.name !== null);
  const ours = definitions.map((each) => ({ each, text: definitionText(layouts, { ...each, variants: 1 }) }));
  const byHead = new Map<string, typeof ours>();
  for (const each of ours) byHead.set(head(each.text), [...(byHead.get(head(each.text)) ?? []), each]);
  const compared: Compared = { theirs: theirs.length, equal: 0, explained: 0, unexplained: [], notPrinted: [] };
  const printed = new Set<Definition>();
  for (const text of theirs) {
    const candidates = byHead.get(head(text)) ?? [];
    const match = candidates.find((candidate) => candidate.text === text) ?? candidates.find((candidate) => isExplained(candidate.text, text));
    if (!match) compared.unexplained.push(firstDifference(candidates[0]?.text ?? '', text));
    else {
      printed.add(match.each);
      if (match.text === text) compared.equal++;
      else compared.explained++;
    }
  }
  compared.notPrinted.push(...definitions.filter((each) => !printed.has(each)));
  return compared;
}

function head(text: string): string {
  return text.slice(0, text.indexOf('\n'));
}

function isExplained(ours: string, theirs: string): boolean {
  const a = ours.split('\n');
  const b = theirs.split('\n');
  return a.length === b.length && a.every((line, index) => line === b[index] || knownDifferences.some((known) => known.explains(line, b[index] ?? '')));
}

function firstDifference(ours: string, theirs: string): string {
  const a = ours.split('\n');
  const b = theirs.split('\n');
  const at = b.findIndex((line, index) => line !== a[index]);
  return `${b[0]} line ${at}: ours ${JSON.stringify(a[at])}, theirs ${JSON.stringify(b[at])}`;
}

/** Definitions of a listing: each ends with a line that starts with a brace. */
function blocks(text: string): readonly string[] {
  return [...text.matchAll(/^[a-z][\s\S]*?^\}.*\n/gm)].map(([block]) => block);
}

function unsignedValues(text: string): string {
  return text.replace(/= (-\d+),/g, (_, value: string) => `= ${BigInt.asUintN(32, BigInt(value))},`);
}

function* chunks<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
