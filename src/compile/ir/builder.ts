// Builds one function of the IR, block by block; mutable variables become phis while it builds
// (Braun et al., "Simple and Efficient Construction of Static Single Assignment Form", CC 2013).
import type { Span } from '../../base/span.ts';
import { noSpan } from '../../base/span.ts';
import type { HelperName } from '../../bpf/helpers.ts';
import type { AccessSize, BinaryFn, Block, BlockId, Condition, Func, Inst, Op, RuntimeValue, Slot, Terminator, ValueId, ValueType } from './ir.ts';
import { reversePostorder } from './graph.ts';
import { rename, renameEnd, targets } from './operands.ts';
import { inferPhiTypes, joinTypes, pointerSum } from './valuetype.ts';

/** Name of a mutable variable; any string that is unique in the function. */
export type Variable = string;

interface OpenBlock {
  readonly id: BlockId;
  readonly label: string;
  readonly phis: Inst[];
  readonly insts: Inst[];
  readonly predecessors: BlockId[];
  readonly current: Map<Variable, ValueId>;
  /** Variables read before all predecessors were known, with the id of the phi that will be filled. */
  readonly incomplete: Map<Variable, ValueId>;
  sealed: boolean;
  end: Terminator | undefined;
}

export class Builder {
  readonly #name: string;
  readonly #params: readonly ValueType[];
  readonly #blocks: OpenBlock[] = [];
  readonly #slots: Slot[] = [];
  readonly #types: ValueType[] = [];
  readonly #replaced = new Map<ValueId, ValueId>();
  readonly #zeros = new Set<ValueId>();
  /** Variables written behind the end of the current block: nobody else may see them. */
  readonly #dead = new Map<Variable, ValueId>();
  #at: OpenBlock;
  #span: Span = noSpan;

  constructor(name: string, params: readonly ValueType[]) {
    this.#name = name;
    this.#params = params;
    this.#at = this.#open('entry');
    this.#at.sealed = true;
  }

  /** Everything emitted from here on comes from this place of the script. */
  setSpan(span: Span): Span {
    const before = this.#span;
    this.#span = span;
    return before;
  }

  get span(): Span {
    return this.#span;
  }

  typeOf(value: ValueId): ValueType {
    return this.#types[value] ?? 'none';
  }

  /** Makes a block; control reaches it by jump() or branch(). It must be sealed when its last predecessor is known. */
  block(label: string): BlockId {
    return this.#open(label).id;
  }

  /** Goes on emitting at the end of that block. */
  enter(block: BlockId): void {
    this.#at = this.#block(block);
    this.#dead.clear();
  }

  get here(): BlockId {
    return this.#at.id;
  }

  /** True when the current block already ended: what is emitted now is dead. */
  get ended(): boolean {
    return this.#at.end !== undefined;
  }

  /** Promises that the block gets no more predecessors. */
  seal(block: BlockId): void {
    const open = this.#block(block);
    if (open.sealed) return;
    open.sealed = true;
    for (const [variable, phi] of open.incomplete) this.#fillPhi(open, variable, phi);
    open.incomplete.clear();
  }

  jump(to: BlockId): void {
    this.#finish({ kind: 'jump', to, span: this.#span }, [to]);
  }

