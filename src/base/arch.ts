// What differs between machines: registers in pt_regs, argument rules, syscall names. One record per architecture.

export type ArchName = 'x86_64' | 'arm64';

export interface Arch {
  readonly name: ArchName;
  readonly pointerSize: 8;
  readonly littleEndian: true;
  /** e_machine of ELF files. */
  readonly elfMachine: number;
  /** Register name (as scripts write it, aliases included) → byte offset in struct pt_regs. */
  readonly registers: Readonly<Record<string, number>>;
  /** Registers of integer arguments, in order; byte offsets in struct pt_regs. */
  readonly argumentRegisters: readonly number[];
  /** Registers of system calls, in order of their arguments; byte offsets in struct pt_regs. */
  readonly syscallRegisters: readonly number[];
  /** Byte offset from the stack pointer of the first stack argument at function entry. */
  readonly stackArguments: number;
  readonly stackPointer: number;
  readonly instructionPointer: number;
  readonly returnRegister: number;
  /** How the kernel prefixes the entry functions of system calls: `__x64_` + `sys_openat`. */
  readonly syscallPrefix: string;
}

/** arch/x86/include/asm/ptrace.h, struct pt_regs; System V AMD64 calling convention. */
const x86: Arch = {
  name: 'x86_64',
  pointerSize: 8,
  littleEndian: true,
  elfMachine: 62,
  registers: {
    r15: 0, r14: 8, r13: 16, r12: 24, bp: 32, bx: 40, r11: 48, r10: 56, r9: 64, r8: 72, ax: 80, cx: 88, dx: 96, si: 104, di: 112,
    orig_ax: 120, ip: 128, cs: 136, flags: 144, sp: 152, ss: 160, pc: 128,
  },
  argumentRegisters: [112, 104, 96, 88, 72, 64],
  // arch/x86/include/asm/syscall_wrapper.h, SC_X86_64_REGS_TO_ARGS: r10 where functions have cx.
  syscallRegisters: [112, 104, 96, 56, 72, 64],
  stackArguments: 8,
  stackPointer: 152,
  instructionPointer: 128,
  returnRegister: 80,
  syscallPrefix: '__x64_',
};

/** arch/arm64/include/asm/ptrace.h, struct user_pt_regs at the start of struct pt_regs; AAPCS64. */
const arm64: Arch = {
  name: 'arm64',
  pointerSize: 8,
  littleEndian: true,
  elfMachine: 183,
  registers: {
    ...Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`r${n}`, 8 * n])),
    sp: 248, pc: 256, pstate: 264,
  },
  argumentRegisters: [0, 8, 16, 24, 32, 40, 48, 56],
  syscallRegisters: [0, 8, 16, 24, 32, 40],
  stackArguments: 0,
  stackPointer: 248,
  instructionPointer: 256,
  returnRegister: 0,
  syscallPrefix: '__arm64_',
};

export const arches: Readonly<Record<ArchName, Arch>> = { x86_64: x86, arm64 };

/** Node's `process.arch` → the record, undefined for machines that are not described here. */
export function archOfNode(processArch: string): Arch | undefined {
  return { x64: x86, arm64 }[processArch];
}
