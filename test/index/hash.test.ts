import { describe, expect, it } from 'vitest';
import { ContentHash } from '../../src/index/hash.ts';
import { hashKey, HashTable } from '../../src/index/hashtable.ts';
import { randomOf } from '../fuzz/mutator.ts';

function hashOf(words: readonly number[], names: readonly string[] = []): string {
  const hash = new ContentHash();
  hash.begin(10);
  for (const word of words) hash.word(word);
  for (const name of names) hash.name(Buffer.from(`${name}\0`), 0);
  hash.end();
  return [hash.high, hash.low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

describe('content hashes', () => {
  it('stay what they are: they are stored', () => {
    expect([hashOf([]), hashOf([1, 2]), hashOf([], ['sock'])]).toEqual(['531f2d3588c4d5f6', 'ce386c455c0306c0', '7212e7334cc389b8']);
  });

  it('tell apart order, ends of names, and every bit', () => {
    const all = [hashOf([1, 2]), hashOf([2, 1]), hashOf([], ['ab', 'c']), hashOf([], ['a', 'bc']), hashOf([], ['abc']), hashOf([0]), hashOf([0, 0]),
      ...Array.from({ length: 32 }, (_, bit) => hashOf([1 << bit]))];
    expect(new Set(all).size).toBe(all.length);
  });

  it('spread over both halves', () => {
    const hashes = Array.from({ length: 20_000 }, (_, value) => hashOf([value]));
    expect(new Set(hashes.map((hash) => hash.slice(0, 8))).size).toBeGreaterThan(19_990);
    expect(new Set(hashes.map((hash) => hash.slice(8))).size).toBeGreaterThan(19_990);
  });
});

describe('the hash table', () => {
  it('gives each hash one row, in order of arrival', () => {
    const table = new HashTable(1_000);
    const random = randomOf(3, 0);
    const seen = new Map<string, number>();
    for (let tries = 0; tries < 5_000; tries++) {
      const [high, low] = [random(30) | 0, (random(30) * 0x40000000) | 0];
      const row = table.add(high, low);
      expect(row).toBe(seen.get(`${high} ${low}`) ?? seen.size);
      seen.set(`${high} ${low}`, row);
      expect([table.find(high, low), table.high(row), table.low(row)]).toEqual([row, high, low]);
    }
    expect(table.size).toBe(seen.size);
    expect(table.find(77, 77)).toBe(-1);
  });

  it('gives SQLite a signed integer', () => {
    expect([hashKey(-1, -1), hashKey(1, -1)]).toEqual([-1n, 0x1_ffff_ffffn]);
  });

  it('grows', () => {
    const table = new HashTable(1);
    for (let value = 0; value < 100; value++) expect(table.add(value, -value)).toBe(value);
    for (let value = 0; value < 100; value++) expect(table.find(value, -value)).toBe(value);
  });
});
