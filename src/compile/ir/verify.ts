// Checks what every pass must keep: definitions dominate uses, phis match predecessors, accesses go through pointers.
import type { Graph } from './graph.ts';
import { dominates, graphOf } from './graph.ts';
import type { Block, BlockId, Func, Inst, Module, ValueId, ValueType } from './ir.ts';
import { endOperands, operands, targets } from './operands.ts';

/** Throws an error that lists everything that is wrong. */
export function verify(module: Module): void {
  const names = new Set(module.functions.map((func) => func.name));
  const problems = names.size < module.functions.length ? ['two functions of one name'] : [];
  for (const func of module.functions) problems.push(...problemsOf(func, names).map((problem) => `${func.name}: ${problem}`));
  if (problems.length > 0) throw new Error(`ir: ${problems.join('\n')}`);
}

interface Place {
  readonly block: BlockId;
  readonly index: number;
  readonly inst: Inst;
}

function problemsOf(func: Func, functions: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  if (func.blocks.length === 0) return ['no blocks'];
  const wrong = func.blocks.flatMap((block, index) => (block.id === index ? [] : [`block ${block.label} has id ${block.id} at position ${index}`]));
  const lost = func.blocks.flatMap((block) => targets(block.end).filter((to) => func.blocks[to] === undefined).map((to) => `${block.label}: no block ${to}`));
  if (wrong.length + lost.length > 0) return [...wrong, ...lost];
  const graph = graphOf(func);
  const places = new Map<ValueId, Place>();
  for (const block of func.blocks) {
    if (graph.idom[block.id] === undefined) problems.push(`block ${block.label}#${block.id} is unreachable`);
    block.insts.forEach((inst, index) => {
      if (places.has(inst.id)) problems.push(`value ${inst.id} has two definitions`);
      if (inst.id >= func.values) problems.push(`value ${inst.id} is past the end (${func.values})`);
      places.set(inst.id, { block: block.id, index, inst });
    });
  }
  if (graph.predecessors[0]?.length) problems.push('the entry has predecessors');
  for (const block of func.blocks) problems.push(...blockProblems(func, block, graph, places, functions));
  return problems;
}

function blockProblems(
  func: Func, block: Block, graph: Graph, places: ReadonlyMap<ValueId, Place>, functions: ReadonlySet<string>,
): string[] {
  const problems: string[] = [];
  const say = (inst: string, what: string): void => void problems.push(`${block.label}#${block.id}: ${inst}: ${what}`);
  const available = (value: ValueId, at: BlockId, index: number, who: string): void => {
    const place = places.get(value);
    if (place === undefined) say(who, `value ${value} is not defined`);
    else if (place.inst.type === 'none') say(who, `value ${value} is nothing`);
    else if (!(place.block === at ? place.index < index : dominates(graph, place.block, at))) say(who, `value ${value} is not defined on every way here`);
  };
  let phisDone = false;
  block.insts.forEach((inst, index) => {
    const who = `${inst.op.kind} ${inst.id}`;
    if (inst.op.kind !== 'phi') {
      phisDone = true;
      for (const value of operands(inst.op)) available(value, block.id, index, who);
      for (const problem of opProblems(inst, func, functions, (id) => places.get(id)?.inst.type)) say(who, problem);
      return;
    }
    if (phisDone) say(who, 'phi after other instructions');
    const from = inst.op.inputs.map((input) => input.from).sort((a, b) => a - b);
    const predecessors = [...(graph.predecessors[block.id] ?? [])].sort((a, b) => a - b);
    if (from.join() !== predecessors.join()) say(who, `inputs from ${from.join()}, predecessors are ${predecessors.join()}`);
    for (const input of inst.op.inputs) available(input.value, input.from, Infinity, who);
  });
  for (const value of endOperands(block.end)) available(value, block.id, Infinity, block.end.kind);
  if (block.end.kind === 'branch' && block.end.then === block.end.else) say('branch', 'both ways are one');
  return problems;
}

const direct: ReadonlySet<ValueType | undefined> = new Set<ValueType>(['ctx', 'memory', 'memory?', 'btf']);
const writable: ReadonlySet<ValueType | undefined> = new Set<ValueType>(['memory', 'memory?']);

function opProblems(inst: Inst, func: Func, functions: ReadonlySet<string>, typeOf: (id: ValueId) => ValueType | undefined): string[] {
  const { op } = inst;
  switch (op.kind) {
    case 'load':
      return direct.has(typeOf(op.base)) ? [] : [`loads through a ${typeOf(op.base)}`];
    case 'store':
    case 'atomicAdd':
    case 'zero':
      return writable.has(typeOf(op.base)) ? [] : [`writes through a ${typeOf(op.base)}`];
    case 'copy':
      return writable.has(typeOf(op.to)) && direct.has(typeOf(op.from)) ? [] : [`copies from a ${typeOf(op.from)} to a ${typeOf(op.to)}`];
    case 'slot':
      return func.slots[op.slot] ? [] : [`no slot ${op.slot}`];
    case 'param':
      return func.params[op.index] ? [] : [`no parameter ${op.index}`];
    case 'call':
    case 'functionAddress':
      return functions.has(op.name) ? [] : [`no function ${op.name}`];
    case 'helper':
    case 'kfunc':
      return op.args.length > 5 ? [`${op.args.length} arguments`] : [];
    default:
      return [];
  }
}
