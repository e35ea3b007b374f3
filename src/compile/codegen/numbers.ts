// Pointers that the script uses as numbers. The verifier lets a pointer be stored, compared and passed on, but not shifted, masked or cut;
// two negations make a plain number of it (kernel/bpf/verifier.c, check_alu_op: the result of BPF_NEG is an unknown scalar).
import type { BinaryFn, Func, Inst, Op, ValueId, ValueType } from '../ir/ir.ts';
import { rename } from '../ir/operands.ts';
import type { Edit } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';

export function numbersOfPointers(func: Func): Func {
  return rewrite(func, (inst, edit) => {
    const wrong = asNumbers(inst, (id) => edit.definition(id));
    if (wrong.length === 0) return undefined;
    const names = new Map(wrong.map((id) => [id, number(id, edit)]));
    return edit.emit(rename(inst.op, (id) => names.get(id) ?? id, (block) => block), inst.type);
  });
}

function number(pointer: ValueId, edit: Edit): ValueId {
  return edit.emit({ kind: 'neg', a: edit.emit({ kind: 'neg', a: pointer }) });
}

type Define = (id: ValueId) => Inst | undefined;

const pointers: ReadonlySet<ValueType | undefined> = new Set<ValueType>(['ctx', 'memory', 'memory?', 'btf']);

/** Operands that are pointers and must not be. */
function asNumbers({ op }: Inst, define: Define): ValueId[] {
  const pointer = (id: ValueId): boolean => pointers.has(define(id)?.type);
  switch (op.kind) {
    case 'binary':
      return op.fn === 'add' || op.fn === 'sub' ? sum(op, define) : [op.a, op.b].filter(pointer);
    case 'not':
    case 'bswap':
    case 'extend':
      return [op.a].filter(pointer);
    case 'store':
      return op.size < 8 ? [op.value].filter(pointer) : [];
    default:
      return [];
  }
}

/** A kernel pointer moves by small constants only; memory of our own by whatever the caller keeps in bounds. */
function sum({ fn, a, b }: Extract<Op, { kind: 'binary' }> & { fn: BinaryFn }, define: Define): ValueId[] {
  const pointer = (id: ValueId): boolean => pointers.has(define(id)?.type);
  if (pointer(a) && pointer(b)) return fn === 'sub' ? [] : [a, b];
  return [[a, b] as const, [b, a] as const].flatMap(([one, other]) => {
    const type = define(one)?.type;
    if (type === 'memory' || type === 'memory?' || !pointer(one)) return [];
    const distance = define(other)?.op;
    const small = distance?.kind === 'const' && distance.value > -0x1000_0000n && distance.value < 0x1000_0000n;
    return small && one === a ? [] : [one];
  });
}
