// What a program knows of memory at a point: reads that would give the same again, and what lies in its own slots.
import type { Helper } from '../../bpf/helpers.ts';
import { helpers } from '../../bpf/helpers.ts';
import type { BlockId, Func, Inst, Op, Slot, ValueId } from '../ir/ir.ts';
import type { Graph } from '../ir/graph.ts';
import type { Define } from './evaluate.ts';
import { constantOf } from './evaluate.ts';
import type { Place } from './roots.ts';
import { overlaps, placeOf } from './roots.ts';

/** An answer that can be had again: the value, and what would make it stale. */
export interface Answer {
  readonly value: ValueId;
  readonly from:
    | { readonly kind: 'place'; readonly place: Place; readonly size: number }
    /** Memory of the kernel or of a user process. */
    | { readonly kind: 'world' }
    /** The result of looking a key up. */
    | { readonly kind: 'lookup'; readonly map: string | undefined };
}

/** One token a byte: bytes with equal tokens are equal; undefined is not known. */
export type Contents = readonly (string | undefined)[];

/** Slots of more bytes are not followed. */
const followed = 128;

export class Knowledge {
  readonly #answers: Map<string, Answer>;
  readonly #contents: Map<number, Contents>;

  constructor(answers: ReadonlyMap<string, Answer> = new Map(), contents: ReadonlyMap<number, Contents> = new Map()) {
    this.#answers = new Map(answers);
    this.#contents = new Map(contents);
  }

  answer(key: string): ValueId | undefined {
    return this.#answers.get(key)?.value;
  }

  remember(key: string, answer: Answer): void {
    this.#answers.set(key, answer);
  }

  contents(slot: number): Contents | undefined {
    return this.#contents.get(slot);
  }

  get slots(): Iterable<readonly [number, Contents]> {
    return this.#contents;
  }

