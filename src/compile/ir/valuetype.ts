// How the classes of pointers combine where values meet.
import type { BinaryFn, Func, Inst, ValueId, ValueType } from './ir.ts';

/** The class of a sum or difference. */
export function pointerSum(fn: BinaryFn, a: ValueType, b: ValueType): ValueType {
  if (fn === 'add') return moved(a) ?? moved(b) ?? 'scalar';
  return fn === 'sub' && moved(b) === undefined ? (moved(a) ?? 'scalar') : 'scalar';
}

function moved(type: ValueType): ValueType | undefined {
  if (type === 'memory?') return 'memory';
  return type === 'memory' || type === 'btf' || type === 'ctx' ? type : undefined;
}

/** The class of a value that is one of these; `null` is the constant 0. What may be two things is a number. */
export function joinTypes(types: readonly (ValueType | 'null')[]): ValueType {
  const kinds = new Set(types);
  const [only] = kinds;
  if (kinds.size === 1 && only !== undefined && only !== 'null') return only;
  const memory = kinds.size > 0 && [...kinds].every((type) => type === 'memory' || type === 'memory?' || type === 'null');
  return memory && (kinds.has('memory') || kinds.has('memory?')) ? 'memory?' : 'scalar';
}

/** Gives every phi the class of what comes in, also around loops. */
export function inferPhiTypes(func: Func): Func {
  const known = new Map<ValueId, ValueType | 'null'>();
  const phis: Inst[] = [];
  for (const block of func.blocks) {
    for (const inst of block.insts) {
      if (inst.op.kind === 'phi') phis.push(inst);
      else known.set(inst.id, inst.op.kind === 'const' && inst.op.value === 0n ? 'null' : inst.type);
    }
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const phi of phis) {
      if (phi.op.kind !== 'phi') continue;
      const inputs = phi.op.inputs.flatMap((input) => known.get(input.value) ?? []);
      if (inputs.length === 0) continue;
      const type = joinTypes(inputs);
      changed ||= known.get(phi.id) !== type;
      known.set(phi.id, type);
    }
  }
  const typed = (inst: Inst): Inst => {
    const type = inst.op.kind === 'phi' ? known.get(inst.id) : undefined;
    return type === undefined || type === 'null' || type === inst.type ? inst : { ...inst, type };
  };
  return { ...func, blocks: func.blocks.map((block) => ({ ...block, insts: block.insts.map(typed) })) };
}
