// What memory a pointer points into, so that passes know which accesses can meet.
import type { Func, Inst, ValueId } from '../ir/ir.ts';
import { operands } from '../ir/operands.ts';
import type { Define } from './evaluate.ts';
import { constantOf } from './evaluate.ts';

/** An area of memory; areas with different names do not meet, but for `?`, which may be any. */
export type Area =
  | { readonly kind: 'slot'; readonly slot: number; readonly name: string }
  /** Ring-buffer memory from its reservation on: nobody else's until it is submitted. */
  | { readonly kind: 'reserved'; readonly value: ValueId; readonly name: string }
  /** Values of a map. */
  | { readonly kind: 'map'; readonly map: string; readonly name: string }
  | { readonly kind: 'ctx' | 'btf' | 'unknown'; readonly name: string };

export interface Place {
  readonly area: Area;
  /** Bytes from the start of the area, undefined when not constant (and for map values, of which there are many). */
  readonly offset: number | undefined;
}

const unknown: Place = { area: { kind: 'unknown', name: '?' }, offset: undefined };

export function placeOf(id: ValueId, define: Define, depth = 0): Place {
  const inst = define(id);
  if (!inst || depth > 16) return unknown;
  if (inst.type === 'ctx' || inst.type === 'btf') return { area: { kind: inst.type, name: inst.type }, offset: undefined };
  const { op } = inst;
  switch (op.kind) {
    case 'slot':
      return { area: { kind: 'slot', slot: op.slot, name: slotName(op.slot) }, offset: 0 };
    case 'mapData':
      return mapPlace(op.map);
    case 'helper':
      return helperPlace(inst, op, define);
    case 'binary':
      return moved(op.fn, op.a, op.b, define, depth);
    case 'phi':
      return meet(op.inputs.map((input) => input.value).filter((value) => value !== id), define, depth);
    case 'select':
      return meet([op.a, op.b], define, depth);
    default:
      return unknown;
  }
}

/** Whether two accesses can touch the same bytes. Sizes are in bytes. */
export function overlaps(a: Place, aSize: number, b: Place, bSize: number): boolean {
  if (a.area.kind === 'unknown' || b.area.kind === 'unknown') return true;
  if (a.area.name !== b.area.name) return false;
  if (a.offset === undefined || b.offset === undefined) return true;
  return a.offset < b.offset + bSize && b.offset < a.offset + aSize;
}

export function slotName(slot: number): string {
  return `slot ${slot}`;
}

function reservedName(value: ValueId): string {
  return `reserved ${value}`;
}

/** Names of slots and reservations whose address nobody but this function's own accesses and helper arguments can know. */
export function privateAreas(func: Func, define: Define): ReadonlySet<string> {
  const names = func.slots.map((_, slot) => slotName(slot));
  const open = new Set<string>();
  const leak = (id: ValueId): void => behind(id, define).forEach((name) => open.add(name));
  for (const block of func.blocks) {
    for (const { id, op } of block.insts) {
      if (op.kind === 'helper' && op.name === 'ringbuf_reserve') names.push(reservedName(id));
      if (op.kind === 'store') leak(op.value);
      if (op.kind === 'call' || op.kind === 'kfunc') op.args.forEach(leak);
      // A pointer that may point into one of several.
      if ((op.kind === 'phi' || op.kind === 'select') && placeOf(id, define).area.kind === 'unknown') leak(id);
    }
    if (block.end.kind === 'return') leak(block.end.value);
  }
  return new Set(names.filter((name) => !open.has(name)));
}

/** All areas that the value may point into. */
function behind(id: ValueId, define: Define, seen = new Set<ValueId>()): string[] {
  if (seen.has(id)) return [];
  seen.add(id);
  const op = define(id)?.op;
  switch (op?.kind) {
    case 'slot':
      return [slotName(op.slot)];
    case 'helper':
      return [reservedName(id)];
    case 'binary':
    case 'neg':
    case 'not':
    case 'extend':
    case 'bswap':
    case 'phi':
    case 'select':
      return operands(op).flatMap((from) => behind(from, define, seen));
    default:
      return [];
  }
}

function mapPlace(map: string): Place {
  return { area: { kind: 'map', map, name: `map ${map}` }, offset: undefined };
}

function helperPlace(inst: Inst, op: Extract<Inst['op'], { kind: 'helper' }>, define: Define): Place {
  if (op.name === 'ringbuf_reserve') return { area: { kind: 'reserved', value: inst.id, name: reservedName(inst.id) }, offset: 0 };
  const [first] = op.args;
  const map = first === undefined ? undefined : define(first)?.op;
  return map?.kind === 'map' && (inst.type === 'memory' || inst.type === 'memory?') ? mapPlace(map.map) : unknown;
}

function moved(fn: string, a: ValueId, b: ValueId, define: Define, depth: number): Place {
  const distance = constantOf(define, b);
  const under = placeOf(a, define, depth + 1);
  const sum = (fn === 'add' || fn === 'sub') && under.area.kind !== 'unknown';
  if (!sum) return fn === 'add' ? { ...placeOf(b, define, depth + 1), offset: undefined } : unknown;
  if (distance === undefined || under.offset === undefined) return { ...under, offset: undefined };
  return { ...under, offset: fn === 'add' ? under.offset + Number(distance) : under.offset - Number(distance) };
}

function meet(values: readonly ValueId[], define: Define, depth: number): Place {
  const places = values.map((value) => placeOf(value, define, depth + 4));
  const [first] = places;
  if (!first || places.some((place) => place.area.name !== first.area.name)) return unknown;
  return { area: first.area, offset: places.every((place) => place.offset === first.offset) ? first.offset : undefined };
}
