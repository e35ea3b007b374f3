// What db/README.md promises to people with the sqlite3 shell.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { ingestFile } from '../../src/index/ingest.ts';
import { kindNames } from '../../src/index/kinds.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { scratchFolder } from '../help/scratch.ts';

const path = join(scratchFolder(), 'views.db');
let db: Sqlite.Database;
const rows = (sql: string): readonly unknown[] => db.prepare(sql).raw().all();

beforeAll(async () => {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  const char = btf.int('char', 1);
  const item = btf.nextId;
  btf.struct('item', 64, [
    { name: 'next', type: 4, offset: 0 }, { name: 'name', type: 6, offset: 64, bits: 0 }, { name: 'flags', type: int, offset: 128, bits: 3 },
    { name: 'matrix', type: 8, offset: 192 }, { name: 'compare', type: 10, offset: 256 }, { name: 'const_ptr', type: 11, offset: 320 }, { name: 'row', type: 13, offset: 384 },
    { type: 14, offset: 448 },
  ]);
  btf.ptr(item);
  btf.konst(char);
  btf.ptr(5);
  btf.array(int, 3);
  btf.array(7, 2);
  btf.proto(int, [['a', 4], ['', 0]]);
  btf.ptr(9);
  btf.konst(6);
  btf.array(char, 5);
  btf.ptr(12);
  btf.union('', 8, [{ name: 'u', type: int, offset: 0 }]);
  btf.func('walk', 9);
  btf.enum('state', { DOWN: -1, UP: 1 }, { signed: true });
  await ingestFile('vmlinux-6.1', btf.bytes(), { path });
  db = new Sqlite(path, { readonly: true });
});

describe('views', () => {
  it('v_member: C text of types', () => {
    expect(rows('SELECT position, type, name, "offset", bit_offset, bit_size FROM v_member WHERE record = \'item\' ORDER BY position')).toEqual([
      [0, 'struct item *', 'next', 0, 0, null], [1, 'const char *', 'name', 8, 64, null], [2, 'int', 'flags', 16, 128, 3], [3, 'int [2][3]', 'matrix', 24, 192, null],
      [4, 'int (*)(...)', 'compare', 32, 256, null], [5, 'const char * const', 'const_ptr', 40, 320, null], [6, 'char (*)[5]', 'row', 48, 384, null],
      [7, expect.stringMatching(/^union \{#\d+\}$/), null, 56, 448, null],
    ]);
  });

  it('v_function, v_param', () => {
    expect(rows('SELECT kernel, image, name, returns, params, btf_id FROM v_function')).toEqual([['6.1', 'vmlinux', 'walk', 'int', 2, 15]]);
    expect(rows('SELECT function, position, name, type FROM v_param ORDER BY position')).toEqual([['walk', 0, 'a', 'struct item *'], ['walk', 1, null, '...']]);
  });

  it('v_kernel, v_definition, v_enumerator', () => {
    expect(rows('SELECT name, images FROM v_kernel')).toEqual([['6.1', 1]]);
    expect(rows('SELECT kind, name, size, btf_id FROM v_definition ORDER BY btf_id')).toEqual([
      ['struct', 'item', 64, 3], ['union', null, 8, 14], ['function', 'walk', null, 15], ['enum', 'state', 4, 16],
    ]);
    expect(rows('SELECT enum, name, value FROM v_enumerator')).toEqual([['state', 'DOWN', -1], ['state', 'UP', 1]]);
  });
});

it('names of kinds are those of the program', () => {
  expect(rows('SELECT id, name FROM kind ORDER BY id')).toEqual(kindNames.map((name, id) => [id, name]));
});

const readme = readFileSync(join(import.meta.dirname, '../../db/README.md'), 'utf8');

describe('db/README.md', () => {
  const examples = [...readme.matchAll(/^```sql\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) => text.split(';').map((each) => each.trim()).filter((each) => each !== ''));

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  it.each(examples)('%s', (sql) => {
    expect(() => rows(sql)).not.toThrow();
  });

  it('describes every table, index and view', () => {
    const names = rows("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").flat() as string[];
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
