import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readColumns, writeColumns } from '../../src/index/columns.ts';
import { openForWriting } from '../../src/index/database.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { refreshPacks } from '../../src/index/packs.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { removeKernel } from '../../src/index/remove.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { scratchFolder } from '../help/scratch.ts';

describe('columns', () => {
  const cases: readonly (readonly [string, number, number[]])[] = [
    ['one byte a number', 1, [0, 255, 7]],
    ['two', 2, [256, 0, 65_535]],
    ['four', 4, [65_536, 0xffff_ffff]],
    ['eight, above 32 bits', 8, [0x1_0000_0000, 2 ** 53 - 1]],
    ['none at all', 1, []],
  ];

  it.each(cases)('%s', (_, bytes, values) => {
    const [before, column, text] = readColumns(writeColumns([[1, 2, 3], values, Buffer.from('größer')]));
    expect([...(before ?? [])]).toEqual([1, 2, 3]);
    expect([...(column ?? [])]).toEqual(values);
    expect(column?.BYTES_PER_ELEMENT).toBe(bytes);
    expect(Buffer.from(text as Uint8Array).toString()).toBe('größer');
  });

  it('reads a blob wherever it lies', () => {
    const content = writeColumns([[1, 70_000], [3]]);
    const shifted = Buffer.concat([Buffer.from('x'), content]).subarray(1);
    expect(readColumns(shifted).map((column) => [...column])).toEqual([[1, 70_000], [3]]);
  });

  it('refuses a blob that is cut off', () => {
    expect(() => readColumns(writeColumns([[1, 2], [70_000, 80_000, 90_000]]).subarray(0, 40))).toThrow('catalog: column 1 of a pack is damaged');
  });
});

/** Twelve hundred structs: more than a block of definitions. Those of one `tag` are nobody else's. */
function kernel(tag: string): Uint8Array {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  const field = (name: string, type: number, offset: number): { name: string; type: number; offset: number } => ({ name, type, offset });
  for (let at = 0; at < 1200; at++) {
    const name = at % 3 === 0 ? `${tag}_${at}` : `all_${at}`;
    const id = btf.struct(name, 16, [field(`first_${at}`, int, 0), field('next', btf.nextId + 1, 64)]);
    btf.ptr(id);
  }
  btf.struct('ops', 8, [field('call', btf.nextId + 1, 0)]);
  btf.ptr(btf.proto(int, [['sk', 3], ['', int]]));
  return btf.bytes();
}

describe('packs', () => {
  const folder = scratchFolder();
  const path = join(folder, 'catalog.db');

  const add = (tag: string): Promise<unknown> => ingestFile(`${tag}.btf`, kernel(tag), { path, name: tag });
  const remove = (tag: string): Promise<unknown> => {
    const catalog = openCatalog(path);
    const id = catalog?.findKernel({ text: tag })?.id ?? 0;
    catalog?.close();
    return removeKernel(id, { path });
  };

  /** What the writer left, and what would be made of the rows anew. */
  const both = (): readonly (readonly unknown[])[] => {
    const db = openForWriting(path, false);
    try {
      const packs = (): unknown[] => ['definition', 'expression'].flatMap((table) => db.prepare(`SELECT block, last, hex(content) FROM ${table}_pack ORDER BY block`).raw().all());
      const left = packs();
      db.exec('BEGIN; DELETE FROM definition_pack; DELETE FROM expression_pack');
      refreshPacks(db);
      const anew = packs();
      db.exec('ROLLBACK');
      return [left, anew];
    } finally {
      db.close();
    }
  };

  it('say what the rows say, when kernels come and go', async () => {
    for (const step of [() => add('one'), () => add('two'), () => remove('one'), () => add('three'), () => remove('two'), () => add('one')]) {
      await step();
      const [left, anew] = both();
      expect(left?.length).toBeGreaterThan(2);
      expect(left).toEqual(anew);
    }
  });

  it('answer with the names, types and places of the rows', () => {
    const catalog = openCatalog(path);
    try {
      const types = catalog?.image({ kernel: { text: 'one' } });
      const all = [...(types?.everything().images() ?? [])].flatMap((image) => [...image.definitions(['struct'])]);
      expect(all.map((each) => each.name).slice(0, 3)).toEqual(['one_0', 'all_1', 'all_2']);
      expect(all).toHaveLength(1201);
      for (const each of all) {
        if (each.kind !== 'struct') continue;
        const single = types?.find('struct', each.name ?? '')[0];
        expect(each.size).toBe(single?.size);
        expect(each.members.map(({ name, bitOffset, bitSize, type }) => [name, bitOffset, bitSize, type.kind])).toEqual(single?.members.map(({ name, bitOffset, bitSize, type }) => [name, bitOffset, bitSize, type.kind]));
      }
    } finally {
      catalog?.close();
    }
  });
});
