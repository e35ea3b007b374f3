// `for` loops: short ones with known bounds are branches, others run a callback through bpf_loop and bpf_for_each_map_elem.
// Variables of the code around a callback are in a context on the stack, which both sides read and write.
import { Builder } from '../ir/builder.ts';
import type { BlockId, ValueId, ValueType } from '../ir/ir.ts';
import type { Statement } from '../lang/ast.ts';
import { settle } from '../sema/join.ts';
import { aggregateInt } from '../sema/operator.ts';
import { s64 } from '../sema/stype.ts';
import type { ScriptType } from '../sema/stype.ts';
import type { VariableState } from '../sema/variables.ts';
import type { Emit } from './emit.ts';
import { readAggregateAt } from './mapread.ts';
import { inLoop } from './statement.ts';
import { convert } from './value.ts';
import { CapturedVariables, inRegisters } from './variable.ts';
import type { Captured } from './variable.ts';

type Range = Extract<Statement, { kind: 'for range' }>;
type MapLoop = Extract<Statement, { kind: 'for map' }>;

/** More rounds than this would cost the verifier too much when it walks through them. */
const mostBranches = 256n;

export function lowerRange(e: Emit, statement: Range): void {
  const from = e.constant(statement.from);
  const to = e.constant(statement.to);
  const short = from !== undefined && to !== undefined && to - from <= mostBranches;
  if (short || !e.features.helpers.has('loop')) branchLoop(e, statement);
  else callbackRange(e, statement);
}

function branchLoop(e: Emit, statement: Range): void {
  const { ir } = e;
  const variable = e.variableAt(statement);
  const type = settle(variable.type);
  const counter = e.fresh('counter');
  const end = convert(e, e.lowerScalar(statement.to), e.typeOf(statement.to), s64);
  ir.write(counter, convert(e, e.lowerScalar(statement.from), e.typeOf(statement.from), s64));
  const [head, body, next, after] = ['for', 'body', 'next', 'for.end'].map((label) => ir.block(label)) as [BlockId, BlockId, BlockId, BlockId];
  ir.jump(head);
  ir.enter(head);
  ir.branch(type.kind === 'int' && !type.signed ? 'ult' : 'slt', ir.read(counter), end, body, after, 'then');
  ir.seal(body);
  ir.enter(body);
  e.variables.writeRegister(e, variable, ir.read(counter));
  inLoop(e, after, next, () => e.block(statement.body.statements));
  if (!ir.ended) ir.jump(next);
  ir.seal(next);
  ir.enter(next);
  ir.write(counter, ir.binary('add', ir.read(counter), ir.constant(1)));
  ir.jump(head);
  ir.seal(head);
  ir.seal(after);
  ir.enter(after);
}

/** The context of a callback: the program's own context, whether to leave the program, then what is captured. */
interface Context {
  readonly slot: number;
  readonly captured: ReadonlyMap<string, Captured>;
  readonly variables: readonly VariableState[];
  /** Offset of a number of the loop's own. */
  readonly start: number;
}

const programContext = 0;
const leaving = 8;

function callbackRange(e: Emit, statement: Range): void {
  const { ir } = e;
  const variable = e.variableAt(statement);
  const from = e.lowerScalar(statement.from);
  const to = e.lowerScalar(statement.to);
  const context = capture(e, statement.body, variable);
  ir.store(ir.slotAddress(context.slot), context.start, 8, from);
  const name = e.fresh('loop');
  buildCallback(e, name, ['scalar', 'memory'], 1, context, (inner, contextAt) => {
    const index = inner.ir.binary('add', inner.ir.load(contextAt(inner.ir), context.start, 8), inner.ir.read(parameter(0)));
    inner.variables.writeRegister(inner, variable, index);
    inner.block(statement.body.statements);
  });
  // No round, no call: some verifiers drop a callback that they see is never run, and then miss it.
  const [some, after] = [ir.block('loop'), ir.block('loop.end')];
  ir.branch('slt', from, to, some, after, 'then');
  ir.seal(some);
  ir.enter(some);
  const callback = ir.emit({ kind: 'functionAddress', name }, 'function');
  ir.helper('loop', [ir.binary('sub', to, from), callback, ir.slotAddress(context.slot), ir.constant(0)]);
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
  release(e, context);
}

export function lowerMapLoop(e: Emit, statement: MapLoop): void {
  const { ir } = e;
  const variable = e.variableAt(statement);
  const place = e.unit.map(statement.map.name);
  const context = capture(e, statement.body, variable);
  const name = e.fresh('each');
  buildCallback(e, name, ['map', 'memory', 'memory', 'memory'], 3, context, (inner) => {
    fillPair(inner, variable, statement, inner.ir.read(parameter(1)), inner.ir.read(parameter(2)));
    inner.block(statement.body.statements);
  });
  const callback = ir.emit({ kind: 'functionAddress', name }, 'function');
  ir.helper('for_each_map_elem', [ir.map(place.spec.name), callback, ir.slotAddress(context.slot), ir.constant(0)]);
  release(e, context);
}

