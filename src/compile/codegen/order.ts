// The order in which blocks lie in memory: what is likely falls through, loops stay together.
import { append } from '../../base/append.ts';
import { reversePostorder } from '../ir/graph.ts';
import type { MBlock, MEnd, MInst } from './mir.ts';
import { endTargets, retarget } from './mir.ts';

export interface LooseBlock {
  readonly label: string;
  readonly insts: readonly MInst[];
  readonly end: MEnd;
}

/** Orders and numbers the blocks; those that are not reached go. */
export function order(blocks: readonly LooseBlock[]): MBlock[] {
  const loops = loopsOf(blocks);
  const depth = (id: number): number => loops.filter((body) => body.has(id)).length;
  // Of two ways the one listed first is laid out first, so the way out of a loop stands behind the way into its body.
  const ways = (id: number): number[] => {
    const block = blocks[id];
    return block ? nearFirst(block.end).sort((a, b) => depth(b) - depth(a)) : [];
  };
  const placed = reversePostorder(0, ways);
  const position = new Map(placed.map((id, index) => [id, index]));
  return placed.flatMap((id, index): MBlock[] => {
    const block = blocks[id];
    return block ? [{ ...block, id: index, end: retarget(block.end, (to) => position.get(to) ?? to), depth: depth(id) }] : [];
  });
}

/** Where the branch falls through at best; a test of bits has no opposite, so it can only jump to its first way. */
function nearFirst(end: MEnd): number[] {
  const ways = [...endTargets(end)];
  return end.kind === 'branch' && end.op === 'jset' ? ways.reverse() : ways;
}

/** Bodies of loops: what lies on a way from the target of a back edge to its start. */
function loopsOf(blocks: readonly LooseBlock[]): ReadonlySet<number>[] {
  const successors = (id: number): readonly number[] => endTargets(blocks[id]?.end ?? { kind: 'exit', span: { start: 0, end: 0 } });
  const flow = reversePostorder(0, successors);
  const rank = new Map(flow.map((id, index) => [id, index]));
  const predecessors = new Map<number, number[]>();
  for (const id of flow) for (const to of successors(id)) append(predecessors, to, id);
  return flow.flatMap((header) => {
    const ends = (predecessors.get(header) ?? []).filter((from) => (rank.get(from) ?? 0) >= (rank.get(header) ?? 0));
    if (ends.length === 0) return [];
    const body = new Set([header]);
    const work = [...ends];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (body.has(id)) continue;
      body.add(id);
      work.push(...(predecessors.get(id) ?? []));
    }
    return [body];
  });
}
