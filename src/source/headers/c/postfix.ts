// The innermost of expressions: names, literals, calls, indices, members (C11 6.5.1, 6.5.2), and what gcc has beside them.
import { sym } from '../symbols.ts';
import { binary } from './arithmetic.ts';
import { callBuiltin } from './builtins.ts';
import { compatibleUnqualified, compatible } from './compatible.ts';
import type { Context } from './context.ts';
import { characterLiteral, numberLiteral, stringElement, stringText } from './literal.ts';
import { fieldOf } from './member.ts';
import { constant, member, object, realConstant, stringLiteral, unknown, valueOf, type Operand } from './operand.ts';
import { decayed, qualified, qualifiersOf, under, unqualified, voidType, type Type } from './types.ts';

/** @param opened an opening parenthesis has been taken that is not one of a cast */
export function readPrimary(context: Context, opened: boolean): Operand {
  const { cursor } = context;
  if (opened) return readParenthesised(context);
  const { token } = cursor;
  const kind = cursor.symbols.kind(token);
  switch (kind) {
    case 'number':
      return readNumber(context);
    case 'character':
      return readCharacter(context);
    case 'string':
      return readString(context);
    case 'identifier':
      return cursor.atIdentifier() ? readName(context) : readOperator(context);
    default:
      if (cursor.accept(sym['('])) return readParenthesised(context);
      return cursor.fail(`expected an expression before ${cursor.found()}`);
  }
}

function readParenthesised(context: Context): Operand {
  const { cursor } = context;
  const operand = cursor.token === sym['{'] ? context.statementExpression() : context.expression();
  cursor.expect(sym[')']);
  return operand;
}

function readNumber({ cursor, target }: Context): Operand {
  const text = cursor.symbols.text(cursor.token);
  const literal = numberLiteral(text, target);
  if (literal === undefined) return cursor.fail(`'${text}' is no number`);
  cursor.next();
  return literal.value === undefined ? realConstant(literal.type, literal.real) : constant(literal.type, literal.value);
}

function readCharacter({ cursor, target }: Context): Operand {
  const text = cursor.symbols.text(cursor.token);
  const literal = characterLiteral(text, target);
  if (literal === undefined) return cursor.fail(`${text} is no character`);
  cursor.next();
  return constant(literal.type, literal.value);
}

/** Adjacent ones are one. */
function readString({ cursor, target }: Context): Operand {
  let element: Type = target.char;
  const parts: string[] = [];
  while (cursor.symbols.kind(cursor.token) === 'string') {
    const literal = cursor.symbols.text(cursor.token);
    const own = stringElement(literal, target);
    if (own !== target.char) element = own;
    parts.push(stringText(literal));
    cursor.next();
  }
  const text = parts.join('');
  return stringLiteral({ kind: 'array', of: element, count: text.length + 1 }, text);
}

function readName(context: Context): Operand {
  const { cursor, scope } = context;
  const symbol = cursor.token;
  const entry = scope.find(symbol);
  cursor.next();
  if (entry?.kind === 'enumerator') return constant(entry.type, entry.value);
  if (entry?.kind === 'object') return object(entry.type, undefined);
  const name = cursor.symbols.text(symbol);
  if (entry === undefined && cursor.token === sym['('] && name.startsWith('__builtin_')) return callBuiltin(context.target, name, readArguments(context));
  if (entry === undefined && functionNames.has(name)) return stringLiteral({ kind: 'array', of: qualified(context.target.char, 1), count: 1 }, '');
  const value = entry === undefined ? context.target.outside?.value(name) : undefined;
  if (value !== undefined) return constant(context.target.integerFor(value), value);
  return cursor.fail(entry === undefined ? `'${name}' is not declared` : `'${name}' is a type`);
}

const functionNames: ReadonlySet<string> = new Set(['__func__', '__FUNCTION__', '__PRETTY_FUNCTION__']);

/** At the opening parenthesis. */
function readArguments(context: Context): Operand[] {
  const { cursor } = context;
  const list: Operand[] = [];
  cursor.expect(sym['(']);
  while (cursor.token !== sym[')']) {
    if (context.startsType()) {
      context.typeName();
      list.push(unknown(voidType));
    } else {
      list.push(valueOf(context.assignment()));
    }
    if (!cursor.accept(sym[','])) break;
  }
  cursor.expect(sym[')']);
  return list;
}

export function readPostfix(context: Context, start: Operand): Operand {
  const { cursor } = context;
  let operand = start;
  for (;;) {
    switch (cursor.token) {
      case sym['[']:
        operand = readIndex(context, operand);
        break;
      case sym['(']:
        operand = readCall(context, operand);
        break;
      case sym['.']:
      case sym['->']:
        operand = readMember(context, operand);
        break;
      case sym['++']:
      case sym['--']:
        cursor.next();
        operand = unknown(valueOf(operand).type);
        break;
      default:
        return operand;
    }
  }
}

function readIndex(context: Context, array: Operand): Operand {
  const { cursor, target } = context;
  cursor.next();
  const index = valueOf(context.expression());
  cursor.expect(sym[']']);
  const vector = under(array.type);
  if (vector.kind === 'vector') return object(vector.of, undefined);
  const sum = binary(target, '+', valueOf(array), index);
  const at = sum === undefined ? undefined : under(sum.type);
  if (sum === undefined || at?.kind !== 'ptr') return cursor.fail("'[' behind what is neither a pointer nor an array");
  return object(at.to, sum.value);
}

