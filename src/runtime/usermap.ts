// A map of the script as it stands: read, merged over CPUs, hidden buckets gathered, sorted as bpftrace sorts.
import type { Layout } from '../bpf/layout.ts';
import { layoutSize } from '../bpf/layout.ts';
import type { Shape, UserMap } from '../bpf/shape.ts';
import { bucketOffset, setOffset } from '../bpf/shape.ts';
import type { BpfMap } from '../sys/map.ts';
import type { Decoder, Memory } from './decode.ts';
import { decoder, memoryOf } from './decode.ts';
import { histogramLines } from './histogram.ts';
import { compareKeys } from './keyorder.ts';
import type { Merged, Slots } from './merge.ts';
import { anySlot, merges, sum } from './merge.ts';
import type { Resolver } from './resolver.ts';
import type { ElementValue, MapModel, Value } from './value.ts';

/** What print(@m, top, div) asks for; 0 is not given. */
export interface Selection {
  readonly top: bigint;
  readonly div: bigint;
}

const everything: Selection = { top: 0n, div: 0n };

export interface MapReading {
  /** A scalar map that never had a value has an element all the same: print() shows a zero. Histograms have none then. */
  readonly model: MapModel;
  /** Whether there is anything that the end of the run should show. */
  readonly present: boolean;
}

/** Reads one map of the script, as often as it is asked. */
export class UserMapReader {
  readonly #decodeKey: Decoder | undefined;
  /** Of shapes without buckets. */
  readonly #merge: (slots: Slots) => Merged;
  /** zero() was called on a scalar map that had a value: it is shown, though it looks as if none had come. */
  #zeroed = false;

  /** @param cpus number of possible CPUs */
  constructor(
    readonly map: BpfMap,
    readonly user: UserMap,
    readonly cpus: number,
    resolver: Resolver,
  ) {
    this.#decodeKey = user.key === null ? undefined : decoder(user.key, resolver);
    this.#merge = mergeOf(user, resolver);
  }

