// Statements: assignments, conditions, loops that are plain branches, leaving.
import { layoutSize } from '../../bpf/layout.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { BlockId } from '../ir/ir.ts';
import type { Expression, MapAccess, Statement } from '../lang/ast.ts';
import { builtinCall } from '../sema/names.ts';
import { settle } from '../sema/join.ts';
import { aggregationOf } from '../sema/statement.ts';
import type { VariableState } from '../sema/variables.ts';
import type { Emit } from './emit.ts';
import { lowerIncrement } from './expression.ts';
import { lowerMapLoop, lowerRange } from './loop.ts';
import { addTo, assignElement, withMapValue } from './mapplace.ts';
import { arithmetic, branchOn } from './operator.ts';
import { convert, scalarShape } from './value.ts';
import { inRegisters, isExact } from './variable.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

export function lowerStatement(e: Emit, statement: Statement): void {
  if (e.ir.ended) return;
  const before = e.ir.setSpan(statement.span);
  lowerKind(e, statement);
  e.ir.setSpan(before);
}

function lowerKind(e: Emit, statement: Statement): void {
  switch (statement.kind) {
    case 'block':
      e.block(statement.statements);
      return;
    case 'expression':
      lowerDiscarded(e, statement.expression);
      return;
    case 'let':
      lowerLet(e, statement);
      return;
    case 'assign':
      lowerAssign(e, statement);
      return;
    case 'if':
      lowerIf(e, statement);
      return;
    case 'while':
      lowerWhile(e, statement);
      return;
    case 'unroll':
      lowerUnroll(e, statement);
      return;
    case 'for range':
      lowerRange(e, statement);
      return;
    case 'for map':
      lowerMapLoop(e, statement);
      return;
    case 'break':
      e.loop?.onBreak();
      return;
    case 'continue':
      e.loop?.onContinue();
      return;
    case 'return':
      e.leave();
      return;
    default:
      unreachable(statement);
  }
}

function lowerDiscarded(e: Emit, expression: Expression): void {
  if (expression.kind === 'increment') lowerIncrement(e, expression, false);
  else e.lower(expression);
}

function lowerLet(e: Emit, statement: Of<'let'>): void {
  const variable = e.variableAt(statement);
  if (statement.value !== null) assignVariable(e, variable, statement.value);
  else clearVariable(e, variable);
}

/** Before anything is assigned a variable is 0, or empty. */
function clearVariable(e: Emit, variable: VariableState): void {
  const type = settle(variable.type);
  if (inRegisters(type) || type.kind === 'unknown') e.variables.writeRegister(e, variable, e.ir.constant(0));
  else e.ir.zero(e.variables.memory(e, variable), 0, layoutSize(e.layoutOf(type)));
}

function assignVariable(e: Emit, variable: VariableState, value: Expression): void {
  const type = settle(variable.type);
  if (inRegisters(type)) {
    e.variables.writeRegister(e, variable, convert(e, e.lowerScalar(value), e.typeOf(value), type));
    return;
  }
  // `$x = ($x.1, $x.0)` reads what it writes: the value is made elsewhere first, unless nothing of the variable is in it.
  const layout = e.layoutOf(type);
  if (mentions(e, value, variable)) {
    const made = e.lower(value);
    e.store(made, layout, e.variables.memory(e, variable), 0, isExact(type));
  } else {
    e.lowerInto(value, layout, e.variables.memory(e, variable), 0, isExact(type));
  }
}

function mentions(e: Emit, value: Expression, variable: VariableState): boolean {
  return e.mentioned(value).some((each) => each.id === variable.id);
}

function lowerAssign(e: Emit, statement: Of<'assign'>): void {
  const { target, op, value } = statement;
  if (target === null) {
    lowerDiscarded(e, value);
  } else if (op !== null) {
    lowerCompound(e, statement, target);
  } else if (target.kind === 'variable') {
    assignVariable(e, e.variableAt(target), value);
  } else {
    assignMap(e, target, value);
  }
}

