// Expressions: one table of binary operators, everything tighter by hand.
import { cover } from '../../../base/span.ts';
import type { BinaryOperator, Expression, MapAccess, Variable } from '../ast.ts';
import type { Token } from '../token.ts';
import { asValue } from './block.ts';
import type { Cursor } from './cursor.ts';
import { parseTypeName, typeNameAhead } from './types.ts';

export function parseExpression(cursor: Cursor): Expression {
  return cursor.deeper(() => {
    const condition = parseBinary(cursor, 0);
    return cursor.at('?') ? parseTernary(cursor, condition) : condition;
  });
}

/** Goes on behind an operand that was read already, as far as an expression goes. */
export function continueExpression(cursor: Cursor, left: Expression): Expression {
  const condition = continueBinary(cursor, left, 0);
  return cursor.at('?') ? parseTernary(cursor, condition) : condition;
}

function parseTernary(cursor: Cursor, condition: Expression): Expression {
  cursor.expect('?');
  const then = cursor.at(':') ? null : parseExpression(cursor);
  cursor.expect(':');
  const otherwise = parseExpression(cursor);
  return { kind: 'ternary', condition, then, otherwise, span: cover(condition.span, otherwise.span) };
}

/** Binding strength; all are left-associative. */
export const binaryLevels: ReadonlyMap<BinaryOperator, number> = new Map([
  ['||', 0],
  ['&&', 1],
  ['|', 2],
  ['^', 3],
  ['&', 4],
  ['==', 5], ['!=', 5],
  ['<', 6], ['<=', 6], ['>', 6], ['>=', 6],
  ['<<', 7], ['>>', 7],
  ['+', 8], ['-', 8],
  ['*', 9], ['/', 9], ['%', 9],
]);

function parseBinary(cursor: Cursor, lowest: number): Expression {
  return continueBinary(cursor, parseUnary(cursor), lowest);
}

function continueBinary(cursor: Cursor, first: Expression, lowest: number): Expression {
  let left = first;
  for (;;) {
    const op = operatorAhead(cursor);
    const level = op === undefined ? undefined : binaryLevels.get(op);
    if (op === undefined || level === undefined || level < lowest) return left;
    cursor.next();
    const right = parseBinary(cursor, level + 1);
    left = { kind: 'binary', op, left, right, span: cover(left.span, right.span) };
  }
}

function operatorAhead(cursor: Cursor): BinaryOperator | undefined {
  const token = cursor.peek();
  if (token.kind !== 'punctuator' || !isBinaryOperator(token.text)) return undefined;
  if (token.text === '/' && cursor.inPredicate && cursor.at('{', 1)) return undefined;
  return token.text;
}

function isBinaryOperator(text: string): text is BinaryOperator {
  return (binaryLevels as ReadonlyMap<string, number>).has(text);
}

/** Operators in front, casts, and what stands behind an operand. */
export function parseUnary(cursor: Cursor): Expression {
  return cursor.deeper(() => {
    const start = cursor.peek();
    if (start.kind === 'punctuator') {
      if (isUnaryOperator(start.text)) {
        cursor.next();
        const operand = parseUnary(cursor);
        if (start.text === '&' && operand.kind !== 'variable' && operand.kind !== 'map') {
          cursor.complain('address-of operator (&) can only be used on a map or variable', undefined, start.span);
        }
        return { kind: 'unary', op: start.text, operand, span: cover(start.span, operand.span) };
      }
      if (start.text === '++' || start.text === '--') {
        cursor.next();
        const target = parseUnary(cursor);
        return { kind: 'increment', op: start.text, prefix: true, target: incrementTarget(cursor, start, target), span: cover(start.span, target.span) };
      }
      if (start.text === '(' && isCast(cursor)) return parseCast(cursor);
    }
    return parsePostfix(cursor, parsePrimary(cursor));
  });
}

function isUnaryOperator(text: string): text is '-' | '+' | '!' | '~' | '*' | '&' {
  return text.length === 1 && '-+!~*&'.includes(text);
}

function incrementTarget(cursor: Cursor, operator: Token, target: Expression): Variable | MapAccess {
  if (target.kind === 'variable' || target.kind === 'map') return target;
  cursor.complain('increment/decrement requires a variable or map', undefined, operator.span);
  return { kind: 'variable', name: '$', span: target.span };
}

