// Where slots lie: on the BPF stack or in the program's scratch memory, and at which offset. Slots that are never wanted together share bytes.
import { alignUp } from '../../base/bits.ts';
import type { Func, Slot } from '../ir/ir.ts';
import type { Life } from '../ir/slotlives.ts';
import { slotLives } from '../ir/slotlives.ts';

/** Byte offset of each slot in its area, undefined where it lies elsewhere or is not used; the area's size is a multiple of 8. */
export interface Placement {
  readonly offsets: readonly (number | undefined)[];
  readonly size: number;
}

/** Slots of more than `limit` bytes that need not be on the stack. */
export function placeInScratch(func: Func, limit: number): Placement {
  return pack(func.slots, slotLives(func).lives, (slot) => !slot.onStack && slot.size > limit);
}

/** All slots that are still used; offsets count from the end of the area that is far from the frame register. */
export function placeOnStack(func: Func): Placement {
  return pack(func.slots, slotLives(func).lives, () => true);
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
