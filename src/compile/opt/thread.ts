// Jump threading: a way into a block that only decides, on which the decision is already known, goes straight to where it leads.
// This is what `&&`, `||` and map reads that may fail become: phis of constants, tested at once.
import { graphOf } from '../ir/graph.ts';
import type { Block, BlockId, Func, Inst, Op, Terminator, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { endOperands, operands, renameEnd, targets } from '../ir/operands.ts';
import { assemble } from '../ir/rewrite.ts';
import { constantOf, evaluate, evaluateCompare } from './evaluate.ts';

export function thread(func: Func): Func {
  let current = func;
  // Every way that is led past a block shortens the program's paths; the bound is only against mistakes.
  for (let rounds = 0; rounds < 1000; rounds++) {
    const next = threadOne(current);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

function threadOne(func: Func): Func | undefined {
  const defined = definitions(func);
  const graph = graphOf(func);
  for (const block of func.blocks) {
    if (block.id === 0 || block.end.kind !== 'branch' || !onlyDecides(block)) continue;
    const { end } = block;
    for (const from of new Set(graph.predecessors[block.id])) {
      const to = decidedFrom(block, end, from, (id) => defined.get(id));
      if (to === undefined || to === block.id || from === block.id) continue;
      const next = redirect(func, block, from, to);
      if (next && stillRight(next, block.id, from, to)) return assemble(next, next.blocks);
    }
  }
  return undefined;
}

const pure: ReadonlySet<Op['kind']> = new Set<Op['kind']>(['phi', 'const', 'binary', 'neg', 'not', 'extend', 'compare', 'select']);

/** Nothing happens in the block that must also happen on the way past it. */
function onlyDecides(block: Block): boolean {
  return block.insts.every((inst) => pure.has(inst.op.kind)) && block.insts.some((inst) => inst.op.kind === 'phi');
}

/** Where the block's branch goes for those who come from that block. */
function decidedFrom(block: Block, end: Extract<Terminator, { kind: 'branch' }>, from: BlockId, define: (id: ValueId) => Inst | undefined): BlockId | undefined {
  const values = new Map<ValueId, bigint>();
  const constant = (id: ValueId): bigint | undefined => values.get(id) ?? constantOf(define, id);
  for (const { id, op } of block.insts) {
    const input = op.kind === 'phi' ? op.inputs.find((each) => each.from === from)?.value : undefined;
    const value = op.kind === 'phi' ? (input === undefined ? undefined : constantOf(define, input)) : evaluate(op, constant);
    if (value !== undefined) values.set(id, value);
  }
  const [a, b] = [constant(end.a), constant(end.b)];
  if (a === undefined || b === undefined) return undefined;
  return evaluateCompare(end.condition, a, b) ? end.then : end.else;
}

/** The way from `from` into the block leads to `to`; undefined where the target's phis would want a value that is not there. */
function redirect(func: Func, block: Block, from: BlockId, to: BlockId): Func | undefined {
  const source = func.blocks[from];
  const target = func.blocks[to];
  if (!source || !target) return undefined;
  const both = targets(source.end).includes(to);
  if (both && target.insts[0]?.op.kind === 'phi') return undefined;
  const there = new Map<ValueId, ValueId>();
  for (const { id, op } of block.insts) {
    const input = op.kind === 'phi' ? op.inputs.find((each) => each.from === from) : undefined;
    if (input) there.set(id, input.value);
  }
  const local = new Set(block.insts.filter(({ op }) => op.kind !== 'phi').map(({ id }) => id));
  const constants = new Map(block.insts.flatMap(({ id, op }) => (op.kind === 'const' ? [[id, op.value] as const] : [])));
  let missing = false;
  const made: Inst[] = [];
  let values = func.values;
  const carried = (id: ValueId): ValueId => {
    const value = constants.get(id);
    if (value !== undefined) {
      made.push({ id: values, op: { kind: 'const', value }, type: 'scalar', span: block.end.span });
      return values++;
    }
    missing ||= local.has(id);
    return there.get(id) ?? id;
  };
  const blocks = func.blocks.map((each): Block => {
    if (each === source) return { ...each, end: both ? { kind: 'jump', to, span: each.end.span } : renameEnd(each.end, (id) => id, (at) => (at === block.id ? to : at)) };
    if (each === block) return { ...each, insts: each.insts.map((inst) => withoutInput(inst, from)) };
    return each === target ? { ...each, insts: each.insts.map((inst) => withInput(inst, block.id, from, carried)) } : each;
  });
  if (missing) return undefined;
  return { ...func, values, blocks: blocks.map((each) => (each.id === from ? { ...each, insts: [...each.insts, ...made] } : each)) };
}

function withoutInput(inst: Inst, from: BlockId): Inst {
  if (inst.op.kind !== 'phi') return inst;
  return { ...inst, op: { ...inst.op, inputs: inst.op.inputs.filter((input) => input.from !== from) } };
}

/** The phi also has an input from `from`: what came in by way of `via`. */
function withInput(inst: Inst, via: BlockId, from: BlockId, carried: (id: ValueId) => ValueId): Inst {
  if (inst.op.kind !== 'phi') return inst;
  const through = inst.op.inputs.find((input) => input.from === via);
  return through ? { ...inst, op: { ...inst.op, inputs: [...inst.op.inputs, { from, value: carried(through.value) }] } } : inst;
}

/** Whether nobody reads what the block defines on a way that now leads past it: there it would be missing, or that of the round before. */
function stillRight(func: Func, block: BlockId, from: BlockId, to: BlockId): boolean {
  const mine = new Set(func.blocks[block]?.insts.map((inst) => inst.id));
  const past = new Set<BlockId>();
  const work = [to];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (past.has(id) || id === block) continue;
    past.add(id);
    work.push(...targets(func.blocks[id]?.end ?? { kind: 'jump', to: block, span: { start: 0, end: 0 } }));
  }
  const reads = (id: ValueId): boolean => mine.has(id);
  return func.blocks.every((each) =>
    each.insts.every(({ op }) => {
      if (op.kind !== 'phi') return !past.has(each.id) || !operands(op).some(reads);
      // What comes in on the new way was looked at when the way was made; the block itself takes its own from the rounds before.
      return op.inputs.every((input) => !reads(input.value) || !past.has(input.from) || (each.id === to && input.from === from));
    }) && (!past.has(each.id) || !endOperands(each.end).some(reads)),
  );
}
