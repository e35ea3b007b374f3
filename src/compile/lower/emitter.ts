// What builtins and the lowering's parts emit code through: one object a function, over the settled analysis of its program.
import type { Span } from '../../base/span.ts';
import type { Layout } from '../../bpf/layout.ts';
import { eventHeaderSize, lossKinds } from '../../bpf/spec.ts';
import type { EventSpec, MapSpec } from '../../bpf/spec.ts';
import type { CType } from '../../ctype/ctype.ts';
import type { Builder } from '../ir/builder.ts';
import type { Func, ValueId } from '../ir/ir.ts';
import type { Expression, MapAccess, Statement } from '../lang/ast.ts';
import type { Builtin, MapFacts, Value } from '../sema/builtin.ts';
import type { Checker } from '../sema/checker.ts';
import { join, settle } from '../sema/join.ts';
import { layoutOf } from '../sema/layouts.ts';
import type { ScriptType, Space } from '../sema/stype.ts';
import type { VariableState } from '../sema/variables.ts';
import { eachExpression } from '../sema/walk.ts';
import { placeOf } from './address.ts';
import type { Chain, Emit, LoopExits } from './emit.ts';
import { lowerExpression } from './expression.ts';
import { mapKey, withMapValue } from './mapplace.ts';
import { lowerStatement } from './statement.ts';
import { lowerInto, store } from './store.ts';
import { textValue } from './text.ts';
import type { Unit } from './unit.ts';
import { toRegister } from './value.ts';
import type { VariableStore } from './variable.ts';

/** What the functions of one program share. */
export interface ProgramState {
  readonly unit: Unit;
  readonly check: Checker;
  /** The other functions of the module, in the order in which they were asked for. */
  readonly functions: Map<string, Func>;
  /** Numbers given out to labels. */
  labels: number;
}

export class Emitter implements Emit {
  loop: LoopExits | undefined;
  chain: Chain | undefined;
  readonly roots = new Set<ValueId>();
  readonly #state: ProgramState;
  readonly #ctx: () => ValueId;
  readonly #leave: () => void;

  /**
   * @param ctx where the program's context is found in this function
   * @param leave ends the program from within this function
   */
  constructor(
    state: ProgramState,
    readonly ir: Builder,
    readonly variables: VariableStore,
    ctx: () => ValueId,
    leave: () => void,
  ) {
    this.#state = state;
    this.#ctx = ctx;
    this.#leave = leave;
  }

