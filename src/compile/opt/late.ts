// Loads wait until somebody wants them, where nothing can change what they read: a value that lies in memory anyway
// need not occupy a register over calls.
import type { Helper } from '../../bpf/helpers.ts';
import { helpers } from '../../bpf/helpers.ts';
import type { Func, Inst, Op } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { endOperands, operands } from '../ir/operands.ts';
import type { Define } from './evaluate.ts';
import { placeOf, privateAreas } from './roots.ts';

export function late(func: Func): Func {
  const waits = waiting(func);
  let changed = false;
  const blocks = func.blocks.map((block) => {
    const insts = [...block.insts];
    // From the end, so that a load that waits for another one finds it in its place.
    for (let at = insts.length - 1; at >= 0; at--) {
      const inst = insts[at];
      if (!inst || !waits(inst)) continue;
      const reader = insts.findIndex((other, index) => index > at && operands(other.op).includes(inst.id));
      const wantedByEnd = endOperands(block.end).includes(inst.id);
      const to = reader >= 0 ? reader : wantedByEnd ? insts.length : at + 1;
      if (!insts.slice(at + 1, to).some((other) => calls(other.op))) continue;
      insts.splice(to, 0, inst);
      insts.splice(at, 1);
      changed = true;
    }
    return { ...block, insts };
  });
  return changed ? { ...func, blocks } : func;
}

function calls(op: Op): boolean {
  return op.kind === 'helper' || op.kind === 'kfunc' || op.kind === 'call';
}

/** Loads of the context, and of slots that one instruction fills and no other changes. */
function waiting(func: Func): (inst: Inst) => boolean {
  const defined = definitions(func);
  const define: Define = (id) => defined.get(id);
  const steady = steadySlots(func, define);
  return ({ op }) => {
    if (op.kind !== 'load') return false;
    const { area } = placeOf(op.base, define);
    return area.kind === 'ctx' || steady.has(area.name);
  };
}

function steadySlots(func: Func, define: Define): ReadonlySet<string> {
  const owned = privateAreas(func, define);
  const writers = new Map<string, number>();
  for (const block of func.blocks) {
    for (const { op } of block.insts) {
      for (const id of written(op)) {
        const { area } = placeOf(id, define);
        writers.set(area.name, (writers.get(area.name) ?? 0) + 1);
      }
    }
  }
  // What may point anywhere may point there.
  if (writers.has('?')) return new Set();
  return new Set([...owned].filter((name) => writers.get(name) === 1));
}

/** Pointers through which the operation writes. */
function written(op: Op): readonly number[] {
  switch (op.kind) {
    case 'store':
    case 'atomicAdd':
    case 'zero':
      return [op.base];
    case 'copy':
      return [op.to];
    case 'helper': {
      const { fills, shares }: Helper = helpers[op.name];
      return op.args.filter((_, index) => index === fills?.to || index === shares);
    }
    default:
      return [];
  }
}
