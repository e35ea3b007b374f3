// Common subexpressions: what was computed on every way here is not computed again. Answers that stay the same all through a run
// (pid, tid, cpu) are asked for once, at the nearest common dominator of all that want them, so that a false predicate pays for nothing.
import { append } from '../../base/append.ts';
import { helpers } from '../../bpf/helpers.ts';
import type { Graph } from '../ir/graph.ts';
import { commonDominator, dominatorTree, graphOf } from '../ir/graph.ts';
import type { BlockId, Func, Inst, Op, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { operands } from '../ir/operands.ts';
import { renameValues } from '../ir/rewrite.ts';

export function share(func: Func): Func {
  return shareValues(gather(func));
}

/** Moves the first of several equal questions to where all of them are dominated. */
function gather(func: Func): Func {
  const graph = graphOf(func);
  const groups = new Map<string, { inst: Inst; block: BlockId }[]>();
  for (const id of graph.order) {
    for (const inst of func.blocks[id]?.insts ?? []) {
      if (inst.op.kind !== 'helper' || helpers[inst.op.name].effect !== 'pure' || inst.op.args.length > 0) continue;
      append(groups, inst.op.name, { inst, block: id });
    }
  }
  const moved = new Map<BlockId, Inst[]>();
  for (const group of groups.values()) {
    const place = group.map(({ block }) => block).reduce((above, id) => commonDominator(graph, above, id));
    const [first] = group;
    if (!first || group.some(({ block }) => block === place)) continue;
    append(moved, place, first.inst);
  }
  if (moved.size === 0) return func;
  const gone = new Set([...moved.values()].flat().map((inst) => inst.id));
  const blocks = func.blocks.map((block) => ({ ...block, insts: [...block.insts.filter((inst) => !gone.has(inst.id)), ...(moved.get(block.id) ?? [])] }));
  return { ...func, blocks };
}

/** Values with equal keys, the dominating one first. */
function shareValues(func: Func): Func {
  const graph: Graph = graphOf(func);
  const tree = dominatorTree(graph);
  const defined = definitions(func);
  const names = new Map<ValueId, ValueId>();
  const name = (id: ValueId): ValueId => names.get(id) ?? id;
  const walk: { readonly block: BlockId; readonly above: Table | undefined }[] = [{ block: 0, above: undefined }];
  for (let next = walk.pop(); next !== undefined; next = walk.pop()) {
    const table: Table = { entries: new Map(), above: next.above };
    for (const inst of func.blocks[next.block]?.insts ?? []) {
      const key = keyOf(inst, name, defined);
      if (key === undefined) continue;
      const known = find(table, key);
      if (known === undefined) table.entries.set(key, inst.id);
      else names.set(inst.id, known);
    }
    for (const child of tree[next.block] ?? []) walk.push({ block: child, above: table });
  }
  if (names.size === 0) return func;
  const blocks = func.blocks.map((block) => ({ ...block, insts: block.insts.filter((inst) => !names.has(inst.id)) }));
  return renameValues({ ...func, blocks }, names);
}

interface Table {
  readonly entries: Map<string, ValueId>;
  readonly above: Table | undefined;
}

function find(table: Table, key: string): ValueId | undefined {
  for (let at: Table | undefined = table; at !== undefined; at = at.above) {
    const value = at.entries.get(key);
    if (value !== undefined) return value;
  }
  return undefined;
}

const commutative = new Set(['add', 'mul', 'and', 'or', 'xor']);

/** What makes two instructions one; undefined for those that must not be shared. */
function keyOf(inst: Inst, name: (id: ValueId) => ValueId, defined: ReadonlyMap<ValueId, Inst>): string | undefined {
  const constant = (id: ValueId): string => {
    const op = defined.get(id)?.op;
    return op?.kind === 'const' ? `c${op.value}` : `v${name(id)}`;
  };
  if (!shareable(inst.op, defined)) return undefined;
  const { op } = inst;
  const texts = operands(op).map(constant);
  if (op.kind === 'binary' && commutative.has(op.fn)) texts.sort();
  return `${inst.type} ${formOf(op)} ${texts.join()}`;
}

/** What distinguishes an operation apart from its operands. */
function formOf(op: Op): string {
  switch (op.kind) {
    case 'const':
      return `const ${op.value}`;
    case 'binary':
      return op.fn;
    case 'extend':
      return `extend ${op.bits} ${op.signed}`;
    case 'bswap':
      return `bswap ${op.bits}`;
    case 'compare':
      return `compare ${op.condition}`;
    case 'slot':
      return `slot ${op.slot}`;
    case 'load':
      return `load ${op.offset} ${op.size} ${op.signed}`;
    case 'helper':
    case 'functionAddress':
      return `${op.kind} ${op.name}`;
    case 'map':
      return `map ${op.map}`;
    case 'mapData':
      return `data ${op.map} ${op.offset}`;
    case 'runtime':
      return JSON.stringify(op.relocation);
    default:
      return op.kind;
  }
}

function shareable(op: Op, defined: ReadonlyMap<ValueId, Inst>): boolean {
  switch (op.kind) {
    case 'const':
    case 'binary':
    case 'neg':
    case 'not':
    case 'extend':
    case 'bswap':
    case 'compare':
    case 'select':
    case 'slot':
    case 'map':
    case 'mapData':
    case 'functionAddress':
    case 'runtime':
      return true;
    case 'helper':
      return helpers[op.name].effect === 'pure';
    case 'load':
      return defined.get(op.base)?.type === 'ctx';
    default:
      return false;
  }
}
