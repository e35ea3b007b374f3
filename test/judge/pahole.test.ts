// Members of every named struct and union of real kernels as pahole prints them: declaration, offset, width, size.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { btfFiles } from '../help/kernels.ts';
import { scratchFolder } from '../help/scratch.ts';
import { ourMembers, paholeRecords } from './paholetext.ts';

const version = spawnSync('pahole', ['--version'], { encoding: 'utf8' }).stdout?.trim();
const folder = scratchFolder();

describe.skipIf(version !== 'v1.24').each(btfFiles())(`$name: vmlinux (needs pahole v1.24, here: ${version})`, ({ name, path }) => {
  test('every member of every named struct and union', async () => {
    const db = join(folder, `${name}.db`);
    await ingestFile(path, readFileSync(path), { path: db });
    const catalog = openCatalog(db);
    if (catalog === undefined) throw new Error('no catalog');
    const types = catalog.image();
    // Of several definitions of one name pahole prints one when their members are alike.
    const unseen = new Map<string, Set<string>>();
    for (const kind of ['struct', 'union'] as const) {
      for (const record of types.all(kind, '*')) {
        const head = `${kind} ${record.name}`;
        unseen.set(head, (unseen.get(head) ?? new Set()).add(ourMembers(types, record)));
      }
    }
    catalog.close();
    const printed = new Set<string>();
    const wrong: string[] = [];
    let members = 0;
    for (const [head, theirs] of paholeRecords(spawnSync('pahole', [path], { encoding: 'latin1', maxBuffer: 1 << 28 }).stdout)) {
      printed.add(head);
      const mine = unseen.get(head);
      if (mine?.has(theirs) === true) members += theirs.split('\n').length;
      else wrong.push(`${head}: ${firstDifference([...(mine ?? [])][0] ?? '', theirs)}`);
    }
    console.log(`${name}: ${printed.size} names, ${members} members, ${wrong.length} differences`);
    expect(wrong.slice(0, 20)).toEqual([]);
    expect([...unseen.keys()].filter((head) => !printed.has(head))).toEqual([]);
    expect(members).toBeGreaterThan(50_000);
  });
});

function firstDifference(mine: string, theirs: string): string {
  const [ours, others] = [mine.split('\n'), theirs.split('\n')];
  const at = others.findIndex((line, index) => line !== ours[index]);
  return `ours ${JSON.stringify(ours[at < 0 ? others.length : at])}, pahole's ${JSON.stringify(others[at])}`;
}
