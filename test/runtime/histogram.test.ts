// Labels and limits are those that bpftrace 0.27 prints.
import { describe, expect, test } from 'vitest';
import type { HistogramShape } from '../../src/runtime/histogram.ts';
import { histogramLines } from '../../src/runtime/histogram.ts';

const log2 = (bits = 0): HistogramShape => ({ kind: 'hist', bits });
const linear = (min: number, max: number, step: number): HistogramShape => ({ kind: 'lhist', min, max, step });

/** Bucket of a value, as the reference of the language defines it. */
function bucketOf(shape: HistogramShape, value: bigint): number {
  if (shape.kind === 'lhist') {
    if (value < BigInt(shape.min)) return 0;
    const last = 1 + Math.floor((shape.max - shape.min) / shape.step);
    return value > BigInt(shape.max) ? last : 1 + Math.floor((Number(value) - shape.min) / shape.step);
  }
  if (value < 0n) return 0;
  if (value < 2n ** BigInt(shape.bits)) return Number(value) + 1;
  const shift = value.toString(2).length - 1 - shape.bits;
  return 1 + (shift << shape.bits) + Number(value >> BigInt(shift));
}

function labels(shape: HistogramShape, ...values: readonly (number | bigint)[]): readonly string[] {
  const counts = new Map<number, bigint>();
  for (const value of values) {
    const bucket = bucketOf(shape, BigInt(value));
    counts.set(bucket, (counts.get(bucket) ?? 0n) + 1n);
  }
  return histogramLines(shape, counts).map(({ label, count }) => (count === 0n ? label : `${label} ${count}`));
}

describe('labels', () => {
  test.each<[string, HistogramShape, (number | bigint)[], string[]]>([
    ['negative values and the first ones', log2(), [-1, 3, 3, 5, 16], ['(..., 0) 1', '[0]', '[1]', '[2, 4) 2', '[4, 8) 1', '[8, 16)', '[16, 32) 1']],
    ['single values', log2(), [0, 1], ['[0] 1', '[1] 1']],
    ['suffixes', log2(), [1000, 1024], ['[512, 1K) 1', '[1K, 2K) 1']],
    ['the suffix M', log2(), [2 ** 20 - 1, 2 ** 20], ['[512K, 1M) 1', '[1M, 2M) 1']],
    ['the largest signed value', log2(), [2n ** 62n], ['[4E, 8E) 1']],
    ['the largest value', log2(), [2n ** 64n - 1n], ['[8E, 16E) 1']],
    ['four buckets a power', log2(2), [1600, 5000], ['[1536, 1792) 1', '[1792, 2048)', '[2048, 2560)', '[2560, 3072)', '[3072, 3584)', '[3584, 4K)', '[4K, 5K) 1']],
    ['two buckets a power: the suffix goes by the width', log2(1), [1 << 20, 3_000_000], ['[1024K, 1536K) 1', '[1536K, 2M)', '[2M, 3M) 1']],
    ['eight buckets a power', log2(3), [14, 20], ['[14] 1', '[15]', '[16, 18)', '[18, 20)', '[20, 22) 1']],
    ['steps', linear(0, 10, 2), [-1, 2, 3, 6, 10], ['(..., 0) 1', '[0, 2)', '[2, 4) 2', '[4, 6)', '[6, 8) 1', '[8, 10)', '[10, ...) 1']],
    ['steps of 1024', linear(0, 8192, 1024), [2048, 5000], ['[2K, 3K) 1', '[3K, 4K)', '[4K, 5K) 1']],
    ['steps of a mega', linear(0, 4194304, 1048576), [0, 2097152], ['[0, 1M) 1', '[1M, 2M)', '[2M, 3M) 1']],
    ['a step that does not divide the range', linear(0, 10, 3), [5, 9, 10, 11], ['[3, 6) 1', '[6, 9)', '[9, ...) 3']],
    ['a range that starts above 0', linear(1000, 3000, 500), [999, 1500], ['(..., 1000) 1', '[1000, 1500)', '[1500, 2000) 1']],
  ])('%s', (_, shape, values, expected) => {
    expect(labels(shape, ...values)).toEqual(expected);
  });
});

describe('limits hold the values that were counted, and only those', () => {
  test.each([0, 1, 2, 3, 4, 5])('2^%i buckets a power', (bits) => {
    const around = Array.from({ length: 64 }, (_, n) => [2n ** BigInt(n) - 1n, 2n ** BigInt(n), 2n ** BigInt(n) + 1n]).flat();
    const random = Array.from({ length: 500 }, (_, n) => (BigInt(n) * 0x9e3779b97f4a7c15n) % 2n ** 64n >> BigInt(n % 64));
    for (const value of [...around, ...random]) {
      const [line] = histogramLines(log2(bits), new Map([[bucketOf(log2(bits), value), 1n]]));
      expect(line?.min).toBeLessThanOrEqual(value);
      expect(line?.max).toBeGreaterThanOrEqual(value);
    }
  });
});

test('empty buckets at both ends are left out, all of them when nothing was counted', () => {
  expect(histogramLines(log2(), new Map([[3, 0n], [4, 1n], [5, 0n]]))).toHaveLength(1);
  expect(histogramLines(log2(), new Map([[3, 0n]]))).toEqual([]);
});