/** `(type) operand`: something that can be a type in parentheses, then something that starts an operand. */
function isCast(cursor: Cursor): boolean {
  const type = typeNameAhead(cursor, 1);
  if (type.length === 0 || !cursor.at(')', 1 + type.length)) return false;
  if (type.certain) return true;
  const name = cursor.peek(1);
  if (type.length === 1 && cursor.options.isBuiltin(name.text)) return false;
  return startsOperand(cursor, 2 + type.length, type.length === 1);
}

/** `(foo) + 3` adds, `(foo*) + 3` casts; `(foo)++` counts. */
function startsOperand(cursor: Cursor, distance: number, bare: boolean): boolean {
  const token = cursor.peek(distance);
  if (token.kind === 'punctuator') return token.text === '(' || token.text === '--' || (isUnaryOperator(token.text) && !(bare && token.text === '+'));
  if (token.kind === 'identifier') return !notOperands.has(token.text);
  return token.kind !== 'end';
}

const notOperands: ReadonlySet<string> = new Set(['else', 'for', 'while', 'unroll', 'let', 'return', 'break', 'continue', 'struct', 'union', 'enum']);

function parseCast(cursor: Cursor): Expression {
  const open = cursor.next();
  const type = parseTypeName(cursor);
  cursor.expect(')');
  const operand = parseUnary(cursor);
  return { kind: 'cast', type, operand, span: cover(open.span, operand.span) };
}

function parsePostfix(cursor: Cursor, first: Expression): Expression {
  let object = first;
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'punctuator') return object;
    if (token.text === '.' || token.text === '->') {
      object = parseMember(cursor, object, token.text);
    } else if (token.text === '[') {
      cursor.next();
      const index = parseExpression(cursor);
      cursor.expect(']');
      object = { kind: 'index', object, index, span: cursor.since(object) };
    } else if (token.text === '++' || token.text === '--') {
      cursor.next();
      object = { kind: 'increment', op: token.text, prefix: false, target: incrementTarget(cursor, token, object), span: cover(object.span, token.span) };
    } else {
      return object;
    }
  }
}

function parseMember(cursor: Cursor, object: Expression, op: '.' | '->'): Expression {
  cursor.next();
  const name = cursor.peek();
  const isIndex = name.kind === 'integer' && /^\d+$/.test(name.text);
  if (name.kind !== 'identifier' && !(op === '.' && isIndex)) cursor.fail(`expected field name after '${op}'`);
  cursor.next();
  return { kind: 'member', object, op, name: name.text, nameSpan: name.span, span: cover(object.span, name.span) };
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  switch (token.kind) {
    case 'integer':
      cursor.next();
      return { kind: 'integer', value: token.value, suffix: token.suffix, span: token.span };
    case 'string':
      cursor.next();
      return { kind: 'string', value: token.text, span: token.span };
    case 'variable':
      cursor.next();
      return { kind: 'variable', name: token.text, span: token.span };
    case 'map':
      return parseMap(cursor);
    case 'positional':
      return parsePositional(cursor);
    case 'identifier':
      return parseNamed(cursor);
    case 'punctuator':
      if (token.text === '(') return parseParentheses(cursor);
      if (token.text === '{') return asValue(cursor.options.parseBlock(cursor));
      return cursor.fail('expected expression');
    default:
      return cursor.fail('expected expression');
  }
}

export function parseMap(cursor: Cursor): MapAccess {
  const name = cursor.next();
  if (!cursor.accept('[')) return { kind: 'map', name: name.text, key: null, span: name.span };
  const key = [parseExpression(cursor)];
  while (cursor.accept(',')) key.push(parseExpression(cursor));
  cursor.expect(']');
  return { kind: 'map', name: name.text, key, span: cursor.since(name) };
}

function parsePositional(cursor: Cursor): Expression {
  const token = cursor.next();
  const { positional } = cursor.options;
  if (token.text === '#') return { kind: 'positional', index: '#', value: String(positional.length), span: token.span };
  const index = Number(token.text);
  if (index < 1 || !Number.isSafeInteger(index)) {
    cursor.complain(`param $${token.text} is out of integer range [1, ${Number.MAX_SAFE_INTEGER}]`, undefined, token.span);
  }
  return { kind: 'positional', index, value: positional[index - 1] ?? '', span: token.span };
}

