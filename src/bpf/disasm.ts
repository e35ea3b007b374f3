// Instructions as text, in the manner of the kernel's verifier log (kernel/bpf/disasm.c).
import { decode } from './asm.ts';
import { helpers } from './helpers.ts';
import type { Insn } from './insn.ts';
import {
  aluOps, BPF_ALU, BPF_ALU64, BPF_ATOMIC, BPF_JMP, BPF_JMP32, BPF_LD, BPF_LDX, BPF_MEMSX, BPF_PSEUDO_CALL, BPF_PSEUDO_FUNC, BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE, BPF_ST, BPF_STX, BPF_X, classMask, jumpOps, LD_IMM64, modeMask, operationMask, sizeOf, slots, sourceMask,
} from './insn.ts';

/** What the caller knows of an instruction that its bits do not tell (the name of a relocated map, of a called function). */
export type Annotate = (slot: number) => string | undefined;

/** One line an instruction: `slot: text`. Jump targets are relative, as in the log. */
export function disassemble(code: Uint8Array, annotate: Annotate = () => undefined): string[] {
  const lines: string[] = [];
  let slot = 0;
  for (const insn of decode(code)) {
    lines.push(`${slot}: ${text(insn, annotate(slot))}`);
    slot += slots(insn);
  }
  return lines;
}

/** Text of one instruction. `symbol` replaces the operand that a relocation will fill in. */
export function text(insn: Insn, symbol?: string): string {
  return (classText[insn.code & classMask] ?? unknown)(insn, symbol);
}

type Text = (insn: Insn, symbol: string | undefined) => string;

const classText: Readonly<Record<number, Text>> = {
  [BPF_LD]: immediate,
  [BPF_LDX]: (insn) => `r${insn.dst} = *(${(insn.code & modeMask) === BPF_MEMSX ? 's' : 'u'}${8 * sizeOf(insn.code)} *)(r${insn.src} ${offset(insn.off)})`,
  [BPF_ST]: (insn) => `${place(insn)} = ${insn.imm}`,
  [BPF_STX]: (insn) => ((insn.code & modeMask) === BPF_ATOMIC ? atomic(insn) : `${place(insn)} = r${insn.src}`),
  [BPF_ALU]: arithmetic,
  [BPF_ALU64]: arithmetic,
  [BPF_JMP]: jump,
  [BPF_JMP32]: jump,
};

const operators: Readonly<Record<number, string>> = {
  [aluOps.add]: '+=', [aluOps.sub]: '-=', [aluOps.mul]: '*=', [aluOps.div]: '/=', [aluOps.or]: '|=', [aluOps.and]: '&=', [aluOps.lsh]: '<<=',
  [aluOps.rsh]: '>>=', [aluOps.mod]: '%=', [aluOps.xor]: '^=', [aluOps.mov]: '=', [aluOps.arsh]: 's>>=',
};

const conditions: Readonly<Record<number, string>> = {
  [jumpOps.jeq]: '==', [jumpOps.jgt]: '>', [jumpOps.jge]: '>=', [jumpOps.jset]: '&', [jumpOps.jne]: '!=', [jumpOps.jsgt]: 's>', [jumpOps.jsge]: 's>=',
  [jumpOps.jlt]: '<', [jumpOps.jle]: '<=', [jumpOps.jslt]: 's<', [jumpOps.jsle]: 's<=',
};

const pseudoText: Readonly<Record<number, string>> = {
  [BPF_PSEUDO_MAP_FD]: 'map', [BPF_PSEUDO_MAP_VALUE]: 'map_value', [BPF_PSEUDO_FUNC]: 'func',
};

const helperNames = new Map<number, string>(Object.entries(helpers).map(([name, helper]) => [helper.id, name]));

function immediate(insn: Insn, symbol: string | undefined): string {
  if (insn.code !== LD_IMM64) return unknown(insn);
  const kind = pseudoText[insn.src];
  if (kind !== undefined && symbol !== undefined) return `r${insn.dst} = ${kind}[${symbol}]`;
  return `r${insn.dst} = ${symbol ?? `0x${(insn.wide ?? 0n).toString(16)}`}`;
}

function arithmetic(insn: Insn): string {
  const wide = (insn.code & classMask) === BPF_ALU64;
  const name = wide ? 'r' : 'w';
  const operation = insn.code & operationMask;
  if (operation === aluOps.neg) return `${name}${insn.dst} = -${name}${insn.dst}`;
  if (operation === aluOps.end) {
    const order = wide ? 'bswap' : (insn.code & sourceMask) === BPF_X ? 'be' : 'le';
    return `r${insn.dst} = ${order}${insn.imm} r${insn.dst}`;
  }
  const operator = operators[operation];
  if (operator === undefined) return unknown(insn);
  const register = (insn.code & sourceMask) === BPF_X;
  if (operation === aluOps.mov && register && insn.off !== 0) return `${name}${insn.dst} = (s${insn.off})${name}${insn.src}`;
  return `${name}${insn.dst} ${operator} ${register ? `${name}${insn.src}` : insn.imm}`;
}

function atomic(insn: Insn): string {
  const operator = operators[insn.imm];
  return operator === undefined ? unknown(insn) : `lock ${place(insn)} ${operator} r${insn.src}`;
}

function jump(insn: Insn, symbol: string | undefined): string {
  const operation = insn.code & operationMask;
  if (operation === jumpOps.exit) return 'exit';
  if (operation === jumpOps.ja) return `goto pc${distance((insn.code & classMask) === BPF_JMP32 ? insn.imm : insn.off)}`;
  if (operation === jumpOps.call) return `call ${called(insn, symbol)}`;
  const name = (insn.code & classMask) === BPF_JMP ? 'r' : 'w';
  const operand = (insn.code & sourceMask) === BPF_X ? `${name}${insn.src}` : `0x${(insn.imm >>> 0).toString(16)}`;
  return `if ${name}${insn.dst} ${conditions[operation] ?? '?'} ${operand} goto pc${distance(insn.off)}`;
}

function called(insn: Insn, symbol: string | undefined): string {
  if (insn.src === BPF_PSEUDO_CALL) return symbol ?? `pc${distance(insn.imm)}`;
  if (insn.src === BPF_PSEUDO_KFUNC_CALL) return `${symbol ?? 'kernel-function'}#${insn.imm}`;
  const name = helperNames.get(insn.imm);
  return `${name === undefined ? 'unknown' : `bpf_${name}`}#${insn.imm}`;
}

function place(insn: Insn): string {
  return `*(u${8 * sizeOf(insn.code)} *)(r${insn.dst} ${offset(insn.off)})`;
}

function offset(off: number): string {
  return off < 0 ? `${off}` : `+${off}`;
}

function distance(slotsAway: number): string {
  return slotsAway < 0 ? `${slotsAway}` : `+${slotsAway}`;
}

function unknown(insn: Insn): string {
  return `unknown code ${insn.code.toString(16).padStart(2, '0')}`;
}
