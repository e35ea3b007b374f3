// The stream of `btfly struct --all --json` against the reader in Python: nested members with their places from the start of the outermost record.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everyJson } from '../../src/app/everything.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import type { EnumJson, MemberJson, RecordJson } from '../../src/resolve/json.ts';
import { btfFiles } from '../help/kernels.ts';
import { scratchFolder } from '../help/scratch.ts';
import { judged } from './judge.ts';

const python = spawnSync('python3', ['--version']).status === 0;
const folder = scratchFolder();

describe.skipIf(!python).each(btfFiles())('$name: vmlinux (needs python3)', ({ name, path }) => {
  test('every line', async () => {
    const db = join(folder, `${name}.db`);
    await ingestFile(path, readFileSync(path), { path: db });
    const catalog = openCatalog(db);
    if (catalog === undefined) throw new Error('no catalog');
    const mine = new Map<number | null, string>();
    for (const line of everyJson(catalog.image(), { kind: 'struct' })) {
      const definition = JSON.parse(line) as RecordJson | EnumJson;
      mine.set(definition.id, JSON.stringify(asJudged(definition)));
    }
    catalog.close();
    const wrong: string[] = [];
    let lines = 0;
    for await (const text of judged([path], { nested: true })) {
      const { id } = JSON.parse(text) as { id: number };
      if (mine.get(id) !== text) wrong.push(`${firstDifference(mine.get(id) ?? 'nothing', text)}`);
      mine.delete(id);
      lines++;
    }
    console.log(`${name}: ${lines} lines, ${wrong.length} differences`);
    expect(wrong.slice(0, 20)).toEqual([]);
    expect([...mine.values()]).toEqual([]);
    expect(lines).toBeGreaterThan(10_000);
  });
});

function asJudged(definition: RecordJson | EnumJson): unknown {
  const { image, id, kind, name, size } = definition;
  if (kind === 'enum') return { image, id, kind, name, size, signed: definition.signed, values: definition.values };
  return { image, id, kind, name, size, members: definition.members.map(memberAsJudged) };
}

function memberAsJudged({ name, type, offset, size, bitOffset, bitSize, members }: MemberJson): unknown {
  const nested = members === undefined ? {} : { members: members.map(memberAsJudged) };
  return { name, type, bitOffset: bitOffset ?? 8 * offset, bitSize: bitSize ?? null, size, ...nested };
}

function firstDifference(mine: string, theirs: string): string {
  let at = 0;
  while (at < mine.length && mine[at] === theirs[at]) at++;
  return `${theirs.slice(0, 80)}: ours …${mine.slice(Math.max(0, at - 60), at + 60)}, is …${theirs.slice(Math.max(0, at - 60), at + 60)}`;
}
