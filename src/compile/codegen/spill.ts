// Keeps registers in the frame: a store behind each write, loads before reads. What is cheap to make anew is made anew.
import { load, store } from '../../bpf/asm.ts';
import { BPF_ALU, BPF_ALU64, BPF_K, LD_IMM64, aluOps, frameRegister } from '../../bpf/insn.ts';
import type { Kept } from './allocate.ts';
import type { Ranges } from './live.ts';
import { overlap } from './live.ts';
import type { MBlock, MEnd, MFunc, MInst, Reg } from './mir.ts';
import { endReads, isCall, isMove, reads, withRegisters, writes } from './mir.ts';

export interface Spilled {
  readonly members: readonly Reg[];
  readonly ranges: Ranges;
}

/** Makes new registers for the pieces, and notes in `kept` which they are. */
export function spill(func: MFunc, spilled: readonly Spilled[], kept: Kept): MFunc {
  const writer = new Writer(func, kept);
  for (const bundle of spilled) writer.keep(bundle);
  return writer.run();
}

/** How a register that has no register is had. */
type Home =
  /** Its instruction, done again. */
  | { readonly kind: 'again'; readonly inst: MInst }
  | { readonly kind: 'frame'; readonly offset: number };

interface Piece {
  readonly home: Home;
  /** The pieces that it is cut into live no longer than one instruction. */
  readonly short: boolean;
}

class Writer {
  readonly #func: MFunc;
  readonly #kept: Kept;
  readonly #pieces = new Map<Reg, Piece>();
  readonly #homes: { readonly offset: number; ranges: Ranges[] }[] = [];
  readonly #single: ReadonlyMap<Reg, MInst>;
  #frame: number;
  #registers: number;

  constructor(func: MFunc, kept: Kept) {
    this.#func = func;
    this.#kept = kept;
    this.#frame = func.frame;
    this.#registers = func.registers;
    this.#single = singleWrites(func);
  }

