import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { boxLines, jsonLines, sql, tsvLines, views, viewsText } from '../../src/app/sql.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const db = join(scratchFolder(), 'two.db');

function types(size: number): (btf: BtfWriter) => void {
  return (btf) => {
    const int = btf.int('int', 4, 1);
    const item = btf.struct('item', size, [{ name: 'x', type: int, offset: 0 }, { name: 'self', type: 3, offset: 64 }]);
    btf.ptr(item);
    btf.enum64('big', { HUGE: 0x7fff_ffff_ffff_ffffn, SMALL: 2n }, true);
  };
}

await fakeKernel(scratchFolder(), { types: types(16), release: '6.1.0', catalog: db });
await fakeKernel(scratchFolder(), { types: types(32), release: '6.12.0', catalog: db });

async function answered(query: string, lines: typeof tsvLines, kernel?: string): Promise<string> {
  const answer = await sql(query, { db, kernel });
  const text = [...lines(answer)].join('');
  answer.close();
  return text;
}

const members = "SELECT kernel, name, type, \"offset\" FROM v_member WHERE record = 'item' ORDER BY kernel, position";

describe('answers', () => {
  test('tab-separated', async () => {
    expect(await answered(members, tsvLines)).toBe('kernel\tname\ttype\toffset\n6.1.0\tx\tint\t0\n6.1.0\tself\tstruct item *\t8\n6.12.0\tx\tint\t0\n6.12.0\tself\tstruct item *\t8\n');
    expect(await answered("SELECT 'a\tb' || char(10) AS t, NULL AS n, x'00ff' AS b", tsvLines)).toBe('t\tn\tb\na\\tb\\n\t\t00ff\n');
  });

  test('a table', async () => {
    expect(await answered(members, boxLines, '6.12.0')).toBe([
      '┌────────┬──────┬───────────────┬────────┐',
      '│ kernel │ name │ type          │ offset │',
      '├────────┼──────┼───────────────┼────────┤',
      '│ 6.12.0 │ x    │ int           │      0 │',
      '│ 6.12.0 │ self │ struct item * │      8 │',
      '└────────┴──────┴───────────────┴────────┘',
      '',
    ].join('\n'));
    expect(await answered('SELECT 1 AS a WHERE 0', boxLines)).toBe('┌───┐\n│ a │\n├───┤\n└───┘\n');
  });

  test('JSON, with 64 bits whole', async () => {
    expect(await answered("SELECT name, value FROM v_enumerator WHERE kernel = '6.1.0' ORDER BY name", jsonLines)).toBe('{"name":"HUGE","value":"9223372036854775807"}\n{"name":"SMALL","value":2}\n');
  });

  test('a chosen kernel is the only one in the views', async () => {
    expect(await answered('SELECT name FROM v_kernel', tsvLines, '6.1.0')).toBe('name\n6.1.0\n');
    expect(await answered("SELECT size FROM v_definition WHERE name = 'item'", tsvLines, '6.12.0')).toBe('size\n32\n');
  });

  test.each(['/* words */ SELECT 1', '-- words\nSELECT 1', 'WITH a AS (SELECT 1) SELECT * FROM a', 'values (1)', 'EXPLAIN QUERY PLAN SELECT 1'])('%s', async (query) => {
    expect((await answered(query, tsvLines)).split('\n').length).toBe(3);
  });

  test('can be left before the end', async () => {
    const answer = await sql('WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c', { db });
    expect(answer.rows.next().value).toEqual([1]);
    answer.close();
  });
});

describe('refusals', () => {
  test.each<[string, string, string | undefined]>([
    ['DELETE FROM kernel', 'only questions are answered: SELECT, WITH, VALUES, EXPLAIN', undefined],
    ['WITH a AS (SELECT 1) DELETE FROM kernel', 'only questions are answered: SELECT, WITH, VALUES, EXPLAIN', undefined],
    ['PRAGMA query_only = OFF', 'only questions are answered: SELECT, WITH, VALUES, EXPLAIN', undefined],
    ["ATTACH '/tmp/other.db' AS other", 'only questions are answered: SELECT, WITH, VALUES, EXPLAIN', undefined],
    ['', 'only questions are answered: SELECT, WITH, VALUES, EXPLAIN', undefined],
    ['SELECT 1; DELETE FROM kernel', 'SQL: The supplied SQL string contains more than one statement', undefined],
    ['SELECT * FROM v_membr', 'SQL: no such table: v_membr', 'near it: v_member'],
    ['SELECT recrd FROM v_member', 'SQL: no such column: recrd', 'near it: record'],
    ['SELECT * FROM', 'SQL: incomplete input', undefined],
    ["SELECT load_extension('x')", 'SQL: not authorized', undefined],
    ['SELECT abs(-9223372036854775807 - 1)', 'SQL: integer overflow', undefined],
  ])('%s', async (query, message, hint) => {
    const attempt = answered(query, tsvLines);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(expect.objectContaining({ message, hint }));
  });

  test('a catalog that is not there', async () => {
    const missing = join(scratchFolder(), 'none.db');
    await expect(sql('SELECT 1', { db: missing })).rejects.toThrow(new UsageError(`there is no catalog ${missing}`, `btfly index --db ${missing} reads the running kernel into a new one`));
  });
});

test('views: every one has its columns and an example that works', async () => {
  const text = viewsText(await views({ db }));
  expect(text).toContain('v_kernel (id, name, release, arch, indexed_at, images, build_id)\n    SELECT name, arch, images, build_id FROM v_kernel\n');
  const blocks = [...text.matchAll(/^(v_\w+) \(.*\)\n(?: {4}(.*)\n)?/gm)];
  expect(blocks.map(([, name]) => name)).toEqual((await views({ db })).map(({ name }) => name));
  for (const [, , example] of blocks) expect(await answered(example ?? '', tsvLines)).toContain('\n');
});