  get unit(): Unit { return this.#state.unit; }
  get #check(): Checker { return this.#state.check; }
  get builtins(): Checker['builtins'] { return this.#check.builtins; }
  get arch(): Checker['arch'] { return this.#check.arch; }
  get features(): Checker['features'] { return this.#check.features; }
  get types(): Checker['types'] { return this.#check.types; }
  get config(): Checker['config'] { return this.#check.config; }
  get unsafe(): boolean { return this.#check.unsafe; }
  get probe(): Checker['probe'] { return this.#check.probe; }
  get ctx(): ValueId { return this.#ctx(); }

  typeOf(expression: Expression): ScriptType { return this.#check.typeOf(expression); }
  typeOfC(type: CType, space: Space, trusted: boolean): ScriptType { return this.#check.typeOfC(type, space, trusted); }
  mapFacts(name: string): MapFacts { return this.#check.mapFacts(name); }
  checkKey(access: MapAccess): void { this.#check.checkKey(access); }
  constant(expression: Expression): bigint | undefined { return this.#check.constant(expression); }
  literalString(expression: Expression): string | undefined { return this.#check.literalString(expression); }
  error(span: Span, message: string, hint?: string): void { this.#check.error(span, message, hint); }
  /** The analysis has said all there is to warn of. */
  warn(): void {}
  variableAt(node: Expression | Statement): VariableState { return this.#check.variableAt(node); }
  once<T>(node: Expression | Statement, make: () => T): T { return this.#check.once(node, make); }
  layoutOf(type: ScriptType): Layout { return layoutOf(this.types, type); }

  mapType(name: string): ScriptType {
    return this.mapFacts(name).value ?? { kind: 'unknown' };
  }

  joined(a: ScriptType, b: ScriptType): ScriptType {
    return settle(join(a, b) ?? a);
  }

  mentions(builtin: Builtin): number {
    const { predicate, body } = this.#check.instance.declaration;
    let count = 0;
    for (const part of predicate === null ? [body] : [predicate, body]) {
      eachExpression(part, (expression) => {
        if ((expression.kind === 'identifier' || expression.kind === 'call') && this.builtins.get(expression.name) === builtin) count++;
        return true;
      });
    }
    return count;
  }

  mentioned(node: Expression | Statement): readonly VariableState[] {
    const found = new Map<string, VariableState>();
    eachExpression(node, (expression) => {
      if (expression.kind !== 'variable') return true;
      const variable = this.variableAt(expression);
      found.set(variable.id, variable);
      return true;
    });
    return [...found.values()];
  }

  lower(expression: Expression): Value {
    return lowerExpression(this, expression);
  }

  lowerScalar(expression: Expression): ValueId {
    return toRegister(this, this.lower(expression));
  }

  lowerInto(expression: Expression, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
    lowerInto(this, expression, layout, base, offset, exact);
  }

  store(value: Value, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
    store(this, value, layout, base, offset, exact);
  }

  address(expression: Expression): { readonly address: ValueId; readonly offset: number; readonly space: Space } {
    return placeOf(this, expression);
  }

  text(value: string): Value {
    return textValue(this, value);
  }

  statement(statement: Statement): void {
    lowerStatement(this, statement);
  }

  block(statements: readonly Statement[]): void {
    for (const statement of statements) this.statement(statement);
  }

  event(event: EventSpec, payloadSize: number, fill: (base: ValueId, offset: number) => void): void {
    const { ir } = this;
    const id = this.unit.event(event);
    const size = ir.constant(eventHeaderSize + payloadSize);
    const record = ir.helper('ringbuf_reserve', [ir.map(this.unit.ring()), size, ir.constant(0)], 'memory?');
    ir.ifPresent(
      record, 'event',
      (memory) => {
        ir.store(memory, 0, 8, ir.constant(id));
        fill(memory, eventHeaderSize);
        ir.helper('ringbuf_submit', [memory, ir.constant(0)], 'none');
      },
      () => this.loss('ring'),
    );
  }

  loss(kind: (typeof lossKinds)[number]): void {
    const counters = this.ir.mapData(this.unit.losses(), 0);
    this.ir.emit({ kind: 'atomicAdd', base: counters, offset: 8 * lossKinds.indexOf(kind), size: 8, value: this.ir.constant(1) }, 'none');
  }

  leave(): void {
    if (!this.ir.ended) this.#leave();
  }

  runtimeError(message: string, span: Span): void {
    this.event({ kind: 'runtimeError', message, span }, 0, () => undefined);
  }

  mapKey(target: MapAccess, bucket?: ValueId): { readonly map: string; readonly key: ValueId; readonly scalar: boolean } {
    return mapKey(this, target, bucket);
  }

  withMapValue(target: MapAccess, bucket: ValueId | undefined, body: (value: ValueId) => void, first?: (zeros: ValueId) => void): void {
    withMapValue(this, target, bucket, body, first);
  }

  internalMap(map: MapSpec): void {
    this.unit.internalMap(map);
  }

  subprogram(name: string, build: () => Func): void {
    if (!this.#state.functions.has(name)) this.#state.functions.set(name, build());
  }

  fresh(label: string): string {
    return `${label}.${this.#state.labels++}`;
  }

  callback(ir: Builder, variables: VariableStore, ctx: () => ValueId, leave: () => void): Emit {
    return new Emitter(this.#state, ir, variables, ctx, leave);
  }
}
