// Bucket numbers of hist() and lhist() against the formulas of the language, evaluated over big integers.
import { fc, runs } from '../../help/property.ts';
import { describe, expect, test } from 'vitest';
import { histBuckets, storageOf } from '../../../src/bpf/shape.ts';
import { Builder } from '../../../src/compile/ir/builder.ts';
import type { ValueId } from '../../../src/compile/ir/ir.ts';
import { generate } from '../../../src/compile/codegen/codegen.ts';
import { histBucket, type Width } from '../../../src/compile/builtin/hist.ts';
import { lhistBucket } from '../../../src/compile/builtin/lhist.ts';
import { Machine } from '../../help/interpreter.ts';
import { runModule } from '../../help/irrun.ts';
import { Memory } from '../../help/memory.ts';

const wide: Width = { bits: 63, negative: true };
const ks = [0, 1, 2, 3, 4, 5];

/** A program whose answer is the bucket of its argument, evaluated as IR and as eBPF. */
function evaluator(bucket: (ir: Builder, value: ValueId) => ValueId): (value: bigint) => bigint {
  const ir = new Builder('bucket', ['scalar']);
  ir.return(bucket(ir, ir.param(0)));
  const module = { functions: [ir.build()] };
  const { code } = generate(module, { features: { isa: 3 }, programName: 'bucket', scratchIndex: 0, onStackLimit: 512 });
  return (value) => {
    const argument = BigInt.asUintN(64, value);
    const asIr = runModule(module, { memory: new Memory(), helpers: {}, maps: new Map() }, [argument]);
    const asCode = new Machine(code, { helpers: {}, relocations: new Map(), memory: new Memory() }).run(argument);
    expect(asCode, `${value} as eBPF`).toBe(asIr);
    return asIr;
  };
}

/** The bucket by its definition. */
function wanted(value: bigint, k: number): bigint {
  if (value < 0n) return 0n;
  if (value < 1n << BigInt(k)) return value + 1n;
  const log = BigInt(value.toString(2).length - 1);
  const group = log - BigInt(k);
  const inside = (value >> group) & ((1n << BigInt(k)) - 1n);
  return 1n + ((group + 1n) << BigInt(k)) + inside;
}

/** The least value of a bucket, as its label says. */
function start(bucket: bigint, k: number): bigint {
  const label = bucket - 1n;
  if (label < 2n << BigInt(k)) return label;
  return (1n << ((label >> BigInt(k)) - 1n)) * ((1n << BigInt(k)) + (label & ((1n << BigInt(k)) - 1n)));
}

const edges = Array.from({ length: 63 }, (_, bit) => 1n << BigInt(bit)).flatMap((power) => [power - 1n, power, power + 1n, power + (power >> 1n)]);

describe('hist', () => {
  test.each(ks)('k %i: every power of two, its neighbours, small and negative values', (k) => {
    const bucket = evaluator((ir, value) => histBucket(ir, value, k, wide));
    for (const value of [...edges, -1n, -2n, -(1n << 63n), (1n << 63n) - 1n, ...Array.from({ length: 300 }, (_, n) => BigInt(n))]) {
      expect(bucket(value), `${value}`).toBe(wanted(value, k));
    }
  });

  test.each(ks)('k %i: any value falls into the bucket whose label spans it, inside the map', (k) => {
    const bucket = evaluator((ir, value) => histBucket(ir, value, k, wide));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }), fc.integer({ min: 0, max: 62 }), (random, shift) => {
        const value = random >> BigInt(shift);
        const number = bucket(value);
        expect(number).toBe(wanted(value, k));
        expect(start(number, k) <= value && value < start(number + 1n, k)).toBe(true);
        expect(number < BigInt(histBuckets(k))).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });

  test.each(ks)('k %i: unsigned 64-bit values have room too', (k) => {
    const bucket = evaluator((ir, value) => histBucket(ir, value, k, { bits: 64, negative: false }));
    expect(bucket((1n << 64n) - 1n)).toBe(BigInt(histBuckets(k) - 1));
    expect(bucket(1n << 63n)).toBe(wanted(1n << 63n, k));
  });

  test.each([
    { bits: 7, negative: true },
    { bits: 8, negative: false },
    { bits: 15, negative: true },
    { bits: 16, negative: false },
    { bits: 31, negative: true },
    { bits: 32, negative: false },
  ])('narrow types need fewer tests: %o', (width) => {
    for (const k of ks) {
      const bucket = evaluator((ir, value) => histBucket(ir, value, k, width));
      const most = (1n << BigInt(width.bits)) - 1n;
      const values = [0n, 1n, 2n, most, most >> 1n, ...edges.filter((edge) => edge <= most), ...(width.negative ? [-1n, -most - 1n] : [])];
      for (const value of values) expect(bucket(value), `${value} k ${k}`).toBe(wanted(value, k));
    }
  });

  test('the bucket of a 64-bit value takes few instructions', () => {
    const ir = new Builder('bucket', ['scalar']);
    ir.return(histBucket(ir, ir.param(0), 0, wide));
    const { code } = generate({ functions: [ir.build()] }, { features: { isa: 3 }, programName: 'bucket', scratchIndex: 0, onStackLimit: 512 });
    expect(code.length / 8).toBeLessThanOrEqual(30);
  });
});

describe('lhist', () => {
  const shapes = [
    [0, 10, 2],
    [0, 10, 3],
    [0, 100, 1],
    [5, 25, 5],
    [100, 1100, 1],
    [0, 4096, 1024],
  ] as const;

  test.each(shapes)('(%i, %i, %i): below, inside, above, and the edges', (min, max, step) => {
    const shape = { kind: 'lhist', min, max, step } as const;
    const bucket = evaluator((ir, value) => lhistBucket(ir, value, shape));
    const last = BigInt((storageOf(shape).buckets ?? 0) - 1);
    for (let value = BigInt(min) - 3n; value <= BigInt(max) + 3n; value++) {
      const position = 1n + (value - BigInt(min)) / BigInt(step);
      expect(bucket(value), `${value}`).toBe(value < BigInt(min) ? 0n : position > last ? last : position);
    }
    expect(bucket(-(1n << 63n))).toBe(0n);
    expect(bucket((1n << 63n) - 1n)).toBe(last);
  });
});
