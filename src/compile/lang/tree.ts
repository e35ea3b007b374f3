// The tree as an indented outline, one node a line: for reading what the parser understood.
import { unreachable } from '../../base/unreachable.ts';
import type { Declaration, Expression, Script, Statement, TypeName } from './ast.ts';
import { printTypeName, quote } from './printer.ts';

interface Outline {
  readonly label: string;
  readonly children: readonly Outline[];
}

export function printTree(script: Script): string {
  const { includes, macros, definitions } = script.preamble;
  const leaves = [
    ...includes.map(({ name }) => `include: ${name}`),
    ...[...macros.values()].map(({ name, body }) => `define: ${name} ${body}`.trimEnd()),
    ...definitions.map(({ text }) => `definition: ${text.replace(/\s+/g, ' ')}`),
    ...script.config.map(({ name, value }) => `config: ${name} = ${value}`),
  ];
  return render({ label: 'Program', children: [...leaves.map((label) => leaf(label)), ...script.declarations.map(ofDeclaration)] }, '');
}

function render({ label, children }: Outline, indent: string): string {
  return `${indent}${label}\n${children.map((child) => render(child, `${indent} `)).join('')}`;
}

const leaf = (label: string): Outline => ({ label, children: [] });
const node = (label: string, ...children: readonly (Outline | null)[]): Outline => ({ label, children: children.filter((child) => child !== null) });

function ofDeclaration(declaration: Declaration): Outline {
  switch (declaration.kind) {
    case 'probe': {
      const points = declaration.attachPoints.map((point) => leaf(point.text));
      const predicate = declaration.predicate === null ? null : node('pred', ofExpression(declaration.predicate));
      return node('probe', ...points, predicate, ...declaration.body.statements.map(ofStatement));
    }
    case 'map declaration':
      return leaf(`map: ${declaration.map} ${declaration.type}(${declaration.size})`);
    case 'macro': {
      const result = declaration.result === null ? null : node('result', ofExpression(declaration.result));
      return node(`macro: ${declaration.name}(${declaration.params.map((param) => param.name).join(', ')})`, ...declaration.body.statements.map(ofStatement), result);
    }
    default:
      return unreachable(declaration);
  }
}

function block(label: string, statements: readonly Statement[]): Outline {
  return node(label, ...statements.map(ofStatement));
}

function ofStatement(statement: Statement): Outline {
  switch (statement.kind) {
    case 'block':
      return block('block', statement.statements);
    case 'expression':
      return ofExpression(statement.expression);
    case 'let':
      return node(`decl: ${statement.variable}${statement.type === null ? '' : ` :: [${printTypeName(statement.type)}]`}`, maybe(statement.value));
    case 'assign':
      return node(`${statement.op ?? ''}=`, statement.target === null ? leaf('discard') : ofExpression(statement.target), ofExpression(statement.value));
    case 'if':
      return node('if', ofExpression(statement.condition), block('then', statement.then.statements), statement.otherwise && block('else', statement.otherwise.statements));
    case 'while':
      return node('while', ofExpression(statement.condition), block('block', statement.body.statements));
    case 'unroll':
      return node('unroll', ofExpression(statement.count), block('block', statement.body.statements));
    case 'for range':
      return node(`for: ${statement.variable}`, node('range', ofExpression(statement.from), ofExpression(statement.to)), block('block', statement.body.statements));
    case 'for map':
      return node(`for: ${statement.variable}`, ofExpression(statement.map), block('block', statement.body.statements));
    case 'break':
    case 'continue':
      return leaf(statement.kind);
    case 'return':
      return node('return', maybe(statement.value));
    default:
      return unreachable(statement);
  }
}

function maybe(expression: Expression | null): Outline | null {
  return expression === null ? null : ofExpression(expression);
}

function ofExpression(expression: Expression): Outline {
  switch (expression.kind) {
    case 'integer':
      return leaf(`int: ${expression.value}${expression.suffix}`);
    case 'string':
      return leaf(`string: ${quote(expression.value)}`);
    case 'variable':
      return leaf(`variable: ${expression.name}`);
    case 'identifier':
      return leaf(`identifier: ${expression.name}`);
    case 'positional':
      return leaf(`positional: $${expression.index} (${quote(expression.value)})`);
    case 'map':
      return node(`map: ${expression.name}`, ...(expression.key ?? []).map(ofExpression));
    case 'call':
      return node(`call: ${expression.name}`, ...expression.args.map(ofExpression));
    case 'unary':
      return node(expression.op, ofExpression(expression.operand));
    case 'increment':
      return node(expression.prefix ? `pre ${expression.op}` : `post ${expression.op}`, ofExpression(expression.target));
    case 'binary':
      return node(expression.op, ofExpression(expression.left), ofExpression(expression.right));
    case 'ternary':
      return node('?:', ofExpression(expression.condition), maybe(expression.then), ofExpression(expression.otherwise));
    case 'member':
      return node(`${expression.op} ${expression.name}`, ofExpression(expression.object));
    case 'index':
      return node('[]', ofExpression(expression.object), ofExpression(expression.index));
    case 'cast':
      return node(`cast: ${printTypeName(expression.type)}`, ofExpression(expression.operand));
    case 'tuple':
      return node('tuple', ...expression.elements.map(ofExpression));
    case 'record':
      return node('record', ...expression.fields.map(({ name, value }) => node(`field: ${name}`, ofExpression(value))));
    case 'sizeof':
      return node('sizeof', ofTypeOrExpression(expression.of));
    case 'offsetof':
      return node(`offsetof: ${expression.path.join('.')}`, ofTypeOrExpression(expression.of));
    case 'block expression':
      return node('block', ...expression.statements.map(ofStatement), maybe(expression.result));
    default:
      return unreachable(expression);
  }
}

function ofTypeOrExpression(of: TypeName | Expression): Outline {
  return of.kind === 'type name' ? leaf(`type: ${printTypeName(of)}`) : ofExpression(of);
}
