// Beside gcc -E: macros made at random, and headers of real kernels with the flags of kbuild, token by token.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { FileCache } from '../../../../src/source/headers/pp/include.ts';
import { flagBits, lex } from '../../../../src/source/headers/pp/lexer.ts';
import { Preprocessor, type PreprocessorConfig } from '../../../../src/source/headers/pp/preprocessor.ts';
import { Symbols } from '../../../../src/source/headers/symbols.ts';
import { headerNames } from '../../../../src/source/headers/tree/list.ts';
import { openTree } from '../../../../src/source/headers/tree/tree.ts';
import type { Files } from '../../../../src/source/headers/files.ts';
import { randomOf, type Random } from '../../../fuzz/mutator.ts';
import { gccFlags, gccMajor } from '../../../help/gccheaders.ts';
import { cachedHeaders } from '../../../help/headerpackages.ts';

const bare: PreprocessorConfig = { quote: [], system: [], forced: [], defines: [], arch: 'x86_64', gcc: 12 };

function ours(text: string, config: PreprocessorConfig, files: Files, cache: FileCache): string[] {
  const pp = new Preprocessor({ files, cache, config, main: { name: '<stdin>', text } });
  const all: string[] = [];
  for (let symbol = pp.next(); symbol !== 0; symbol = pp.next()) all.push(pp.symbols.text(symbol));
  return all;
}

/** gcc prints `#pragma` lines again; they are no tokens. */
function theirs(text: string, flags: readonly string[], symbols: Symbols): string[] {
  const { stdout, error } = spawnSync('gcc', [...flags, '-w', '-E', '-P', '-x', 'c', '-'], { input: text, encoding: 'latin1', maxBuffer: 1 << 28 });
  if (error) throw error;
  const { tokens } = lex('gcc', stdout.replace(/^#pragma.*$/gm, ''), symbols);
  return Array.from(tokens, (token) => symbols.text(token >> flagBits));
}

/** The first place where they differ, with what stands around it; undefined where they do not. */
function difference(a: readonly string[], b: readonly string[]): string | undefined {
  const at = a.findIndex((token, index) => token !== b[index]);
  if (at < 0 && a.length === b.length) return undefined;
  const from = Math.max(0, (at < 0 ? a.length : at) - 8);
  return `${a.slice(from, from + 20).join(' ')}\n${b.slice(from, from + 20).join(' ')}`;
}

const long = process.env['BTFLY_LONG'] === '1';

const nothing: Files = { read: () => undefined };

/** Macros a to e, with and without parameters, that use each other in every way, and a line that uses them. */
function program(random: Random): string {
  const one = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const names = ['a', 'b', 'c', 'd', 'e'];
  const lines = names.map((name) => {
    const params = random(3) === 0 ? undefined : ['x', 'y', 'z'].slice(0, random(3));
    const rest = params !== undefined && random(3) === 0;
    const list = params === undefined ? '' : `(${[...params, ...(rest ? ['...'] : [])].join(', ')})`;
    const operand = (): string => one([...names, ...(params ?? []), ...(params ?? []), ...(rest ? ['__VA_ARGS__'] : []), '1', 'k', ',', '+', '(']);
    const piece = (): string => {
      if (params !== undefined && params.length > 0 && random(5) === 0) return `#${one(params)}`;
      if (random(5) === 0) return `${one(['k', ...(params ?? [])])}##${one(['k', '1', ...(params ?? [])])}`;
      if (rest && random(4) === 0) return one([', ##__VA_ARGS__', '__VA_OPT__(v)', '__VA_OPT__(, __VA_ARGS__)']);
      if (random(3) === 0) return `${one(names)}(${operand()}${random(2) === 0 ? `, ${operand()}` : ''})`;
      return operand();
    };
    return `#define ${name}${list} ${Array.from({ length: 1 + random(4) }, piece).join(' ').replace(/\((?![^()]*\))/g, '[')}`;
  });
  const use = (depth: number): string => (depth > 2 || random(3) === 0 ? one(['1', 'k', 'a', 'b', 'c', '']) : `${one(names)}(${Array.from({ length: random(4) }, () => use(depth + 1)).join(', ')})`);
  return `${lines.join('\n')}\n<${Array.from({ length: 3 }, () => use(0)).join('> <')}>\n${names.map((name) => `#undef ${name}\n`).join('')}`;
}

describe.skipIf(gccMajor === undefined)('gcc -E', () => {
  it('expands macros made at random to the same', () => {
    const symbols = new Symbols();
    const wrong: string[] = [];
    let count = 0;
    for (let index = 0; index < (long ? 60 : 12); index++) {
      const programs = Array.from({ length: 20 }, (_, each) => program(randomOf(index, each)));
      // What is wrong is answered differently: programs that gcc complains about do not count.
      const right = programs.filter((text) => spawnSync('gcc', ['-w', '-E', '-P', '-x', 'c', '-'], { input: text }).stderr.length === 0);
      const text = right.join('');
      count += right.length;
      const found = difference(theirs(text, [], symbols), ours(text, bare, nothing, new FileCache(nothing, symbols)));
      if (found !== undefined) wrong.push(`${index}: ${found}`);
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(40);
  }, 120_000);
});

/** One of so many: a few dozen in all, hundreds with BTFLY_LONG=1. */
const step = long ? 10 : 400;

describe.skipIf(gccMajor === undefined).each(cachedHeaders())('headers of $series', ({ build }) => {
  it('become the same tokens', async () => {
    const tree = await openTree(build);
    const cache = new FileCache(tree.files, new Symbols());
    // The machine's gcc has its own macros, whichever the kernel was built with.
    const config = { ...tree.config, gcc: gccMajor ?? 12 };
    const names = headerNames(tree).filter((_, index) => index % step === 3);
    const wrong: string[] = [];
    for (const name of names) {
      const text = `#include <${name}>\n`;
      const found = difference(theirs(text, gccFlags(tree.config), cache.symbols), ours(text, config, tree.files, cache));
      if (found !== undefined) wrong.push(`${name}: ${found}`);
    }
    expect(wrong).toEqual([]);
    expect(names.length).toBeGreaterThan(5);
  }, 600_000);
});