  branch(condition: Condition, a: ValueId, b: ValueId, then: BlockId, otherwise: BlockId, likely?: 'then' | 'else'): void {
    if (then === otherwise) {
      this.jump(then);
      return;
    }
    const end: Terminator = { kind: 'branch', condition, a, b, then, else: otherwise, span: this.#span, ...(likely === undefined ? {} : { likely }) };
    this.#finish(end, [then, otherwise]);
  }

  /** Branches on a value being not 0. */
  branchIf(value: ValueId, then: BlockId, otherwise: BlockId, likely?: 'then' | 'else'): void {
    this.branch('ne', value, this.constant(0), then, otherwise, likely);
  }

  return(value: ValueId): void {
    this.#finish({ kind: 'return', value, span: this.#span }, []);
  }

  write(variable: Variable, value: ValueId): void {
    (this.ended ? this.#dead : this.#at.current).set(variable, value);
  }

  /** The value of the variable here. A variable that was never written on some path is 0 there. */
  read(variable: Variable): ValueId {
    return (this.ended ? this.#dead.get(variable) : undefined) ?? this.#readIn(variable, this.#at);
  }

  slot(size: number, label: string, options: { readonly align?: 1 | 2 | 4 | 8; readonly onStack?: boolean } = {}): ValueId {
    return this.slotAddress(this.newSlot(size, label, options));
  }

  /** Memory that several places of the function name: each asks for its address where it stands. */
  newSlot(size: number, label: string, options: { readonly align?: 1 | 2 | 4 | 8; readonly onStack?: boolean } = {}): number {
    this.#slots.push({ size, align: options.align ?? 8, label, onStack: options.onStack ?? false });
    return this.#slots.length - 1;
  }

  slotAddress(slot: number): ValueId {
    return this.emit({ kind: 'slot', slot }, 'memory');
  }

  emit(op: Op, type: ValueType = 'scalar'): ValueId {
    const id = this.#value(type);
    if (!this.ended) this.#at.insts.push({ id, op, type, span: this.#span });
    return id;
  }

  param(index: number): ValueId {
    return this.emit({ kind: 'param', index }, this.#params[index] ?? 'scalar');
  }

  constant(value: number | bigint): ValueId {
    const id = this.emit({ kind: 'const', value: BigInt.asIntN(64, BigInt(value)) });
    if (BigInt(value) === 0n) this.#zeros.add(id);
    return id;
  }

  /** The result of adding a scalar to a pointer, or taking one away, is a pointer of the same class. */
  binary(fn: BinaryFn, a: ValueId, b: ValueId): ValueId {
    return this.emit({ kind: 'binary', fn, a, b }, pointerSum(fn, this.typeOf(a), this.typeOf(b)));
  }

  /** a when the condition is not 0, else b. */
  select(condition: ValueId, a: ValueId, b: ValueId): ValueId {
    return this.emit({ kind: 'select', condition, a, b }, joinTypes([this.#shape(a), this.#shape(b)]));
  }

  compare(condition: Condition, a: ValueId, b: ValueId): ValueId {
    return this.emit({ kind: 'compare', condition, a, b });
  }

  extend(a: ValueId, bits: 8 | 16 | 32 | 64, signed: boolean): ValueId {
    return bits === 64 ? a : this.emit({ kind: 'extend', bits, signed, a });
  }

  load(base: ValueId, offset: number, size: AccessSize, signed = false): ValueId {
    return this.emit({ kind: 'load', base, offset, size, signed });
  }

  store(base: ValueId, offset: number, size: AccessSize, value: ValueId): void {
    this.emit({ kind: 'store', base, offset, size, value }, 'none');
  }

  zero(base: ValueId, offset: number, size: number): void {
    if (size > 0) this.emit({ kind: 'zero', base, offset, size }, 'none');
  }

  copy(to: ValueId, toOffset: number, from: ValueId, fromOffset: number, size: number): void {
    if (size > 0) this.emit({ kind: 'copy', to, toOffset, from, fromOffset, size }, 'none');
  }

  helper(name: HelperName, args: readonly ValueId[], type: ValueType = 'scalar'): ValueId {
    return this.emit({ kind: 'helper', name, args }, type);
  }

  map(name: string): ValueId {
    return this.emit({ kind: 'map', map: name }, 'map');
  }

  mapData(map: string, offset: number): ValueId {
    return this.emit({ kind: 'mapData', map, offset }, 'memory');
  }

  runtime(relocation: RuntimeValue): ValueId {
    return this.emit({ kind: 'runtime', relocation });
  }

  /**
   * Runs `body` only when the pointer (of type `memory?`) is not 0, then goes on behind it.
   * `body` gets the pointer as `memory`.
   */
  ifPresent(pointer: ValueId, label: string, body: (memory: ValueId) => void, otherwise?: () => void): void {
    const present = this.block(label);
    const absent = otherwise ? this.block(`${label}.absent`) : undefined;
    const after = this.block(`${label}.end`);
    this.branchIf(pointer, present, absent ?? after, 'then');
    this.seal(present);
    this.enter(present);
    const before = this.typeOf(pointer);
    this.#types[pointer] = 'memory';
    body(pointer);
    if (!this.ended) this.jump(after);
    this.#types[pointer] = before;
    if (absent !== undefined && otherwise) {
      this.seal(absent);
      this.enter(absent);
      otherwise();
      if (!this.ended) this.jump(after);
    }
    this.seal(after);
    this.enter(after);
  }

  /** if/else whose arms may write variables. */
  ifElse(condition: ValueId, label: string, then: () => void, otherwise?: () => void): void {
    const yes = this.block(`${label}.then`);
    const no = otherwise ? this.block(`${label}.else`) : undefined;
    const after = this.block(`${label}.end`);
    this.branchIf(condition, yes, no ?? after);
    this.seal(yes);
    this.enter(yes);
    then();
    if (!this.ended) this.jump(after);
    if (no !== undefined && otherwise) {
      this.seal(no);
      this.enter(no);
      otherwise();
      if (!this.ended) this.jump(after);
    }
    this.seal(after);
    this.enter(after);
  }

  /** The finished function. Every reachable block must have ended and been sealed; unreachable ones are left out. */
  build(): Func {
    const order = this.#reachable();
    const position = new Map(order.map((open, index) => [open.id, index]));
    this.#dropTrivialPhis(order, position);
    const at = (id: BlockId): BlockId => position.get(id) ?? fail(`block ${id} is not reachable`);
    const value = (id: ValueId): ValueId => this.#resolve(id);
    const blocks = order.map((open, index): Block => {
      if (!open.sealed) fail(`block ${open.label} was never sealed`);
      const insts = [...open.phis, ...open.insts].filter((inst) => !this.#replaced.has(inst.id));
      return {
        id: index,
        label: open.label,
        insts: insts.map((inst) => ({ ...inst, op: rename(inst.op, value, (id) => position.get(id)) })),
        end: renameEnd(open.end ?? fail(`block ${open.label} has no end`), value, at),
      };
    });
    return inferPhiTypes({ name: this.#name, params: this.#params, blocks, slots: this.#slots, values: this.#types.length });
  }

  #open(label: string): OpenBlock {
    const open: OpenBlock = {
      id: this.#blocks.length, label, phis: [], insts: [], predecessors: [], current: new Map(), incomplete: new Map(), sealed: false, end: undefined,
    };
    this.#blocks.push(open);
    return open;
  }

  #block(id: BlockId): OpenBlock {
    return this.#blocks[id] ?? fail(`no block ${id}`);
  }

  #value(type: ValueType): ValueId {
    this.#types.push(type);
    return this.#types.length - 1;
  }

  #finish(end: Terminator, successors: readonly BlockId[]): void {
    if (this.ended) return;
    this.#at.end = end;
    for (const successor of successors) {
      const open = this.#block(successor);
      if (open.sealed) fail(`block ${open.label} was sealed before its last predecessor`);
      open.predecessors.push(this.#at.id);
    }
  }

  #readIn(variable: Variable, open: OpenBlock): ValueId {
    const known = open.current.get(variable);
    if (known !== undefined) return this.#resolve(known);
    let value: ValueId;
    const [first, second] = open.predecessors;
    if (!open.sealed) {
      value = this.#phi(open, variable);
      open.incomplete.set(variable, value);
    } else if (first === undefined) {
      value = this.#undefined(open);
    } else if (second === undefined) {
      value = this.#readIn(variable, this.#block(first));
    } else {
      value = this.#phi(open, variable);
      value = this.#fillPhi(open, variable, value);
    }
    open.current.set(variable, value);
    return value;
  }

  /** A path on which the variable was never written: 0. */
  #undefined(open: OpenBlock): ValueId {
    const id = this.#value('scalar');
    this.#zeros.add(id);
    open.insts.unshift({ id, op: { kind: 'const', value: 0n }, type: 'scalar', span: this.#span });
    return id;
  }

  #phi(open: OpenBlock, variable: Variable): ValueId {
    const id = this.#value('scalar');
    const index = open.phis.push({ id, op: { kind: 'phi', inputs: [] }, type: 'scalar', span: this.#span }) - 1;
    open.current.set(variable, id);
    const [first] = open.predecessors;
    if (open.sealed || first === undefined) return id;
    // What comes into a loop tells what the variable is; the loop's own end is checked when it is known.
    const type = this.typeOf(this.#readIn(variable, this.#block(first)));
    this.#types[id] = type;
    open.phis[index] = { id, op: { kind: 'phi', inputs: [] }, type, span: this.#span };
    return id;
  }

  #fillPhi(open: OpenBlock, variable: Variable, phi: ValueId): ValueId {
    const inputs = open.predecessors.map((from) => ({ from, value: this.#readIn(variable, this.#block(from)) }));
    const index = open.phis.findIndex((inst) => inst.id === phi);
    const inst = open.phis[index] ?? fail('phi is gone');
    const type = joinTypes(inputs.filter((input) => this.#resolve(input.value) !== phi).map((input) => this.#shape(input.value)));
    this.#types[phi] = type;
    open.phis[index] = { ...inst, op: { kind: 'phi', inputs }, type };
    const only = this.#onlyInput(phi, inputs);
    if (only === undefined) return phi;
    this.#replaced.set(phi, only);
    return only;
  }

  /** The one value that all inputs are, apart from the phi itself. */
  #onlyInput(phi: ValueId, inputs: readonly { readonly value: ValueId }[]): ValueId | undefined {
    const others = new Set(inputs.map((input) => this.#resolve(input.value)));
    others.delete(phi);
    const [only] = others;
    return others.size === 1 ? only : undefined;
  }

  /** One phi that goes may make others trivial that read it, so this goes on until nothing changes. */
  #dropTrivialPhis(order: readonly OpenBlock[], reachable: ReadonlyMap<BlockId, number>): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const { phis } of order) {
        for (const { id, op } of phis) {
          if (op.kind !== 'phi' || this.#replaced.has(id)) continue;
          const only = this.#onlyInput(id, op.inputs.filter((input) => reachable.has(input.from)));
          if (only === undefined) continue;
          this.#replaced.set(id, only);
          changed = true;
        }
      }
    }
  }

  #shape(value: ValueId): ValueType | 'null' {
    return this.#zeros.has(this.#resolve(value)) ? 'null' : this.typeOf(value);
  }

  #resolve(id: ValueId): ValueId {
    let at = id;
    for (let next = this.#replaced.get(at); next !== undefined; next = this.#replaced.get(at)) at = next;
    return at;
  }

  /** Blocks reachable from the entry, in reverse postorder; a loop's body comes before what follows the loop. */
  #reachable(): OpenBlock[] {
    const successors = (open: OpenBlock): readonly BlockId[] => (open.end ? targets(open.end) : []);
    return reversePostorder(0, (id) => successors(this.#block(id))).map((id) => this.#block(id));
  }
}

function fail(message: string): never {
  throw new Error(`ir: ${message}`);
}