  keep({ members, ranges }: Spilled): void {
    const home = this.#again(members) ?? { kind: 'frame' as const, offset: this.#place(ranges) };
    const short = members.some((member) => this.#kept.reloads.has(member));
    const piece = { home, short };
    for (const member of members) this.#pieces.set(member, piece);
  }

  run(): MFunc {
    const blocks = this.#func.blocks.map((block) => this.#block(block));
    return { ...this.#func, blocks, frame: this.#frame, registers: this.#registers };
  }

  #again(members: readonly Reg[]): Home | undefined {
    const [only] = members;
    const inst = members.length === 1 && only !== undefined ? this.#single.get(only) : undefined;
    return inst && (cheap(inst) || (only !== undefined && this.#kept.reloads.has(only))) ? { kind: 'again', inst } : undefined;
  }

  /** A place in the frame that nobody else wants at that time. */
  #place(ranges: Ranges): number {
    const free = this.#homes.find((home) => !home.ranges.some((other) => overlap(other, ranges)));
    if (free) {
      free.ranges.push(ranges);
      return free.offset;
    }
    this.#frame += 8;
    this.#homes.push({ offset: -this.#frame, ranges: [ranges] });
    return -this.#frame;
  }

  #block(block: MBlock): MBlock {
    const insts: MInst[] = [];
    /** The register in which each piece lies just now. */
    const held = new Map<Piece, Reg>();
    block.insts.forEach((inst, index) => {
      const open = changedNext(inst, block.insts[index + 1]);
      if (open || !this.#move(inst, insts, held)) this.#inst(inst, insts, held, open);
      for (const [piece] of held) if (isCall(inst.insn) || (piece.short && !open)) held.delete(piece);
    });
    const wanted = endReads(block.end).map((reg) => [reg, this.#fetch(reg, block.end.span, insts, held)] as const);
    return { ...block, insts, end: renameEnd(block.end, new Map(wanted)) };
  }

  /** A copy from or to the frame is a load or a store. */
  #move({ insn, span }: MInst, insts: MInst[], held: Map<Piece, Reg>): boolean {
    if (!isMove(insn)) return false;
    const [to, from] = [this.#pieces.get(insn.dst), this.#pieces.get(insn.src)];
    if (to !== undefined && to === from) return true;
    if (to === undefined && from !== undefined && !held.has(from)) {
      insts.push(made(from.home, insn.dst, span));
      return true;
    }
    if (to?.home.kind !== 'frame' || from !== undefined) return false;
    insts.push({ insn: store(8, frameRegister, to.home.offset, insn.src), span });
    held.delete(to);
    return true;
  }

  /** `open`: the next instruction goes on with what this one writes, so it is not stored yet. */
  #inst(inst: MInst, insts: MInst[], held: Map<Piece, Reg>, open: boolean): void {
    const written = writes(inst).flatMap((reg) => {
      const piece = this.#pieces.get(reg);
      return piece ? [{ reg, piece }] : [];
    });
    // The instruction that makes a value anew wherever it is wanted is not wanted here.
    if (written.some(({ piece }) => piece.home.kind === 'again')) return;
    const names = new Map<Reg, Reg>(reads(inst).map((reg) => [reg, this.#fetch(reg, inst.span, insts, held)]));
    for (const { reg, piece } of written) {
      const target = names.get(reg) ?? this.#fresh(piece.short);
      names.set(reg, target);
      held.set(piece, target);
    }
    insts.push(withRegisters(inst, (reg) => names.get(reg) ?? reg, (reg) => names.get(reg) ?? reg));
    for (const { reg, piece } of written) {
      if (piece.home.kind === 'frame' && !open) insts.push({ insn: store(8, frameRegister, piece.home.offset, names.get(reg) ?? reg), span: inst.span });
    }
  }

  #fetch(reg: Reg, span: MInst['span'], insts: MInst[], held: Map<Piece, Reg>): Reg {
    const piece = this.#pieces.get(reg);
    if (!piece) return reg;
    const known = held.get(piece);
    if (known !== undefined) return known;
    const fresh = this.#fresh(piece.short);
    insts.push(made(piece.home, fresh, span));
    held.set(piece, fresh);
    return fresh;
  }

  #fresh(short: boolean): Reg {
    const reg = this.#registers++;
    (short ? this.#kept.temporaries : this.#kept.reloads).add(reg);
    return reg;
  }
}

function made(home: Home, reg: Reg, span: MInst['span']): MInst {
  if (home.kind === 'frame') return { insn: load(8, reg, frameRegister, home.offset), span };
  return { ...withRegisters(home.inst, (old) => old, () => reg), span };
}

/** Whether the next instruction changes the register that this one writes, as second steps of two-address code do. */
function changedNext(inst: MInst, next: MInst | undefined): boolean {
  const [written] = isCall(inst.insn) ? [] : writes(inst);
  return written !== undefined && next !== undefined && !isCall(next.insn) && writes(next).includes(written) && reads(next).includes(written);
}

function renameEnd(end: MEnd, names: ReadonlyMap<Reg, Reg>): MEnd {
  if (end.kind !== 'branch') return end;
  return { ...end, dst: names.get(end.dst) ?? end.dst, src: end.src === undefined ? undefined : (names.get(end.src) ?? end.src) };
}

/** Instructions that alone write their register. */
function singleWrites(func: MFunc): ReadonlyMap<Reg, MInst> {
  const single = new Map<Reg, MInst>();
  const seen = new Set<Reg>();
  for (const block of func.blocks) {
    for (const inst of block.insts) {
      for (const reg of writes(inst)) {
        if (seen.has(reg)) single.delete(reg);
        else single.set(reg, inst);
        seen.add(reg);
      }
    }
  }
  return single;
}

/** A constant, whatever its kind. */
function cheap({ insn }: MInst): boolean {
  const constants = [LD_IMM64, BPF_ALU64 | BPF_K | aluOps.mov, BPF_ALU | BPF_K | aluOps.mov];
  return constants.includes(insn.code);
}