function assignMap(e: Emit, target: MapAccess, value: Expression): void {
  const aggregation = aggregationOf(e, value);
  if (aggregation !== undefined) {
    aggregation.builtin.aggregation.update(e, builtinCall(aggregation.node), target);
    return;
  }
  const place = e.unit.map(target.name);
  const { shape } = place.user;
  if (shape.kind !== 'value') throw new Error(`lower: ${target.name} holds an aggregate`);
  const scalar = scalarShape(e.mapType(target.name));
  if (scalar !== undefined) {
    const register = convert(e, e.lowerScalar(value), e.typeOf(value), e.mapType(target.name));
    // The kernel's value is eight bytes long, and all of them must be written.
    assignElement(e, target, (base) => e.ir.store(base, 0, place.scalar ? scalar.size : 8, register));
    return;
  }
  assignElement(e, target, (base) => {
    e.lowerInto(value, shape.layout, base, 0, false);
    const size = layoutSize(shape.layout);
    e.ir.zero(base, size, place.filled - size);
  });
}

/** `$x += e`, `@m[k] += e`: maps are changed in place. */
function lowerCompound(e: Emit, statement: Of<'assign'>, target: NonNullable<Of<'assign'>['target']>): void {
  const { op, value } = statement;
  if (op === null) return;
  const node = e.once<Expression>(statement, () => ({ kind: 'binary', op, left: target, right: value, span: statement.span }));
  const types = [e.typeOf(target), e.typeOf(value)] as const;
  const result = e.typeOf(node);
  const combined = (before: number, operand: number): number => arithmetic(e, op, [before, operand], types, node);
  if (target.kind === 'variable') {
    const variable = e.variableAt(target);
    const before = e.lowerScalar(target);
    const after = combined(before, e.lowerScalar(value));
    e.variables.writeRegister(e, variable, convert(e, after, result, settle(variable.type)));
    return;
  }
  const type = e.mapType(target.name);
  const shape = scalarShape(type);
  if (shape === undefined) throw new Error(`lower: ${op}= on ${target.name}`);
  const operand = e.lowerScalar(value);
  if ((op === '+' || op === '-') && type.kind === 'int' && (shape.size === 8 || shape.size === 4)) {
    addTo(e, target, shape.size, op === '+' ? operand : e.ir.emit({ kind: 'neg', a: operand }));
    return;
  }
  withMapValue(e, target, undefined, (place) => {
    const after = combined(e.ir.load(place, 0, shape.size, shape.signed), operand);
    e.ir.store(place, 0, shape.size, convert(e, after, result, type));
  });
}

function lowerIf(e: Emit, statement: Of<'if'>): void {
  const known = e.constant(statement.condition);
  if (known !== undefined) {
    const chosen = known !== 0n ? statement.then : statement.otherwise;
    if (chosen !== null) e.block(chosen.statements);
    return;
  }
  const { ir } = e;
  const yes = ir.block('if');
  const no = statement.otherwise === null ? undefined : ir.block('else');
  const after = ir.block('if.end');
  branchOn(e, statement.condition, yes, no ?? after);
  armBlock(e, yes, statement.then.statements, after);
  if (no !== undefined && statement.otherwise !== null) armBlock(e, no, statement.otherwise.statements, after);
  ir.seal(after);
  ir.enter(after);
}

function armBlock(e: Emit, block: BlockId, statements: readonly Statement[], after: BlockId): void {
  e.ir.seal(block);
  e.ir.enter(block);
  e.block(statements);
  if (!e.ir.ended) e.ir.jump(after);
}

/** A loop that the verifier has to see the end of. */
function lowerWhile(e: Emit, statement: Of<'while'>): void {
  const { ir } = e;
  const [head, body, after] = ['while', 'body', 'while.end'].map((label) => ir.block(label)) as [BlockId, BlockId, BlockId];
  ir.jump(head);
  ir.enter(head);
  branchOn(e, statement.condition, body, after);
  ir.seal(body);
  ir.enter(body);
  inLoop(e, after, head, () => e.block(statement.body.statements));
  if (!ir.ended) ir.jump(head);
  ir.seal(head);
  ir.seal(after);
  ir.enter(after);
}

/** Runs `body` as the body of a loop of blocks. */
export function inLoop(e: Emit, onBreak: BlockId, onContinue: BlockId, body: () => void): void {
  const before = e.loop;
  e.loop = { onBreak: () => e.ir.jump(onBreak), onContinue: () => e.ir.jump(onContinue) };
  body();
  e.loop = before;
}

function lowerUnroll(e: Emit, statement: Of<'unroll'>): void {
  const count = Number(e.constant(statement.count) ?? 0n);
  const { ir } = e;
  const after = ir.block('unroll.end');
  for (let round = 0; round < count; round++) {
    const next = ir.block(e.fresh('round'));
    inLoop(e, after, next, () => e.block(statement.body.statements));
    if (!ir.ended) ir.jump(next);
    ir.seal(next);
    ir.enter(next);
  }
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
}
