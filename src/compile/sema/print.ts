// The typed tree, for `-d types`: maps, then each program with its variables and the type of every expression.
import type { Expression, Statement } from '../lang/ast.ts';
import { printExpression, printStatement } from '../lang/printer.ts';
import type { Analysis } from './analysis.ts';
import type { Checker } from './checker.ts';
import { settle } from './join.ts';
import { typeText } from './typetext.ts';
import { children, isStatement } from './walk.ts';

export function printTypes(analysis: Analysis): string {
  const types = analysis.programs[0]?.types;
  const maps = types === undefined ? [] : analysis.maps.all.map((state) => {
    const key = state.key === null || state.key === undefined ? '' : `[${typeText(types, settle(state.key))}]`;
    return `${state.name}${key}: ${typeText(types, settle(state.value ?? { kind: 'unknown' }))}`;
  });
  return [...maps, ...analysis.programs.map(printProgram)].join('\n') + '\n';
}

function printProgram(program: Checker): string {
  const lines = [`\n${program.probe.title}`];
  for (const variable of program.variables.all) lines.push(`  ${variable.name}: ${typeText(program.types, settle(variable.type))}`);
  const { predicate, body } = program.instance.declaration;
  if (predicate !== null) printNode(program, predicate, '  / ', lines);
  for (const statement of body.statements) printNode(program, statement, '  ', lines);
  return lines.join('\n');
}

function printNode(program: Checker, node: Expression | Statement, indent: string, lines: string[]): void {
  const inner = indent.replace(/\S/g, ' ');
  if (node.kind === 'expression') {
    printNode(program, node.expression, indent, lines);
    return;
  }
  if (isStatement(node)) {
    lines.push(`${indent}${printStatement(node).split('\n')[0] ?? ''}`);
  } else {
    const type = program.knownType(node);
    lines.push(`${indent}${printExpression(node)}${type === undefined ? '' : ` :: ${typeText(program.types, settle(type))}`}`);
  }
  for (const child of children(node)) printNode(program, child, `${inner}  `, lines);
}
