// Expressions (C11 6.5): type, and value where it is a constant. Nothing is kept of them but that.
import { sym, type Sym } from '../symbols.ts';
import { asReal, binary, conditional, converted, promotedType, truth, wrap, type BinaryOperator } from './arithmetic.ts';
import type { Context } from './context.ts';
import { word } from './keywords.ts';
import { constant, object, realConstant, unknown, valueOf, type Operand } from './operand.ts';
import { readPostfix, readPrimary } from './postfix.ts';
import { pointerTo, under, type Type } from './types.ts';

/** With commas. */
export function readExpression(context: Context): Operand {
  let operand = readAssignment(context);
  while (context.cursor.accept(sym[','])) operand = valueOf(readAssignment(context));
  return operand;
}

export function readAssignment(context: Context): Operand {
  const left = readConditional(context);
  const { cursor } = context;
  if (!assignments.has(cursor.token)) return left;
  cursor.enter();
  cursor.next();
  readAssignment(context);
  cursor.leave();
  return unknown(valueOf(left).type);
}

const assignments: ReadonlySet<Sym> = new Set([sym['='], sym['+='], sym['-='], sym['*='], sym['/='], sym['%='], sym['&='], sym['|='], sym['^='], sym['<<='], sym['>>=']]);

/** C's constant expression; the middle of `a ?: b` may be left out. */
export function readConditional(context: Context): Operand {
  const { cursor, target } = context;
  cursor.enter();
  let operand = readBinary(context, 1);
  if (cursor.accept(sym['?'])) {
    const condition = valueOf(operand);
    const middle = cursor.token === sym[':'] ? condition : valueOf(readExpression(context));
    cursor.expect(sym[':']);
    operand = conditional(target, condition, middle, valueOf(readConditional(context)));
  }
  cursor.leave();
  return operand;
}

/** By the number of the token: how strongly it binds, 0 for what is no operator of two. */
const precedences = new Uint8Array(Math.max(...Object.values({ ...sym })) + 1);
const operators = new Map<Sym, BinaryOperator>();
for (const [level, list] of ([['||'], ['&&'], ['|'], ['^'], ['&'], ['==', '!='], ['<', '>', '<=', '>='], ['<<', '>>'], ['+', '-'], ['*', '/', '%']] as const).entries()) {
  for (const operator of list) {
    precedences[sym[operator]] = level + 1;
    operators.set(sym[operator], operator);
  }
}

function precedence(token: Sym): number {
  return token < precedences.length ? (precedences[token] ?? 0) : 0;
}

function readBinary(context: Context, least: number): Operand {
  const { cursor, target } = context;
  let left = readCast(context);
  for (;;) {
    const level = precedence(cursor.token);
    const operator = level < least || level === 0 ? undefined : operators.get(cursor.token);
    if (operator === undefined) return left;
    cursor.next();
    cursor.enter();
    const right = readBinary(context, level + 1);
    cursor.leave();
    left = binary(target, operator, valueOf(left), valueOf(right)) ?? cursor.fail(`'${operator}' on operands that it is not for`);
  }
}

/** A cast or what binds more strongly. */
export function readCast(context: Context): Operand {
  const { cursor } = context;
  if (cursor.token !== sym['(']) return readUnary(context);
  cursor.enter();
  cursor.next();
  const operand = context.startsType() ? castOrLiteral(context) : readPostfix(context, readPrimary(context, true));
  cursor.leave();
  return operand;
}

/** Behind the opening parenthesis. */
function castOrLiteral(context: Context): Operand {
  const { cursor, target } = context;
  const type = context.typeName();
  cursor.expect(sym[')']);
  if (cursor.token === sym['{']) return readPostfix(context, compoundLiteral(context, type));
  const operand = valueOf(readCast(context));
  return converted(target, operand, type);
}

/** `(struct s){ … }`: what is inside tells nothing but the length of an array, which nobody asks for. */
function compoundLiteral({ cursor }: Context, type: Type): Operand {
  cursor.skipParentheses();
  return object(type, undefined);
}

function readUnary(context: Context): Operand {
  const { cursor } = context;
  cursor.enter();
  const operand = unary(context);
  cursor.leave();
  return operand;
}

