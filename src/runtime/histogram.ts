// Buckets of hist() and lhist() as lines: labels, limits, empty ones before the first and behind the last left out.
import type { Shape } from '../bpf/shape.ts';
import type { Bucket } from './value.ts';

export type HistogramShape = Extract<Shape, { kind: 'hist' | 'lhist' }>;

/** @param counts bucket number → count; buckets that are not there are empty */
export function histogramLines(shape: HistogramShape, counts: ReadonlyMap<number, bigint>): readonly Bucket[] {
  const used = [...counts].filter(([, count]) => count !== 0n).map(([bucket]) => bucket);
  if (used.length === 0) return [];
  const first = Math.min(...used);
  const last = Math.max(...used);
  const line = shape.kind === 'hist' ? log2Line : linearLine;
  return Array.from({ length: last - first + 1 }, (_, n) => line(shape as never, first + n, counts.get(first + n) ?? 0n));
}

/** Bucket 0 holds negative values; bucket n + 1 holds n while n < 2^(k+1); then each power of two has 2^k buckets. */
function log2Line({ bits }: Extract<Shape, { kind: 'hist' }>, bucket: number, count: bigint): Bucket {
  if (bucket === 0) return { label: '(..., 0)', min: undefined, max: -1n, count };
  const at = bucket - 1;
  const limits = { min: log2Start(at, bits), max: log2Start(at + 1, bits) - 1n, count };
  if (at < 2 << bits) return { label: `[${at}]`, ...limits };
  return { label: `[${log2Label(at, bits)}, ${log2Label(at + 1, bits)})`, ...limits };
}

function log2Start(at: number, bits: number): bigint {
  const { shift, mantissa } = log2Parts(at, bits);
  return BigInt(mantissa) << BigInt(shift);
}

/** The suffix goes by the width of the bucket: with two buckets a power, 2^20 is 1024K and 2^21 is 2M. */
function log2Label(at: number, bits: number): string {
  const { shift, mantissa } = log2Parts(at, bits);
  return `${mantissa * 2 ** (shift % 10)}${suffixes[Math.floor(shift / 10)] ?? ''}`;
}

const suffixes = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** A bucket starts at mantissa × 2^shift. */
function log2Parts(at: number, bits: number): { readonly shift: number; readonly mantissa: number } {
  if (at < 2 << bits) return { shift: 0, mantissa: at };
  const shift = (at >> bits) - 1;
  return { shift, mantissa: at - (shift << bits) };
}

/** Bucket 0 is below min, the one behind the last whole step is open. */
function linearLine({ min, max, step }: Extract<Shape, { kind: 'lhist' }>, bucket: number, count: bigint): Bucket {
  const last = 1 + Math.floor((max - min) / step);
  if (bucket === 0) return { label: `(..., ${linearLabel(min, step)})`, min: undefined, max: BigInt(min) - 1n, count };
  const start = min + (bucket - 1) * step;
  if (bucket >= last) return { label: `[${linearLabel(start, step)}, ...)`, min: BigInt(start), max: undefined, count };
  const label = step === 1 ? `[${start}]` : `[${linearLabel(start, step)}, ${linearLabel(start + step, step)})`;
  return { label, min: BigInt(start), max: BigInt(start + step) - 1n, count };
}

function linearLabel(value: number, step: number): string {
  if (step % 1024 !== 0 || value === 0) return String(value);
  if (value % 2 ** 20 === 0) return `${value / 2 ** 20}M`;
  return value % 1024 === 0 ? `${value / 1024}K` : String(value);
}
