// Storage shapes of the script's maps: one record per kind of value. Compiler, runtime and printers read these; nothing else knows a layout.
import type { MapSpec } from './spec.ts';
import { layoutAlign, layoutSize } from './layout.ts';
import type { Layout } from './layout.ts';

export type Shape =
  /** A plain value, one for all CPUs. */
  | { readonly kind: 'value'; readonly layout: Layout }
  /** u64. */
  | { readonly kind: 'count' }
  /** s64 or u64. */
  | { readonly kind: 'sum'; readonly signed: boolean }
  /** { u64 value; u64 set }: `set` is 0 until the first value came. */
  | { readonly kind: 'min' | 'max'; readonly signed: boolean }
  /** { u64 total; u64 count }. */
  | { readonly kind: 'avg' | 'stats'; readonly signed: boolean }
  /** u64 count a bucket; 2^bits sub-buckets a power of two. */
  | { readonly kind: 'hist'; readonly bits: number }
  /** u64 count a bucket: 0 under min, then one a whole step, the last from where those end (max, when the steps divide the range). */
  | { readonly kind: 'lhist'; readonly min: number; readonly max: number; readonly step: number };

export type ShapeKind = Shape['kind'];

export interface Storage<S extends Shape> {
  readonly perCpu: boolean;
  /** The bucket number is a hidden last part of the key (u64, 8-byte aligned); a map without a key is then an array of buckets. */
  readonly buckets: (shape: S) => number | undefined;
  /** Bytes of one value (of one CPU, where per CPU), a multiple of 8 where per CPU. */
  readonly valueSize: (shape: S) => number;
}

/** One row per shape. */
export const storage: { readonly [K in ShapeKind]: Storage<Extract<Shape, { kind: K }>> } = {
  value: { perCpu: false, buckets: () => undefined, valueSize: (shape) => layoutSize(shape.layout) },
  count: { perCpu: true, buckets: () => undefined, valueSize: () => 8 },
  sum: { perCpu: true, buckets: () => undefined, valueSize: () => 8 },
  min: { perCpu: true, buckets: () => undefined, valueSize: () => 16 },
  max: { perCpu: true, buckets: () => undefined, valueSize: () => 16 },
  avg: { perCpu: true, buckets: () => undefined, valueSize: () => 16 },
  stats: { perCpu: true, buckets: () => undefined, valueSize: () => 16 },
  hist: { perCpu: true, buckets: (shape) => histBuckets(shape.bits), valueSize: () => 8 },
  lhist: { perCpu: true, buckets: (shape) => Math.floor((shape.max - shape.min) / shape.step) + 2, valueSize: () => 8 },
};

/** The row of a shape, with the shape's own type lost: for code that serves all kinds. */
export function storageOf(shape: Shape): { readonly perCpu: boolean; readonly buckets: number | undefined; readonly valueSize: number } {
  const row = storage[shape.kind] as Storage<Shape>;
  return { perCpu: row.perCpu, buckets: row.buckets(shape), valueSize: row.valueSize(shape) };
}

/**
 * Number of buckets of `hist(n, bits)`: bucket 0 is for negative values, bucket n+1 for n < 2^bits,
 * then 2^bits buckets for each further power of two up to 2^63 - 1 (and 2^64 - 1 for unsigned values).
 */
export function histBuckets(bits: number): number {
  return 1 + (1 << bits) + (64 - bits) * (1 << bits);
}

/** A map of the script: its key as the script sees it (null for a scalar map) and its shape. */
export interface UserMap {
  /** With the at sign: `@size`, `@` for the nameless one. */
  readonly name: string;
  readonly key: Layout | null;
  readonly shape: Shape;
}

/**
 * Scalar maps are arrays, whose entry always exists: that a value was assigned (and not deleted since) is a u64 behind it, 1 or 0,
 * at this byte offset. undefined where there is no such word: the other shapes show by themselves whether a value came.
 */
export function setOffset(map: UserMap): number | undefined {
  if (map.key !== null || (map.shape.kind !== 'value' && map.shape.kind !== 'sum')) return undefined;
  return storedSize(map.shape);
}

/** Byte offset of the hidden bucket number behind a key of that layout. */
export function bucketOffset(key: Layout): number {
  return Math.ceil(layoutSize(key) / 8) * 8;
}

/**
 * The kernel map that stores a user map.
 * No key: an array of 1 (or of its buckets), so that reads need no lookup that can fail. With a key: a hash.
 */
export function storeMap(map: UserMap, kernelName: string, maxEntries: number, declared?: MapSpec['type']): MapSpec {
  const { perCpu, buckets } = storageOf(map.shape);
  const value = storedSize(map.shape);
  if (map.key === null) {
    const valueSize = setOffset(map) === undefined ? value : value + 8;
    return { name: kernelName, type: perCpu ? 'percpu_array' : 'array', keySize: 4, valueSize, maxEntries: buckets ?? 1, flags: 0, user: map };
  }
  const keySize = buckets === undefined ? Math.ceil(layoutSize(map.key) / layoutAlign(map.key)) * layoutAlign(map.key) : bucketOffset(map.key) + 8;
  return { name: kernelName, type: declared ?? (perCpu ? 'percpu_hash' : 'hash'), keySize, valueSize: value, maxEntries, flags: 0, user: map };
}

/** Bytes of a value in its map, without the word of `setOffset`. */
function storedSize(shape: Shape): number {
  return Math.max(8, Math.ceil(storageOf(shape).valueSize / 8) * 8);
}
