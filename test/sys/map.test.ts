import { afterEach, beforeEach, describe, expect } from 'vitest';
import { kernelFs } from '../../src/base/kernelfs.ts';
import { SysError } from '../../src/base/errors.ts';
import type { MapType } from '../../src/bpf/spec.ts';
import { possibleCpus } from '../../src/sys/cpus.ts';
import { openFds } from '../../src/sys/fd.ts';
import type { MapEntries } from '../../src/sys/map.ts';
import { BpfMap } from '../../src/sys/map.ts';
import { rootTest } from '../help/root.ts';

const cpus = possibleCpus(kernelFs);
let map: BpfMap | undefined;

function create(type: MapType, maxEntries: number, keySize = 8, valueSize = 8): BpfMap {
  map = BpfMap.create({ name: 'test', type, keySize, valueSize, maxEntries, flags: 0 }, cpus);
  return map;
}

const u64 = (...values: number[]): Uint8Array => new Uint8Array(BigUint64Array.from(values.map(BigInt)).buffer);
const u32 = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

/** Key → first value, sorted by key. */
function contents({ options, stride }: BpfMap, { count, keys, values }: MapEntries): readonly (readonly [number, number])[] {
  const keyView = new DataView(keys.buffer, keys.byteOffset);
  const valueView = new DataView(values.buffer, values.byteOffset);
  return Array.from({ length: count }, (_, n) => [keyView.getUint32(n * options.keySize, true), valueView.getUint32(n * stride, true)] as const).sort((a, b) => a[0] - b[0]);
}

beforeEach(() => { map = undefined; });
afterEach(() => {
  map?.close();
  expect(openFds()).toEqual([]);
});

describe('one element', () => {
  rootTest('is looked up, changed, deleted', () => {
    const hash = create('hash', 10);
    expect(hash.lookup(u64(1))).toBeUndefined();
    hash.update(u64(1), u64(5));
    hash.update(u64(1), u64(6));
    expect(hash.lookup(u64(1))).toEqual(u64(6));
    expect(hash.delete(u64(1))).toBe(true);
    expect(hash.delete(u64(1))).toBe(false);
  });

  rootTest('of a per-CPU map has a slot a possible CPU', () => {
    const hash = create('percpu_hash', 10, 8, 4);
    expect(hash.stride).toBe(8 * cpus);
    const slots = u64(...Array.from({ length: cpus }, (_, n) => n + 1));
    hash.update(u64(7), slots);
    expect(hash.lookup(u64(7))).toEqual(slots);
  });
});

describe('whole maps', () => {
  const many = 10_000;

  rootTest.each(['hash', 'lru_hash', 'percpu_hash'] as const)('%s of many entries, in several batches', (type) => {
    const hash = create(type, 4 * many);
    const slots = hash.stride / 8;
    for (let n = 0; n < many; n++) hash.update(u64(n), u64(...Array.from({ length: slots }, () => n + 1)));
    const all = contents(hash, hash.entries());
    expect(all).toHaveLength(many);
    expect(all.every(([key, value]) => value === key + 1)).toBe(true);
  });

  rootTest.each(['array', 'percpu_array'] as const)('%s has all its entries', (type) => {
    const array = create(type, 5000, 4);
    array.update(u32(4999), u64(...Array.from({ length: array.stride / 8 }, () => 9)));
    const all = contents(array, array.entries());
    expect(all).toHaveLength(5000);
    expect(all.filter(([, value]) => value !== 0)).toEqual([[4999, 9]]);
  });

  rootTest('an empty hash has none', () => {
    expect(create('hash', 10).entries().count).toBe(0);
  });

  rootTest('a hash whose entries all fall into few buckets is read in growing batches', () => {
    // A hash of 4 entries has 4 buckets: a batch of 16 is never too small there; one of a million entries read 16 at a time would be.
    const hash = create('hash', 4);
    for (let n = 0; n < 4; n++) hash.update(u64(n), u64(n));
    expect(contents(hash, hash.entries())).toEqual([[0, 0], [1, 1], [2, 2], [3, 3]]);
  });

  rootTest('clear() deletes, zero() keeps the keys', () => {
    const hash = create('percpu_hash', 10);
    for (let n = 0; n < 3; n++) hash.update(u64(n), u64(...Array.from({ length: cpus }, () => 5)));
    hash.zero();
    expect(contents(hash, hash.entries())).toEqual([[0, 0], [1, 0], [2, 0]]);
    hash.clear();
    expect(hash.entries().count).toBe(0);
  });

  rootTest('clear() of an array sets zeros', () => {
    const array = create('array', 2, 4);
    array.update(u32(1), u64(5));
    array.clear();
    expect(contents(array, array.entries())).toEqual([[0, 0], [1, 0]]);
  });
});

rootTest('a frozen map cannot be changed', () => {
  const array = create('array', 1, 4);
  array.update(u32(0), u64(5));
  array.freeze();
  expect(() => { array.update(u32(0), u64(6)); }).toThrow(new SysError('bpf(BPF_MAP_UPDATE_ELEM)', 1, 'EPERM', 'map test'));
  expect(array.lookup(u32(0))).toEqual(u64(5));
});

rootTest('a map that the kernel refuses names itself', () => {
  expect(() => create('hash', 0)).toThrow('bpf(BPF_MAP_CREATE): EINVAL: map test');
});
