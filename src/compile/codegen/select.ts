// Instruction selection: IR, already expanded, to instructions over virtual registers.
import { unreachable } from '../../base/unreachable.ts';
import type { Span } from '../../base/span.ts';
import {
  alu, aluImm, atomicAdd, callFunction, callHelper, callKfunc, load, loadImm64, loadSigned, mov, mov32, movImm, movSigned, neg, store, storeImm, toBigEndian,
} from '../../bpf/asm.ts';
import { helpers } from '../../bpf/helpers.ts';
import type { AluOp, Insn, JumpOp } from '../../bpf/insn.ts';
import { BPF_PSEUDO_FUNC, BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE, frameRegister } from '../../bpf/insn.ts';
import { graphOf } from '../ir/graph.ts';
import type { AccessSize, BinaryFn, Block, BlockId, Condition, Func, Inst, Op, Terminator, ValueId } from '../ir/ir.ts';
import type { Liveness } from '../ir/liveness.ts';
import { definitions, livenessOf, useCounts } from '../ir/liveness.ts';
import { endOperands, operands, targets } from '../ir/operands.ts';
import type { MEnd, MInst, MSymbol, Reg } from './mir.ts';
import { firstVirtual } from './mir.ts';

export interface SelectOptions {
  /** 4 has loads and moves that extend by sign. */
  readonly isa: 3 | 4;
  /** Bytes from the frame register to each slot, negative. */
  readonly slotOffsets: readonly number[];
}

/** Blocks by id, not yet in order; the first one is the entry. */
export interface Selected {
  readonly blocks: readonly { readonly label: string; readonly insts: readonly MInst[]; readonly end: MEnd }[];
  readonly registers: number;
}

export function select(func: Func, options: SelectOptions): Selected {
  return new Selector(func, options).run();
}

interface OpenBlock {
  readonly label: string;
  readonly insts: MInst[];
  end: MEnd | undefined;
}

interface Address {
  readonly base: ValueId | undefined;
  readonly offset: number;
}

type Test = Pick<Extract<MEnd, { kind: 'branch' }>, 'op' | 'width' | 'dst' | 'src' | 'imm'>;

class Selector {
  readonly #func: Func;
  readonly #options: SelectOptions;
  readonly #definitions: ReadonlyMap<ValueId, Inst>;
  readonly #uses: ReadonlyMap<ValueId, number>;
  readonly #live: Liveness;
  readonly #blocks: OpenBlock[];
  readonly #registers = new Map<ValueId, Reg>();
  readonly #addresses = new Map<ValueId, Address | undefined>();
  #next: Reg = firstVirtual;
  readonly #lasts = new Map<ValueId, ValueId>();
  #inst: ValueId = -1;
  #at: OpenBlock;
  #span: Span = { start: 0, end: 0 };

  constructor(func: Func, options: SelectOptions) {
    this.#func = func;
    this.#options = options;
    this.#definitions = definitions(func);
    this.#uses = useCounts(func);
    this.#live = livenessOf(func);
    this.#blocks = func.blocks.map(({ label }) => ({ label, insts: [], end: undefined }));
    this.#at = this.#blocks[0] ?? fail('a function without blocks');
  }

