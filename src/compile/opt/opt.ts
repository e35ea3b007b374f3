// The passes over the IR, in order. Each makes a new function, or gives back the one it got when there is nothing to do.
import type { Func, Module } from '../ir/ir.ts';
import { branches } from './branches.ts';
import { dead } from './dead.ts';
import { known } from './known.ts';
import { reads } from './reads.ts';
import { recall } from './recall.ts';
import { share } from './share.ts';
import { simplify } from './simplify.ts';
import { slots } from './slots.ts';
import { sink } from './sink.ts';
import { stores } from './stores.ts';
import { thread } from './thread.ts';
import { widen } from './widen.ts';

export interface Pass {
  readonly name: string;
  readonly run: (func: Func) => Func;
  /** Why it stands where it stands. */
  readonly why: string;
}

/** These feed each other and go round until none finds anything. */
export const rounds: readonly Pass[] = [
  { name: 'dead', run: dead, why: 'what nobody reads would only be simplified in vain' },
  { name: 'simplify', run: simplify, why: 'equal values get equal forms, constants decide branches' },
  { name: 'branches', run: branches, why: 'folds what simplify has decided; shapes blocks for thread' },
  { name: 'thread', run: thread, why: 'leaves blocks with one way in, along which known and recall carry what they know' },
  { name: 'known', run: known, why: 'a pointer tested once need not be tested again' },
  { name: 'share', run: share, why: 'gives equal values one name, by which recall compares keys' },
  { name: 'recall', run: recall, why: 'lookups and reads, by the names that share gave; its answers are new equal values for the next round' },
];

/** These run once, when values have their final names. */
export const finish: readonly Pass[] = [
  { name: 'reads', run: reads, why: 'merges reads that are left when equal ones are shared' },
  { name: 'slots', run: slots, why: 'whole copies that are left when recall has stored what it knew' },
  { name: 'stores', run: stores, why: 'when keys share slots, nobody reads the others' },
  { name: 'widen', run: widen, why: 'what stores has left of zeros goes together with its neighbours' },
  { name: 'sink', run: sink, why: 'last of all that moves: share would bring the values up again' },
  { name: 'dead', run: dead, why: 'operands of what went' },
  { name: 'branches', run: branches, why: 'blocks that became empty' },
];

/** A bound against passes that undo each other; programs settle after two or three rounds. */
const maxRounds = 12;

export function optimize(module: Module): Module {
  return { functions: module.functions.map(optimizeFunc) };
}

function optimizeFunc(func: Func): Func {
  let current = func;
  // A pass that has seen the function as it is need not see it again: it is over when all of them have.
  for (let run = 0, idle = 0; idle < rounds.length && run < maxRounds * rounds.length; run++) {
    const next = rounds[run % rounds.length]?.run(current) ?? current;
    idle = next === current ? idle + 1 : 0;
    current = next;
  }
  return finish.reduce((before, pass) => pass.run(before), current);
}
