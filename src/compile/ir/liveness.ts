// Which values are wanted where. A phi's inputs are wanted at the ends of the blocks that they come from.
import type { Block, BlockId, Func, Inst, ValueId } from './ir.ts';
import { endOperands, operands, targets } from './operands.ts';

export interface Liveness {
  /** Values wanted at the start of the block; its own phis are not among them. */
  readonly in: readonly ReadonlySet<ValueId>[];
  /** Values wanted on the way from one block to the other, the inputs of phis among them. */
  edge(from: BlockId, to: BlockId): ReadonlySet<ValueId>;
}

export function livenessOf(func: Func): Liveness {
  const live = func.blocks.map(() => new Set<ValueId>());
  const edge = (from: BlockId, to: BlockId): Set<ValueId> => {
    const wanted = new Set(live[to]);
    for (const inst of func.blocks[to]?.insts ?? []) {
      if (inst.op.kind !== 'phi') break;
      for (const input of inst.op.inputs) if (input.from === from) wanted.add(input.value);
    }
    return wanted;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of func.blocks.toReversed()) {
      const now = before(block, edge);
      if (now.size !== live[block.id]?.size) {
        live[block.id] = now;
        changed = true;
      }
    }
  }
  return { in: live, edge };
}

function before(block: Block, edge: (from: BlockId, to: BlockId) => ReadonlySet<ValueId>): Set<ValueId> {
  const wanted = new Set<ValueId>(endOperands(block.end));
  for (const to of targets(block.end)) for (const value of edge(block.id, to)) wanted.add(value);
  for (const inst of block.insts.toReversed()) {
    wanted.delete(inst.id);
    if (inst.op.kind !== 'phi') for (const value of operands(inst.op)) wanted.add(value);
  }
  return wanted;
}

/** How often each value is read. */
export function useCounts(func: Func): ReadonlyMap<ValueId, number> {
  const counts = new Map<ValueId, number>();
  const count = (value: ValueId): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const block of func.blocks) {
    for (const inst of block.insts) operands(inst.op).forEach(count);
    endOperands(block.end).forEach(count);
  }
  return counts;
}

/** The instruction that defines each value. */
export function definitions(func: Func): ReadonlyMap<ValueId, Inst> {
  const known = defined.get(func);
  if (known) return known;
  const found = new Map<ValueId, Inst>();
  for (const block of func.blocks) for (const inst of block.insts) found.set(inst.id, inst);
  defined.set(func, found);
  return found;
}

/** Functions never change, so what was found out about one stays true. */
const defined = new WeakMap<Func, ReadonlyMap<ValueId, Inst>>();
