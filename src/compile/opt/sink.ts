// Computations move down to where all their readers are, so that a way that does not want them does not pay for them.
import { helpers } from '../../bpf/helpers.ts';
import type { Graph } from '../ir/graph.ts';
import { commonDominator, dominates, graphOf } from '../ir/graph.ts';
import type { BlockId, Func, Inst, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { endOperands, operands } from '../ir/operands.ts';
import type { Define } from './evaluate.ts';

export function sink(func: Func): Func {
  const graph = graphOf(func);
  const defined = definitions(func);
  const at = new Map<ValueId, BlockId>();
  for (const block of func.blocks) for (const inst of block.insts) at.set(inst.id, block.id);
  const readers = readersOf(func);
  const moved = new Map<BlockId, Inst[]>();
  const gone = new Set<ValueId>();
  // Readers come before what they read, so that chains move together.
  for (const id of graph.order.toReversed()) {
    for (const inst of (func.blocks[id]?.insts ?? []).toReversed()) {
      const target = movable(inst, (value) => defined.get(value)) ? lowest(inst.id, id, readers, at, graph) : id;
      if (target === id) continue;
      at.set(inst.id, target);
      gone.add(inst.id);
      moved.set(target, [inst, ...(moved.get(target) ?? [])]);
    }
  }
  if (gone.size === 0) return func;
  const blocks = func.blocks.map((block) => {
    const kept = block.insts.filter((inst) => !gone.has(inst.id));
    const phis = kept.filter((inst) => inst.op.kind === 'phi');
    return { ...block, insts: place(phis, moved.get(block.id) ?? [], kept.slice(phis.length)) };
  });
  return { ...func, blocks };
}

/** Puts each moved instruction just before its first reader, or at the end. */
function place(phis: readonly Inst[], moved: readonly Inst[], rest: readonly Inst[]): Inst[] {
  let insts = [...rest];
  for (const inst of moved.toReversed()) {
    const first = insts.findIndex((other) => other.op.kind !== 'phi' && operands(other.op).includes(inst.id));
    const position = first < 0 ? insts.length : first;
    insts = [...insts.slice(0, position), inst, ...insts.slice(position)];
  }
  return [...phis, ...insts];
}

interface Reader {
  /** The instruction, or undefined for the end of a block or a phi's input. */
  readonly inst: ValueId | undefined;
  readonly block: BlockId;
}

function readersOf(func: Func): ReadonlyMap<ValueId, readonly Reader[]> {
  const readers = new Map<ValueId, Reader[]>();
  const add = (value: ValueId, reader: Reader): void => {
    const known = readers.get(value);
    if (known) known.push(reader);
    else readers.set(value, [reader]);
  };
  for (const block of func.blocks) {
    for (const { id, op } of block.insts) {
      if (op.kind === 'phi') for (const input of op.inputs) add(input.value, { inst: undefined, block: input.from });
      else for (const value of operands(op)) add(value, { inst: id, block: block.id });
    }
    for (const value of endOperands(block.end)) add(value, { inst: undefined, block: block.id });
  }
  return readers;
}

/** The block nearest to all readers that is in no deeper loop. */
function lowest(value: ValueId, from: BlockId, readers: ReadonlyMap<ValueId, readonly Reader[]>, at: ReadonlyMap<ValueId, BlockId>, graph: Graph): BlockId {
  const places = (readers.get(value) ?? []).map((reader) => (reader.inst === undefined ? reader.block : (at.get(reader.inst) ?? reader.block)));
  const [first, ...rest] = places;
  if (first === undefined) return from;
  let target = rest.reduce((above, id) => commonDominator(graph, above, id), first);
  while (target !== from && (graph.depth[target] ?? 0) > (graph.depth[from] ?? 0)) target = graph.idom[target] ?? from;
  return dominates(graph, from, target) ? target : from;
}

/** Whether it may be computed later: nothing that happens in between changes its result. */
function movable({ op, type }: Inst, define: Define): boolean {
  switch (op.kind) {
    case 'binary':
    case 'neg':
    case 'not':
    case 'extend':
    case 'bswap':
    case 'compare':
    case 'select':
    case 'const':
    case 'slot':
    case 'map':
    case 'mapData':
    case 'functionAddress':
    case 'runtime':
      return type !== 'none';
    case 'helper':
      return helpers[op.name].effect === 'pure';
    case 'load':
      return define(op.base)?.type === 'ctx';
    default:
      return false;
  }
}