function readCall(context: Context, callee: Operand): Operand {
  const { cursor } = context;
  readArguments(context);
  const at = under(callee.type);
  const type = at.kind === 'ptr' ? under(at.to) : at;
  if (type.kind !== 'function') return cursor.fail('a call of what is no function');
  return unknown(unqualified(type.returns));
}

function readMember(context: Context, left: Operand): Operand {
  const { cursor } = context;
  const arrow = cursor.token === sym['->'];
  cursor.next();
  const pointer = arrow ? valueOf(left) : undefined;
  const at = pointer === undefined ? undefined : under(pointer.type);
  if (arrow && at?.kind !== 'ptr') return cursor.fail("'->' behind what is no pointer");
  const whole = at?.kind === 'ptr' ? at.to : left.type;
  const found = fieldOf(context, whole, cursor.identifier());
  const base = pointer === undefined ? left.address : pointer.value;
  const address = base === undefined || found.bitSize !== null ? undefined : base + BigInt(found.bitOffset / 8);
  return member(qualified(found.type, qualifiersOf(whole)), address, found.bitSize, found.align);
}

/** Keywords that are expressions. */
function readOperator(context: Context): Operand {
  const { cursor, target } = context;
  const { token } = cursor;
  switch (token) {
    case sym.__builtin_offsetof:
      return readOffsetof(context);
    case sym.__builtin_types_compatible_p: {
      const [a, b] = readTypes(context);
      return constant(target.ints.signed, compatibleUnqualified(a, b) ? 1n : 0n);
    }
    case sym.__builtin_choose_expr:
      return readChoose(context);
    case sym.__builtin_constant_p: {
      cursor.next();
      const [argument] = readArguments(context);
      const known = argument?.value !== undefined || argument?.real !== undefined || argument?.text !== undefined;
      return constant(target.ints.signed, known ? 1n : 0n);
    }
    case sym._Generic:
      return readGeneric(context);
    default:
      if (cursor.symbols.text(token) === '__builtin_va_arg') return readVaArg(context);
      return cursor.fail(`expected an expression before ${cursor.found()}`);
  }
}

function readOffsetof(context: Context): Operand {
  const { cursor, target } = context;
  cursor.next();
  cursor.expect(sym['(']);
  let type = context.typeName();
  cursor.expect(sym[',']);
  let found = fieldOf(context, type, cursor.identifier());
  let bits: number | undefined = found.bitOffset;
  ({ type } = found);
  while (cursor.token !== sym[')']) {
    if (found.bitSize !== null) return cursor.fail('the offset of a bitfield');
    if (cursor.accept(sym['['])) {
      const { value } = valueOf(context.expression());
      cursor.expect(sym[']']);
      const at = under(type);
      if (at.kind !== 'array') return cursor.fail("'[' behind what is no array");
      type = at.of;
      const size = target.sizeOf(type) ?? 0;
      bits = value === undefined || bits === undefined ? undefined : bits + 8 * size * Number(value);
    } else {
      if (cursor.token !== sym['->']) cursor.expect(sym['.']);
      else return cursor.fail("'->' in offsetof");
      found = fieldOf(context, type, cursor.identifier());
      ({ type } = found);
      bits = bits === undefined ? undefined : bits + found.bitOffset;
    }
  }
  cursor.next();
  if (found.bitSize !== null) return cursor.fail('the offset of a bitfield');
  return constant(target.size, bits === undefined || !Number.isSafeInteger(bits) ? undefined : BigInt.asUintN(8 * target.pointerSize, BigInt(Math.floor(bits / 8))));
}

function readTypes(context: Context): readonly [Type, Type] {
  const { cursor } = context;
  cursor.next();
  cursor.expect(sym['(']);
  const first = context.typeName();
  cursor.expect(sym[',']);
  const second = context.typeName();
  cursor.expect(sym[')']);
  return [first, second];
}

/** The one that was not chosen is not looked at for its value; it has the type of nothing. */
function readChoose(context: Context): Operand {
  const { cursor } = context;
  cursor.next();
  cursor.expect(sym['(']);
  const { value } = valueOf(context.assignment());
  cursor.expect(sym[',']);
  const first = context.assignment();
  cursor.expect(sym[',']);
  const second = context.assignment();
  cursor.expect(sym[')']);
  if (value === undefined) return cursor.fail('the first argument of __builtin_choose_expr is no constant');
  return value !== 0n ? first : second;
}

function readVaArg(context: Context): Operand {
  const { cursor } = context;
  cursor.next();
  cursor.expect(sym['(']);
  context.assignment();
  cursor.expect(sym[',']);
  const type = context.typeName();
  cursor.expect(sym[')']);
  return unknown(type);
}

function readGeneric(context: Context): Operand {
  const { cursor } = context;
  cursor.next();
  cursor.expect(sym['(']);
  const control = valueOf(context.assignment()).type;
  const wanted = unqualified(decayed(control));
  let chosen: Operand | undefined;
  let otherwise: Operand | undefined;
  while (cursor.accept(sym[','])) {
    const type = cursor.accept(context.cursor.keywords.default) ? undefined : context.typeName();
    cursor.expect(sym[':']);
    const operand = context.assignment();
    if (type === undefined) otherwise = operand;
    else if (chosen === undefined && compatible(type, wanted)) chosen = operand;
  }
  cursor.expect(sym[')']);
  return chosen ?? otherwise ?? cursor.fail('no association of _Generic is for this type');
}
