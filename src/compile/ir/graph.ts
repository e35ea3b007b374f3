// The shape of a function: who precedes whom, dominators, loops
// (Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001).
import type { BlockId, Func } from './ir.ts';
import { targets } from './operands.ts';

export interface Graph {
  /** By block; a block that is entered twice from one block has it twice. */
  readonly predecessors: readonly (readonly BlockId[])[];
  /** Blocks reachable from the entry, in reverse postorder. */
  readonly order: readonly BlockId[];
  /** Immediate dominator; the entry's is itself, that of an unreachable block undefined. */
  readonly idom: readonly (BlockId | undefined)[];
  /** Number of loops around the block. */
  readonly depth: readonly number[];
  /** Blocks of each loop, by its header. */
  readonly loops: ReadonlyMap<BlockId, ReadonlySet<BlockId>>;
}

export function graphOf(func: Func): Graph {
  const known = graphs.get(func);
  if (known) return known;
  const graph = newGraph(func);
  graphs.set(func, graph);
  return graph;
}

/** Functions never change, so what was found out about one stays true. */
const graphs = new WeakMap<Func, Graph>();

function newGraph(func: Func): Graph {
  const successors = (id: BlockId): readonly BlockId[] => {
    const block = func.blocks[id];
    return block ? targets(block.end) : [];
  };
  const order = reversePostorder(0, successors);
  const predecessors: BlockId[][] = func.blocks.map(() => []);
  for (const id of order) for (const next of successors(id)) predecessors[next]?.push(id);
  const idom = dominators(order, predecessors);
  const loops = loopsOf(order, predecessors, idom);
  const depth = func.blocks.map(() => 0);
  for (const body of loops.values()) for (const id of body) depth[id] = (depth[id] ?? 0) + 1;
  return { predecessors, order, idom, depth, loops };
}

/** Whether every way to b leads through a. */
export function dominates(graph: Graph, a: BlockId, b: BlockId): boolean {
  for (let at: BlockId = b; ; ) {
    if (at === a) return true;
    const up = graph.idom[at];
    if (up === undefined || up === at) return false;
    at = up;
  }
}

/** The nearest block that dominates both. */
export function commonDominator(graph: Graph, a: BlockId, b: BlockId): BlockId {
  const above = new Set<BlockId>();
  for (let at: BlockId | undefined = a; at !== undefined && !above.has(at); at = graph.idom[at]) above.add(at);
  let at = b;
  while (!above.has(at)) {
    const up = graph.idom[at];
    if (up === undefined || up === at) return 0;
    at = up;
  }
  return at;
}

/** Children of each block in the tree of dominators. */
export function dominatorTree(graph: Graph): readonly (readonly BlockId[])[] {
  const children: BlockId[][] = graph.idom.map(() => []);
  for (const id of graph.order) {
    const up = graph.idom[id];
    if (up !== undefined && up !== id) children[up]?.push(id);
  }
  return children;
}

/** Of two successors the first comes first, unless it is reached from the other one. */
export function reversePostorder(entry: BlockId, successors: (id: BlockId) => readonly BlockId[]): BlockId[] {
  const seen = new Set<BlockId>([entry]);
  const order: BlockId[] = [];
  const stack = [{ id: entry, left: successors(entry).toReversed() }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.left.shift();
    if (next === undefined) {
      order.push(top.id);
      stack.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ id: next, left: successors(next).toReversed() });
    }
  }
  return order.toReversed();
}

function dominators(order: readonly BlockId[], predecessors: readonly (readonly BlockId[])[]): (BlockId | undefined)[] {
  const idom: (BlockId | undefined)[] = predecessors.map(() => undefined);
  const rank = new Map(order.map((id, index) => [id, index]));
  const rankOf = (id: BlockId): number => rank.get(id) ?? 0;
  const meet = (a: BlockId, b: BlockId): BlockId => {
    let [left, right] = [a, b];
    while (left !== right) {
      if (rankOf(left) > rankOf(right)) left = idom[left] ?? 0;
      else right = idom[right] ?? 0;
    }
    return left;
  };
  idom[0] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const id of order.slice(1)) {
      const known = (predecessors[id] ?? []).filter((from) => idom[from] !== undefined);
      const next = known.reduce(meet);
      if (idom[id] !== next) {
        idom[id] = next;
        changed = true;
      }
    }
  }
  return idom;
}

/** Natural loops: a header, and all that reaches one of its back edges without passing it. */
function loopsOf(
  order: readonly BlockId[], predecessors: readonly (readonly BlockId[])[], idom: readonly (BlockId | undefined)[],
): Map<BlockId, Set<BlockId>> {
  const loops = new Map<BlockId, Set<BlockId>>();
  const above = (header: BlockId, from: BlockId): boolean => {
    let at = from;
    while (at !== header) {
      const up = idom[at];
      if (up === undefined || up === at) return false;
      at = up;
    }
    return true;
  };
  for (const header of order) {
    const ends = (predecessors[header] ?? []).filter((from) => above(header, from));
    if (ends.length === 0) continue;
    const body = new Set<BlockId>([header]);
    const work = [...ends];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (body.has(id)) continue;
      body.add(id);
      work.push(...(predecessors[id] ?? []));
    }
    loops.set(header, body);
  }
  return loops;
}
