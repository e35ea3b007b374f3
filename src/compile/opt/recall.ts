// Reads that were already done are not done again: loads, reads of the kernel, lookups of equal keys. Keys with equal bytes share one slot.
import { graphOf } from '../ir/graph.ts';
import type { AccessSize, BlockId, Func, Inst, Op, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import type { Edit } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';
import type { Define } from './evaluate.ts';
import type { Answer, Contents } from './memory.ts';
import { entering, Knowledge, note } from './memory.ts';
import { placeOf, privateAreas, slotName } from './roots.ts';
import { unsignedBits } from './widths.ts';

export function recall(func: Func): Func {
  const graph = graphOf(func);
  const defined = definitions(func);
  const owned = privateAreas(func, (id) => defined.get(id));
  const done = new Map<BlockId, Knowledge>();
  const state: { block: BlockId | undefined; knowledge: Knowledge } = { block: undefined, knowledge: new Knowledge() };
  const arrive = (edit: Edit): Knowledge => {
    if (state.block !== edit.old) {
      state.block = edit.old;
      state.knowledge = entering(edit.old, graph, done);
    }
    return state.knowledge;
  };
  return rewrite(
    func,
    (inst, edit) => {
      const knowledge = arrive(edit);
      const asked = question(inst, knowledge, edit.definition, owned, func);
      const known = asked && knowledge.answer(asked.key);
      if (known !== undefined) return known;
      const parts = inst.op.kind === 'copy' ? storesOf(inst.op, knowledge, edit, owned) : undefined;
      if (parts) {
        for (const op of parts) note(knowledge, { ...inst, id: edit.emit(op, 'none'), op }, func, edit.definition);
        return inst.id;
      }
      const shared = inst.op.kind === 'helper' ? shareKeys(inst.op, knowledge, edit, owned, func) : undefined;
      const id = shared ? edit.emit(shared, inst.type) : inst.id;
      note(knowledge, shared ? { ...inst, op: shared, id } : inst, func, edit.definition);
      if (asked) knowledge.remember(asked.key, { value: id, from: asked.from });
      stored(inst.op, knowledge, edit.definition);
      return shared ? id : undefined;
    },
    (end, edit) => {
      done.set(edit.old, arrive(edit));
      return end;
    },
  );
}

interface Question {
  readonly key: string;
  readonly from: Answer['from'];
}

/** What the instruction asks, when the answer may be had twice. */
function question(inst: Inst, knowledge: Knowledge, define: Define, owned: ReadonlySet<string>, func: Func): Question | undefined {
  const { op } = inst;
  if (op.kind === 'probeRead') {
    const own = define(op.address)?.type === 'memory';
    const from = own ? origin(op.address, op.offset, op.size, define) : ({ kind: 'world' } as const);
    return { key: `read ${op.space} ${op.address} ${op.offset} ${op.size} ${op.signed}`, from };
  }
  if (op.kind === 'load') return { key: loadKey(op, op.signed), from: origin(op.base, op.offset, op.size, define) };
  if (op.kind !== 'helper' || (op.name !== 'map_lookup_elem' && op.name !== 'map_lookup_percpu_elem')) return undefined;
  const [map, key, cpu] = op.args;
  const named = map === undefined ? undefined : define(map)?.op;
  const bytes = key === undefined ? undefined : keyBytes(key, knowledge, define, owned, func);
  if (named?.kind !== 'map' || bytes === undefined) return undefined;
  return { key: `lookup ${op.name} ${named.map} ${bytes} ${cpu}`, from: { kind: 'lookup', map: named.map } };
}

function loadKey({ base, offset, size }: Pick<Extract<Op, { kind: 'load' }>, 'base' | 'offset' | 'size'>, signed: boolean): string {
  return `load ${base} ${offset} ${size} ${size < 8 && signed}`;
}

function origin(base: ValueId, offset: number, size: number, define: Define): Answer['from'] {
  const place = placeOf(base, define);
  if (place.area.kind === 'btf') return { kind: 'world' };
  return { kind: 'place', place: { ...place, offset: place.offset === undefined ? undefined : place.offset + offset }, size };
}

/** All bytes of the slot that holds the key, when they are known. */
function keyBytes(key: ValueId, knowledge: Knowledge, define: Define, owned: ReadonlySet<string>, func: Func): string | undefined {
  const { area, offset } = placeOf(key, define);
  if (area.kind !== 'slot' || offset !== 0 || !owned.has(area.name)) return undefined;
  const contents = knowledge.contents(area.slot);
  if (!contents || contents.includes(undefined) || contents.length !== func.slots[area.slot]?.size) return undefined;
  return contents.join();
}

/** A load of what was just stored gives that, when the store kept all of it. */
function stored(op: Op, knowledge: Knowledge, define: Define): void {
  if (op.kind !== 'store' || define(op.value)?.type === 'none') return;
  if (op.size < 8 && unsignedBits(op.value, define) > 8 * op.size) return;
  knowledge.remember(loadKey(op, false), { value: op.value, from: origin(op.base, op.offset, op.size, define) });
}

/** A copy of a slot whose bytes are known values: those are stored instead, and often nobody wants the slot any more. */
function storesOf(op: Extract<Op, { kind: 'copy' }>, knowledge: Knowledge, edit: Edit, owned: ReadonlySet<string>): readonly Op[] | undefined {
  const [from, to] = [placeOf(op.from, edit.definition), placeOf(op.to, edit.definition)];
  const start = from.area.kind === 'slot' && owned.has(from.area.name) && from.offset !== undefined ? from.offset + op.fromOffset : undefined;
  if (start === undefined || from.area.kind !== 'slot') return undefined;
  // On the stack stores must be aligned; where a slot will lie is not known yet.
  const aligned = to.area.kind !== 'slot' && to.area.kind !== 'unknown' ? 0 : to.offset;
  if (aligned === undefined) return undefined;
  const parts = partsOf(knowledge.contents(from.area.slot)?.slice(start, start + op.size) ?? [], to.area.kind === 'slot' ? aligned + op.toOffset : undefined);
  if (parts.length === 0 || parts.at(-1)?.end !== op.size || parts.length > op.size / 4) return undefined;
  return parts.map(({ at, size, value }) => {
    const stored = typeof value === 'bigint' ? edit.emit({ kind: 'const', value }) : value;
    return { kind: 'store' as const, base: op.to, offset: op.toOffset + at, size, value: stored };
  });
}

interface Part {
  readonly at: number;
  readonly end: number;
  readonly size: AccessSize;
  readonly value: ValueId | bigint;
}

/** Cuts bytes into values and constants; ends early at what is neither. */
function partsOf(tokens: Contents, place: number | undefined): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < tokens.length; ) {
    const size = ([8, 4, 2, 1] as const).find((each) => at + each <= tokens.length && (place === undefined || (place + at) % each === 0) && whole(tokens, at, each) !== undefined);
    const value = size === undefined ? undefined : whole(tokens, at, size);
    if (size === undefined || value === undefined) break;
    parts.push({ at, end: at + size, size, value });
    at += size;
  }
  return parts;
}

