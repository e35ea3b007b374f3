// IR to eBPF (Documentation/bpf/standardization/instruction-set.rst): a module of functions becomes the bytes of one program.
import { alignUp } from '../../base/bits.ts';
import { NotSupported } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { encode } from '../../bpf/asm.ts';
import type { Features } from '../../bpf/features.ts';
import type { Insn } from '../../bpf/insn.ts';
import { slots, stackLimit } from '../../bpf/insn.ts';
import type { Relocation } from '../../bpf/spec.ts';
import type { Module } from '../ir/ir.ts';
import type { LoweredFunc } from './lower.ts';
import { lowerFunc } from './lower.ts';

export interface GenerateOptions {
  readonly features: Pick<Features, 'isa'>;
  /** For messages. */
  readonly programName: string;
  /** Index of the program's entry in `internalMaps.scratch`. */
  readonly scratchIndex: number;
  /** Slots of at most that many bytes stay on the stack even when others must leave it. */
  readonly onStackLimit: number;
}

/** What a ProgramSpec is filled with. */
export interface Generated {
  readonly code: Uint8Array;
  /** In the order in which they lie; `start` counts slots. */
  readonly functions: readonly { readonly name: string; readonly start: number; readonly params: number }[];
  /** By slot. */
  readonly spans: readonly (Span | null)[];
  readonly relocations: readonly Relocation[];
  /** Bytes that the program's entry of the scratch map must have; 0: none is needed. */
  readonly scratchSize: number;
  /** Bytes of stack over the deepest chain of calls, as the kernel counts them. */
  readonly stackDepth: number;
  /** Callbacks are only accepted with BTF of the functions. */
  readonly needsBtf: boolean;
}

/** Throws NotSupported when the program cannot do with 512 bytes of stack. */
export function generate(module: Module, options: GenerateOptions): Generated {
  // As much as there is room for goes on the stack: scratch memory costs a lookup.
  const limits = [stackLimit, options.onStackLimit, ...[24, 16, 8, 0].filter((limit) => limit < options.onStackLimit)];
  let depth = 0;
  for (const onStackLimit of limits) {
    const functions = lowerModule(module, options, onStackLimit);
    depth = stackDepth(functions);
    if (depth <= stackLimit) return link(functions, depth);
  }
  throw new NotSupported('bpf stack', `${options.programName}: the program needs ${depth} bytes of stack, ${stackLimit} is the most`);
}

function lowerModule(module: Module, options: GenerateOptions, onStackLimit: number): LoweredFunc[] {
  let scratchStart = 0;
  return module.functions.map((func) => {
    const lowered = lowerFunc(func, { isa: options.features.isa, onStackLimit, scratchEntry: options.scratchIndex, scratchStart });
    scratchStart += lowered.scratchSize;
    return lowered;
  });
}

/** kernel/bpf/verifier.c, check_max_stack_depth: each frame counts rounded up to 32 bytes. */
function stackDepth(functions: readonly LoweredFunc[]): number {
  const byName = new Map(functions.map((func) => [func.name, func]));
  const depth = (func: LoweredFunc, above: readonly LoweredFunc[]): number => {
    if (above.includes(func)) throw new Error(`codegen: ${func.name} calls itself`);
    const below = called(func).map((name) => byName.get(name)).map((next) => (next ? depth(next, [...above, func]) : 0));
    return alignUp(Math.max(1, func.frame), 32) + Math.max(0, ...below);
  };
  const [program] = functions;
  return program ? depth(program, []) : 0;
}

function called(func: LoweredFunc): string[] {
  return [...new Set(func.placed.flatMap(({ symbol }) => (symbol?.kind === 'function' ? [symbol.name] : [])))];
}

/** Functions that are not called go: the verifier calls them unreachable. */
function reachable(functions: readonly LoweredFunc[]): LoweredFunc[] {
  const wanted = new Set(functions.slice(0, 1).map((func) => func.name));
  for (const name of wanted) for (const func of functions) if (func.name === name) for (const next of called(func)) wanted.add(next);
  return functions.filter((func) => wanted.has(func.name));
}

function link(all: readonly LoweredFunc[], depth: number): Generated {
  const functions = reachable(all);
  const starts = new Map<string, number>();
  let length = 0;
  for (const func of functions) {
    starts.set(func.name, length);
    length += func.placed.reduce((sum, { insn }) => sum + slots(insn), 0);
  }
  const insns: Insn[] = [];
  const spans: (Span | null)[] = [];
  const relocations: Relocation[] = [];
  for (const { insn, span, symbol } of functions.flatMap((func) => func.placed)) {
    const at = spans.length;
    if (symbol?.kind === 'relocation') relocations.push({ ...symbol.relocation, insn: at });
    insns.push(symbol?.kind === 'function' ? reaching(insn, startOf(starts, symbol.name) - at - 1) : insn);
    const from = span.end > span.start ? span : null;
    for (let slot = slots(insn); slot > 0; slot--) spans.push(from);
  }
  return {
    code: encode(insns),
    functions: functions.map(({ name, params }) => ({ name, params, start: startOf(starts, name) })),
    spans,
    relocations,
    scratchSize: all.reduce((sum, func) => sum + func.scratchSize, 0),
    stackDepth: depth,
    needsBtf: functions.some((func) => func.placed.some(({ insn, symbol }) => symbol?.kind === 'function' && slots(insn) === 2)),
  };
}

function startOf(starts: ReadonlyMap<string, number>, name: string): number {
  const start = starts.get(name);
  if (start === undefined) throw new Error(`codegen: no function ${name}`);
  return start;
}

/** A call, or the address of a function, at that distance from the next slot. */
function reaching(insn: Insn, distance: number): Insn {
  return slots(insn) === 2 ? { ...insn, imm: distance, wide: BigInt.asUintN(32, BigInt(distance)) } : { ...insn, imm: distance };
}
