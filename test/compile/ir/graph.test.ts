// Dominators and loops, against their definitions worked out the slow way on random graphs.
import { fc } from '../../help/property.ts';
import { expect, test } from 'vitest';
import { noSpan } from '../../../src/base/span.ts';
import { commonDominator, dominates, dominatorTree, graphOf } from '../../../src/compile/ir/graph.ts';
import type { Func, Terminator } from '../../../src/compile/ir/ir.ts';

function funcOf(edges: readonly (readonly number[])[]): Func {
  const end = ([then, otherwise]: readonly number[]): Terminator => {
    if (then === undefined) return { kind: 'return', value: 0, span: noSpan };
    if (otherwise === undefined || otherwise === then) return { kind: 'jump', to: then, span: noSpan };
    return { kind: 'branch', condition: 'eq', a: 0, b: 0, then, else: otherwise, span: noSpan };
  };
  return { name: 'f', params: [], slots: [], values: 1, blocks: edges.map((to, id) => ({ id, label: `b${id}`, insts: [], end: end(to) })) };
}

/** Blocks reachable from the entry without passing `without`. */
function reachable(edges: readonly (readonly number[])[], without?: number): Set<number> {
  const seen = new Set<number>();
  const work = [0];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    if (seen.has(at) || at === without) continue;
    seen.add(at);
    work.push(...(edges[at] ?? []));
  }
  return seen;
}

const graphs = fc.integer({ min: 1, max: 9 }).chain((size) => fc.array(fc.array(fc.integer({ min: Math.min(1, size - 1), max: size - 1 }), { maxLength: 2 }), { minLength: size, maxLength: size }));

test('a block dominates those that cannot be reached without it', () => {
  fc.assert(fc.property(graphs.filter((edges) => edges.length > 1), (edges) => {
    const graph = graphOf(funcOf(edges));
    const all = reachable(edges);
    for (const b of all) {
      for (const a of all) expect([a, b, dominates(graph, a, b)]).toEqual([a, b, a === b || !reachable(edges, a).has(b)]);
    }
    for (const a of all) {
      for (const b of all) {
        const common = commonDominator(graph, a, b);
        const lower = [...all].filter((each) => dominates(graph, each, a) && dominates(graph, each, b) && !dominates(graph, each, common));
        expect([dominates(graph, common, a), dominates(graph, common, b), lower]).toEqual([true, true, []]);
      }
    }
    expect(new Set(graph.order)).toEqual(all);
    expect(dominatorTree(graph).flat()).toHaveLength(all.size - 1);
  }));
});

test('loops in loops', () => {
  // 0 → 1 ⇄ (2 ⇄ 3) → 4, 1 → 5
  const graph = graphOf(funcOf([[1], [2, 5], [3, 4], [2], [1], []]));
  expect(graph.depth).toEqual([0, 1, 2, 2, 1, 0]);
  expect([...graph.loops].map(([header, body]) => [header, [...body].sort((a, b) => a - b)])).toEqual([[1, [1, 2, 3, 4]], [2, [2, 3]]]);
});

test('a loop comes before what follows it', () => {
  expect(graphOf(funcOf([[1], [2, 3], [1], []])).order).toEqual([0, 1, 2, 3]);
});
