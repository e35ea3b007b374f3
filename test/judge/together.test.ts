// Several processes on one new catalog: it ends as if one had come after the other.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { scratchFolder } from '../help/scratch.ts';
import { kernelFiles } from './kernelfiles.ts';
import { contents, Indexer, integrity, type Contents } from './killing.ts';

const kernels = kernelFiles();
const folder = scratchFolder();
const catalog = join(folder, 'catalog.db');

describe.skipIf(kernels.length < 2)('two at once (needs two kernels of the test cache)', { timeout: 300_000 }, () => {
  const [one, other] = kernels.map(({ btf, modules }) => [btf, ...modules().slice(0, 20)]);
  const sources = { one: one ?? [], other: other ?? [] };
  let indexer: Indexer;
  const alone: Record<string, Contents | undefined> = {};

  beforeAll(async () => {
    indexer = new Indexer(folder);
    for (const [name, files] of Object.entries(sources)) {
      const path = join(folder, `${name}.db`);
      await indexer.run(path, name, files);
      alone[name] = contents(path)[0];
    }
  }, 300_000);

  beforeEach(() => { rmSync(catalog, { force: true }); });

  test('index different kernels', async () => {
    const both = Object.entries(sources).map(([name, files]) => indexer.start(catalog, name, files).over);
    expect(await Promise.all(both)).toEqual([0, 0]);
    expect(Object.fromEntries(contents(catalog).map((each) => [each.name, each]))).toEqual(alone);
    expect(integrity(catalog)).toBe('ok');
  });

  test('index the same kernel', async () => {
    const both = [1, 2].map(() => indexer.start(catalog, 'one', sources.one).over);
    expect(await Promise.all(both)).toEqual([0, 0]);
    expect(contents(catalog)).toEqual([alone['one']]);
    expect(integrity(catalog)).toBe('ok');
  });

  test('index and read: what is read is the state before, then the state after', async () => {
    await indexer.run(catalog, 'one', sources.one);
    const run = indexer.start(catalog, 'other', sources.other);
    let running = true;
    const over = run.over.finally(() => { running = false; });
    const seen: string[] = [];
    while (running) {
      const now = JSON.stringify(contents(catalog));
      if (seen.at(-1) !== now) seen.push(now);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await over).toBe(0);
    const last = JSON.stringify(contents(catalog));
    if (seen.at(-1) !== last) seen.push(last);
    expect(seen).toEqual([JSON.stringify([alone['one']]), JSON.stringify([alone['other'], alone['one']])]);
  });
});
