// Maps of the script, written as programs write them and read back as they are printed.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Layout } from '../../src/bpf/layout.ts';
import { layoutSize, tupleLayout } from '../../src/bpf/layout.ts';
import type { Shape, UserMap } from '../../src/bpf/shape.ts';
import { bucketOffset, setOffset, storeMap } from '../../src/bpf/shape.ts';
import { compareKeys } from '../../src/runtime/keyorder.ts';
import { textPrinter } from '../../src/runtime/print/text.ts';
import type { MapModel, Value } from '../../src/runtime/value.ts';
import { UserMapReader } from '../../src/runtime/usermap.ts';
import { SourceText } from '../../src/base/span.ts';
import { openFds, Owner } from '../../src/sys/fd.ts';
import { BpfMap } from '../../src/sys/map.ts';
import { rootTest } from '../help/root.ts';
import { plainResolver } from './help/resolver.ts';

const cpus = 3;
const s64: Layout = { kind: 'int', size: 8, signed: true };
const name8: Layout = { kind: 'string', size: 8 };
let owner: Owner;

beforeEach(() => { owner = new Owner(); });
afterEach(() => {
  owner.close();
  expect(openFds()).toEqual([]);
});

/** The kernel's number of possible CPUs is not ours to choose: per-CPU maps are faked by plain ones with room for three slots. */
function reader(key: Layout | null, shape: Shape): UserMapReader {
  const user: UserMap = { name: '@', key, shape };
  const { type, keySize, valueSize, maxEntries } = storeMap(user, 'at', 100);
  const perCpu = type === 'percpu_hash' || type === 'percpu_array';
  const plain = type.endsWith('array') ? 'array' : 'hash';
  const made = owner.adopt(BpfMap.create({ name: 'at', type: plain, keySize, valueSize: perCpu ? valueSize * cpus : valueSize, maxEntries, flags: 0 }, 1));
  Object.assign(made, { perCpu });
  return new UserMapReader(made, user, cpus, plainResolver);
}

function words(...values: readonly (number | bigint)[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values.map((value) => BigInt.asUintN(64, BigInt(value)))).buffer);
}

function show(model: MapModel): string {
  let out = '';
  textPrinter({ out: (text) => { out += text; }, err: () => undefined, source: new SourceText('', ''), quiet: false }).map(model);
  return out;
}

const shown = (of: UserMapReader, top = 0, div = 0): string => show(of.read({ top: BigInt(top), div: BigInt(div) }).model);

describe('scalar maps', () => {
  rootTest('a value is there once it was assigned, even 0', () => {
    const at = reader(null, { kind: 'value', layout: s64 });
    expect(at.read().present).toBe(false);
    expect(shown(at)).toBe('@: 0\n');
    at.map.update(new Uint8Array(4), words(0, 1));
    expect(at.read().present).toBe(true);
    expect(setOffset(at.user)).toBe(8);
    at.clear();
    expect(at.read().present).toBe(false);
    // A value that shows by itself that it was assigned.
    at.map.update(new Uint8Array(4), words(-5, 0));
    expect(at.read().present).toBe(true);
    expect(shown(at)).toBe('@: -5\n');
  });

  rootTest('zero() keeps a map that had a value, and makes none', () => {
    const at = reader(null, { kind: 'count' });
    at.zero();
    expect(at.read().present).toBe(false);
    at.map.update(new Uint8Array(4), words(1, 2, 3));
    expect(shown(at)).toBe('@: 6\n');
    at.zero();
    expect([at.read().present, shown(at)]).toEqual([true, '@: 0\n']);
    at.clear();
    expect(at.read().present).toBe(false);
  });

  rootTest('a sum of zero is there', () => {
    const at = reader(null, { kind: 'sum', signed: true });
    expect(at.read().present).toBe(false);
    at.map.update(new Uint8Array(4), words(5, 1, -5, 1, 0, 0));
    expect([at.read().present, shown(at)]).toEqual([true, '@: 0\n']);
  });

  rootTest('a histogram is an array of buckets', () => {
    const at = reader(null, { kind: 'hist', bits: 0 });
    expect(shown(at)).toBe('');
    expect(at.read().present).toBe(false);
    const bucket = new Uint8Array(Uint32Array.of(4).buffer);
    at.map.update(bucket, words(1, 0, 1));
    expect(shown(at)).toBe('@:\n[4, 8)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n\n');
    at.zero();
    expect([at.read().present, shown(at)]).toEqual([true, '@:\n\n']);
  });
});

