// Where slots lie: on the BPF stack or in the program's scratch memory, and at which offset. Slots that are never wanted together share bytes.
import { alignUp } from '../../base/bits.ts';
import { graphOf } from '../ir/graph.ts';
import type { Func, Inst, Op, Slot, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { endOperands, operands } from '../ir/operands.ts';

/** Byte offset of each slot in its area, undefined where it lies elsewhere or is not used; the area's size is a multiple of 8. */
export interface Placement {
  readonly offsets: readonly (number | undefined)[];
  readonly size: number;
}

/** Slots of more than `limit` bytes that need not be on the stack. */
export function placeInScratch(func: Func, limit: number): Placement {
  return pack(func.slots, slotLives(func), (slot) => !slot.onStack && slot.size > limit);
}

/** All slots that are still used; offsets count from the end of the area that is far from the frame register. */
export function placeOnStack(func: Func): Placement {
  return pack(func.slots, slotLives(func), () => true);
}

/** First and last place of use, in the order of the code; undefined: never used. */
interface Life {
  readonly from: number;
  readonly to: number;
}

function pack(slots: readonly Slot[], lives: readonly (Life | undefined)[], mine: (slot: Slot) => boolean): Placement {
  const offsets: (number | undefined)[] = slots.map(() => undefined);
  const placed: { life: Life; from: number; to: number }[] = [];
  const order = slots.flatMap((slot, index) => {
    const life = lives[index];
    return life && mine(slot) ? [{ slot, index, life }] : [];
  });
  order.sort((a, b) => b.slot.size - a.slot.size || a.life.from - b.life.from);
  let size = 0;
  for (const { slot, index, life } of order) {
    const align = slot.size >= 8 ? 8 : slot.align;
    const inWay = placed.filter((other) => other.life.from <= life.to && life.from <= other.life.to).sort((a, b) => a.from - b.from);
    let at = 0;
    for (const other of inWay) if (at < other.to && other.from < at + slot.size) at = alignUp(other.to, align);
    offsets[index] = at;
    placed.push({ life, from: at, to: at + slot.size });
    size = Math.max(size, at + slot.size);
  }
  return { offsets, size: alignUp(size, 8) };
}

/**
 * A slot lives from the first to the last instruction that has an address in it; in a loop all through the loop.
 * One whose address is stored or returned lives as long as the function.
 */
export function slotLives(func: Func): readonly (Life | undefined)[] {
  const graph = graphOf(func);
  const lives: (Life | undefined)[] = func.slots.map(() => undefined);
  const addresses = addressesOf(func);
  const spans = new Map<number, Life>();
  let length = 0;
  for (const id of graph.order) {
    const from = length;
    length += (func.blocks[id]?.insts.length ?? 0) + 1;
    spans.set(id, { from, to: length - 1 });
  }
  const loops = [...graph.loops.values()].map((body): { body: ReadonlySet<number>; life: Life } => {
    const parts = [...body].flatMap((id) => spans.get(id) ?? []);
    return { body, life: { from: Math.min(...parts.map((part) => part.from)), to: Math.max(...parts.map((part) => part.to)) } };
  });
  const touch = (slot: number, life: Life): void => {
    const known = lives[slot];
    lives[slot] = known ? { from: Math.min(known.from, life.from), to: Math.max(known.to, life.to) } : life;
  };
  const use = (value: ValueId, block: number, at: number): void => {
    for (const slot of addresses.get(value) ?? []) {
      touch(slot, { from: at, to: at });
      for (const loop of loops) if (loop.body.has(block)) touch(slot, loop.life);
    }
  };
  for (const id of graph.order) {
    const block = func.blocks[id];
    const start = spans.get(id)?.from ?? 0;
    block?.insts.forEach((inst, index) => {
      for (const value of operands(inst.op)) use(value, id, start + index);
      for (const slot of escaping(inst, addresses)) touch(slot, { from: 0, to: length });
    });
    for (const value of block ? endOperands(block.end) : []) use(value, id, spans.get(id)?.to ?? 0);
  }
  return lives;
}

/** The slots into which each value may point. */
function addressesOf(func: Func): ReadonlyMap<ValueId, ReadonlySet<number>> {
  const known = new Map<ValueId, Set<number>>();
  const insts = [...definitions(func).values()];
  for (let changed = true; changed; ) {
    changed = false;
    for (const { id, op } of insts) {
      const slots = new Set(op.kind === 'slot' ? [op.slot] : derived(op).flatMap((from) => [...(known.get(from) ?? [])]));
      if (slots.size === (known.get(id)?.size ?? 0)) continue;
      known.set(id, slots);
      changed = true;
    }
  }
  return known;
}

/** Operands whose addresses the result is made of. A call may give back what it got. */
function derived(op: Op): readonly ValueId[] {
  switch (op.kind) {
    case 'binary':
    case 'phi':
    case 'call':
      return operands(op);
    case 'select':
      return [op.a, op.b];
    default:
      return [];
  }
}

function escaping({ op }: Inst, addresses: ReadonlyMap<ValueId, ReadonlySet<number>>): readonly number[] {
  return op.kind === 'store' ? [...(addresses.get(op.value) ?? [])] : [];
}
