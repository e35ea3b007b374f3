// eBPF instructions as data (Documentation/bpf/standardization/instruction-set.rst, include/uapi/linux/bpf.h).
//
//   one slot, 8 bytes, little endian:
//
//   msb                                                      lsb
//   +------------------------+----------------+----+----+--------+
//   |        imm (32)        |    off (16)    |src4|dst4| code 8 |
//   +------------------------+----------------+----+----+--------+

/** One instruction; positions in a program count slots, and a 64-bit immediate load takes two. */
export interface Insn {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  /** Signed 16 bits: bytes of a memory access, slots of a jump (from the instruction behind it). */
  readonly off: number;
  /** Signed 32 bits. */
  readonly imm: number;
  /** The whole immediate of a 64-bit immediate load; `imm` is then its low half. */
  readonly wide?: bigint;
}

/** Bytes of one slot. */
export const slotSize = 8;

/** Code of all but memory instructions: operation 4 bits, source 1 bit, class 3 bits. */
export const classMask = 0x07;
export const BPF_LD = 0x00;
export const BPF_LDX = 0x01;
export const BPF_ST = 0x02;
export const BPF_STX = 0x03;
export const BPF_ALU = 0x04;
export const BPF_JMP = 0x05;
export const BPF_JMP32 = 0x06;
export const BPF_ALU64 = 0x07;

export const sourceMask = 0x08;
/** The operand is `imm`. */
export const BPF_K = 0x00;
/** The operand is the source register. */
export const BPF_X = 0x08;

export const operationMask = 0xf0;
export const aluOps = {
  add: 0x00, sub: 0x10, mul: 0x20, div: 0x30, or: 0x40, and: 0x50, lsh: 0x60, rsh: 0x70,
  neg: 0x80, mod: 0x90, xor: 0xa0, mov: 0xb0, arsh: 0xc0, end: 0xd0,
} as const;
export type AluOp = keyof typeof aluOps;

export const jumpOps = {
  ja: 0x00, jeq: 0x10, jgt: 0x20, jge: 0x30, jset: 0x40, jne: 0x50, jsgt: 0x60, jsge: 0x70,
  call: 0x80, exit: 0x90, jlt: 0xa0, jle: 0xb0, jslt: 0xc0, jsle: 0xd0,
} as const;
export type JumpOp = Exclude<keyof typeof jumpOps, 'ja' | 'call' | 'exit'>;

/** Code of memory instructions: mode 3 bits, size 2 bits, class 3 bits. */
export const modeMask = 0xe0;
export const BPF_IMM = 0x00;
export const BPF_MEM = 0x60;
/** Sign-extending load, instruction set v4. */
export const BPF_MEMSX = 0x80;
/** `imm` is the operation: an AluOp, plus BPF_FETCH. */
export const BPF_ATOMIC = 0xc0;
export const BPF_FETCH = 0x01;

export const sizeMask = 0x18;
export type MemorySize = 1 | 2 | 4 | 8;
export const sizeCodes: Readonly<Record<MemorySize, number>> = { 4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18 };

export function sizeOf(code: number): MemorySize {
  const size = ([4, 2, 1, 8] as const)[(code & sizeMask) >> 3];
  return size ?? 8;
}

/** Code of a 64-bit immediate load; `src` says what the immediate is. */
export const LD_IMM64 = BPF_LD | BPF_IMM | 0x18;
export const BPF_PSEUDO_MAP_FD = 1;
export const BPF_PSEUDO_MAP_VALUE = 2;
export const BPF_PSEUDO_FUNC = 4;

/** `src` of a call: a function of the program, a kernel function; 0 is a helper. */
export const BPF_PSEUDO_CALL = 1;
export const BPF_PSEUDO_KFUNC_CALL = 2;

export const frameRegister = 10;
/** Bytes of stack of one chain of calls. */
export const stackLimit = 512;

/** Slots that the instruction takes. */
export function slots(insn: Insn): 1 | 2 {
  return insn.code === LD_IMM64 ? 2 : 1;
}
