// Machine code before it has registers and addresses: eBPF instructions over virtual registers, in blocks.
import type { Span } from '../../base/span.ts';
import type { Insn, JumpOp } from '../../bpf/insn.ts';
import {
  BPF_ALU, BPF_ALU64, BPF_ATOMIC, BPF_JMP, BPF_LD, BPF_LDX, BPF_ST, BPF_STX, BPF_X, aluOps, classMask, jumpOps, modeMask, operationMask, sourceMask,
} from '../../bpf/insn.ts';
import type { Relocation } from '../../bpf/spec.ts';

/** 0 to 10 are the machine's registers, from `firstVirtual` on they are virtual. */
export type Reg = number;
export const firstVirtual = 16;
export const callClobbered: readonly Reg[] = [0, 1, 2, 3, 4, 5];

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What is not known before everything is laid out or loaded. */
export type MSymbol =
  /** A call or the address of a function of the module. */
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'relocation'; readonly relocation: DistributiveOmit<Relocation, 'insn'> };

export interface MInst {
  readonly insn: Insn;
  readonly span: Span;
  readonly symbol?: MSymbol;
  /** Of a call: how many registers it reads. */
  readonly args?: number;
}

export type MEnd =
  | { readonly kind: 'jump'; readonly to: number; readonly span: Span }
  | {
      readonly kind: 'branch';
      readonly op: JumpOp;
      readonly width: 32 | 64;
      readonly dst: Reg;
      /** The other side: a register, or else `imm`. */
      readonly src: Reg | undefined;
      readonly imm: number;
      readonly then: number;
      readonly else: number;
      readonly span: Span;
    }
  | { readonly kind: 'exit'; readonly span: Span };

export interface MBlock {
  readonly id: number;
  readonly label: string;
  readonly insts: readonly MInst[];
  readonly end: MEnd;
  /** Number of loops around it. */
  readonly depth: number;
}

/** Blocks stand in the order in which they will lie; ids are positions. */
export interface MFunc {
  readonly name: string;
  readonly blocks: readonly MBlock[];
  /** Virtual registers are firstVirtual … registers - 1. */
  readonly registers: number;
  /** Bytes of stack used so far, a multiple of 8. */
  readonly frame: number;
}

export function endTargets(end: MEnd): readonly number[] {
  if (end.kind === 'jump') return [end.to];
  return end.kind === 'branch' ? [end.then, end.else] : [];
}

export function retarget(end: MEnd, to: (block: number) => number): MEnd {
  if (end.kind === 'jump') return { ...end, to: to(end.to) };
  return end.kind === 'branch' ? { ...end, then: to(end.then), else: to(end.else) } : end;
}

export function endReads(end: MEnd): readonly Reg[] {
  if (end.kind === 'exit') return [0];
  if (end.kind === 'jump') return [];
  return end.src === undefined ? [end.dst] : [end.dst, end.src];
}

/** Registers that the instruction reads; the frame register is nobody's business. */
export function reads(inst: MInst): readonly Reg[] {
  return readsOf(inst).filter((reg) => reg !== 10);
}

function readsOf({ insn, args }: MInst): readonly Reg[] {
  switch (insn.code & classMask) {
    case BPF_LD:
      return [];
    case BPF_LDX:
      return [insn.src];
    case BPF_ST:
      return [insn.dst];
    case BPF_STX:
      return [insn.dst, insn.src];
    case BPF_ALU:
    case BPF_ALU64: {
      const operation = insn.code & operationMask;
      if (operation === aluOps.end || operation === aluOps.neg) return [insn.dst];
      const operand = (insn.code & sourceMask) === BPF_X ? [insn.src] : [];
      return operation === aluOps.mov ? operand : [insn.dst, ...operand];
    }
    default:
      return isCall(insn) ? [1, 2, 3, 4, 5].slice(0, args ?? 5) : [];
  }
}

/** Registers that hold something else after the instruction; of a call all that it destroys. */
export function writes({ insn }: MInst): readonly Reg[] {
  switch (insn.code & classMask) {
    case BPF_LD:
    case BPF_LDX:
    case BPF_ALU:
    case BPF_ALU64:
      return [insn.dst];
    case BPF_STX:
      return (insn.code & modeMask) === BPF_ATOMIC && (insn.imm & 1) !== 0 ? [insn.src] : [];
    default:
      return isCall(insn) ? callClobbered : [];
  }
}

export function isCall(insn: Insn): boolean {
  return insn.code === (BPF_JMP | jumpOps.call);
}

/** Whether the instruction only copies one register to another, all 64 bits. */
export function isMove(insn: Insn): boolean {
  return insn.code === (BPF_ALU64 | BPF_X | aluOps.mov) && insn.off === 0;
}

/** Whether the instruction fills a register with a short constant. */
export function isConstant(insn: Insn): boolean {
  return insn.code === (BPF_ALU64 | aluOps.mov) || insn.code === (BPF_ALU | aluOps.mov);
}

/** The instruction with other registers. Calls keep theirs. */
export function withRegisters(inst: MInst, read: (reg: Reg) => Reg, write: (reg: Reg) => Reg): MInst {
  const { insn } = inst;
  if (isCall(insn)) return inst;
  const dst = writes(inst).includes(insn.dst) ? write(insn.dst) : read(insn.dst);
  return { ...inst, insn: { ...insn, dst, src: sourceField(insn) ? read(insn.src) : insn.src } };
}

/** Whether the source field names a register. */
function sourceField(insn: Insn): boolean {
  const kind = insn.code & classMask;
  if (kind === BPF_LDX || kind === BPF_STX) return true;
  return (kind === BPF_ALU || kind === BPF_ALU64) && (insn.code & sourceMask) === BPF_X && (insn.code & operationMask) !== aluOps.end;
}
