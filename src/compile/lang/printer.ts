// The tree back as a script, in one canonical form: reading it again makes the same tree. `bpftrace -d ast` prints in this manner.
import { unreachable } from '../../base/unreachable.ts';
import type { BlockStatement, Declaration, Expression, MacroDeclaration, Script, Statement, TypeChoice, TypeName } from './ast.ts';

/** The whole script. Macros are printed, and the places that used them are printed as what they stand for. */
export function printScript(script: Script): string {
  const { includes, macros, definitions } = script.preamble;
  const preamble = [
    ...includes.map(({ name, system }) => (system ? `#include <${name}>` : `#include "${name}"`)),
    ...[...macros.values()].map(({ name, params, body }) => `#define ${name}${params === null ? '' : `(${params.join(', ')})`} ${body}`.trimEnd()),
    ...definitions.map(({ text }) => text),
  ];
  if (script.config.length > 0) {
    const entries = script.config.map(({ name, value }) => `  ${name} = ${typeof value === 'bigint' || /^[A-Za-z_]\w*$/.test(value) ? String(value) : quote(value)};`);
    preamble.push('config = {', ...entries, '}');
  }
  return [...preamble, ...script.declarations.map(printDeclaration)].map((line) => `${line}\n`).join('');
}

function printDeclaration(declaration: Declaration): string {
  switch (declaration.kind) {
    case 'probe': {
      const predicate = declaration.predicate === null ? '' : `/${printPredicate(declaration.predicate)}/\n`;
      return `${declaration.attachPoints.map((point) => point.text).join(',\n')}\n${predicate}${printBlock(declaration.body)}`;
    }
    case 'map declaration':
      return `let ${declaration.map} = ${declaration.type}(${declaration.size});`;
    case 'macro':
      return printMacro(declaration);
    default:
      return unreachable(declaration);
  }
}

/** A star next to the slash would open a comment. */
function printPredicate(predicate: Expression): string {
  const text = printExpression(predicate);
  return text.startsWith('*') ? `(${text})` : text;
}

function printMacro({ name, params, body, result }: MacroDeclaration): string {
  return `macro ${name}(${params.map((param) => param.name).join(', ')})\n${lines(body.statements, result)}`;
}

export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'block':
      return printBlock(statement);
    case 'expression':
      return `${leading(statement.expression)};`;
    case 'let':
      return `let ${statement.variable}${statement.type === null ? '' : ` : ${printTypeName(statement.type)}`}${statement.value === null ? '' : ` = ${printExpression(statement.value)}`};`;
    case 'assign':
      return `${statement.target === null ? '_' : printExpression(statement.target)} ${statement.op ?? ''}= ${printExpression(statement.value)};`;
    case 'if':
      return printIf(statement);
    case 'while':
      return `while ${operand(statement.condition)} ${printBlock(statement.body)}`;
    case 'unroll':
      return `unroll (${printExpression(statement.count)}) ${printBlock(statement.body)}`;
    case 'for range':
      return `for ${statement.variable} : ${operand(statement.from)}..${operand(statement.to)} ${printBlock(statement.body)}`;
    case 'for map':
      return `for ${statement.variable} : ${printExpression(statement.map)} ${printBlock(statement.body)}`;
    case 'break':
    case 'continue':
      return `${statement.kind};`;
    case 'return':
      return statement.value === null ? 'return;' : `return ${printExpression(statement.value)};`;
    default:
      return unreachable(statement);
  }
}

function printIf(statement: Statement & { readonly kind: 'if' }): string {
  const head = `if ${operand(statement.condition)} ${printBlock(statement.then)}`;
  if (statement.otherwise === null) return head;
  const [only, ...more] = statement.otherwise.statements;
  const chained = only?.kind === 'if' && more.length === 0 && only.span.start === statement.otherwise.span.start;
  return `${head} else ${chained ? printIf(only) : printBlock(statement.otherwise)}`;
}

function printBlock(block: BlockStatement): string {
  return braces(block.statements, null);
}

/** A lone value stays on the line. */
function braces(statements: readonly Statement[], result: Expression | null): string {
  const text = lines(statements, result);
  const only = statements.length === 0 ? /^\{\n {2}(.*)\n\}$/.exec(text)?.[1] : undefined;
  return only === undefined ? text : `{ ${only} }`;
}

