// What the lowering's parts may use of the emitter beside what builtins may.
import type { Expression, Statement } from '../lang/ast.ts';
import type { BlockId, ValueId } from '../ir/ir.ts';
import type { Builtin, EmitContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import type { VariableState } from '../sema/variables.ts';
import type { Unit } from './unit.ts';
import type { VariableStore } from './variable.ts';

export interface Emit extends EmitContext {
  readonly unit: Unit;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly variables: VariableStore;
  /** The loop around the code at hand. */
  loop: LoopExits | undefined;
  /** The chain of members that is being read. */
  chain: Chain | undefined;
  /** Pointers that the verifier knows and that cannot be null. */
  readonly roots: Set<ValueId>;
  /** Variables that the code names, each once. */
  mentioned(node: Expression | Statement): readonly VariableState[];
  /** What a map of the script holds. */
  mapType(name: string): ScriptType;
  /** The type that holds values of both. */
  joined(a: ScriptType, b: ScriptType): ScriptType;
  variableAt(node: Expression | Statement): VariableState;
  once<T>(node: Expression | Statement, make: () => T): T;
  statement(statement: Statement): void;
  block(statements: readonly Statement[]): void;
  /** A name for a block or variable that no other has. */
  fresh(label: string): string;
  /** An emitter for another function of the module. */
  callback(ir: EmitContext['ir'], variables: VariableStore, ctx: () => ValueId, leave: () => void): Emit;
}

export interface LoopExits {
  readonly onBreak: () => void;
  readonly onContinue: () => void;
}

/** A chain of pointer hops: where it goes when one of the pointers is null. */
export interface Chain {
  nullBlock: BlockId | undefined;
}
