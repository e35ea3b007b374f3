// Names of functions beside BTF: what is written is read, names are shared, and a catalog of before becomes one of now.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { fc, runs } from '../help/property.ts';
import { describe, expect, test } from 'vitest';
import { mergeSymbols, mergeTraceable } from '../../src/index/mergesymbols.ts';
import { Statements } from '../../src/index/statements.ts';
import { forgetSymbols, sweepSymbols, Symbols, SymbolSets } from '../../src/index/symbols.ts';

const folder = resolve(import.meta.dirname, '../../db');

/** An empty catalog after so many migrations. */
function catalog(version = 6): Sqlite.Database {
  const db = new Sqlite(':memory:');
  for (const file of readdirSync(folder).filter((name) => /^\d{3}_.*\.sql$/.test(name)).sort().slice(0, version)) db.exec(readFileSync(join(folder, file), 'utf8'));
  return db;
}

const shown = (db: Sqlite.Database): unknown => db.prepare('SELECT kernel, name, image, present, traceable FROM symbol ORDER BY kernel, name, image').raw().all();

function kernels(db: Sqlite.Database, ...ids: readonly number[]): void {
  for (const id of ids) db.prepare("INSERT INTO kernel (id, name, indexed_at) VALUES (?, ?, '')").run(id, `k${id}`);
}

describe('written and read', () => {
  const db = catalog();
  kernels(db, 1, 2);
  const sets = new SymbolSets(db);
  mergeSymbols(sets, { kernel: 1, id: 10 }, ['typed', 'clone.isra.0', 'assembly'], new Set(['typed', 'inlined']));
  mergeTraceable(sets, { kernel: 1, id: 10 }, ['typed', 'clone.isra.0'], new Set(['typed', 'inlined']));
  mergeSymbols(new SymbolSets(db), { kernel: 2, id: 20 }, ['assembly', 'new'], new Set());
  mergeSymbols(new SymbolSets(db), { kernel: 2, id: 21 }, ['assembly'], new Set());

  test('the view shows what the table of that name had', () => {
    expect(shown(db)).toEqual([
      [1, 'assembly', 10, 1, 0], [1, 'clone.isra.0', 10, 1, 1], [1, 'inlined', 10, 0, 0],
      [2, 'assembly', 20, 1, null], [2, 'assembly', 21, 1, null], [2, 'new', 20, 1, null],
    ]);
    expect(db.prepare("SELECT kernel FROM symbol WHERE name = 'assembly' AND image = 21").pluck().all()).toEqual([2]);
  });

  test('by glob and by name', () => {
    const symbols = (kernel: number): Symbols => new Symbols(new Statements(db), kernel);
    expect(symbols(1).match('*')).toEqual([['assembly', 10, 1, 0], ['clone.isra.0', 10, 1, 1], ['inlined', 10, 0, 0]]);
    expect(symbols(1).match('clone.*')).toEqual([['clone.isra.0', 10, 1, 1]]);
    expect(symbols(2).match('[an]*w')).toEqual([['new', 20, 1, null]]);
    expect(symbols(2).named(['assembly', 'inlined', 'none'])).toEqual([['assembly', 20, 1, null], ['assembly', 21, 1, null]]);
  });

  test('a name is a row for all kernels', () => {
    expect(db.prepare('SELECT name, id FROM symbol_name ORDER BY id').raw().all()).toEqual([['assembly', 0], ['clone.isra.0', 1], ['inlined', 2], ['new', 3]]);
  });

  test('what a source said is taken away, and what no image has', () => {
    db.prepare(forgetSymbols('traceable')).run({ kernel: 1, id: 10 });
    expect(db.prepare('SELECT name, present, traceable FROM symbol WHERE kernel = 1').raw().all()).toEqual([['assembly', 1, null], ['clone.isra.0', 1, null], ['inlined', 0, null]]);
    db.prepare(forgetSymbols('present')).run({ kernel: 1, id: 10 });
    expect(db.prepare('SELECT count(*) FROM symbol WHERE kernel = 1').pluck().get()).toBe(0);
    sweepSymbols(db);
    expect(db.prepare('SELECT name FROM symbol_name ORDER BY name').pluck().all()).toEqual(['assembly', 'new']);
    mergeSymbols(new SymbolSets(db), { kernel: 1, id: 10 }, ['later'], new Set());
    expect(db.prepare("SELECT id FROM symbol_name WHERE name = 'later'").pluck().get()).toBe(4);
  });
});

/** name → present, traceable of an image. */
const facts = fc.dictionary(fc.stringMatching(/^[a-z_.]{1,12}$/), fc.tuple(fc.constantFrom(0, 1, null), fc.constantFrom(0, 1, null)), { maxKeys: 200, noNullPrototype: true });

test('a catalog of before keeps all it has', () => {
  fc.assert(fc.property(facts, facts, facts, (one, other, module) => {
    const db = catalog(5);
    kernels(db, 1, 2);
    const put = db.prepare('INSERT INTO symbol (kernel, name, image, present, traceable) VALUES (?, ?, ?, ?, ?)');
    for (const [kernel, image, rows] of [[1, 10, one], [2, 20, other], [2, 21, module]] as const) {
      for (const [name, [present, traceable]] of Object.entries(rows)) if (present !== null || traceable !== null) put.run(kernel, name, image, present, traceable);
    }
    const before = shown(db);
    db.exec(readFileSync(join(folder, '006_symbols.sql'), 'utf8'));
    expect(shown(db)).toEqual(before);
    const read = [1, 2].flatMap((kernel) => new Symbols(new Statements(db), kernel).match('*').map((row) => [kernel, ...row]));
    expect(read).toEqual(before);
    db.close();
  }), { numRuns: runs(60) });
});
