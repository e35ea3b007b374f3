// When the slots of a function hold something.
import { graphOf } from './graph.ts';
import type { Func, Inst, Op, ValueId } from './ir.ts';
import { definitions } from './liveness.ts';
import { endOperands, operands } from './operands.ts';

/** First and last place of use, in the order of the code; undefined: never used. */
export interface Life {
  readonly from: number;
  readonly to: number;
}

export interface SlotLives {
  /** By slot. */
  readonly lives: readonly (Life | undefined)[];
  /** Place of each instruction in the order of the code. */
  readonly positions: ReadonlyMap<ValueId, number>;
}

/**
 * A slot lives from the first to the last instruction that has an address in it; in a loop all through the loop.
 * One whose address is stored or returned lives as long as the function.
 */
export function slotLives(func: Func): SlotLives {
  const graph = graphOf(func);
  const lives: (Life | undefined)[] = func.slots.map(() => undefined);
  const addresses = addressesOf(func);
  const spans = new Map<number, Life>();
  const positions = new Map<ValueId, number>();
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
      positions.set(inst.id, start + index);
      for (const value of operands(inst.op)) use(value, id, start + index);
      for (const slot of escaping(inst, addresses)) touch(slot, { from: 0, to: length });
    });
    for (const value of block ? endOperands(block.end) : []) use(value, id, spans.get(id)?.to ?? 0);
  }
  return { lives, positions };
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