function lines(statements: readonly Statement[], result: Expression | null): string {
  const all = [...statements.map(printStatement), ...(result === null ? [] : [leading(result)])];
  return all.length === 0 ? '{}' : `{\n${all.map((line) => line.replace(/^/gm, '  ')).join('\n')}\n}`;
}

/** An expression where a statement could start: a brace there would open a block. */
function leading(expression: Expression): string {
  const text = printExpression(expression);
  return text.startsWith('{') ? `(${text})` : text;
}

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'integer':
      return `${expression.value}${expression.suffix}`;
    case 'string':
      return quote(expression.value);
    case 'variable':
    case 'identifier':
      return expression.name;
    case 'positional':
      return `$${expression.index}`;
    case 'map':
      return expression.key === null ? expression.name : `${expression.name}[${list(expression.key)}]`;
    case 'call':
      return `${expression.name}(${list(expression.args)})`;
    case 'unary':
      return `${expression.op}${tight(expression.operand)}`;
    case 'increment':
      return expression.prefix ? `${expression.op}${printExpression(expression.target)}` : `${printExpression(expression.target)}${expression.op}`;
    case 'binary':
      return `${operand(expression.left)} ${expression.op} ${operand(expression.right)}`;
    case 'ternary':
      return `${operand(expression.condition)} ?${expression.then === null ? '' : ` ${branch(expression.then)} `}: ${branch(expression.otherwise)}`;
    case 'member':
      return `${object(expression.object)}${expression.op}${expression.name}`;
    case 'index':
      return `${object(expression.object, true)}[${printExpression(expression.index)}]`;
    case 'cast':
      return `(${printTypeName(expression.type)})${tight(expression.operand)}`;
    case 'tuple':
      return expression.elements.length === 1 ? `(${list(expression.elements)},)` : `(${list(expression.elements)})`;
    case 'record':
      return `(${expression.fields.map(({ name, value }) => `${name}=${printExpression(value)}`).join(', ')})`;
    case 'sizeof':
      return `sizeof(${typeOrExpression(expression.of)})`;
    case 'offsetof':
      return `offsetof(${typeOrExpression(expression.of)}, ${expression.path.join('.')})`;
    case 'block expression':
      return braces(expression.statements, expression.result);
    default:
      return unreachable(expression);
  }
}

function list(expressions: readonly Expression[]): string {
  return expressions.map(printExpression).join(', ');
}

/** In parentheses what would come apart next to an operator. */
function operand(expression: Expression): string {
  return parenthesized(expression, loose);
}

function branch(expression: Expression): string {
  return parenthesized(expression, ['binary', 'ternary']);
}

/** Behind an operator without a blank between. */
function tight(expression: Expression): string {
  return parenthesized(expression, [...loose, 'unary', ...(expression.kind === 'increment' && expression.prefix ? ['increment' as const] : [])]);
}

/** In front of `.`, `->` and `[`. `@m` would take the index for its key. */
function object(expression: Expression, index = false): string {
  if (index && expression.kind === 'map' && expression.key === null) return `(${printExpression(expression)})`;
  return parenthesized(expression, [...loose, 'unary', 'cast', 'increment', 'integer']);
}

const loose: readonly Expression['kind'][] = ['binary', 'ternary', 'block expression'];

function parenthesized(expression: Expression, kinds: readonly Expression['kind'][]): string {
  const text = printExpression(expression);
  return kinds.includes(expression.kind) ? `(${text})` : text;
}

function typeOrExpression(of: TypeName | Expression): string {
  return of.kind === 'type name' ? printTypeName(of) : printExpression(of);
}

export function printTypeName({ base, choice, postfix }: TypeName): string {
  const marks = postfix.map((each) => (each === '*' ? '*' : `[${each ?? ''}]`)).join('');
  return `${base.tag === null ? '' : `${base.tag} `}${base.name}${choice === undefined ? '' : printChoice(choice)}${marks}`;
}

/** `@module#2`, as it stands behind a type's name. */
export function printChoice({ image, variant }: TypeChoice): string {
  return `${image === null ? '' : `@${image}`}${variant === null ? '' : `#${variant}`}`;
}

/** A string literal; bytes outside of printable ASCII in hex. */
export function quote(bytes: string): string {
  return `"${bytes.replace(/["\\\n\t\r]|[^ -~]/g, (byte) => escapes.get(byte) ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
]);
