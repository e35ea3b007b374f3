// Elements that are missing: put into the map as what they are, once; where another CPU was faster, added to what it put there.
import { expect, test } from 'vitest';
import type { Spec } from '../../../src/bpf/spec.ts';
import { lossKinds } from '../../../src/bpf/spec.ts';
import { SpecWorld, number } from '../../help/specworld.ts';
import { compileSmall, said } from '../sema/kernel.ts';

function specOf(script: string): Spec {
  const { spec } = compileSmall(script);
  if (spec === undefined) throw new Error(said(script));
  return spec;
}

/** u64 words of the values of `@`. */
function words(world: SpecWorld): readonly (readonly bigint[])[] {
  return world.contents('at_').map(([, value]) => [...new BigUint64Array(Uint8Array.from(value).buffer)]);
}

function lost(world: SpecWorld): bigint {
  return world.contents('losses')[0]?.[1] === undefined ? 0n : Buffer.from(world.contents('losses')[0]?.[1] ?? []).readBigUInt64LE(8 * lossKinds.indexOf('mapFull'));
}

/** What is stored → the element after one run, after two, after one where somebody else put zeros and sevens there first. */
const rows: readonly (readonly [body: string, once: readonly bigint[], twice: readonly bigint[], overZeros: readonly bigint[], size: 8 | 16])[] = [
  ['@[1] = count();', [1n], [2n], [1n], 8],
  ['@[1] = sum(5);', [5n], [10n], [5n], 8],
  ['@[1] = avg(5);', [5n, 1n], [10n, 2n], [5n, 1n], 16],
  ['@[1] = stats(5);', [5n, 1n], [10n, 2n], [5n, 1n], 16],
  ['@[1] = min(5);', [5n, 1n], [5n, 1n], [5n, 1n], 16],
  ['@[1] = max(5);', [5n, 1n], [5n, 1n], [5n, 1n], 16],
  ['@[1] = hist(5);', [1n], [2n], [1n], 8],
  ['@[1] = lhist(5, 0, 10, 1);', [1n], [2n], [1n], 8],
  ['@[1]++;', [1n], [2n], [1n], 8],
  ['@[1] += 7;', [7n], [14n], [7n], 8],
  ['@[1]--;', [(1n << 64n) - 1n], [(1n << 64n) - 2n], [(1n << 64n) - 1n], 8],
];

test.each(rows)('%s', (body, once, twice, overZeros, size) => {
  const spec = specOf(`kprobe:tcp_close { ${body} }`);
  const world = new SpecWorld(spec);
  world.run();
  expect(words(world)).toEqual([once]);
  // Looked for and put there, nothing else.
  expect([world.calls.get('map_lookup_elem'), world.calls.get('map_update_elem')]).toEqual([1, 1]);
  world.run();
  expect(words(world)).toEqual([twice]);
  expect([world.calls.get('map_lookup_elem'), world.calls.get('map_update_elem')]).toEqual([2, 1]);

  const raced = new SpecWorld(spec);
  raced.onUpdate = (map, key) => { raced.put(map, key, new Uint8Array(size)); };
  raced.run();
  expect(words(raced)).toEqual([overZeros]);
  expect([raced.calls.get('map_lookup_elem'), lost(raced)]).toEqual([2, 0n]);
});

test('what the other one counted is kept', () => {
  const world = new SpecWorld(specOf('kprobe:tcp_close { @[1]++; }'));
  world.onUpdate = (map, key) => { world.put(map, key, number(41, 8)); };
  world.run();
  expect(words(world)).toEqual([[42n]]);
});

test('a full map is a loss', () => {
  const world = new SpecWorld(specOf('config = { max_map_keys = 1 } kprobe:tcp_close { @[1] = count(); @[2] = count(); @[1] = count(); }'));
  world.run();
  expect(words(world)).toEqual([[2n]]);
  expect(lost(world)).toBe(1n);
});

test('several names of the thread are one', () => {
  const world = new SpecWorld(specOf('kprobe:tcp_close /comm == "somebody"/ { @a[comm] = count(); @b[pid, comm] = count(); @c[1] = comm; $x = (comm, 2); @d[$x] = 1; }'));
  world.run();
  expect(world.calls.get('get_current_comm')).toBe(1);
  const name = Buffer.from('somebody'.padEnd(16, '\0')).toString('hex');
  expect(world.contents('at_a').map(([key]) => key)).toEqual([name]);
  expect(world.contents('at_b').map(([key]) => key.slice(8, 40))).toEqual([name]);
  expect(world.contents('at_c').map(([, value]) => Buffer.from(value).toString('hex'))).toEqual([name]);
  expect(world.contents('at_d').map(([key]) => key.slice(0, 32))).toEqual([name]);
});
