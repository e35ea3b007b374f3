// The intermediate representation: SSA over basic blocks, a module of functions. Every value is one 64-bit register's worth:
// a scalar (narrow integers are kept extended to 64 bits by their own signedness) or a pointer. Strings and other large
// values live in memory that a pointer names. Data only: passes make new functions, they patch nothing.
import type { Span } from '../../base/span.ts';
import type { HelperName } from '../../bpf/helpers.ts';
import type { Relocation } from '../../bpf/spec.ts';

/** Index of a value in its function; stable through a pass, not across passes. */
export type ValueId = number;
export type BlockId = number;

export interface Module {
  /** functions[0] is the program; the others are callbacks and subprograms. */
  readonly functions: readonly Func[];
}

export interface Func {
  readonly name: string;
  /** Pointer class of each parameter, r1 first. A program has one: `ctx`. */
  readonly params: readonly ValueType[];
  /** blocks[0] is the entry; ids are positions in this list. */
  readonly blocks: readonly Block[];
  /** Memory of this activation of the function; named by `slot` instructions. */
  readonly slots: readonly Slot[];
  /** Number of value ids in use. */
  readonly values: number;
}

export interface Slot {
  /** Bytes. */
  readonly size: number;
  readonly align: 1 | 2 | 4 | 8;
  /** What the dump calls it. */
  readonly label: string;
  /** Must be on the BPF stack (context structures of callbacks, keys of scalar maps): never moved to the scratch map. */
  readonly onStack: boolean;
}

export interface Block {
  readonly id: BlockId;
  readonly label: string;
  /** Phis come first. */
  readonly insts: readonly Inst[];
  readonly end: Terminator;
}

export interface Inst {
  /** The value it defines; instructions without a result define one that nobody uses. */
  readonly id: ValueId;
  readonly op: Op;
  readonly type: ValueType;
  readonly span: Span;
}

/** How the verifier will see the value. */
export type ValueType =
  | 'scalar'
  /** The program's context. */
  | 'ctx'
  /** Points into a slot, a map value, ring-buffer memory: loads and stores are direct, inside known bounds. */
  | 'memory'
  /** The result of a map lookup or ringbuf_reserve: `memory` after a test against 0. */
  | 'memory?'
  /** A trusted kernel pointer (curtask, fentry argument): loads of exactly one member are direct and cannot fail. */
  | 'btf'
  | 'map'
  | 'function'
  | 'none';

export type BinaryFn = 'add' | 'sub' | 'mul' | 'udiv' | 'umod' | 'and' | 'or' | 'xor' | 'shl' | 'lshr' | 'ashr';
export type Condition = 'eq' | 'ne' | 'ult' | 'ule' | 'ugt' | 'uge' | 'slt' | 'sle' | 'sgt' | 'sge';
export type AccessSize = 1 | 2 | 4 | 8;

export type Op =
  | { readonly kind: 'param'; readonly index: number }
  | { readonly kind: 'const'; readonly value: bigint }
  | { readonly kind: 'phi'; readonly inputs: readonly { readonly from: BlockId; readonly value: ValueId }[] }
  /** Shift counts are taken modulo 64; udiv by 0 gives 0, umod by 0 gives the dividend, as the hardware of BPF does. */
  | { readonly kind: 'binary'; readonly fn: BinaryFn; readonly a: ValueId; readonly b: ValueId }
  | { readonly kind: 'neg' | 'not'; readonly a: ValueId }
  /** Keeps the low `bits` and extends them to 64. */
  | { readonly kind: 'extend'; readonly bits: 8 | 16 | 32; readonly signed: boolean; readonly a: ValueId }
  | { readonly kind: 'bswap'; readonly bits: 16 | 32 | 64; readonly a: ValueId }
  /** 1 or 0. */
  | { readonly kind: 'compare'; readonly condition: Condition; readonly a: ValueId; readonly b: ValueId }
  /** a when condition is not 0, else b; both are computed. */
  | { readonly kind: 'select'; readonly condition: ValueId; readonly a: ValueId; readonly b: ValueId }
  /** Address of a slot (index into Func.slots). */
  | { readonly kind: 'slot'; readonly slot: number }
  /** Direct load through ctx, memory or btf; bytes at base + offset, extended by `signed`. */
  | { readonly kind: 'load'; readonly base: ValueId; readonly offset: number; readonly size: AccessSize; readonly signed: boolean }
  | { readonly kind: 'store'; readonly base: ValueId; readonly offset: number; readonly size: AccessSize; readonly value: ValueId }
  /** *(base + offset) += value, atomically; size 4 or 8. */
  | { readonly kind: 'atomicAdd'; readonly base: ValueId; readonly offset: number; readonly size: 4 | 8; readonly value: ValueId }
  /** Fills memory with zeros. */
  | { readonly kind: 'zero'; readonly base: ValueId; readonly offset: number; readonly size: number }
  /** Copies between two direct pointers; the ranges do not overlap; sizes are exact. */
  | { readonly kind: 'copy'; readonly to: ValueId; readonly toOffset: number; readonly from: ValueId; readonly fromOffset: number; readonly size: number }
  /** Reads a scalar of kernel or user memory through a helper; 0 when the address cannot be read. */
  | { readonly kind: 'probeRead'; readonly space: 'kernel' | 'user'; readonly address: ValueId; readonly offset: number; readonly size: AccessSize; readonly signed: boolean }
  | { readonly kind: 'helper'; readonly name: HelperName; readonly args: readonly ValueId[] }
  | { readonly kind: 'kfunc'; readonly name: string; readonly args: readonly ValueId[] }
  /** Call of another function of the module, by its name. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly ValueId[] }
  /** Address of a callback for bpf_loop and bpf_for_each_map_elem. */
  | { readonly kind: 'functionAddress'; readonly name: string }
  /** The map itself, as an argument of helpers. */
  | { readonly kind: 'map'; readonly map: string }
  /** Address of a value of an array map of one entry. */
  | { readonly kind: 'mapData'; readonly map: string; readonly offset: number }
  /** A 64-bit number that the runtime knows. */
  | { readonly kind: 'runtime'; readonly relocation: RuntimeValue };

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The relocations that are plain numbers. */
export type RuntimeValue = DistributiveOmit<Extract<Relocation, { kind: 'ksym' | 'cgroup' | 'startTime' | 'childPid' | 'cpus' }>, 'insn'>;

export type Terminator =
  | { readonly kind: 'jump'; readonly to: BlockId; readonly span: Span }
  | { readonly kind: 'branch'; readonly condition: Condition; readonly a: ValueId; readonly b: ValueId; readonly then: BlockId; readonly else: BlockId; readonly likely?: 'then' | 'else'; readonly span: Span }
  | { readonly kind: 'return'; readonly value: ValueId; readonly span: Span };
