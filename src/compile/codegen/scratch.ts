// Slots that do not fit on the stack lie in the program's entry of the scratch map. Its address is asked for once,
// where all uses are dominated, outside of loops and before a ring-buffer record is reserved; without it the function returns 0,
// which a program that holds a record must not do.
import type { HelperName } from '../../bpf/helpers.ts';
import { internalMaps } from '../../bpf/spec.ts';
import type { Graph } from '../ir/graph.ts';
import { commonDominator, graphOf } from '../ir/graph.ts';
import type { Block, BlockId, Func, Op, Terminator, ValueId } from '../ir/ir.ts';
import { targets } from '../ir/operands.ts';
import type { Edit } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';

/**
 * @param offsets byte offset in the scratch entry of each slot that lies there
 * @param entry index of the program's entry in the map
 */
export function expandScratch(func: Func, offsets: readonly (number | undefined)[], entry: number): Func {
  const inScratch = (slot: number): boolean => offsets[slot] !== undefined;
  const at = lookupBlock(func, graphOf(func), inScratch);
  if (at === undefined) return func;
  const state: { base: ValueId | undefined } = { base: undefined };
  const need = (edit: Edit): void => {
    state.base ??= lookup(edit, entry);
  };
  return rewrite(
    func,
    ({ op }, edit) => {
      if (edit.old === at && isCall(op, 'ringbuf_reserve')) need(edit);
      if (op.kind !== 'slot' || !inScratch(op.slot)) return undefined;
      need(edit);
      if (offsets[op.slot] === 0) return state.base;
      const distance = edit.emit({ kind: 'const', value: BigInt(offsets[op.slot] ?? 0) });
      return edit.emit({ kind: 'binary', fn: 'add', a: state.base ?? 0, b: distance }, 'memory');
    },
    (end, edit) => {
      if (edit.old === at) need(edit);
      return end;
    },
  );
}

/** The nearest block that dominates all uses of scratch memory, is in no loop and begins without a record. */
function lookupBlock(func: Func, graph: Graph, inScratch: (slot: number) => boolean): BlockId | undefined {
  const users = func.blocks.filter((block) => block.insts.some(({ op }) => op.kind === 'slot' && inScratch(op.slot))).map((block) => block.id);
  const [first, ...rest] = users;
  if (first === undefined) return undefined;
  let at = rest.reduce((above, id) => commonDominator(graph, above, id), first);
  const holding = holdingBlocks(func);
  while (at !== 0 && ((graph.depth[at] ?? 0) > 0 || holding.has(at))) at = graph.idom[at] ?? 0;
  return at;
}

/** Blocks that are entered while a ring-buffer record is reserved and not yet given away. */
function holdingBlocks(func: Func): ReadonlySet<BlockId> {
  const holding = new Set<BlockId>();
  const reach = (block: Block): void => {
    let record: ValueId | undefined;
    let held = holding.has(block.id);
    for (const { id, op } of block.insts) {
      if (isCall(op, 'ringbuf_reserve')) [record, held] = [id, true];
      else if (isCall(op, 'ringbuf_submit') || isCall(op, 'ringbuf_discard')) held = false;
    }
    for (const to of held ? withRecord(block.end, record) : []) {
      const next = func.blocks[to];
      if (!next || holding.has(to)) continue;
      holding.add(to);
      reach(next);
    }
  };
  for (const block of func.blocks) reach(block);
  return holding;
}

/** Where a block goes with its record: a test of the record against 0 goes one way only. */
function withRecord(end: Terminator, record: ValueId | undefined): readonly BlockId[] {
  if (end.kind !== 'branch' || end.a !== record) return targets(end);
  return end.condition === 'ne' ? [end.then] : end.condition === 'eq' ? [end.else] : targets(end);
}

function isCall(op: Op, name: HelperName): boolean {
  return op.kind === 'helper' && op.name === name;
}

function lookup(edit: Edit, entry: number): ValueId {
  const key = edit.emit({ kind: 'slot', slot: edit.slot({ size: 4, align: 4, label: 'scratch key', onStack: true }) }, 'memory');
  edit.emit({ kind: 'store', base: key, offset: 0, size: 4, value: edit.emit({ kind: 'const', value: BigInt(entry) }) }, 'none');
  const map = edit.emit({ kind: 'map', map: internalMaps.scratch }, 'map');
  const base = edit.emit({ kind: 'helper', name: 'map_lookup_elem', args: [map, key] }, 'memory?');
  const nothing = edit.emit({ kind: 'const', value: 0n });
  const [present, absent] = [edit.block('scratch'), edit.block('scratch.absent')];
  const { span } = edit;
  edit.finish({ kind: 'branch', condition: 'ne', a: base, b: nothing, then: present, else: absent, likely: 'then', span });
  edit.enter(absent);
  edit.finish({ kind: 'return', value: nothing, span });
  edit.enter(present);
  return base;
}
