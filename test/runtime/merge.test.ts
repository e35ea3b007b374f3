import { describe, expect, test } from 'vitest';
import type { Shape } from '../../src/bpf/shape.ts';
import { memoryOf } from '../../src/runtime/decode.ts';
import type { MergedKind, Slots } from '../../src/runtime/merge.ts';
import { merges } from '../../src/runtime/merge.ts';
import { valueText } from '../../src/runtime/print/valuetext.ts';

/** Words of each CPU's slot, one behind the other, after 8 bytes that are not ours. */
function slots(...cpus: readonly (readonly (number | bigint)[])[]): Slots {
  const size = cpus[0]?.length ?? 1;
  const words = [0xeeeen, ...cpus.flat().map((word) => BigInt.asUintN(64, BigInt(word)))];
  return { memory: memoryOf(new Uint8Array(BigUint64Array.from(words).buffer)), at: 8, slots: cpus.length, slotSize: 8 * size };
}

function merged(shape: Shape, of: Slots, div = 1n): string {
  const merge = merges[shape.kind as MergedKind] as (slots: Slots, shape: Shape) => { present: boolean; value: (div: bigint) => Parameters<typeof valueText>[0] };
  const { present, value } = merge(of, shape);
  return `${present ? '' : 'absent '}${valueText(value(div))}`;
}

const top = 2n ** 63n;

describe('values of several CPUs', () => {
  test.each<[string, Shape, Slots, string]>([
    ['count', { kind: 'count' }, slots([3], [0], [4]), '7'],
    ['count that nobody counted', { kind: 'count' }, slots([0], [0]), 'absent 0'],
    ['count past 2^63', { kind: 'count' }, slots([top], [1]), '9223372036854775809'],
    ['sum, signed', { kind: 'sum', signed: true }, slots([-5], [2]), '-3'],
    ['sum, unsigned', { kind: 'sum', signed: false }, slots([top], [5]), '9223372036854775813'],
    ['min over those that were set', { kind: 'min', signed: true }, slots([0, 0], [5, 1], [-3, 1]), '-3'],
    ['min, unsigned', { kind: 'min', signed: false }, slots([-1, 1], [5, 1]), '5'],
    ['min of zero', { kind: 'min', signed: true }, slots([0, 1], [0, 0]), '0'],
    ['max of negative values', { kind: 'max', signed: true }, slots([0, 0], [-7, 1], [-9, 1]), '-7'],
    ['max, unsigned', { kind: 'max', signed: false }, slots([-1, 1], [5, 1]), '18446744073709551615'],
    ['max that was never set', { kind: 'max', signed: true }, slots([0, 0], [0, 0]), 'absent 0'],
    ['avg', { kind: 'avg', signed: true }, slots([6, 2], [5, 2]), '2'],
    ['avg is cut towards zero', { kind: 'avg', signed: true }, slots([-5, 1], [-2, 1]), '-3'],
    ['avg of nothing', { kind: 'avg', signed: true }, slots([0, 0]), 'absent 0'],
    ['avg, unsigned', { kind: 'avg', signed: false }, slots([top, 1]), '9223372036854775808'],
    ['stats', { kind: 'stats', signed: true }, slots([6, 2], [0, 1]), '{ .count = 3, .average = 2, .total = 6 }'],
    ['stats of negative values', { kind: 'stats', signed: true }, slots([-5, 1], [-2, 1]), '{ .count = 2, .average = -3, .total = -7 }'],
    ['stats of nothing', { kind: 'stats', signed: true }, slots([0, 0]), 'absent { .count = 0, .average = 0, .total = 0 }'],
  ])('%s', (_, shape, of, expected) => {
    expect(merged(shape, of)).toBe(expected);
  });

  test('are divided by what print() says, but for stats', () => {
    expect(merged({ kind: 'sum', signed: true }, slots([-7]), 2n)).toBe('-3');
    expect(merged({ kind: 'avg', signed: true }, slots([80, 2]), 10n)).toBe('4');
    expect(merged({ kind: 'stats', signed: true }, slots([80, 2]), 10n)).toBe('{ .count = 2, .average = 40, .total = 80 }');
  });
});