function parseNamed(cursor: Cursor): Expression {
  const name = cursor.peek();
  const special = specials.get(name.text);
  if (special !== undefined) return special(cursor);
  if (notOperands.has(name.text)) return cursor.fail('expected expression');
  cursor.next();
  if (!cursor.at('(')) return { kind: 'identifier', name: name.text, span: name.span };
  return { kind: 'call', name: name.text, args: parseArguments(cursor), nameSpan: name.span, span: cursor.since(name) };
}

function parseArguments(cursor: Cursor): Expression[] {
  const args: Expression[] = [];
  cursor.expect('(');
  if (cursor.accept(')')) return args;
  do args.push(parseExpression(cursor));
  while (cursor.accept(','));
  cursor.expect(')');
  return args;
}

/** Words that read what follows them in their own way. */
const specials: ReadonlyMap<string, (cursor: Cursor) => Expression> = new Map([
  ['if', (cursor: Cursor) => parseIfExpression(cursor)],
  ['sizeof', (cursor: Cursor) => parseSizeof(cursor)],
  ['offsetof', (cursor: Cursor) => parseOffsetof(cursor)],
  ['comptime', (cursor: Cursor) => parseUnsupported(cursor)],
  ['typeof', (cursor: Cursor) => parseUnsupported(cursor)],
  ['typeinfo', (cursor: Cursor) => parseUnsupported(cursor)],
]);

function parseIfExpression(cursor: Cursor): Expression {
  const start = cursor.peek();
  const { value } = cursor.options.parseIf(cursor);
  if (value !== null) return value;
  cursor.complain("'if' used as a value needs an expression at the end of every branch", undefined, start.span);
  return { kind: 'integer', value: 0n, suffix: '', span: cursor.since(start) };
}

function parseSizeof(cursor: Cursor): Expression {
  const start = cursor.next();
  cursor.expect('(');
  const of = parseTypeOrExpression(cursor, ')');
  cursor.expect(')');
  return { kind: 'sizeof', of, span: cursor.since(start) };
}

function parseOffsetof(cursor: Cursor): Expression {
  const start = cursor.next();
  cursor.expect('(');
  const of = parseTypeOrExpression(cursor, ',');
  cursor.expect(',');
  const path = [cursor.identifier().text];
  while (cursor.accept('.')) path.push(cursor.identifier().text);
  cursor.expect(')');
  return { kind: 'offsetof', of, path, span: cursor.since(start) };
}

function parseTypeOrExpression(cursor: Cursor, end: string): ReturnType<typeof parseTypeName> | Expression {
  const { length, certain } = typeNameAhead(cursor, 0);
  const isType = length > 0 && cursor.at(end, length) && !(length === 1 && !certain && cursor.options.isBuiltin(cursor.peek().text));
  return isType || certain ? parseTypeName(cursor) : parseExpression(cursor);
}

function parseUnsupported(cursor: Cursor): Expression {
  const word = cursor.next();
  cursor.unsupported(word.span, `'${word.text}'`);
  return parseUnary(cursor);
}

/** `(e)`, `(a, b)`, `(a,)`, `()`, `(x = 1, y = 2)`. */
function parseParentheses(cursor: Cursor): Expression {
  const open = cursor.next();
  if (cursor.accept(')')) return { kind: 'tuple', elements: [], span: cursor.since(open) };
  if (cursor.peek().kind === 'identifier' && cursor.at('=', 1)) return parseRecord(cursor, open);
  const elements = [parseExpression(cursor)];
  let comma = false;
  while (cursor.accept(',')) {
    comma = true;
    if (cursor.at(')')) break;
    elements.push(parseExpression(cursor));
  }
  cursor.expect(')');
  const [only] = elements;
  // Complaints point at what is inside, as bpftrace's do.
  if (only !== undefined && !comma) return only;
  return { kind: 'tuple', elements, span: cursor.since(open) };
}

function parseRecord(cursor: Cursor, open: Token): Expression {
  const fields: { name: string; value: Expression; span: ReturnType<Cursor['since']> }[] = [];
  do {
    if (fields.length > 0 && cursor.at(')')) break;
    const name = cursor.identifier();
    if (fields.some((field) => field.name === name.text)) cursor.complain(`named argument list already contains name: ${name.text}`, undefined, name.span);
    cursor.expect('=');
    const value = parseExpression(cursor);
    fields.push({ name: name.text, value, span: cover(name.span, value.span) });
  } while (cursor.accept(','));
  cursor.expect(')');
  return { kind: 'record', fields, span: cursor.since(open) };
}
