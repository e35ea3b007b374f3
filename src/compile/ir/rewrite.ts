// Makes a new function out of an old one, instruction by instruction: the ground on which passes stand.
import type { Span } from '../../base/span.ts';
import { reversePostorder } from './graph.ts';
import type { Block, BlockId, Func, Inst, Op, Slot, Terminator, ValueId, ValueType } from './ir.ts';
import { definitions } from './liveness.ts';
import { endOperands, operands, rename, renameEnd, targets } from './operands.ts';

/** What a pass may do while it looks at an instruction. */
export interface Edit {
  /** Puts an instruction before the one looked at. */
  emit(op: Op, type?: ValueType): ValueId;
  /** Adds a slot and gives its index. */
  slot(slot: Slot): number;
  /** Makes a block; control must be led to it by finish(). */
  block(label: string): BlockId;
  /** The block that is being filled. */
  readonly here: BlockId;
  /** The block of the old function that is being looked at. */
  readonly old: BlockId;
  /** Where the instruction looked at comes from; what is emitted comes from there too. */
  readonly span: Span;
  /** Ends the block that is being filled. */
  finish(end: Terminator): void;
  /** Goes on in that block. */
  enter(block: BlockId): void;
  /** The instruction that defines the value, as it is now. */
  readonly definition: (value: ValueId) => Inst | undefined;
}

/** A value that takes the instruction's place, or undefined: the instruction stays as it is (its operands are renamed). */
export type Visit = (inst: Inst, edit: Edit) => ValueId | undefined;

/** The end that the block has instead; the same one when nothing is to be changed. */
export type VisitEnd = (end: Terminator, edit: Edit) => Terminator;

/** Visits all instructions, definitions before their uses (phi inputs around loops excepted). Gives back the same function when nothing changed. */
export function rewrite(func: Func, visit: Visit, visitEnd: VisitEnd = (end) => end): Func {
  const editor = new Editor(func);
  for (const id of reversePostorder(0, (at) => targets(func.blocks[at]?.end ?? nowhere))) {
    const block = func.blocks[id];
    if (block) editor.run(block, visit, visitEnd);
  }
  return editor.changed ? editor.result() : func;
}

/**
 * Orders blocks (reverse postorder) and numbers them; what cannot be reached goes, and with it the phi inputs that came from there.
 * `blocks` may have holes; ids are positions.
 */
export function assemble(func: Func, blocks: readonly (Block | undefined)[]): Func {
  const order = reversePostorder(0, (id) => {
    const block = blocks[id];
    return block ? targets(block.end) : [];
  });
  const position = new Map(order.map((id, index) => [id, index]));
  const predecessors = new Map<BlockId, Set<BlockId>>();
  for (const id of order) {
    for (const to of targets(blocks[id]?.end ?? nowhere)) predecessors.set(to, (predecessors.get(to) ?? new Set()).add(id));
  }
  const placed = order.flatMap((id, index): Block[] => {
    const block = blocks[id];
    if (!block) return [];
    const from = (at: BlockId): BlockId | undefined => (predecessors.get(id)?.has(at) ? position.get(at) : undefined);
    const insts = block.insts[0]?.op.kind !== 'phi' ? block.insts : block.insts.map((inst) => (inst.op.kind === 'phi' ? { ...inst, op: rename(inst.op, same, from) } : inst));
    return [{ ...block, id: index, insts, end: renameEnd(block.end, same, (at) => position.get(at) ?? at) }];
  });
  return { ...func, blocks: placed };
}

const nowhere: Terminator = { kind: 'return', value: 0, span: { start: 0, end: 0 } };

function same<T>(value: T): T {
  return value;
}

/** A block that is being filled. As long as nothing changes it is the old one's beginning. */
class Filling {
  #insts: Inst[] | undefined;
  #same = 0;
  end: Terminator | undefined;

  constructor(
    readonly label: string,
    readonly old: readonly Inst[],
  ) {}

  push(inst: Inst): void {
    if (this.#insts === undefined && this.old[this.#same] === inst) {
      this.#same++;
      return;
    }
    this.#insts ??= this.old.slice(0, this.#same);
    this.#insts.push(inst);
  }

  get insts(): readonly Inst[] {
    if (this.#insts) return this.#insts;
    return this.#same === this.old.length ? this.old : this.old.slice(0, this.#same);
  }
}

class Editor implements Edit {
  readonly #func: Func;
  readonly #blocks: (Filling | undefined)[];
  readonly #slots: Slot[];
  readonly #replaced = new Map<ValueId, ValueId>();
  /** Instructions that are new or read something else than before. */
  readonly #definitions = new Map<ValueId, Inst>();
  readonly #before: ReadonlyMap<ValueId, Inst>;
  /** Where the end of an old block is now. */
  readonly #tails = new Map<BlockId, BlockId>();
  /** Phis of the old function: their inputs name old blocks until the end. */
  readonly #oldPhis = new Set<ValueId>();
  #values: number;
  span: Span = nowhere.span;
  changed = false;
  here: BlockId = 0;
  old: BlockId = 0;

