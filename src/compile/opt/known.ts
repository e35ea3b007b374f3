// What an earlier branch has settled: a second test of the same values goes, and a number that was found equal to a constant is that constant.
import type { Graph } from '../ir/graph.ts';
import { dominatorTree, graphOf } from '../ir/graph.ts';
import type { BlockId, Condition, Func, Inst, Terminator, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { operands, rename } from '../ir/operands.ts';
import type { Edit } from '../ir/rewrite.ts';
import { assemble, rewrite } from '../ir/rewrite.ts';
import { constantOf, evaluateCompare } from './evaluate.ts';

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
    const answer = end.kind === 'branch' ? (settle(block.id, end.condition, end.a, end.b) ?? decided(end, facts.get(block.id), (id) => defined.get(id))) : undefined;
    if (end.kind !== 'branch' || answer === undefined) return block;
    changed = true;
    return { ...block, end: { kind: 'jump' as const, to: answer ? end.then : end.else, span: end.span } };
  });
  // Blocks keep their numbers until the values are done.
  const values = rewrite(changed ? { ...func, blocks } : func, (inst, edit) => {
    const answer = inst.op.kind === 'compare' ? settle(edit.old, inst.op.condition, inst.op.a, inst.op.b) : undefined;
    if (answer !== undefined) return edit.emit({ kind: 'const', value: answer ? 1n : 0n });
    return withConstants(inst, facts.get(edit.old), edit);
  });
  return changed ? assemble(values, values.blocks) : values;
}

/** A test of a value that equals a constant against another constant. */
function decided(end: Extract<Terminator, { kind: 'branch' }>, facts: Facts | undefined, define: (id: ValueId) => Inst | undefined): boolean | undefined {
  const [a, b] = [facts?.equal.get(end.a), constantOf(define, end.b)];
  return a === undefined || b === undefined ? undefined : evaluateCompare(end.condition, a, b);
}

/** The instruction with constants for operands that are known to equal them. */
function withConstants(inst: Inst, facts: Facts | undefined, edit: Edit): ValueId | undefined {
  if (facts === undefined || inst.op.kind === 'phi') return undefined;
  const found = new Map(operands(inst.op).flatMap((id) => {
    const constant = equalConstant(id, facts, edit.definition);
    return constant === undefined ? [] : [[id, constant] as const];
  }));
  if (found.size === 0) return undefined;
  const made = new Map([...found].map(([id, value]) => [id, edit.emit({ kind: 'const', value })]));
  return edit.emit(rename(inst.op, (id) => made.get(id) ?? id, (block) => block), inst.type);
}

/** Small constants only: they need no register. A pointer stays a pointer. */
function equalConstant(id: ValueId, facts: Facts, define: (id: ValueId) => Inst | undefined): bigint | undefined {
  const inst = define(id);
  if (inst?.type !== 'scalar' || inst.op.kind === 'const') return undefined;
  return facts.equal.get(id);
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

interface Facts {
  readonly tests: ReadonlyMap<string, Fact>;
  /** Values that equal a constant. */
  readonly equal: ReadonlyMap<ValueId, bigint>;
}

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
      const here = fact ? add(above, fact, define) : above;
      if (here) facts.set(child, here);
      work.push(child);
    }
  }
  return facts;
}

function learned(end: Terminator, to: BlockId): Learned | undefined {
  if (end.kind !== 'branch' || end.then === end.else) return undefined;
  return { condition: end.then === to ? end.condition : opposite[end.condition], a: end.a, b: end.b };
}

interface Learned {
  readonly condition: Condition;
  readonly a: ValueId;
  readonly b: ValueId;
}

function add(facts: Facts | undefined, { condition, a, b }: Learned, define: (id: ValueId) => Inst | undefined): Facts {
  const key = keyOf(a, b, define);
  const before = facts?.tests.get(key) ?? { unsigned: 7, signed: 7 };
  const fact = masks[condition];
  const tests = new Map([...(facts?.tests ?? []), [key, { unsigned: before.unsigned & fact.unsigned, signed: before.signed & fact.signed }]]);
  const constant = condition === 'eq' ? constantOf(define, b) : undefined;
  const small = constant !== undefined && BigInt.asIntN(32, constant) === constant;
  return { tests, equal: small ? new Map([...(facts?.equal ?? []), [a, constant]]) : (facts?.equal ?? new Map()) };
}

/** Constants are compared by value. */
function keyOf(a: ValueId, b: ValueId, define: (id: ValueId) => Inst | undefined): string {
  return [a, b].map((id) => constantOf(define, id)?.toString() ?? `v${id}`).join();
}

function settled(facts: Facts | undefined, key: string, condition: Condition): boolean | undefined {
  const fact = facts?.tests.get(key);
  if (!fact) return undefined;
  const wanted = masks[condition];
  // A condition says all there is to say in one of the two orders.
  const decisive = condition.startsWith('s') ? 'signed' : 'unsigned';
  if ((fact[decisive] & ~wanted[decisive]) === 0) return true;
  return (fact[decisive] & wanted[decisive]) === 0 ? false : undefined;
}
