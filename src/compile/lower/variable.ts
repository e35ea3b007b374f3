// Where `$variables` live: what fits a register is a variable of the IR, the rest has a slot. In a callback they are the caller's, reached through its context.
import { layoutSize } from '../../bpf/layout.ts';
import type { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Value } from '../sema/builtin.ts';
import { settle } from '../sema/join.ts';
import type { ScriptType } from '../sema/stype.ts';
import type { VariableState } from '../sema/variables.ts';
import type { Emit } from './emit.ts';

const registerKinds: ReadonlySet<ScriptType['kind']> = new Set(['int', 'bool', 'pointer', 'enum', 'ksym', 'timestamp', 'username', 'cgroup_path']);

/** Whether values of the type fit a register. */
export function inRegisters(type: ScriptType): boolean {
  return registerKinds.has(type.kind);
}

/** Strings longer than this are kept without zeros behind the NUL. */
const longString = 64;

/** Whether the memory of a variable has zeros in all its unused bytes, so that it can be copied into a key as it is. */
export function isExact(type: ScriptType): boolean {
  return type.kind !== 'string' || type.size <= longString;
}

export interface VariableStore {
  readonly read: (e: Emit, variable: VariableState) => Value;
  readonly writeRegister: (e: Emit, variable: VariableState, value: ValueId) => void;
  /** Memory of a variable that has a slot. */
  readonly memory: (e: Emit, variable: VariableState) => ValueId;
  /** Whether the variable has a place here already. */
  readonly knows: (variable: VariableState) => boolean;
}

/** Variables of a function of its own. */
export class LocalVariables implements VariableStore {
  /** Numbers of slots in the function. */
  readonly #slots = new Map<string, number>();
  readonly #known = new Set<string>();

  read(e: Emit, variable: VariableState): Value {
    const type = settle(variable.type);
    if (inRegisters(type)) return { in: 'register', value: e.ir.read(variable.id), type };
    return { in: 'memory', base: this.memory(e, variable), offset: 0, layout: e.layoutOf(type), type, exact: isExact(type) };
  }

  writeRegister(e: Emit, variable: VariableState, value: ValueId): void {
    this.#known.add(variable.id);
    e.ir.write(variable.id, value);
  }

  memory(e: Emit, variable: VariableState): ValueId {
    this.#known.add(variable.id);
    let slot = this.#slots.get(variable.id);
    if (slot === undefined) {
      slot = e.ir.newSlot(Math.max(1, layoutSize(e.layoutOf(settle(variable.type)))), variable.name);
      this.#slots.set(variable.id, slot);
    }
    return e.ir.slotAddress(slot);
  }

  knows(variable: VariableState): boolean {
    return this.#known.has(variable.id);
  }
}

/** A place of the context that a callback gets. */
export interface Captured {
  readonly offset: number;
}

/** Variables of the caller, in a callback; those of the callback itself are local. */
export class CapturedVariables implements VariableStore {
  readonly #captured: ReadonlyMap<string, Captured>;
  readonly #context: (ir: Builder) => ValueId;
  readonly #own = new LocalVariables();

  /** @param context where the callback finds the address of the context */
  constructor(captured: ReadonlyMap<string, Captured>, context: (ir: Builder) => ValueId) {
    this.#captured = captured;
    this.#context = context;
  }

  read(e: Emit, variable: VariableState): Value {
    const captured = this.#captured.get(variable.id);
    if (captured === undefined) return this.#own.read(e, variable);
    const type = settle(variable.type);
    if (inRegisters(type)) return { in: 'register', value: e.ir.load(this.#context(e.ir), captured.offset, 8), type };
    return { in: 'memory', base: this.memory(e, variable), offset: 0, layout: e.layoutOf(type), type, exact: isExact(type) };
  }

  writeRegister(e: Emit, variable: VariableState, value: ValueId): void {
    const captured = this.#captured.get(variable.id);
    if (captured === undefined) this.#own.writeRegister(e, variable, value);
    else e.ir.store(this.#context(e.ir), captured.offset, 8, value);
  }

  memory(e: Emit, variable: VariableState): ValueId {
    const captured = this.#captured.get(variable.id);
    if (captured === undefined) return this.#own.memory(e, variable);
    return e.ir.emit({ kind: 'load', base: this.#context(e.ir), offset: captured.offset, size: 8, signed: false }, 'memory');
  }

  knows(variable: VariableState): boolean {
    return this.#captured.has(variable.id) || this.#own.knows(variable);
  }
}