/** `$kv` is (key, value). */
function fillPair(e: Emit, variable: VariableState, statement: MapLoop, key: ValueId, value: ValueId): void {
  const type = settle(variable.type);
  const layout = e.layoutOf(type);
  const map = e.unit.map(statement.map.name);
  if (type.kind !== 'tuple' || layout.kind !== 'tuple' || map.user.key === null) throw new Error('lower: a map loop without a pair');
  const [keyField, valueField] = layout.elements;
  const [keyType, valueType] = type.elements;
  if (keyField === undefined || valueField === undefined || keyType === undefined || valueType === undefined) throw new Error('lower: a pair of two');
  const pair = e.variables.memory(e, variable);
  e.store({ in: 'memory', base: key, offset: 0, layout: map.user.key, type: keyType, exact: true }, keyField.layout, pair, keyField.offset, true);
  const held = e.mapType(statement.map.name);
  if (held.kind === 'aggregate') {
    const total = readAggregateAt(e, map.spec.name, key, held.shape, statement.span);
    e.store({ in: 'register', value: total, type: aggregateInt(held) ?? s64 }, valueField.layout, pair, valueField.offset, true);
    return;
  }
  e.store({ in: 'memory', base: value, offset: 0, layout: e.layoutOf(held), type: held }, valueField.layout, pair, valueField.offset, true);
}

const parameter = (index: number): string => `parameter ${index}`;

/** Puts the variables that the body uses and that are there already into a context. */
function capture(e: Emit, body: Statement, own: VariableState): Context {
  const variables = e.mentioned(body).filter((variable) => variable.id !== own.id && e.variables.knows(variable));
  const captured = new Map<string, Captured>();
  let offset = 16;
  for (const variable of variables) {
    captured.set(variable.id, { offset });
    offset += 8;
  }
  const start = offset;
  const slot = e.ir.newSlot(offset + 8, 'context', { onStack: true });
  const base = e.ir.slotAddress(slot);
  e.ir.store(base, programContext, 8, e.ctx);
  e.ir.store(base, leaving, 8, e.ir.constant(0));
  for (const variable of variables) {
    const place = captured.get(variable.id)?.offset ?? 0;
    const held = isRegister(variable) ? e.variables.read(e, variable) : undefined;
    e.ir.store(base, place, 8, held?.in === 'register' ? held.value : e.variables.memory(e, variable));
  }
  return { slot, captured, variables, start };
}

function isRegister(variable: VariableState): boolean {
  const type: ScriptType = settle(variable.type);
  return inRegisters(type) || type.kind === 'unknown';
}

/** Takes back what the callback wrote, and leaves the program when the callback did. */
function release(e: Emit, context: Context): void {
  const { ir } = e;
  const base = ir.slotAddress(context.slot);
  for (const variable of context.variables) {
    if (isRegister(variable)) e.variables.writeRegister(e, variable, ir.load(base, context.captured.get(variable.id)?.offset ?? 0, 8));
  }
  const [gone, on] = [ir.block('leave'), ir.block('go.on')];
  ir.branchIf(ir.load(base, leaving, 8), gone, on, 'else');
  ir.seal(gone);
  ir.enter(gone);
  e.leave();
  ir.seal(on);
  ir.enter(on);
}

/** A callback returns 0 to go on, 1 to stop. */
function buildCallback(e: Emit, name: string, params: readonly ValueType[], contextParam: number, context: Context, body: (inner: Emit, contextAt: (ir: Builder) => ValueId) => void): void {
  const span = e.ir.span;
  e.subprogram(name, () => {
    const ir = new Builder(name, params);
    ir.setSpan(span);
    for (const index of params.keys()) ir.write(parameter(index), ir.param(index));
    const contextAt = (at: Builder): ValueId => at.read(parameter(contextParam));
    const programCtx = (): ValueId => ir.emit({ kind: 'load', base: contextAt(ir), offset: programContext, size: 8, signed: false }, 'ctx');
    const stop = (): void => ir.return(ir.constant(1));
    const leave = (): void => {
      ir.store(contextAt(ir), leaving, 8, ir.constant(1));
      stop();
    };
    const inner = e.callback(ir, new CapturedVariables(context.captured, contextAt), programCtx, leave);
    inner.loop = { onBreak: stop, onContinue: () => ir.return(ir.constant(0)) };
    body(inner, contextAt);
    if (!ir.ended) ir.return(ir.constant(0));
    return ir.build();
  });
}
