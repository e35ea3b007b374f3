// Dead code: what nobody reads and what changes nothing goes, phis that only feed each other too.
import { helpers } from '../../bpf/helpers.ts';
import type { Func, Inst, Op, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { endOperands, operands } from '../ir/operands.ts';

export function dead(func: Func): Func {
  const defined = definitions(func);
  const wanted = new Set<ValueId>();
  const work: ValueId[] = [];
  const want = (id: ValueId): void => {
    if (!wanted.has(id)) work.push(id);
    wanted.add(id);
  };
  for (const block of func.blocks) {
    for (const inst of block.insts) if (acts(inst.op)) want(inst.id);
    endOperands(block.end).forEach(want);
  }
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const inst = defined.get(id);
    if (inst) operands(inst.op).forEach(want);
  }
  if ([...defined.keys()].every((id) => wanted.has(id))) return func;
  const live = (inst: Inst): boolean => wanted.has(inst.id);
  return { ...func, blocks: func.blocks.map((block) => ({ ...block, insts: block.insts.filter(live) })) };
}

/** Whether it must happen even when nobody reads the result. */
export function acts(op: Op): boolean {
  switch (op.kind) {
    case 'store':
    case 'atomicAdd':
    case 'zero':
    case 'copy':
    case 'call':
    case 'kfunc':
      return true;
    case 'helper':
      return helpers[op.name].effect === 'effect';
    default:
      return false;
  }
}
