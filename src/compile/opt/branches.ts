// Branch folding and the shape of the graph: decided branches are jumps, empty blocks are passed by, straight lines are one block.
import type { Block, BlockId, Func, Inst, Terminator, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { renameEnd, targets } from '../ir/operands.ts';
import { assemble, renameValues } from '../ir/rewrite.ts';
import { constantOf, evaluateCompare } from './evaluate.ts';

export function branches(func: Func): Func {
  let current = func;
  for (const step of [decide, passBy, concatenate]) current = step(current);
  return current;
}

/** Branches on constants, and of one value with itself. */
function decide(func: Func): Func {
  const known = definitions(func);
  const define = (id: ValueId): Inst | undefined => known.get(id);
  let changed = false;
  const blocks = func.blocks.map((block) => {
    const to = decided(block.end, define);
    if (to === undefined) return block;
    changed = true;
    return { ...block, end: { kind: 'jump' as const, to, span: block.end.span } };
  });
  return changed ? assemble(func, blocks) : func;
}

function decided(end: Terminator, define: (id: ValueId) => Inst | undefined): BlockId | undefined {
  if (end.kind !== 'branch') return undefined;
  const [a, b] = end.a === end.b ? [0n, 0n] : [constantOf(define, end.a), constantOf(define, end.b)];
  if (a === undefined || b === undefined) return undefined;
  return evaluateCompare(end.condition, a, b) ? end.then : end.else;
}

/** A way through an empty block goes straight on, unless the target's phis must tell the two ways apart. */
function passBy(func: Func): Func {
  const blocks: (Block | undefined)[] = [...func.blocks];
  let changed = false;
  for (const empty of func.blocks) {
    if (empty.id === 0 || empty.insts.length > 0 || empty.end.kind !== 'jump' || empty.end.to === empty.id) continue;
    const to = empty.end.to;
    const target = blocks[to];
    if (!target) continue;
    const from = blocks.flatMap((block) => (block && targets(block.end).includes(empty.id) ? [block.id] : []));
    const hasPhis = target.insts[0]?.op.kind === 'phi';
    const straight = from.filter((id) => !hasPhis || !targets(blocks[id]?.end ?? empty.end).includes(to));
    if (straight.length === 0) continue;
    changed = true;
    const left = from.length - straight.length;
    for (const id of straight) {
      const block = blocks[id];
      if (block) blocks[id] = { ...block, end: single(renameEnd(block.end, (value) => value, (at) => (at === empty.id ? to : at))) };
    }
    const redirected = blocks[to];
    if (redirected) blocks[to] = { ...redirected, insts: redirected.insts.map((inst) => moreInputs(inst, empty.id, straight, left > 0)) };
    if (left === 0) blocks[empty.id] = undefined;
  }
  return changed ? assemble(func, blocks) : func;
}

/** A branch whose ways are one is a jump. */
function single(end: Terminator): Terminator {
  return end.kind === 'branch' && end.then === end.else ? { kind: 'jump', to: end.then, span: end.span } : end;
}

/** What came in from one block comes in from others now. */
function moreInputs(inst: Inst, via: BlockId, from: readonly BlockId[], keep: boolean): Inst {
  if (inst.op.kind !== 'phi') return inst;
  const inputs = inst.op.inputs.flatMap((input) => {
    if (input.from !== via) return [input];
    return [...(keep ? [input] : []), ...from.map((block) => ({ from: block, value: input.value }))];
  });
  return { ...inst, op: { ...inst.op, inputs } };
}

/** A block whose only way on is the only way into the next one takes that in. */
function concatenate(func: Func): Func {
  const entries = func.blocks.map(() => 0);
  for (const { end } of func.blocks) for (const to of targets(end)) entries[to] = (entries[to] ?? 0) + 1;
  const blocks: (Block | undefined)[] = [...func.blocks];
  const names = new Map<ValueId, ValueId>();
  /** Where the end of a block that was taken in is now. */
  const moved = new Map<BlockId, BlockId>();
  for (const { id } of func.blocks) {
    let block = blocks[id];
    while (block?.end.kind === 'jump' && block.end.to !== id && block.end.to !== 0 && entries[block.end.to] === 1) {
      const next: Block | undefined = blocks[block.end.to];
      if (!next) break;
      for (const inst of next.insts) {
        const [input] = inst.op.kind === 'phi' ? inst.op.inputs : [];
        if (input) names.set(inst.id, input.value);
      }
      blocks[next.id] = undefined;
      moved.set(next.id, id);
      block = { ...block, insts: [...block.insts, ...next.insts.filter((inst) => inst.op.kind !== 'phi')], end: next.end };
      blocks[id] = block;
    }
  }
  if (moved.size === 0) return func;
  const from = (id: BlockId): BlockId => moved.get(id) ?? id;
  const renamed = blocks.map((block) => block && { ...block, insts: block.insts.map((inst) => fromBlocks(inst, from)) });
  return renameValues(assemble(func, renamed), names);
}

function fromBlocks(inst: Inst, from: (id: BlockId) => BlockId): Inst {
  if (inst.op.kind !== 'phi') return inst;
  return { ...inst, op: { ...inst.op, inputs: inst.op.inputs.map((input) => ({ ...input, from: from(input.from) })) } };
}
