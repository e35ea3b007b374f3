// Goes over trees: every child of a node, and copies with some nodes replaced.
import { unreachable } from '../../base/unreachable.ts';
import type { BlockStatement, Expression, MapAccess, Statement, TypeName, Variable } from '../lang/ast.ts';

/** Calls `visit` for every expression of the tree, parents first; `false` leaves the children out. */
export function eachExpression(node: Expression | Statement, visit: (expression: Expression) => boolean | undefined): void {
  if (isStatement(node)) {
    for (const child of statementParts(node)) eachExpression(child, visit);
    return;
  }
  if (visit(node) === false) return;
  for (const child of parts(node)) eachExpression(child, visit);
}

/** The parts of a node, in order of reading. */
export function children(node: Expression | Statement): readonly (Expression | Statement)[] {
  return isStatement(node) ? statementParts(node) : parts(node);
}

export function isStatement(node: Expression | Statement): node is Statement {
  return statementKinds.has(node.kind);
}

const statementKinds: ReadonlySet<string> = new Set<Statement['kind']>([
  'block', 'expression', 'let', 'assign', 'if', 'while', 'unroll', 'for range', 'for map', 'break', 'continue', 'return',
]);

function statementParts(statement: Statement): readonly (Expression | Statement)[] {
  switch (statement.kind) {
    case 'block':
      return statement.statements;
    case 'expression':
      return [statement.expression];
    case 'let':
      return present(statement.value);
    case 'assign':
      return [...present(statement.target), statement.value];
    case 'if':
      return [statement.condition, statement.then, ...present(statement.otherwise)];
    case 'while':
      return [statement.condition, statement.body];
    case 'unroll':
      return [statement.count, statement.body];
    case 'for range':
      return [statement.from, statement.to, statement.body];
    case 'for map':
      return [statement.map, statement.body];
    case 'return':
      return present(statement.value);
    case 'break':
    case 'continue':
      return [];
    default:
      return unreachable(statement);
  }
}

function parts(expression: Expression): readonly (Expression | Statement)[] {
  switch (expression.kind) {
    case 'map':
      return expression.key ?? [];
    case 'call':
      return expression.args;
    case 'unary':
    case 'cast':
      return [expression.operand];
    case 'increment':
      return [expression.target];
    case 'binary':
      return [expression.left, expression.right];
    case 'ternary':
      return [expression.condition, ...present(expression.then), expression.otherwise];
    case 'member':
      return [expression.object];
    case 'index':
      return [expression.object, expression.index];
    case 'tuple':
      return expression.elements;
    case 'record':
      return expression.fields.map((field) => field.value);
    case 'sizeof':
    case 'offsetof':
      return isTypeName(expression.of) ? [] : [expression.of];
    case 'block expression':
      return [...expression.statements, ...present(expression.result)];
    default:
      return [];
  }
}

export function isTypeName(of: TypeName | Expression): of is TypeName {
  return of.kind === 'type name';
}

function present<T>(node: T | null): readonly T[] {
  return node === null ? [] : [node];
}

/** How a copy differs from its original; absent: as it was. */
export interface Rewrite {
  /** A replacement for a whole expression, undefined to copy it. */
  readonly expression?: (expression: Expression) => Expression | undefined;
  readonly variable?: (name: string) => string;
  readonly map?: (name: string) => string;
}

/** A copy of which every node is new, so that side tables keyed by node tell the copies apart. */
export function copyExpression(expression: Expression, how: Rewrite): Expression {
  const replaced = how.expression?.(expression);
  if (replaced !== undefined) return replaced;
  const copy = (each: Expression): Expression => copyExpression(each, how);
  switch (expression.kind) {
    case 'variable':
    case 'map':
      return copyTarget(expression, how);
    case 'call':
      return { ...expression, args: expression.args.map(copy) };
    case 'unary':
    case 'cast':
      return { ...expression, operand: copy(expression.operand) };
    case 'increment':
      return { ...expression, target: copyTarget(expression.target, how) };
    case 'binary':
      return { ...expression, left: copy(expression.left), right: copy(expression.right) };
    case 'ternary':
      return { ...expression, condition: copy(expression.condition), then: expression.then && copy(expression.then), otherwise: copy(expression.otherwise) };
    case 'member':
      return { ...expression, object: copy(expression.object) };
    case 'index':
      return { ...expression, object: copy(expression.object), index: copy(expression.index) };
    case 'tuple':
      return { ...expression, elements: expression.elements.map(copy) };
    case 'record':
      return { ...expression, fields: expression.fields.map((field) => ({ ...field, value: copy(field.value) })) };
    case 'sizeof':
    case 'offsetof':
      return { ...expression, of: isTypeName(expression.of) ? expression.of : copy(expression.of) };
    case 'block expression':
      return { ...expression, statements: expression.statements.map((each) => copyStatement(each, how)), result: expression.result && copy(expression.result) };
    default:
      return { ...expression };
  }
}

function copyTarget<T extends Variable | MapAccess>(target: T, how: Rewrite): T;
function copyTarget(target: Variable | MapAccess, how: Rewrite): Variable | MapAccess {
  if (target.kind === 'variable') return { ...target, name: how.variable?.(target.name) ?? target.name };
  return { ...target, name: how.map?.(target.name) ?? target.name, key: target.key && target.key.map((each) => copyExpression(each, how)) };
}

export function copyStatement(statement: Statement, how: Rewrite): Statement {
  const copy = (each: Expression): Expression => copyExpression(each, how);
  const variable = (name: string): string => how.variable?.(name) ?? name;
  switch (statement.kind) {
    case 'block':
      return copyBlock(statement, how);
    case 'expression':
      return { ...statement, expression: copy(statement.expression) };
    case 'let':
      return { ...statement, variable: variable(statement.variable), value: statement.value && copy(statement.value) };
    case 'assign':
      return { ...statement, target: statement.target && copyTarget(statement.target, how), value: copy(statement.value) };
    case 'if':
      return { ...statement, condition: copy(statement.condition), then: copyBlock(statement.then, how), otherwise: statement.otherwise && copyBlock(statement.otherwise, how) };
    case 'while':
      return { ...statement, condition: copy(statement.condition), body: copyBlock(statement.body, how) };
    case 'unroll':
      return { ...statement, count: copy(statement.count), body: copyBlock(statement.body, how) };
    case 'for range':
      return { ...statement, variable: variable(statement.variable), from: copy(statement.from), to: copy(statement.to), body: copyBlock(statement.body, how) };
    case 'for map':
      return { ...statement, variable: variable(statement.variable), map: copyTarget(statement.map, how), body: copyBlock(statement.body, how) };
    case 'return':
      return { ...statement, value: statement.value && copy(statement.value) };
    case 'break':
    case 'continue':
      return { ...statement };
    default:
      return unreachable(statement);
  }
}

export function copyBlock(block: BlockStatement, how: Rewrite): BlockStatement {
  return { ...block, statements: block.statements.map((each) => copyStatement(each, how)) };
}
