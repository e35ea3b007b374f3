// `select`, and comparisons whose result is kept, become branches: eBPF has no conditional move.
import type { Condition, Func, Inst, ValueId, ValueType } from '../ir/ir.ts';
import { endOperands, operands } from '../ir/operands.ts';
import type { Edit } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';

export function expandChoices(func: Func): Func {
  const wanted = valuesWanted(func);
  return rewrite(func, (inst, edit) => {
    const { op, type } = inst;
    if (op.kind === 'compare') return wanted.has(inst.id) ? compare(op, edit) : undefined;
    if (op.kind !== 'select') return undefined;
    const condition = edit.definition(op.condition)?.op;
    const [test, a, b] = condition?.kind === 'compare' ? [condition.condition, condition.a, condition.b] : (['ne', op.condition, constant(0n, edit)] as const);
    return choose(test, a, b, op.a, op.b, type, edit);
  });
}

/** Values that are read otherwise than as the condition of a select. */
function valuesWanted(func: Func): ReadonlySet<ValueId> {
  return new Set(
    func.blocks.flatMap(({ insts, end }) => [...insts.flatMap(({ op }) => (op.kind === 'select' ? [op.a, op.b] : operands(op))), ...endOperands(end)]),
  );
}

function compare({ condition, a, b }: Extract<Inst['op'], { kind: 'compare' }>, edit: Edit): ValueId {
  return choose(condition, a, b, constant(1n, edit), constant(0n, edit), 'scalar', edit);
}

function choose(condition: Condition, a: ValueId, b: ValueId, yes: ValueId, no: ValueId, type: ValueType, edit: Edit): ValueId {
  const from = edit.here;
  const otherwise = edit.block('choose.else');
  const after = edit.block('choose.end');
  const { span } = edit;
  edit.finish({ kind: 'branch', condition, a, b, then: after, else: otherwise, span });
  edit.enter(otherwise);
  edit.finish({ kind: 'jump', to: after, span });
  edit.enter(after);
  return edit.emit({ kind: 'phi', inputs: [{ from, value: yes }, { from: otherwise, value: no }] }, type);
}

function constant(value: bigint, edit: Edit): ValueId {
  return edit.emit({ kind: 'const', value });
}