  constructor(func: Func) {
    this.#func = func;
    this.#before = definitions(func);
    this.#blocks = func.blocks.map(() => undefined);
    this.#slots = [...func.slots];
    this.#values = func.values;
  }

  run(block: Block, visit: Visit, visitEnd: VisitEnd): void {
    this.#blocks[block.id] = new Filling(block.label, block.insts);
    this.here = block.id;
    this.old = block.id;
    const value = (id: ValueId): ValueId => this.#resolve(id);
    for (const old of block.insts) {
      const phi = old.op.kind === 'phi';
      const inst = phi || !this.#touched(operands(old.op)) ? old : { ...old, op: rename(old.op, value, same) };
      this.span = inst.span;
      const replacement = visit(inst, this);
      this.changed ||= replacement !== undefined;
      if (replacement !== undefined) {
        if (replacement !== inst.id) this.#replaced.set(inst.id, replacement);
        continue;
      }
      if (phi) this.#oldPhis.add(inst.id);
      if (inst !== old) this.#definitions.set(inst.id, inst);
      this.#blocks[this.here]?.push(inst);
    }
    this.span = block.end.span;
    const end = this.#touched(endOperands(block.end)) ? renameEnd(block.end, value, same) : block.end;
    const next = visitEnd(end, this);
    this.changed ||= next !== end;
    this.finish(next);
    this.#tails.set(block.id, this.here);
  }

  emit(op: Op, type: ValueType = 'scalar'): ValueId {
    const inst = { id: this.#values++, op, type, span: this.span };
    this.changed = true;
    this.#definitions.set(inst.id, inst);
    this.#blocks[this.here]?.push(inst);
    return inst.id;
  }

  slot(slot: Slot): number {
    return this.#slots.push(slot) - 1;
  }

  block(label: string): BlockId {
    return this.#blocks.push(new Filling(label, [])) - 1;
  }

  finish(end: Terminator): void {
    const block = this.#blocks[this.here];
    if (block) block.end = end;
  }

  enter(block: BlockId): void {
    this.here = block;
  }

  readonly definition = (value: ValueId): Inst | undefined => {
    const id = this.#resolve(value);
    return this.#definitions.get(id) ?? this.#before.get(id);
  };

  result(): Func {
    const value = (id: ValueId): ValueId => this.#resolve(id);
    const blocks = this.#blocks.map((block, id): Block | undefined => {
      if (!block?.end) return undefined;
      const insts = block.insts.map((inst) => this.#final(inst, value));
      const end = this.#touched(endOperands(block.end)) ? renameEnd(block.end, value, same) : block.end;
      return { id, label: block.label, insts: phisFirst(insts), end };
    });
    return assemble({ ...this.#func, slots: this.#slots, values: this.#values }, blocks);
  }

  /** Instructions that were passed over before what they read was replaced are phis and what reads round loops. */
  #final(inst: Inst, value: (id: ValueId) => ValueId): Inst {
    if (inst.op.kind !== 'phi') return this.#touched(operands(inst.op)) ? { ...inst, op: rename(inst.op, value, same) } : inst;
    const old = this.#oldPhis.has(inst.id);
    return { ...inst, op: rename(inst.op, value, (at) => (old ? (this.#tails.get(at) ?? at) : at)) };
  }

  #touched(values: readonly ValueId[]): boolean {
    return this.#replaced.size > 0 && values.some((id) => this.#replaced.has(id));
  }

  #resolve(id: ValueId): ValueId {
    let at = id;
    for (let next = this.#replaced.get(at); next !== undefined; next = this.#replaced.get(at)) at = next;
    return at;
  }
}

/** What took the place of a phi goes behind the phis that are left. */
function phisFirst(insts: readonly Inst[]): readonly Inst[] {
  const first = insts.findIndex((inst) => inst.op.kind !== 'phi');
  if (first < 0 || !insts.slice(first).some((inst) => inst.op.kind === 'phi')) return insts;
  return [...insts.filter((inst) => inst.op.kind === 'phi'), ...insts.filter((inst) => inst.op.kind !== 'phi')];
}

/** The function with values renamed everywhere; chains are followed. */
export function renameValues(func: Func, names: ReadonlyMap<ValueId, ValueId>): Func {
  if (names.size === 0) return func;
  const value = (id: ValueId): ValueId => {
    let at = id;
    for (let next = names.get(at); next !== undefined; next = names.get(at)) at = next;
    return at;
  };
  const blocks = func.blocks.map((block) => ({
    ...block,
    insts: block.insts.map((inst) => ({ ...inst, op: rename(inst.op, value, same) })),
    end: renameEnd(block.end, value, same),
  }));
  return { ...func, blocks };
}
