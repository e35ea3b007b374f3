// Statements and blocks. What cannot be read is complained about and skipped up to the next semicolon or the end of the block.
import { cover } from '../../../base/span.ts';
import type { BinaryOperator, BlockStatement, Expression, MapAccess, Statement, Variable } from '../ast.ts';
import { valueOf } from './block.ts';
import { asStatements, SyntaxFailure, type BlockParts, type Cursor } from './cursor.ts';
import { binaryLevels, continueExpression, parseExpression, parseUnary } from './expressions.ts';
import { parseTypeName } from './types.ts';

/** A statement, the value that it has as the last one of a block, and whether it goes without a semicolon. */
interface Read {
  readonly statement: Statement;
  readonly value: Expression | null;
  readonly closed: boolean;
}

export function parseBlock(cursor: Cursor): BlockParts {
  return cursor.deeper(() => {
    const open = cursor.peek();
    cursor.expect('{');
    const statements: Statement[] = [];
    let tail: BlockParts['tail'] = null;
    while (!cursor.at('}') && cursor.peek().kind !== 'end') {
      if (cursor.accept(';')) continue;
      const read = recovering(cursor, () => parseStatement(cursor));
      if (read === null) continue;
      const semicolon = !read.closed && !cursor.at('}') && cursor.expectSemicolon();
      if (cursor.at('}') && !semicolon) tail = read;
      else statements.push(read.statement);
    }
    if (!cursor.accept('}')) cursor.complain("expected '}'");
    return { statements, tail, span: cursor.since(open) };
  });
}

/** null when the statement could not be read; the text is then at the next one. */
function recovering(cursor: Cursor, parse: () => Read): Read | null {
  const { depth } = cursor;
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    cursor.resetDepth(depth);
    skipStatement(cursor);
    return null;
  }
}

/** Behind the next semicolon, in front of the brace that closes the block, or behind a block that something new follows. */
function skipStatement(cursor: Cursor): void {
  for (let depth = 0; cursor.peek().kind !== 'end'; ) {
    const closing = cursor.at('}');
    if (closing && depth === 0) return;
    if (cursor.at('{')) depth++;
    if (closing) depth--;
    const semicolon = cursor.at(';');
    cursor.next();
    if (depth === 0 && (semicolon || (closing && startsStatement(cursor)))) return;
  }
}

function startsStatement(cursor: Cursor): boolean {
  return cursor.peek().kind !== 'punctuator' && !cursor.atWord('else');
}

function parseStatement(cursor: Cursor): Read {
  const token = cursor.peek();
  if (cursor.at('{')) {
    const parts = parseBlock(cursor);
    return { statement: asStatements(parts), value: valueOf(parts), closed: true };
  }
  const keyword = token.kind === 'identifier' ? keywords.get(token.text) : undefined;
  return keyword === undefined ? parseSimple(cursor) : keyword(cursor);
}

const keywords: ReadonlyMap<string, (cursor: Cursor) => Read> = new Map([
  ['if', (cursor: Cursor) => ({ ...parseIf(cursor), closed: true })],
  ['while', (cursor: Cursor) => closed(parseWhile(cursor))],
  ['unroll', (cursor: Cursor) => closed(parseUnroll(cursor))],
  ['for', (cursor: Cursor) => closed(parseFor(cursor))],
  ['let', (cursor: Cursor) => open(parseLet(cursor))],
  ['break', (cursor: Cursor) => open({ kind: 'break', span: cursor.next().span })],
  ['continue', (cursor: Cursor) => open({ kind: 'continue', span: cursor.next().span })],
  ['return', (cursor: Cursor) => open(parseReturn(cursor))],
  ['import', (cursor: Cursor) => open(parseImport(cursor))],
]);

function closed(statement: Statement): Read {
  return { statement, value: null, closed: true };
}

function open(statement: Statement): Read {
  return { statement, value: null, closed: false };
}

/** Both readings of an if: as a statement, and as a value when every branch ends in one. */
export function parseIf(cursor: Cursor): { statement: Statement; value: Expression | null } {
  return cursor.deeper(() => {
    const start = cursor.next();
    if (cursor.atWord('comptime')) cursor.unsupported(cursor.next().span, "'comptime'");
    const condition = parseCondition(cursor);
    const then = parseBlock(cursor);
    const otherwise = parseElse(cursor);
    const span = cursor.since(start);
    const statement: Statement = { kind: 'if', condition, then: asStatements(then), otherwise: otherwise?.statement ?? null, span };
    const value = valueOf(then);
    if (value === null || otherwise === null || otherwise.value === null) return { statement, value: null };
    return { statement, value: { kind: 'ternary', condition, then: value, otherwise: otherwise.value, span } };
  });
}

