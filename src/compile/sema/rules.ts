// What the typing rules of expressions and statements may ask of the pass that runs them.
import type { Span } from '../../base/span.ts';
import type { CType } from '../../ctype/ctype.ts';
import type { BlockStatement, Expression, Statement, TypeName } from '../lang/ast.ts';
import type { Use } from './agree.ts';
import type { Builtin, CheckContext } from './builtin.ts';
import type { ChosenTypes } from './choices.ts';
import type { Instance } from './instance.ts';
import type { MapTable } from './maps.ts';
import type { ScriptType } from './stype.ts';
import type { NamedType } from './typename.ts';
import type { Variables, VariableState } from './variables.ts';

export interface Rules extends CheckContext {
  readonly types: ChosenTypes;
  readonly instance: Instance;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly maps: MapTable;
  readonly variables: Variables;
  /** Loops around the code at hand. */
  loops: number;
  /** The type of an expression, literals not yet widened; recorded for the passes that follow. */
  infer(expression: Expression): ScriptType;
  record(expression: Expression, type: ScriptType): void;
  block(block: BlockStatement): void;
  statement(statement: Statement): void;
  /** The variable that a node of the tree names, for the passes that follow. */
  bind(node: Expression | Statement, variable: VariableState): void;
  /** What a type name means; complains when it means nothing. */
  resolve(name: TypeName): Exclude<NamedType, { kind: 'missing' }> | undefined;
  /** Warns where the script uses a type that may be one of several, and which one matters for that use. */
  checkUse(type: CType, use: Use, span: Span): void;
  /** Something made for a node of the tree, the same in every pass. */
  once<T>(node: Expression | Statement, make: () => T): T;
  /** Code that is looked at and never run: its warnings do not matter. */
  unevaluated<T>(body: () => T): T;
  fail(code: string, span: Span, message: string, hint?: string): void;
}
