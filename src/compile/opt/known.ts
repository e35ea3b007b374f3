// Conditions that an earlier branch has settled: a second test of the same values goes.
import type { Graph } from '../ir/graph.ts';
import { dominatorTree, graphOf } from '../ir/graph.ts';
import type { BlockId, Condition, Func, Inst, Terminator, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { assemble, rewrite } from '../ir/rewrite.ts';
import { constantOf } from './evaluate.ts';

export function known(func: Func): Func {
  const graph = graphOf(func);
  const defined = definitions(func);
  const facts = factsOf(func, graph, (id) => defined.get(id));
  if (facts.size === 0) return func;
  const settle = (block: BlockId, condition: Condition, a: ValueId, b: ValueId): boolean | undefined =>
    settled(facts.get(block), keyOf(a, b, (id) => defined.get(id)), condition);
  let changed = false;
  const blocks = func.blocks.map((block) => {
    const { end } = block;
    const answer = end.kind === 'branch' ? settle(block.id, end.condition, end.a, end.b) : undefined;
    if (end.kind !== 'branch' || answer === undefined) return block;
    changed = true;
    return { ...block, end: { kind: 'jump' as const, to: answer ? end.then : end.else, span: end.span } };
  });
  // Blocks keep their numbers until the values are done.
  const values = rewrite(changed ? { ...func, blocks } : func, ({ op }, edit) => {
    const answer = op.kind === 'compare' ? settle(edit.old, op.condition, op.a, op.b) : undefined;
    return answer === undefined ? undefined : edit.emit({ kind: 'const', value: answer ? 1n : 0n });
  });
  return changed ? assemble(values, values.blocks) : values;
}

/** Of two values, which of < = > may hold, unsigned and signed: bits 1, 2 and 4. */
interface Fact {
  readonly unsigned: number;
  readonly signed: number;
}

const masks: Readonly<Record<Condition, Fact>> = {
  eq: { unsigned: 2, signed: 2 }, ne: { unsigned: 5, signed: 5 },
  ult: { unsigned: 1, signed: 5 }, ule: { unsigned: 3, signed: 7 }, ugt: { unsigned: 4, signed: 5 }, uge: { unsigned: 6, signed: 7 },
  slt: { unsigned: 5, signed: 1 }, sle: { unsigned: 7, signed: 3 }, sgt: { unsigned: 5, signed: 4 }, sge: { unsigned: 7, signed: 6 },
};

const opposite: Readonly<Record<Condition, Condition>> = {
  eq: 'ne', ne: 'eq', ult: 'uge', uge: 'ult', ule: 'ugt', ugt: 'ule', slt: 'sge', sge: 'slt', sle: 'sgt', sgt: 'sle',
};

type Facts = ReadonlyMap<string, Fact>;

/** What is known at the start of each block, from the branches that lead to it alone. */
function factsOf(func: Func, graph: Graph, define: (id: ValueId) => Inst | undefined): ReadonlyMap<BlockId, Facts> {
  const facts = new Map<BlockId, Facts>();
  const tree = dominatorTree(graph);
  const work: BlockId[] = [0];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const above = facts.get(id);
    for (const child of tree[id] ?? []) {
      const [from, second] = graph.predecessors[child] ?? [];
      const end = from === id && second === undefined ? func.blocks[id]?.end : undefined;
      const fact = end && learned(end, child);
      const here = fact ? add(above, keyOf(fact.a, fact.b, define), masks[fact.condition]) : above;
      if (here) facts.set(child, here);
      work.push(child);
    }
  }
  return facts;
}

function learned(end: Terminator, to: BlockId): { readonly condition: Condition; readonly a: ValueId; readonly b: ValueId } | undefined {
  if (end.kind !== 'branch' || end.then === end.else) return undefined;
  return { condition: end.then === to ? end.condition : opposite[end.condition], a: end.a, b: end.b };
}

function add(facts: Facts | undefined, key: string, fact: Fact): Facts {
  const before = facts?.get(key) ?? { unsigned: 7, signed: 7 };
  return new Map([...(facts ?? []), [key, { unsigned: before.unsigned & fact.unsigned, signed: before.signed & fact.signed }]]);
}

/** Constants are compared by value. */
function keyOf(a: ValueId, b: ValueId, define: (id: ValueId) => Inst | undefined): string {
  return [a, b].map((id) => constantOf(define, id)?.toString() ?? `v${id}`).join();
}

function settled(facts: Facts | undefined, key: string, condition: Condition): boolean | undefined {
  const fact = facts?.get(key);
  if (!fact) return undefined;
  const wanted = masks[condition];
  // A condition says all there is to say in one of the two orders.
  const decisive = condition.startsWith('s') ? 'signed' : 'unsigned';
  if ((fact[decisive] & ~wanted[decisive]) === 0) return true;
  return (fact[decisive] & wanted[decisive]) === 0 ? false : undefined;
}
