// Makes instructions, and turns them into bytes and back.
import { FormatError } from '../base/errors.ts';
import type { AluOp, Insn, JumpOp, MemorySize } from './insn.ts';
import {
  aluOps, BPF_ALU, BPF_ALU64, BPF_ATOMIC, BPF_JMP, BPF_JMP32, BPF_K, BPF_LDX, BPF_MEM, BPF_MEMSX, BPF_PSEUDO_CALL, BPF_PSEUDO_KFUNC_CALL, BPF_ST,
  BPF_STX, BPF_X, jumpOps, LD_IMM64, sizeCodes, slots, slotSize,
} from './insn.ts';

type Unary = 'neg' | 'end';

/** dst = dst op src. */
export function alu(op: Exclude<AluOp, Unary>, dst: number, src: number, width: 32 | 64 = 64): Insn {
  return { code: (width === 64 ? BPF_ALU64 : BPF_ALU) | aluOps[op] | BPF_X, dst, src, off: 0, imm: 0 };
}

/** dst = dst op imm; the immediate is extended by its sign to the width. */
export function aluImm(op: Exclude<AluOp, Unary>, dst: number, imm: number, width: 32 | 64 = 64): Insn {
  return { code: (width === 64 ? BPF_ALU64 : BPF_ALU) | aluOps[op] | BPF_K, dst, src: 0, off: 0, imm };
}

export function mov(dst: number, src: number): Insn {
  return alu('mov', dst, src);
}

export function movImm(dst: number, imm: number): Insn {
  return aluImm('mov', dst, imm);
}

/** dst = the low 32 bits of src. */
export function mov32(dst: number, src: number): Insn {
  return alu('mov', dst, src, 32);
}

/** dst = the low `bits` of src, extended by their sign. Instruction set v4. */
export function movSigned(dst: number, src: number, bits: 8 | 16 | 32): Insn {
  return { ...alu('mov', dst, src), off: bits };
}

export function neg(dst: number): Insn {
  return { code: BPF_ALU64 | aluOps.neg, dst, src: 0, off: 0, imm: 0 };
}

/** Between the machine's order and big endian; the bits above `bits` become 0. */
export function toBigEndian(dst: number, bits: 16 | 32 | 64): Insn {
  return { code: BPF_ALU | aluOps.end | BPF_X, dst, src: 0, off: 0, imm: bits };
}

/** dst = *(u{size} *)(src + off) */
export function load(size: MemorySize, dst: number, src: number, off: number): Insn {
  return { code: BPF_LDX | BPF_MEM | sizeCodes[size], dst, src, off, imm: 0 };
}

/** dst = *(s{size} *)(src + off). Instruction set v4. */
export function loadSigned(size: 1 | 2 | 4, dst: number, src: number, off: number): Insn {
  return { code: BPF_LDX | BPF_MEMSX | sizeCodes[size], dst, src, off, imm: 0 };
}

/** *(u{size} *)(dst + off) = src */
export function store(size: MemorySize, dst: number, off: number, src: number): Insn {
  return { code: BPF_STX | BPF_MEM | sizeCodes[size], dst, src, off, imm: 0 };
}

export function storeImm(size: MemorySize, dst: number, off: number, imm: number): Insn {
  return { code: BPF_ST | BPF_MEM | sizeCodes[size], dst, src: 0, off, imm };
}

/** lock *(u{size} *)(dst + off) += src */
export function atomicAdd(size: 4 | 8, dst: number, off: number, src: number): Insn {
  return { code: BPF_STX | BPF_ATOMIC | sizeCodes[size], dst, src, off, imm: aluOps.add };
}

/** Loads 64 bits; `pseudo` is one of BPF_PSEUDO_MAP_FD, … or 0 for a number. */
export function loadImm64(dst: number, value: bigint, pseudo = 0): Insn {
  return { code: LD_IMM64, dst, src: pseudo, off: 0, imm: Number(BigInt.asIntN(32, value)), wide: BigInt.asUintN(64, value) };
}

