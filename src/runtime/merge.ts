// Slots of all possible CPUs → one value: one row a storage shape.
import { toSigned, toUnsigned } from '../base/bits.ts';
import type { Shape, ShapeKind } from '../bpf/shape.ts';
import type { Memory } from './decode.ts';
import type { ElementValue } from './value.ts';

/** Where one element's value lies: `slots` times `slotSize` bytes from `at`. */
export interface Slots {
  readonly memory: Memory;
  readonly at: number;
  readonly slots: number;
  readonly slotSize: number;
}

export interface Merged {
  /** Whether a value ever came: an element that zero() emptied looks as if not. */
  readonly present: boolean;
  /** Elements are sorted by it. */
  readonly order: bigint;
  /** @param div what print() divides by, at least 1 */
  readonly value: (div: bigint) => ElementValue;
}

/** Shapes of one number or one record; plain values and histograms are put together elsewhere. */
export type MergedKind = Exclude<ShapeKind, 'value' | 'hist' | 'lhist'>;

type Merge<S> = (slots: Slots, shape: S) => Merged;

export const merges: { readonly [K in MergedKind]: Merge<Extract<Shape, { kind: K }>> } = {
  count: (slots) => number(sum(slots, 0), false),
  sum: (slots, { signed }) => number(sum(slots, 0), signed),
  min: (slots, { signed }) => extreme(slots, signed, (a, b) => a < b),
  max: (slots, { signed }) => extreme(slots, signed, (a, b) => a > b),
  avg: (slots, { signed }) => {
    const { count, average } = totals(slots, signed);
    return { present: count !== 0n, order: average, value: (div) => ({ kind: 'int', value: average / div }) };
  },
  stats: (slots, { signed }) => {
    const { count, average, total } = totals(slots, signed);
    return { present: count !== 0n, order: average, value: () => ({ kind: 'stats', count, average, total }) };
  },
};

/** u64 at `offset` of each slot, added up modulo 2^64. */
export function sum({ memory, at, slots, slotSize }: Slots, offset: number): bigint {
  let total = 0n;
  for (let slot = 0; slot < slots; slot++) total += memory.view.getBigUint64(at + slot * slotSize + offset, true);
  return toUnsigned(total);
}

/** Not 0 in any slot. */
export function anySlot({ memory, at, slots, slotSize }: Slots, offset: number): boolean {
  for (let slot = 0; slot < slots; slot++) if (memory.view.getBigUint64(at + slot * slotSize + offset, true) !== 0n) return true;
  return false;
}

function number(raw: bigint, signed: boolean): Merged {
  const value = signed ? toSigned(raw) : raw;
  return { present: value !== 0n, order: value, value: (div) => ({ kind: 'int', value: value / div }) };
}

/** { u64 value; u64 set }: slots that were never set do not count. */
function extreme({ memory, at, slots, slotSize }: Slots, signed: boolean, better: (a: bigint, b: bigint) => boolean): Merged {
  let best: bigint | undefined;
  for (let slot = at; slot < at + slots * slotSize; slot += slotSize) {
    if (memory.view.getBigUint64(slot + 8, true) === 0n) continue;
    const value = signed ? memory.view.getBigInt64(slot, true) : memory.view.getBigUint64(slot, true);
    if (best === undefined || better(value, best)) best = value;
  }
  const value = best ?? 0n;
  return { present: best !== undefined, order: value, value: (div) => ({ kind: 'int', value: value / div }) };
}

/** { u64 total; u64 count }; the average is cut towards zero. */
function totals(slots: Slots, signed: boolean): { readonly count: bigint; readonly average: bigint; readonly total: bigint } {
  const count = sum(slots, 8);
  const total = signed ? toSigned(sum(slots, 0)) : sum(slots, 0);
  return { count, total, average: count === 0n ? 0n : total / count };
}