  read(selection = everything): MapReading {
    const rows = isBucketed(this.user.shape) ? this.#bucketRows(this.user.shape) : this.#rows();
    const scalar = this.#decodeKey === undefined;
    const [only] = rows;
    const present = scalar ? only !== undefined && (only.merged.present || this.#zeroed) : rows.length > 0;
    return { present, model: this.#model(rows, selection) };
  }

  /** The value of one element; `key` is the key of the script's layout. undefined when there is none. */
  element(key: Uint8Array): ElementValue | undefined {
    const { shape } = this.user;
    if (isBucketed(shape)) return this.#bucketRows(shape, Buffer.from(key).toString('latin1'))[0]?.merged.value(1n);
    const padded = new Uint8Array(this.map.options.keySize);
    padded.set(key.subarray(0, padded.byteLength));
    const bytes = this.map.lookup(padded);
    return bytes && this.#merge(this.#slots(memoryOf(bytes), 0)).value(1n);
  }

  clear(): void {
    this.#zeroed = false;
    this.map.clear();
  }

  zero(): void {
    if (this.#decodeKey === undefined) this.#zeroed = this.read().present;
    this.map.zero();
  }

  #model(rows: readonly Row[], { top, div }: Selection): MapModel {
    const sorted = rows.toSorted((a, b) => compare(a.merged.order, b.merged.order) || compareKeys(a.key, b.key));
    const shown = top > 0n ? sorted.slice(-Number(top)) : sorted;
    return {
      name: this.user.name,
      type: modelTypes[this.user.shape.kind],
      keyed: this.#decodeKey !== undefined,
      elements: shown.map(({ key, merged }) => ({ key, value: merged.value(div > 0n ? div : 1n) })),
    };
  }

  #rows(): readonly Row[] {
    const { count, keys, values } = this.map.entries();
    const [keyMemory, valueMemory] = [memoryOf(keys), memoryOf(values)];
    return Array.from({ length: count }, (_, n) => ({
      key: this.#key(keyMemory, n),
      merged: this.#merge(this.#slots(valueMemory, n * this.map.stride)),
    }));
  }

  /** Entries that differ only in their bucket are one row. */
  #bucketRows(shape: BucketShape, only?: string): readonly Row[] {
    const { count, keys, values } = this.map.entries();
    const [keyMemory, valueMemory] = [memoryOf(keys), memoryOf(values)];
    const { keySize } = this.map.options;
    const at = this.user.key === null ? 0 : bucketOffset(this.user.key);
    const size = this.user.key === null ? 0 : layoutSize(this.user.key);
    const rows = new Map<string, { readonly key: readonly Value[]; readonly buckets: Map<number, bigint> }>();
    for (let n = 0; n < count; n++) {
      const start = n * keySize;
      const name = keyMemory.bytes.toString('latin1', start, start + size);
      if (only !== undefined && name !== only) continue;
      const row = rows.get(name) ?? { key: this.#key(keyMemory, n), buckets: new Map<number, bigint>() };
      rows.set(name, row);
      row.buckets.set(keyMemory.view.getUint32(start + at, true), sum(this.#slots(valueMemory, n * this.map.stride), 0));
    }
    const merged = [...rows.values()].map(({ key, buckets }) => ({ key, merged: histogram(shape, buckets) }));
    // A histogram without a key is an array of buckets: it is always there, and printed only when something was counted.
    return this.user.key === null && !this.#zeroed ? merged.filter((row) => row.merged.present) : merged;
  }

  #key(memory: Memory, index: number): readonly Value[] {
    if (this.#decodeKey === undefined) return [];
    const key = this.#decodeKey(memory, index * this.map.options.keySize);
    return key.kind === 'tuple' ? key.elements : [key];
  }

  #slots(memory: Memory, at: number): Slots {
    const { stride, perCpu } = this.map;
    return perCpu ? { memory, at, slots: this.cpus, slotSize: stride / this.cpus } : { memory, at, slots: 1, slotSize: stride };
  }
}

interface Row {
  readonly key: readonly Value[];
  readonly merged: Merged;
}

type BucketShape = Extract<Shape, { kind: 'hist' | 'lhist' }>;

const modelTypes: Readonly<Record<Shape['kind'], MapModel['type']>> = {
  value: 'map', count: 'map', sum: 'map', min: 'map', max: 'map', avg: 'stats', stats: 'stats', hist: 'hist', lhist: 'hist',
};

function isBucketed(shape: Shape): shape is BucketShape {
  return shape.kind === 'hist' || shape.kind === 'lhist';
}

function mergeOf(user: UserMap, resolver: Resolver): (slots: Slots) => Merged {
  const { shape } = user;
  const set = setOffset(user);
  if (shape.kind === 'value') return plainValue(shape.layout, set, resolver);
  if (isBucketed(shape)) return () => histogram(shape, new Map());
  const merge = merges[shape.kind] as (slots: Slots, shape: Shape) => Merged;
  if (set === undefined) return (slots) => merge(slots, shape);
  return (slots) => {
    const merged = merge(slots, shape);
    return { ...merged, present: merged.present || anySlot(slots, set) };
  };
}

/** Numbers are sorted by value, everything else by key. */
function plainValue(layout: Layout, set: number | undefined, resolver: Resolver): (slots: Slots) => Merged {
  const decode = decoder(layout, resolver);
  const size = layoutSize(layout);
  return (slots) => {
    const { memory, at } = slots;
    const value = decode(memory, at);
    return {
      present: (set !== undefined && anySlot(slots, set)) || memory.bytes.subarray(at, at + size).some((byte) => byte !== 0),
      order: value.kind === 'int' ? value.value : 0n,
      value: (div) => (value.kind === 'int' ? { kind: 'int', value: value.value / div } : value),
    };
  };
}

function histogram(shape: BucketShape, counts: ReadonlyMap<number, bigint>): Merged {
  let total = 0n;
  for (const count of counts.values()) total += count;
  return {
    present: total !== 0n,
    order: total,
    value: (div) => {
      const buckets = histogramLines(shape, counts);
      return { kind: 'hist', buckets: shape.kind === 'lhist' ? buckets : buckets.map((bucket) => ({ ...bucket, count: bucket.count / div })) };
    },
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