function parseElse(cursor: Cursor): { statement: BlockStatement; value: Expression | null } | null {
  if (!cursor.atWord('else')) return null;
  cursor.next();
  if (cursor.atWord('if')) {
    const { statement, value } = parseIf(cursor);
    return { statement: { kind: 'block', statements: [statement], span: statement.span }, value };
  }
  if (!cursor.at('{')) cursor.fail("expected '{' or 'if' after 'else'");
  const parts = parseBlock(cursor);
  return { statement: asStatements(parts), value: valueOf(parts) };
}

/** An operand, or anything in parentheses. A longer expression without parentheses is complained about and read all the same. */
function parseCondition(cursor: Cursor): Expression {
  const condition = parseUnary(cursor);
  if (cursor.at('{')) return condition;
  cursor.complain("expected '{'", 'put the whole condition in parentheses');
  return continueExpression(cursor, condition);
}

function parseWhile(cursor: Cursor): Statement {
  const start = cursor.next();
  const condition = parseCondition(cursor);
  const body = asStatements(parseBlock(cursor));
  return { kind: 'while', condition, body, span: cursor.since(start) };
}

function parseUnroll(cursor: Cursor): Statement {
  const start = cursor.next();
  const count = parseCondition(cursor);
  const body = asStatements(parseBlock(cursor));
  return { kind: 'unroll', count, body, span: cursor.since(start) };
}

function parseFor(cursor: Cursor): Statement {
  const start = cursor.next();
  const parentheses = cursor.accept('(');
  if (cursor.peek().kind !== 'variable') cursor.fail('expected variable in for loop');
  const variable = cursor.next().text;
  cursor.expect(':');
  const from = parseUnary(cursor);
  const to = cursor.accept('..') ? parseUnary(cursor) : null;
  if (to === null && (from.kind !== 'map' || from.key !== null)) cursor.fail('expected map or range in for loop');
  if (parentheses) cursor.expect(')');
  const body = asStatements(parseBlock(cursor));
  const span = cursor.since(start);
  if (to !== null) return { kind: 'for range', variable, from, to, body, span };
  if (from.kind === 'map') return { kind: 'for map', variable, map: from, body, span };
  return cursor.fail('expected map or range in for loop');
}

function parseLet(cursor: Cursor): Statement {
  const start = cursor.next();
  if (cursor.peek().kind !== 'variable') cursor.fail("expected variable after 'let'");
  const variable = cursor.next().text;
  const type = cursor.accept(':') ? parseTypeName(cursor) : null;
  const value = cursor.accept('=') ? parseExpression(cursor) : null;
  return { kind: 'let', variable, type, value, span: cursor.since(start) };
}

function parseReturn(cursor: Cursor): Statement {
  const start = cursor.next();
  const value = cursor.at(';') || cursor.at('}') ? null : parseExpression(cursor);
  return { kind: 'return', value, span: cursor.since(start) };
}

function parseImport(cursor: Cursor): Statement {
  const start = cursor.next();
  if (cursor.peek().kind !== 'string') cursor.fail("expected string after 'import'");
  cursor.next();
  cursor.unsupported(cursor.since(start), "'import'");
  return { kind: 'block', statements: [], span: cursor.since(start) };
}

/** An expression, or an assignment to one. */
function parseSimple(cursor: Cursor): Read {
  const expression = parseExpression(cursor);
  const token = cursor.peek();
  const op = token.kind === 'punctuator' ? assignments.get(token.text) : undefined;
  if (op === undefined) return { statement: { kind: 'expression', expression, span: expression.span }, value: expression, closed: false };
  const target = assignmentTarget(cursor, expression, op);
  cursor.next();
  const value = parseExpression(cursor);
  return open({ kind: 'assign', target, op, value, span: cover(expression.span, value.span) });
}

/** null for `_ = e`. */
function assignmentTarget(cursor: Cursor, expression: Expression, op: BinaryOperator | null): Variable | MapAccess | null {
  if (expression.kind === 'variable' || expression.kind === 'map') return expression;
  if (expression.kind === 'identifier' && expression.name === '_' && op === null) return null;
  cursor.complain('invalid assignment target', undefined, expression.span);
  return null;
}

/** Assignment operators; `=` has no operator of its own. */
const assignments: ReadonlyMap<string, BinaryOperator | null> = new Map([
  ['=', null],
  ...[...binaryLevels.keys()].filter((op) => !/^([=!<>]=|[<>]|&&|\|\|)$/.test(op)).map((op): [string, BinaryOperator] => [`${op}=`, op]),
]);
