// A slot that is only filled to be copied whole into another one is that part of the other one from the start.
import type { Helper } from '../../bpf/helpers.ts';
import { helpers } from '../../bpf/helpers.ts';
import type { Func, Inst, Op, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { rewrite } from '../ir/rewrite.ts';
import type { SlotLives } from '../ir/slotlives.ts';
import { slotLives } from '../ir/slotlives.ts';
import type { Define } from './evaluate.ts';
import { constantOf } from './evaluate.ts';
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
  const life = slotLives(func);
  for (const inst of copies) {
    const part = inst.op.kind === 'copy' ? partOf(inst.op, func, define, owned) : undefined;
    if (part && isFree(func, inst, part, life, define)) return joined(func, inst, part);
  }
  return undefined;
}

/** The bytes of slot `to` from `offset` on are what slot `from` is copied into. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
  readonly size: number;
}

function partOf(op: Extract<Op, { kind: 'copy' }>, func: Func, define: Define, owned: ReadonlySet<string>): Part | undefined {
  const [from, to] = [placeOf(op.from, define), placeOf(op.to, define)];
  if (from.area.kind !== 'slot' || to.area.kind !== 'slot' || from.area.slot === to.area.slot) return undefined;
  if (!owned.has(from.area.name) || !owned.has(to.area.name) || to.offset === undefined) return undefined;
  const [source, target] = [func.slots[from.area.slot], func.slots[to.area.slot]];
  const offset = to.offset + op.toOffset;
  const whole = from.offset === 0 && op.fromOffset === 0 && source?.size === op.size;
  // What must stay on the stack must not move with something large.
  const aligned = source !== undefined && target !== undefined && (offset % source.align === 0 ? target.align >= source.align : staysAligned(func, from.area.slot, offset, define));
  const stays = source?.onStack !== true || target?.onStack === true;
  return whole && aligned && stays ? { from: from.area.slot, to: to.area.slot, offset, size: op.size } : undefined;
}

/** Whether every access to the slot is still aligned when the slot lies `offset` bytes from such a boundary; zeros and copies are cut as it needs. */
function staysAligned(func: Func, slot: number, offset: number, define: Define): boolean {
  const fits = (base: ValueId, at: number, size: number): boolean => {
    const { area, offset: from } = placeOf(base, define);
    return area.kind === 'slot' ? area.slot !== slot || (from !== undefined && (offset + from + at) % size === 0) : area.kind !== 'unknown' || define(base)?.type?.startsWith('memory') !== true;
  };
  return func.blocks.every((block) => block.insts.every(({ op }) => {
    if (op.kind === 'load' || op.kind === 'store' || op.kind === 'atomicAdd') return fits(op.base, op.offset, op.size);
    return (op.kind !== 'call' && op.kind !== 'kfunc') || op.args.every((arg) => fits(arg, 0, 8));
  }));
}

/** Nobody reads the one behind the copy, nor touches that part of the other while the one is being filled. */
function isFree(func: Func, copy: Inst, part: Part, { lives, positions }: SlotLives, define: Define): boolean {
  const end = positions.get(copy.id);
  const start = lives[part.from]?.from;
  if (end === undefined || start === undefined || lives[part.from]?.to !== end) return false;
  return func.blocks.every((block) =>
    block.insts.every((inst) => {
      const at = positions.get(inst.id) ?? end;
      return inst === copy || at < start || at > end || !touches(inst.op, part, define);
    }),
  );
}

function touches(op: Op, part: Part, define: Define): boolean {
  const meets = (base: ValueId, offset: number, size: number): boolean => {
    const { area, offset: from } = placeOf(base, define);
    if (area.kind === 'unknown') return define(base)?.type?.startsWith('memory') === true;
    if (area.kind !== 'slot' || area.slot !== part.to) return false;
    return from === undefined || (from + offset < part.offset + part.size && part.offset < from + offset + size);
  };
  switch (op.kind) {
    case 'load':
    case 'store':
    case 'atomicAdd':
    case 'zero':
      return meets(op.base, op.offset, op.size);
    case 'copy':
      return meets(op.to, op.toOffset, op.size) || meets(op.from, op.fromOffset, op.size);
    case 'helper': {
      const { fills }: Helper = helpers[op.name];
      const size = fills?.size === undefined ? undefined : op.args[fills.size];
      const bytes = size === undefined ? undefined : constantOf(define, size);
      return op.args.some((arg, index) => meets(arg, 0, index === fills?.to && bytes !== undefined ? Number(bytes) : Number.MAX_SAFE_INTEGER));
    }
    case 'call':
    case 'kfunc':
      return op.args.some((arg) => meets(arg, 0, Number.MAX_SAFE_INTEGER));
    default:
      return false;
  }
}

function joined(func: Func, copy: Inst, { from, to, offset }: Part): Func {
  return rewrite(func, (inst, edit) => {
    if (inst.id === copy.id) return inst.id;
    if (inst.op.kind !== 'slot' || inst.op.slot !== from) return undefined;
    const base = edit.emit({ kind: 'slot', slot: to }, 'memory');
    return offset === 0 ? base : edit.emit({ kind: 'binary', fn: 'add', a: base, b: edit.emit({ kind: 'const', value: BigInt(offset) }) }, 'memory');
  });
}
