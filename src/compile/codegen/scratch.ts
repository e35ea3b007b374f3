// Slots that do not fit on the stack lie in the program's entry of the scratch map. Its address is asked for once,
// where all uses are dominated, outside of loops; without it the function returns 0.
import { internalMaps } from '../../bpf/spec.ts';
import type { Graph } from '../ir/graph.ts';
import { commonDominator, graphOf } from '../ir/graph.ts';
import type { BlockId, Func, ValueId } from '../ir/ir.ts';
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

/** The nearest block that dominates all uses of scratch memory and is in no loop. */
function lookupBlock(func: Func, graph: Graph, inScratch: (slot: number) => boolean): BlockId | undefined {
  const users = func.blocks.filter((block) => block.insts.some(({ op }) => op.kind === 'slot' && inScratch(op.slot))).map((block) => block.id);
  const [first, ...rest] = users;
  if (first === undefined) return undefined;
  let at = rest.reduce((above, id) => commonDominator(graph, above, id), first);
  while ((graph.depth[at] ?? 0) > 0) at = graph.idom[at] ?? 0;
  return at;
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