describe('keyed maps', () => {
  rootTest('numbers are sorted by value, ties by key', () => {
    const at = reader(s64, { kind: 'value', layout: s64 });
    for (const [key, value] of [[3, 5], [1, 5], [2, -7], [9, 100], [-4, 5]] as const) at.map.update(words(key), words(value));
    expect(shown(at)).toBe('@[2]: -7\n@[-4]: 5\n@[1]: 5\n@[3]: 5\n@[9]: 100\n');
    expect(shown(at, 2)).toBe('@[3]: 5\n@[9]: 100\n');
    expect(shown(at, 2, 10)).toBe('@[3]: 0\n@[9]: 10\n');
    expect(shown(at, 0, 2)).toBe('@[2]: -3\n@[-4]: 2\n@[1]: 2\n@[3]: 2\n@[9]: 50\n');
    expect(shown(at, 100)).toBe(shown(at));
  });

  rootTest('averages are sorted by average', () => {
    const at = reader(name8, { kind: 'avg', signed: true });
    for (const [key, total, count] of [['a', 100, 1], ['b', 90, 1], ['c', 60, 2], ['d', 80, 2]] as const) {
      at.map.update(Buffer.from(key.padEnd(8, '\0')), words(total, count, 0, 0, 0, 0));
    }
    expect(shown(at)).toBe('@[c]: 30\n@[d]: 40\n@[b]: 90\n@[a]: 100\n');
    expect(shown(at, 2, 10)).toBe('@[b]: 9\n@[a]: 10\n');
  });

  rootTest('other values are sorted by key', () => {
    const at = reader(tupleLayout([s64, name8]), { kind: 'value', layout: name8 });
    for (const [number, text] of [[1, 'b'], [1, 'a'], [-1, 'c'], [0, 'c']] as const) {
      at.map.update(Buffer.concat([words(number), Buffer.from(text.padEnd(8, '\0'))]), Buffer.from('x\0\0\0\0\0\0\0'));
    }
    expect(shown(at)).toBe('@[-1, c]: x\n@[0, c]: x\n@[1, a]: x\n@[1, b]: x\n');
  });

  rootTest('buckets of one key become one histogram, sorted by how much was counted', () => {
    const key = tupleLayout([{ kind: 'int', size: 4, signed: false }, { kind: 'string', size: 6 }]);
    const at = reader(key, { kind: 'lhist', min: 0, max: 100, step: 10 });
    expect([layoutSize(key), bucketOffset(key), at.map.options.keySize]).toEqual([12, 16, 24]);
    const put = (number: number, text: string, bucket: number, ...counts: number[]): void => {
      const bytes = Buffer.alloc(24);
      bytes.writeUInt32LE(number, 0);
      bytes.write(text, 4);
      bytes.writeUInt32LE(bucket, 16);
      at.map.update(bytes, words(...counts));
    };
    put(7, 'many', 1, 1, 2, 0);
    put(7, 'many', 3, 1, 0, 0);
    put(8, 'few', 11, 0, 0, 1);
    expect(shown(at)).toBe(
      [
        '@[8, few]:',
        '[100, ...)             1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '',
        '@[7, many]:',
        '[0, 10)                3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '[10, 20)               0 |                                                    |',
        '[20, 30)               1 |@@@@@@@@@@@@@@@@@                                   |',
        '', '',
      ].join('\n'),
    );
    expect(shown(at, 1).startsWith('@[7, many]:')).toBe(true);
  });

  rootTest('one element is looked up by its key', () => {
    const at = reader({ kind: 'int', size: 4, signed: true }, { kind: 'stats', signed: true });
    at.map.update(new Uint8Array(Int32Array.of(-3).buffer), words(6, 2, 4, 2, 0, 0));
    expect(at.element(new Uint8Array(Int32Array.of(-3, 99).buffer))).toEqual({ kind: 'stats', count: 4n, average: 2n, total: 10n });
    expect(at.element(new Uint8Array(Int32Array.of(4).buffer))).toBeUndefined();
  });

  rootTest('an empty one is not there', () => {
    const at = reader(s64, { kind: 'count' });
    expect([at.read().present, shown(at)]).toEqual([false, '']);
    at.map.update(words(1), words(0, 0, 0));
    // An element that counts nothing is one all the same: zero() leaves such.
    expect([at.read().present, shown(at)]).toEqual([true, '@[1]: 0\n']);
  });
});

describe('order of keys', () => {
  const int = (value: number): Value => ({ kind: 'int', value: BigInt(value) });
  const text = (value: string): Value => ({ kind: 'string', text: value, trailer: '' });
  test.each<[string, Value[][]]>([
    ['numbers', [[int(-5)], [int(0)], [int(3)], [int(20)]]],
    ['text, byte by byte', [[text('')], [text('Z')], [text('a')], [text('aa')], [text('b')], [text('\u00c3')]]],
    ['the first part counts most', [[int(1), text('z')], [int(2), text('a')], [int(2), text('b')]]],
    ['bools', [[{ kind: 'bool', value: false }], [{ kind: 'bool', value: true }]]],
    ['tuples inside', [[{ kind: 'tuple', elements: [int(1), int(9)] }], [{ kind: 'tuple', elements: [int(2), int(0)] }]]],
  ])('%s', (_, sorted) => {
    expect(sorted.toReversed().sort(compareKeys)).toEqual(sorted);
  });
});