export function callHelper(id: number): Insn {
  return { code: BPF_JMP | jumpOps.call, dst: 0, src: 0, off: 0, imm: id };
}

/** `imm` is the distance in slots from the instruction behind the call. */
export function callFunction(imm: number): Insn {
  return { code: BPF_JMP | jumpOps.call, dst: 0, src: BPF_PSEUDO_CALL, off: 0, imm };
}

export function callKfunc(btfId: number): Insn {
  return { code: BPF_JMP | jumpOps.call, dst: 0, src: BPF_PSEUDO_KFUNC_CALL, off: 0, imm: btfId };
}

export function exit(): Insn {
  return { code: BPF_JMP | jumpOps.exit, dst: 0, src: 0, off: 0, imm: 0 };
}

/** Jumps `off` slots past the next instruction. */
export function jumpAlways(off: number): Insn {
  return { code: BPF_JMP | jumpOps.ja, dst: 0, src: 0, off, imm: 0 };
}

/** Jumps when `dst op src`. */
export function jump(op: JumpOp, dst: number, src: number, off: number, width: 32 | 64 = 64): Insn {
  return { code: (width === 64 ? BPF_JMP : BPF_JMP32) | jumpOps[op] | BPF_X, dst, src, off, imm: 0 };
}

export function jumpImm(op: JumpOp, dst: number, imm: number, off: number, width: 32 | 64 = 64): Insn {
  return { code: (width === 64 ? BPF_JMP : BPF_JMP32) | jumpOps[op] | BPF_K, dst, src: 0, off, imm };
}

/** Little-endian bytes of a program. Throws where a field does not hold its value. */
export function encode(insns: readonly Insn[]): Uint8Array {
  const bytes = new Uint8Array(insns.reduce((sum, insn) => sum + slots(insn), 0) * slotSize);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const insn of insns) {
    check(insn, at / slotSize);
    view.setUint8(at, insn.code);
    view.setUint8(at + 1, (insn.src << 4) | insn.dst);
    view.setInt16(at + 2, insn.off, true);
    view.setInt32(at + 4, insn.imm, true);
    at += slotSize;
    if (slots(insn) === 2) {
      view.setInt32(at + 4, Number(BigInt.asIntN(32, (insn.wide ?? 0n) >> 32n)), true);
      at += slotSize;
    }
  }
  return bytes;
}

/** The instructions of a program, in order; a 64-bit immediate load is one of them. */
export function decode(code: Uint8Array): Insn[] {
  if (code.byteLength % slotSize !== 0) throw new FormatError('program', code.byteLength, 'length is no multiple of 8');
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const insns: Insn[] = [];
  for (let at = 0; at < code.byteLength; at += slotSize) {
    const registers = view.getUint8(at + 1);
    const insn: Insn = {
      code: view.getUint8(at), dst: registers & 0xf, src: registers >> 4, off: view.getInt16(at + 2, true), imm: view.getInt32(at + 4, true),
    };
    if (insn.code !== LD_IMM64) {
      insns.push(insn);
      continue;
    }
    at += slotSize;
    if (at >= code.byteLength) throw new FormatError('program', at, 'second half of a 64-bit immediate load wanted, the program ends');
    insns.push({ ...insn, wide: (BigInt(view.getUint32(at + 4, true)) << 32n) | BigInt(view.getUint32(at - 4, true)) });
  }
  return insns;
}

function check(insn: Insn, slot: number): void {
  const fits =
    insn.dst >= 0 && insn.dst <= 10 && insn.src >= 0 && insn.src <= 10 &&
    insn.off === (insn.off << 16) >> 16 && insn.imm === (insn.imm | 0);
  if (!fits) throw new RangeError(`bpf: slot ${slot}: a field is out of range: ${JSON.stringify({ ...insn, wide: undefined })}`);
}
