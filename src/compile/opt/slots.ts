// A slot that is only filled to be copied to another one is that other one from the start.
import type { Func, Inst, Op } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { slotLives } from '../ir/slotlives.ts';
import type { Define } from './evaluate.ts';
import { placeOf, privateAreas } from './roots.ts';

export function slots(func: Func): Func {
  let current = func;
  for (let next = joinTwo(current); next !== undefined; next = joinTwo(current)) current = next;
  return current;
}

function joinTwo(func: Func): Func | undefined {
  const copies = func.blocks.flatMap((block) => block.insts.filter((inst) => inst.op.kind === 'copy'));
  if (copies.length === 0) return undefined;
  const defined = definitions(func);
  const define: Define = (id) => defined.get(id);
  const owned = privateAreas(func, define);
  const { lives, positions } = slotLives(func);
  for (const inst of copies) {
    const pair = inst.op.kind === 'copy' ? wholeSlots(inst.op, func, define, owned) : undefined;
    const at = positions.get(inst.id);
    // The one must end and the other begin with the copy.
    if (!pair || lives[pair.from]?.to !== at || lives[pair.to]?.from !== at) continue;
    return renamed(func, inst, pair);
  }
  return undefined;
}

interface Pair {
  readonly from: number;
  readonly to: number;
}

function wholeSlots(op: Extract<Op, { kind: 'copy' }>, func: Func, define: Define, owned: ReadonlySet<string>): Pair | undefined {
  const [from, to] = [placeOf(op.from, define), placeOf(op.to, define)];
  if (from.area.kind !== 'slot' || to.area.kind !== 'slot' || from.area.slot === to.area.slot) return undefined;
  if (!owned.has(from.area.name) || !owned.has(to.area.name)) return undefined;
  const whole = [from.area.slot, to.area.slot].every((slot) => func.slots[slot]?.size === op.size);
  return whole && from.offset === 0 && to.offset === 0 && op.fromOffset === 0 && op.toOffset === 0 ? { from: from.area.slot, to: to.area.slot } : undefined;
}

function renamed(func: Func, copy: Inst, { from, to }: Pair): Func {
  const rename = (inst: Inst): Inst => (inst.op.kind === 'slot' && inst.op.slot === from ? { ...inst, op: { ...inst.op, slot: to } } : inst);
  const onStack = func.slots[from]?.onStack === true;
  return {
    ...func,
    slots: func.slots.map((slot, index) => (index === to ? { ...slot, onStack: slot.onStack || onStack } : slot)),
    blocks: func.blocks.map((block) => ({ ...block, insts: block.insts.filter((inst) => inst !== copy).map(rename) })),
  };
}