  run(): Selected {
    const entry = this.#func.blocks[0];
    if (entry) this.#parameters(entry);
    for (const id of graphOf(this.#func).order) {
      const block = this.#func.blocks[id] ?? fail(`no block ${id}`);
      this.#at = this.#blocks[id] ?? fail(`no block ${id}`);
      this.#findLasts(block);
      for (const inst of block.insts) this.#select(inst);
      this.#span = block.end.span;
      this.#end(block);
    }
    const blocks = this.#blocks.map((block) => ({ ...block, end: block.end ?? fail(`block ${block.label} has no end`) }));
    return { blocks, registers: this.#next };
  }

  /** All at once before anything else destroys r1 to r5. */
  #parameters(entry: Block): void {
    for (const { id, op, span } of entry.insts) {
      this.#span = span;
      if (op.kind === 'param' && this.#used(id)) this.#put(mov(this.#register(id), op.index + 1));
    }
  }

  #select(inst: Inst): void {
    const { id, op } = inst;
    this.#span = inst.span;
    this.#inst = id;
    switch (op.kind) {
      case 'param':
      case 'phi':
      case 'const':
      case 'slot':
      case 'map':
      case 'functionAddress':
        return;
      case 'mapData':
      case 'runtime':
        if (!this.#single(id)) this.#into(this.#register(id), id, true);
        return;
      case 'binary':
        if (this.#address(id) === undefined && !this.#fusedTest(id)) this.#binary(id, op.fn, op.a, op.b);
        return;
      case 'neg':
        return this.#unary(id, op.a, neg(0));
      case 'not':
        return this.#unary(id, op.a, aluImm('xor', 0, -1));
      case 'extend':
        return this.#halves.has(id) ? undefined : this.#extend(this.#register(id), op);
      case 'bswap':
        return this.#unary(id, op.a, toBigEndian(0, op.bits));
      case 'load':
        return this.#load(this.#register(id), op);
      case 'store':
        return this.#store(op);
      case 'atomicAdd': {
        const { reg, offset } = this.#place(op.base, op.offset);
        return this.#put(atomicAdd(op.size, reg, offset, this.#operand(op.value)));
      }
      case 'helper':
        return this.#call(inst, callHelper(helpers[op.name].id), op.args);
      case 'kfunc':
        return this.#call(inst, callKfunc(0), op.args, { kind: 'relocation', relocation: { kind: 'kfunc', name: op.name } });
      case 'call':
        return this.#call(inst, callFunction(0), op.args, { kind: 'function', name: op.name });
      case 'compare':
        if (this.#used(id)) fail('a comparison was not expanded');
        return;
      case 'select':
      case 'zero':
      case 'copy':
      case 'probeRead':
        return fail(`${op.kind} was not expanded`);
      default:
        return unreachable(op);
    }
  }

  #binary(id: ValueId, fn: BinaryFn, a: ValueId, b: ValueId): void {
    const swap = commutative.has(fn) && (this.#constant(a) !== undefined || (this.#lastUse(b) && !this.#lastUse(a) && this.#constant(b) === undefined));
    const [left, right] = swap ? [b, a] : [a, b];
    const dst = this.#register(id);
    const constant = this.#constant(right);
    if (fn === 'and' && constant === 0xffffffffn) return this.#put(mov32(dst, this.#operand(left)));
    const imm = immediate(constant);
    const operand = imm === undefined ? this.#operand(right) : undefined;
    this.#into(dst, left);
    if (imm === undefined) this.#put(alu(binaryOps[fn], dst, operand ?? fail('no operand')));
    else if (shifts.has(fn)) this.#put(aluImm(binaryOps[fn], dst, imm & 63));
    else if (imm === 0 && fn === 'udiv') this.#put(movImm(dst, 0));
    else if (!(imm === 0 && fn === 'umod')) this.#put(aluImm(binaryOps[fn], dst, imm));
  }

  #unary(id: ValueId, a: ValueId, insn: Insn): void {
    const dst = this.#register(id);
    this.#into(dst, a);
    this.#put({ ...insn, dst });
  }

  #extend(dst: Reg, { bits, signed, a }: Extract<Op, { kind: 'extend' }>): void {
    if (bits === 32 && !signed) return this.#put(mov32(dst, this.#operand(a)));
    if (signed && this.#options.isa >= 4) return this.#put(movSigned(dst, this.#operand(a), bits));
    this.#into(dst, a);
    if (signed) this.#extendSigned(dst, bits);
    else this.#put(aluImm('and', dst, 2 ** bits - 1));
  }

  #extendSigned(dst: Reg, bits: number): void {
    this.#put(aluImm('lsh', dst, 64 - bits));
    this.#put(aluImm('arsh', dst, 64 - bits));
  }

  #load(dst: Reg, { base, offset, size, signed }: Extract<Op, { kind: 'load' }>): void {
    const from = this.#place(base, offset);
    const extended = signed && size !== 8;
    if (extended && this.#options.isa >= 4 && memory.has(this.#type(base))) return this.#put(loadSigned(size, dst, from.reg, from.offset));
    this.#put(load(size, dst, from.reg, from.offset));
    if (extended) this.#extendSigned(dst, 8 * size);
  }

  #store({ base, offset, size, value }: Extract<Op, { kind: 'store' }>): void {
    const to = this.#place(base, offset);
    const imm = immediate(truncated(this.#constant(value), size));
    if (imm === undefined) this.#put(store(size, to.reg, to.offset, this.#operand(value)));
    else this.#put(storeImm(size, to.reg, to.offset, imm));
  }

  #call(inst: Inst, insn: Insn, args: readonly ValueId[], symbol?: MSymbol): void {
    // Registers first, so that they are free again before constants and addresses are made.
    const order = args.map((value, index) => ({ value, reg: index + 1 })).sort((a, b) => Number(this.#leaf(a.value)) - Number(this.#leaf(b.value)));
    for (const { value, reg } of order) this.#into(reg, value);
    this.#at.insts.push({ insn, span: this.#span, args: args.length, ...(symbol === undefined ? {} : { symbol }) });
    if (inst.type !== 'none' && this.#used(inst.id)) this.#put(mov(this.#register(inst.id), 0));
  }

  #end(block: Block): void {
    const { end } = block;
    switch (end.kind) {
      case 'return':
        this.#into(0, end.value);
        this.#at.end = { kind: 'exit', span: end.span };
        return;
      case 'jump':
        this.#copies(block.id, end.to);
        this.#at.end = { kind: 'jump', to: end.to, span: end.span };
        return;
      case 'branch':
        return this.#branch(block, end);
      default:
        return unreachable(end);
    }
  }

  #branch(block: Block, end: Extract<Terminator, { kind: 'branch' }>): void {
    const at = this.#at;
    const test = this.#test(end);
    const then = this.#edge(block.id, end.then, end.else, test);
    const otherwise = this.#edge(block.id, end.else, end.then, test);
    const exchanged = test.op === 'jset' && end.condition === 'eq';
    at.end = { ...test, kind: 'branch', then: exchanged ? otherwise : then, else: exchanged ? then : otherwise, span: end.span };
  }

  #test(end: Extract<Terminator, { kind: 'branch' }>): Test {
    const half = this.#halves.has(end.a) ? this.#definitions.get(end.a)?.op : undefined;
    if (half?.kind === 'extend') {
      const imm = Number(BigInt.asIntN(32, this.#constant(end.b) ?? 0n));
      return { op: jumpOf[end.condition], width: 32, dst: this.#operand(half.a), src: undefined, imm };
    }
    const bits = this.#fusedTest(end.a) ? this.#definitions.get(end.a)?.op : undefined;
    const [left, right, condition] = bits?.kind === 'binary' ? [bits.a, bits.b, 'jset' as const] : [end.a, end.b, end.condition];
    const swap = this.#constant(left) !== undefined && this.#constant(right) === undefined;
    const [a, b] = swap ? [right, left] : [left, right];
    const op = condition === 'jset' ? condition : jumpOf[swap ? mirrored[condition] : condition];
    const imm = immediate(this.#constant(b));
    const dst = this.#operand(a);
    return { op, width: 64, dst, src: imm === undefined ? this.#operand(b) : undefined, imm: imm ?? 0 };
  }

  /** `x & mask` that only decides one branch on being 0: the branch tests the bits itself. */
  #fusedTest(id: ValueId): boolean {
    const op = this.#definitions.get(id)?.op;
    if (op?.kind !== 'binary' || op.fn !== 'and' || !this.#single(id)) return false;
    return this.#decided.has(id);
  }

  get #decided(): ReadonlySet<ValueId> {
    this.#decidedCache ??= new Set(
      this.#func.blocks.flatMap(({ end }) => (end.kind === 'branch' && equality.has(end.condition) && this.#constant(end.b) === 0n ? [end.a] : [])),
    );
    return this.#decidedCache;
  }
  #decidedCache: ReadonlySet<ValueId> | undefined;

  /** Extensions of 32 bits that only branches look at, each against a constant: those compare 32 bits. */
  get #halves(): ReadonlySet<ValueId> {
    if (this.#halvesCache) return this.#halvesCache;
    const tests = new Map<ValueId, number>();
    for (const { end } of this.#func.blocks) {
      const op = end.kind === 'branch' ? this.#definitions.get(end.a)?.op : undefined;
      const constant = end.kind === 'branch' ? this.#constant(end.b) : undefined;
      if (end.kind !== 'branch' || op?.kind !== 'extend' || op.bits !== 32 || constant === undefined) continue;
      const order = equality.has(end.condition) || end.condition.startsWith(op.signed ? 's' : 'u');
      const fits = op.signed ? BigInt.asIntN(32, constant) === constant : BigInt.asUintN(32, constant) === constant;
      if (order && fits) tests.set(end.a, (tests.get(end.a) ?? 0) + 1);
    }
    this.#halvesCache = new Set([...tests].filter(([id, count]) => count === this.#uses.get(id)).map(([id]) => id));
    return this.#halvesCache;
  }
  #halvesCache: ReadonlySet<ValueId> | undefined;

  /** Where a branch goes for that target: a block of its own when phis want registers copied on the way. */
  #edge(from: BlockId, to: BlockId, other: BlockId, test: Test): number {
    const moves = this.#moves(from, to);
    if (moves.length === 0) return to;
    const wanted = this.#wanted(from, other);
    const early = moves.every(({ phi, value }) => this.#allLeaves(phi) && this.#leaf(value) && !wanted.has(phi) && !testReads(test).includes(this.#register(phi)));
    if (early) {
      this.#parallel(moves);
      return to;
    }
    const here = this.#at;
    const split: OpenBlock = { label: `${here.label}.edge`, insts: [], end: { kind: 'jump', to, span: this.#span } };
    const id = this.#blocks.push(split) - 1;
    this.#at = split;
    this.#parallel(moves);
    this.#at = here;
    return id;
  }

  /** Nothing comes into the phi that it could share a register with. */
  #allLeaves(phi: ValueId): boolean {
    const op = this.#definitions.get(phi)?.op;
    return op?.kind === 'phi' && op.inputs.every(({ value }) => this.#leaf(value));
  }

  /** Values whose registers are wanted on that way; a test that the branch makes itself wants those of its operands. */
  #wanted(from: BlockId, to: BlockId): ReadonlySet<ValueId> {
    const values = [...this.#live.edge(from, to)];
    return new Set(values.flatMap((id) => (this.#fusedTest(id) || this.#halves.has(id) ? [id, ...operands(this.#definitions.get(id)?.op ?? fail('no test'))] : [id])));
  }

  #copies(from: BlockId, to: BlockId): void {
    this.#parallel(this.#moves(from, to));
  }

  #moves(from: BlockId, to: BlockId): { readonly phi: ValueId; readonly value: ValueId }[] {
    return (this.#func.blocks[to]?.insts ?? []).flatMap(({ id, op }) => {
      if (op.kind !== 'phi' || !this.#used(id)) return [];
      const input = op.inputs.find((each) => each.from === from)?.value ?? fail(`phi ${id} has no input from block ${from}`);
      const value = this.#tested(from, to, input);
      return value === id ? [] : [{ phi: id, value }];
    });
  }

  /** Where a branch has just found a register equal to the constant, and nobody wants it otherwise, the register will do. */
  #tested(from: BlockId, to: BlockId, value: ValueId): ValueId {
    const end = this.#func.blocks[from]?.end;
    const constant = this.#constant(value);
    if (end?.kind !== 'branch' || constant === undefined || this.#constant(end.b) !== constant) return value;
    const equal = (end.condition === 'eq' && end.then === to) || (end.condition === 'ne' && end.else === to);
    // The verifier learns nothing from a kernel pointer that is 0.
    const free = nullable.has(this.#type(end.a)) && !this.#leaf(end.a) && !this.#fusedTest(end.a) && !this.#halves.has(end.a) && !this.#live.edge(from, to).has(end.a);
    return equal && free ? end.a : value;
  }

  /** Copies that happen at once: one goes first when nobody still wants its target; a ring is opened with one more register. */
  #parallel(moves: readonly { readonly phi: ValueId; readonly value: ValueId }[]): void {
    const leaves = moves.filter(({ value }) => this.#leaf(value));
    const pending = moves.filter(({ value }) => !this.#leaf(value)).map(({ phi, value }) => ({ dst: this.#register(phi), src: this.#register(value) }));
    while (pending.length > 0) {
      const free = pending.findIndex(({ dst }) => !pending.some(({ src }) => src === dst));
      const [move] = pending.splice(Math.max(0, free), 1);
      if (move === undefined) break;
      if (free < 0) {
        const kept = this.#fresh();
        this.#put(mov(kept, move.dst));
        pending.forEach((other, index) => {
          if (other.src === move.dst) pending[index] = { ...other, src: kept };
        });
      }
      this.#put(mov(move.dst, move.src));
    }
    for (const { phi, value } of leaves) this.#into(this.#register(phi), value);
  }

  /** The register that holds the value; of what holds no register, a new one is filled. */
  #operand(id: ValueId): Reg {
    if (!this.#leaf(id)) return this.#register(id);
    const reg = this.#fresh();
    this.#into(reg, id);
    return reg;
  }

  /** Puts the value into that register. */
  #into(reg: Reg, id: ValueId, definition = false): void {
    const address = this.#address(id);
    if (address !== undefined) {
      this.#put(mov(reg, address.base === undefined ? frameRegister : this.#register(address.base)));
      if (address.offset !== 0) this.#put(aluImm('add', reg, address.offset));
      return;
    }
    if (!this.#leaf(id) && !definition) return this.#put(mov(reg, this.#register(id)));
    const op = this.#definitions.get(id)?.op ?? fail(`value ${id} is not defined`);
    switch (op.kind) {
      case 'const':
        return this.#put(constantInsn(reg, op.value));
      case 'map':
        return this.#put(loadImm64(reg, 0n, BPF_PSEUDO_MAP_FD), { kind: 'relocation', relocation: { kind: 'map', map: op.map } });
      case 'mapData':
        return this.#put(loadImm64(reg, 0n, BPF_PSEUDO_MAP_VALUE), { kind: 'relocation', relocation: { kind: 'data', map: op.map, offset: op.offset } });
      case 'functionAddress':
        return this.#put(loadImm64(reg, 0n, BPF_PSEUDO_FUNC), { kind: 'function', name: op.name });
      case 'runtime':
        return this.#put(loadImm64(reg, 0n), { kind: 'relocation', relocation: op.relocation });
      default:
        return fail(`${op.kind} is no leaf`);
    }
  }

  /** Base register and offset of an access; what lies in the frame is reached through the frame register. */
  #place(base: ValueId, offset: number): { readonly reg: Reg; readonly offset: number } {
    const address = this.#address(base);
    if (address !== undefined && near(address.offset + offset)) {
      return { reg: address.base === undefined ? frameRegister : this.#register(address.base), offset: address.offset + offset };
    }
    if (near(offset)) return { reg: this.#operand(base), offset };
    const reg = this.#fresh();
    this.#into(reg, base);
    this.#put(aluImm('add', reg, offset));
    return { reg, offset: 0 };
  }

  /** An address that is made of another register (undefined: the frame's) and a distance wherever it is used. */
  #address(id: ValueId): Address | undefined {
    if (this.#addresses.has(id)) return this.#addresses.get(id);
    const address = this.#newAddress(id);
    this.#addresses.set(id, address);
    return address;
  }

  #newAddress(id: ValueId): Address | undefined {
    const inst = this.#definitions.get(id);
    const op = inst?.op;
    if (op?.kind === 'slot') return { base: undefined, offset: this.#options.slotOffsets[op.slot] ?? fail(`slot ${op.slot} has no place in the frame`) };
    if (op?.kind !== 'binary' || inst?.type !== 'memory' || (op.fn !== 'add' && op.fn !== 'sub')) return undefined;
    const distance = immediate(this.#constant(op.b));
    const under = this.#address(op.a) ?? (this.#steady(op.a) ? { base: op.a, offset: 0 } : undefined);
    if (distance === undefined || under === undefined) return undefined;
    const offset = op.fn === 'add' ? under.offset + distance : under.offset - distance;
    return offset === (offset | 0) ? { base: under.base, offset } : undefined;
  }

  /** Holds a register, and never another value in it while it is wanted: phis may. */
  #steady(id: ValueId): boolean {
    return this.#definitions.get(id)?.op.kind !== 'phi' && !this.#leaf(id);
  }

  /** Made where it is used: it holds no register. */
  #leaf(id: ValueId): boolean {
    const kind = this.#definitions.get(id)?.op.kind;
    if (kind === 'const' || kind === 'map' || kind === 'functionAddress') return true;
    if (kind === 'mapData' || kind === 'runtime') return this.#single(id);
    return this.#address(id) !== undefined;
  }

  #constant(id: ValueId): bigint | undefined {
    const op = this.#definitions.get(id)?.op;
    return op?.kind === 'const' ? op.value : undefined;
  }

  #type(id: ValueId): Inst['type'] | undefined {
    return this.#definitions.get(id)?.type;
  }

  #used(id: ValueId): boolean {
    return (this.#uses.get(id) ?? 0) > 0;
  }

  #single(id: ValueId): boolean {
    return this.#uses.get(id) === 1;
  }

  /** Whether nobody reads the value behind the instruction that is being selected. */
  #lastUse(id: ValueId): boolean {
    return this.#lasts.get(id) === this.#inst;
  }

  /** The last reader of each value that is not wanted behind the block. */
  #findLasts(block: Block): void {
    this.#lasts.clear();
    const wanted = new Set<ValueId>([...endOperands(block.end), ...targets(block.end).flatMap((to) => [...this.#live.edge(block.id, to)])]);
    for (const inst of block.insts.toReversed()) {
      for (const id of operands(inst.op)) if (!wanted.has(id) && !this.#lasts.has(id)) this.#lasts.set(id, inst.id);
    }
  }

  #register(id: ValueId): Reg {
    const known = this.#registers.get(id);
    if (known !== undefined) return known;
    const reg = this.#fresh();
    this.#registers.set(id, reg);
    return reg;
  }

  #fresh(): Reg {
    return this.#next++;
  }

  #put(insn: Insn, symbol?: MSymbol): void {
    this.#at.insts.push({ insn, span: this.#span, ...(symbol === undefined ? {} : { symbol }) });
  }
}

const binaryOps: Readonly<Record<BinaryFn, Exclude<AluOp, 'neg' | 'end'>>> = {
  add: 'add', sub: 'sub', mul: 'mul', udiv: 'div', umod: 'mod', and: 'and', or: 'or', xor: 'xor', shl: 'lsh', lshr: 'rsh', ashr: 'arsh',
};
const commutative: ReadonlySet<BinaryFn> = new Set<BinaryFn>(['add', 'mul', 'and', 'or', 'xor']);
const shifts: ReadonlySet<BinaryFn> = new Set<BinaryFn>(['shl', 'lshr', 'ashr']);

const memory: ReadonlySet<Inst['type'] | undefined> = new Set<Inst['type']>(['memory', 'memory?']);
const nullable: ReadonlySet<Inst['type'] | undefined> = new Set<Inst['type']>(['scalar', 'memory?']);
const equality: ReadonlySet<Condition> = new Set<Condition>(['eq', 'ne']);

const jumpOf: Readonly<Record<Condition, JumpOp>> = {
  eq: 'jeq', ne: 'jne', ult: 'jlt', ule: 'jle', ugt: 'jgt', uge: 'jge', slt: 'jslt', sle: 'jsle', sgt: 'jsgt', sge: 'jsge',
};

/** The same test with its sides exchanged. */
const mirrored: Readonly<Record<Condition, Condition>> = {
  eq: 'eq', ne: 'ne', ult: 'ugt', ule: 'uge', ugt: 'ult', uge: 'ule', slt: 'sgt', sle: 'sge', sgt: 'slt', sge: 'sle',
};

function testReads({ dst, src }: Test): readonly Reg[] {
  return src === undefined ? [dst] : [dst, src];
}

/** The value as a 32-bit immediate that is extended by its sign. */
function immediate(value: bigint | undefined): number | undefined {
  return value !== undefined && BigInt.asIntN(32, value) === value ? Number(value) : undefined;
}

function near(offset: number): boolean {
  return offset >= -0x8000 && offset < 0x8000;
}

/** What a store of that size keeps of a constant. */
function truncated(value: bigint | undefined, size: AccessSize): bigint | undefined {
  return value === undefined ? undefined : BigInt.asIntN(8 * size, value);
}

function constantInsn(reg: Reg, value: bigint): Insn {
  const imm = immediate(value);
  if (imm !== undefined) return movImm(reg, imm);
  if (BigInt.asUintN(32, value) === value) return aluImm('mov', reg, Number(BigInt.asIntN(32, value)), 32);
  return loadImm64(reg, value);
}

function fail(message: string): never {
  throw new Error(`codegen: ${message}`);
}

