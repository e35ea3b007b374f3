// Rules that look at one instruction and what its operands are: one walk over the function serves them all.
import type { Func, Inst, Terminator, ValueId } from '../ir/ir.ts';
import type { Edit, Visit, VisitEnd } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';
import { addresses } from './addresses.ts';
import { algebra } from './algebra.ts';
import { fold } from './fold.ts';
import { phis } from './phis.ts';
import { strength } from './strength.ts';
import { widths } from './widths.ts';

export interface Rule {
  readonly name: string;
  readonly visit: Visit;
  readonly visitEnd?: VisitEnd;
}

/** Constants decide most of the rest; algebra puts them on the right, where the rules behind it look for them. */
const rules: readonly Rule[] = [phis, fold, algebra, strength, widths, addresses];

export function simplify(func: Func): Func {
  return rewrite(func, settle, settleEnd);
}

/** A function with one rule applied once. */
export function applyRule(rule: Rule, func: Func): Func {
  return rewrite(func, rule.visit, rule.visitEnd);
}

/** What a rule has made is looked at again, until no rule has anything to say. */
function settle(inst: Inst, edit: Edit): ValueId | undefined {
  let current: Inst | undefined = inst;
  let result: ValueId | undefined;
  while (current) {
    const at: Inst = current;
    const next = firstOf(at, edit);
    if (next === undefined) break;
    result = next;
    current = edit.definition(next);
    // What was there before has been settled already.
    if (next < inst.id || current?.id === at.id) break;
  }
  return result;
}

function settleEnd(end: Terminator, edit: Edit): Terminator {
  for (let current = end; ; ) {
    const next = rules.reduce((before, rule) => rule.visitEnd?.(before, edit) ?? before, current);
    if (next === current) return current;
    current = next;
  }
}

function firstOf(inst: Inst, edit: Edit): ValueId | undefined {
  for (const rule of rules) {
    const next = rule.visit(inst, edit);
    if (next !== undefined) return next;
  }
  return undefined;
}
