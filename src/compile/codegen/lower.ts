// One function of the IR, all the way down to instructions in a row.
import type { Func } from '../ir/ir.ts';
import { late } from '../opt/late.ts';
import { allocate } from './allocate.ts';
import { expandChoices } from './choices.ts';
import type { Placed } from './layout.ts';
import { layout } from './layout.ts';
import { expandMemory } from './memory.ts';
import { numbersOfPointers } from './numbers.ts';
import { order } from './order.ts';
import { expandReads } from './reads.ts';
import { expandScratch } from './scratch.ts';
import { select } from './select.ts';
import { placeInScratch, placeOnStack } from './slots.ts';
import { tidy } from './tidy.ts';

export interface LowerOptions {
  readonly isa: 3 | 4;
  /** Slots of more bytes go to scratch memory. */
  readonly onStackLimit: number;
  /** The program's entry in the scratch map. */
  readonly scratchEntry: number;
  /** Bytes of the entry that other functions of the program use. */
  readonly scratchStart: number;
}

export interface LoweredFunc {
  readonly name: string;
  readonly params: number;
  readonly placed: readonly Placed[];
  /** Bytes of stack, a multiple of 8. */
  readonly frame: number;
  readonly scratchSize: number;
}

export function lowerFunc(func: Func, options: LowerOptions): LoweredFunc {
  const scratch = placeInScratch(func, options.onStackLimit);
  const offsets = scratch.offsets.map((offset) => (offset === undefined ? undefined : offset + options.scratchStart));
  // Memory operations may become calls that want new slots, reads always do: slots are placed when all that is done.
  const expanded = expandChoices(late(numbersOfPointers(expandReads(expandMemory(expandScratch(func, offsets, options.scratchEntry))))));
  const stack = placeOnStack(expanded);
  const selected = select(expanded, { isa: options.isa, slotOffsets: stack.offsets.map((offset) => (offset ?? 0) - stack.size) });
  const machine = { name: func.name, blocks: order(selected.blocks), registers: selected.registers, frame: stack.size };
  const allocated = tidy(allocate(machine));
  return { name: func.name, params: func.params.length, placed: layout(allocated.blocks), frame: allocated.frame, scratchSize: scratch.size };
}