  copy(): Knowledge {
    return new Knowledge(this.#answers, this.#contents);
  }

  /** What is known whichever way control came. */
  meet(other: Knowledge): Knowledge {
    const answers = new Map([...this.#answers].filter(([key, { value }]) => other.answer(key) === value));
    const contents = new Map<number, Contents>();
    for (const [slot, bytes] of this.#contents) {
      const there = other.contents(slot);
      if (there) contents.set(slot, bytes.map((token, index) => (token === there[index] ? token : undefined)));
    }
    return new Knowledge(answers, contents);
  }

  forget(stale: (answer: Answer) => boolean): void {
    for (const [key, answer] of this.#answers) if (stale(answer)) this.#answers.delete(key);
  }

  /** Bytes were written there. */
  write(place: Place, size: number, slots: readonly Slot[], tokens?: Contents): void {
    this.forget(({ from }) => from.kind === 'place' && overlaps(from.place, from.size, place, size));
    const { area, offset } = place;
    if (area.kind !== 'slot') {
      if (area.kind === 'unknown') this.#contents.clear();
      return;
    }
    const slot = slots[area.slot];
    if (!slot || slot.size > followed) return;
    const bytes = [...(this.#contents.get(area.slot) ?? Array.from({ length: slot.size }, () => undefined))];
    if (offset === undefined) bytes.fill(undefined);
    else for (let at = Math.max(0, offset); at < Math.min(slot.size, offset + size); at++) bytes[at] = tokens?.[at - offset];
    this.#contents.set(area.slot, bytes);
  }

  clear(): void {
    this.#answers.clear();
    this.#contents.clear();
  }
}

/** What is known at the start of a block, when all blocks before it are done; around loops nothing is. */
export function entering(block: BlockId, graph: Graph, done: ReadonlyMap<BlockId, Knowledge>): Knowledge {
  const before = (graph.predecessors[block] ?? []).map((from) => done.get(from));
  const [first, ...rest] = before;
  if (!first || rest.includes(undefined)) return new Knowledge();
  return rest.reduce<Knowledge>((all, next) => (next ? all.meet(next) : all), first).copy();
}

/** Takes in what the instruction does to memory. */
export function note(knowledge: Knowledge, { op }: Inst, func: Func, define: Define): void {
  switch (op.kind) {
    case 'store':
      return store(knowledge, placeOf(op.base, define), op.offset, op.size, func.slots, () => valueTokens(op.value, op.size, define));
    case 'atomicAdd':
      return store(knowledge, placeOf(op.base, define), op.offset, op.size, func.slots);
    case 'zero':
      return store(knowledge, placeOf(op.base, define), op.offset, op.size, func.slots, () => (op.size > followed ? undefined : Array.from({ length: op.size }, () => 'c0')));
    case 'copy':
      return store(knowledge, placeOf(op.to, define), op.toOffset, op.size, func.slots, () => copied(knowledge, op, define));
    case 'helper':
      return call(knowledge, op, func, define);
    case 'call':
    case 'kfunc':
      return knowledge.clear();
    default:
      return;
  }
}

function store(knowledge: Knowledge, base: Place, offset: number, size: number, slots: readonly Slot[], tokens?: () => Contents | undefined): void {
  const place = { ...base, offset: base.offset === undefined ? undefined : base.offset + offset };
  knowledge.write(place, size, slots, place.area.kind === 'slot' ? tokens?.() : undefined);
  // What the script stores for all to see ends the time in which reads of the kernel are taken to be the same.
  if (place.area.kind === 'map' || place.area.kind === 'unknown') knowledge.forget(({ from }) => from.kind === 'world');
}

/** A constant's bytes are known, those of a value are that value's. */
function valueTokens(value: ValueId, size: number, define: Define): Contents {
  const constant = constantOf(define, value);
  return Array.from({ length: size }, (_, index) => (constant === undefined ? `v${value}.${index}` : `c${(constant >> BigInt(8 * index)) & 0xffn}`));
}

function copied(knowledge: Knowledge, op: Extract<Op, { kind: 'copy' }>, define: Define): Contents | undefined {
  const { area, offset } = placeOf(op.from, define);
  if (area.kind !== 'slot' || offset === undefined) return undefined;
  const from = offset + op.fromOffset;
  return knowledge.contents(area.slot)?.slice(from, from + op.size);
}

function call(knowledge: Knowledge, op: Extract<Op, { kind: 'helper' }>, func: Func, define: Define): void {
  const { effect, fills, shares, quiet }: Helper = helpers[op.name];
  if (effect !== 'effect' || quiet === true) return;
  if (fills) {
    const to = op.args[fills.to];
    const size = fills.size === undefined ? undefined : op.args[fills.size];
    const bytes = size === undefined ? undefined : constantOf(define, size);
    const place = to === undefined ? undefined : placeOf(to, define);
    if (!place) return knowledge.clear();
    const length = bytes === undefined ? Number.MAX_SAFE_INTEGER : Number(bytes);
    return knowledge.write(place, length, func.slots, op.name === 'get_current_comm' && length <= followed ? comm(knowledge, place, length) : undefined);
  }
  if (shares !== undefined) return knowledge.clear();
  const map = changedMap(op, define);
  knowledge.forget(({ from }) => {
    if (from.kind === 'lookup') return map !== null && (map === undefined || from.map === undefined || from.map === map);
    return from.kind === 'world' || from.place.area.kind === 'map' || from.place.area.kind === 'unknown';
  });
}

/**
 * The name of the task does not change while it is traced; how much of it is seen depends on the room, and what is behind its end
 * stays as it was before.
 */
function comm(knowledge: Knowledge, { area, offset }: Place, size: number): Contents {
  const before = area.kind === 'slot' && offset !== undefined ? knowledge.contents(area.slot)?.slice(offset, offset + size) : undefined;
  return Array.from({ length: size }, (_, index) => (before?.[index] === undefined ? undefined : `comm${size}.${index} over ${before[index]}`));
}

/** The map whose elements the helper may replace: null for none, undefined when it is not known. */
function changedMap(op: Extract<Op, { kind: 'helper' }>, define: Define): string | undefined | null {
  if (op.name !== 'map_update_elem' && op.name !== 'map_delete_elem') return null;
  const [first] = op.args;
  const map = first === undefined ? undefined : define(first)?.op;
  return map?.kind === 'map' ? map.map : undefined;
}