function unary(context: Context): Operand {
  const { cursor, target } = context;
  const { token } = cursor;
  switch (token) {
    case sym['+']:
    case sym['-']:
    case sym['~']:
      cursor.next();
      return signed(context, token, valueOf(readCast(context)));
    case sym['!']: {
      cursor.next();
      const known = truth(valueOf(readCast(context)));
      return constant(target.ints.signed, known === undefined ? undefined : known ? 0n : 1n);
    }
    case sym['*']:
      cursor.next();
      return dereferenced(context, valueOf(readCast(context)));
    case sym['&']:
      cursor.next();
      return addressOf(readCast(context));
    case sym['&&']:
      cursor.next();
      cursor.identifier();
      return unknown(pointerTo({ kind: 'void' }));
    case sym['++']:
    case sym['--']:
      cursor.next();
      return unknown(valueOf(readUnary(context)).type);
    case sym.__extension__:
      cursor.next();
      return readCast(context);
    case sym.sizeof:
      cursor.next();
      return sizeOf(context);
    case sym._Alignof:
    case sym.__alignof:
    case sym.__alignof__:
      cursor.next();
      return alignOf(context, token === sym._Alignof);
    default:
      if (cursor.class === word.operator && cursor.keywords.real.includes(token)) return complexPart(context);
      return readPostfix(context, readPrimary(context, false));
  }
}

function signed({ cursor, target }: Context, token: Sym, operand: Operand): Operand {
  const type = promotedType(target, operand);
  if (type !== undefined) {
    const { value } = operand;
    if (value === undefined) return unknown(type);
    return constant(type, wrap(token === sym['+'] ? value : token === sym['-'] ? -value : ~value, type));
  }
  const at = under(operand.type);
  if (at.kind === 'vector') return unknown(operand.type);
  if (at.kind !== 'float') return cursor.fail(`'${cursor.symbols.text(token)}' on what is no number`);
  const real = asReal(operand);
  return realConstant(operand.type, real === undefined || token === sym['~'] ? undefined : token === sym['-'] ? -real : real);
}

export function dereferenced({ cursor }: Context, pointer: Operand): Operand {
  const at = under(pointer.type);
  if (at.kind === 'function') return pointer;
  if (at.kind !== 'ptr') return cursor.fail("'*' on what is no pointer");
  return object(at.to, pointer.value);
}

function addressOf(operand: Operand): Operand {
  return constant(pointerTo(operand.type), operand.address);
}

function sizeOf(context: Context): Operand {
  const { type, operand } = typeOrUnary(context);
  const { target } = context;
  if (operand !== undefined && operand.bits !== null) context.cursor.fail('sizeof of a bitfield');
  const size = target.sizeOf(type);
  if (size === undefined && under(type).kind !== 'array') context.cursor.fail('sizeof of a type that is not complete');
  return constant(target.size, size === undefined ? undefined : BigInt(size));
}

function alignOf(context: Context, least: boolean): Operand {
  const { type, operand } = typeOrUnary(context);
  const { target } = context;
  const at = under(type);
  if ((at.kind === 'struct' || at.kind === 'union') && target.sizeOf(at) === undefined) context.cursor.fail('the alignment of a type that is not complete');
  const align = operand?.align ?? (least ? target.leastAlignOf(type) : target.alignOf(type));
  return constant(target.size, BigInt(align));
}

/** `(type)` or an operand, as sizeof takes them. */
function typeOrUnary(context: Context): { readonly type: Type; readonly operand?: Operand } {
  const { cursor } = context;
  if (cursor.token !== sym['(']) return ofOperand(readUnary(context));
  cursor.next();
  if (!context.startsType()) return ofOperand(readPostfix(context, readPrimary(context, true)));
  const type = context.typeName();
  cursor.expect(sym[')']);
  return cursor.token === sym['{'] ? ofOperand(readPostfix(context, compoundLiteral(context, type))) : { type };
}

function ofOperand(operand: Operand): { readonly type: Type; readonly operand: Operand } {
  return { type: operand.type, operand };
}

/** `__real__ z`, `__imag__ z` */
function complexPart(context: Context): Operand {
  const { cursor, target } = context;
  cursor.next();
  const at = under(valueOf(readCast(context)).type);
  return unknown(at.kind === 'float' && at.name.startsWith('complex ') ? target.float('double', 'double', false) : at);
}