/** The value whose lowest bytes, or the constant whose bytes, lie there. */
function whole(tokens: Contents, at: number, size: number): ValueId | bigint | undefined {
  const bytes = tokens.slice(at, at + size);
  const [first] = bytes;
  if (first === undefined) return undefined;
  if (first.startsWith('c') && bytes.every((token) => token !== undefined && /^c\d/.test(token))) {
    const value = bytes.reduceRight((sum, token) => (sum << 8n) | BigInt(token?.slice(1) ?? 0), 0n);
    return BigInt.asIntN(64, value);
  }
  const name = /^v(\d+)\.0$/.exec(first)?.[1];
  return name !== undefined && bytes.every((token, index) => token === `v${name}.${index}`) ? Number(name) : undefined;
}

/** Arguments of helpers that only read a slot: another slot with the same bytes serves as well. */
const readOnly: Readonly<Partial<Record<Extract<Op, { kind: 'helper' }>['name'], readonly number[]>>> = {
  map_lookup_elem: [1], map_lookup_percpu_elem: [1], map_update_elem: [1, 2], map_delete_elem: [1],
};

function shareKeys(op: Extract<Op, { kind: 'helper' }>, knowledge: Knowledge, edit: Edit, owned: ReadonlySet<string>, func: Func): Op | undefined {
  const replaced = (readOnly[op.name] ?? []).flatMap((index) => {
    const key = op.args[index];
    const bytes = key === undefined ? undefined : keyBytes(key, knowledge, edit.definition, owned, func);
    const { area } = key === undefined ? { area: undefined } : placeOf(key, edit.definition);
    if (bytes === undefined || area?.kind !== 'slot') return [];
    const twin = [...knowledge.slots].find(([slot, contents]) => slot < area.slot && owned.has(slotName(slot)) && contents.join() === bytes);
    return twin ? [{ index, slot: twin[0] }] : [];
  });
  if (replaced.length === 0) return undefined;
  const args = [...op.args];
  for (const { index, slot } of replaced) args[index] = edit.emit({ kind: 'slot', slot }, 'memory');
  return { ...op, args };
}
