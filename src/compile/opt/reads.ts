// Neighbouring reads of one base become one read of all their bytes into a slot: a call costs more than bytes do.
// Never direct loads: the verifier wants those to be exactly one member.
import { graphOf } from '../ir/graph.ts';
import type { BlockId, Func, Op, ValueId } from '../ir/ir.ts';
import type { Edit } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';
import { definitions } from '../ir/liveness.ts';
import { entering, note } from './memory.ts';

export function reads(func: Func): Func {
  const groups = groupReads(func);
  if (groups.size === 0) return func;
  return rewrite(func, ({ id, op }, edit) => {
    const group = op.kind === 'probeRead' ? groups.get(id) : undefined;
    if (op.kind !== 'probeRead' || !group) return undefined;
    if (group.slot === undefined) readAll(group, op, edit);
    const base = edit.emit({ kind: 'slot', slot: group.slot ?? 0 }, 'memory');
    return edit.emit({ kind: 'load', base, offset: skew(group) + op.offset - group.from, size: op.size, signed: op.signed });
  });
}

type Read = Extract<Op, { kind: 'probeRead' }>;

/** Reads of the bytes from … to behind one address. */
interface Group {
  from: number;
  to: number;
  members: number;
  slot: number | undefined;
}

/** Bytes that one read may take in; more might reach into a page that is not there. */
const widest = 64;

/** The group of each read that shares it with others. The first of a group lies before the others on every way. */
function groupReads(func: Func): ReadonlyMap<ValueId, Group> {
  const graph = graphOf(func);
  const defined = definitions(func);
  const done = new Map<BlockId, ReturnType<typeof entering>>();
  const groups = new Map<ValueId, Group>();
  for (const id of graph.order) {
    const knowledge = entering(id, graph, done);
    for (const inst of func.blocks[id]?.insts ?? []) {
      if (inst.op.kind === 'probeRead' && inst.op.offset % inst.op.size === 0) {
        const key = `reads ${inst.op.space} ${inst.op.address}`;
        const first = knowledge.answer(key);
        const group = first === undefined ? undefined : groups.get(first);
        if (group && takeIn(group, inst.op)) groups.set(inst.id, group);
        else {
          groups.set(inst.id, { from: inst.op.offset, to: inst.op.offset + inst.op.size, members: 1, slot: undefined });
          knowledge.remember(key, { value: inst.id, from: { kind: 'world' } });
        }
      }
      note(knowledge, inst, func, (value) => defined.get(value));
    }
    done.set(id, knowledge);
  }
  return new Map([...groups].filter(([, group]) => group.members > 1));
}

/** User memory is only shared within what was read anyway: the next page may be out. */
function takeIn(group: Group, read: Read): boolean {
  const [from, to] = [Math.min(group.from, read.offset), Math.max(group.to, read.offset + read.size)];
  const larger = from < group.from || to > group.to;
  if (to - from > widest || (larger && read.space === 'user')) return false;
  group.from = from;
  group.to = to;
  group.members++;
  return true;
}

/** Bytes left free at the start of the slot, so that all members are aligned as they are in the kernel. */
function skew(group: Group): number {
  return ((group.from % 8) + 8) % 8;
}

const readers = { kernel: 'probe_read_kernel', user: 'probe_read_user' } as const;

function readAll(group: Group, op: Read, edit: Edit): void {
  const size = group.to - group.from;
  group.slot = edit.slot({ size: skew(group) + size, align: 8, label: 'reads', onStack: false });
  const constant = (value: number): ValueId => edit.emit({ kind: 'const', value: BigInt(value) });
  const sum = (a: ValueId, distance: number): ValueId => {
    const type = edit.definition(a)?.type ?? 'scalar';
    return distance === 0 ? a : edit.emit({ kind: 'binary', fn: 'add', a, b: constant(distance) }, type);
  };
  const to = sum(edit.emit({ kind: 'slot', slot: group.slot }, 'memory'), skew(group));
  edit.emit({ kind: 'helper', name: readers[op.space], args: [to, constant(size), sum(op.address, group.from)] }, 'none');
}
