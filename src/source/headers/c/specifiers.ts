// What stands in front of declarators (C11 6.7): base types in any order of words, tags, typedef names, typeof; qualifiers, storage, attributes.
import { sym } from '../symbols.ts';
import { readAlignas, readAttributes, retyped } from './attributes.ts';
import { forMembers, noAttributes, type Context, type Specifiers } from './context.ts';
import { readEnum } from './enums.ts';
import { base, word } from './keywords.ts';
import { readRecord } from './records.ts';
import type { Target } from './target.ts';
import { qualified, qualifier, unqualified, voidType, type Type } from './types.ts';
import type { BaseTypeName } from '../abi/abi.ts';

/** Fails where no type is named: what it was that nobody knows is the usual message. */
export function readSpecifiers(context: Context): Specifiers {
  const { cursor } = context;
  cursor.enter();
  const state: State = { words: 0, qualifiers: 0, type: null, result: { type: voidType, storage: 0, attributes: noAttributes(), colon: false, tag: false } };
  while (!state.result.colon && readWord(context, state));
  const { result, words } = state;
  if (state.type !== null) result.type = state.type;
  else if (words !== 0) result.type = baseType(context, words);
  else noType(context, state);
  const { attributes } = result;
  if (attributes.mode !== null || attributes.vectorSize !== null || attributes.tags !== null) {
    result.type = retyped(context, result.type, attributes);
    result.attributes = forMembers(attributes);
  }
  result.type = qualified(result.type, state.qualifiers);
  cursor.leave();
  return result;
}

interface State {
  /** Of `base`, or-ed. */
  words: number;
  qualifiers: number;
  type: Type | null;
  readonly result: Specifiers;
}

/** Reads one of them; false where none stands. */
function readWord(context: Context, state: State): boolean {
  const { cursor } = context;
  const kind = cursor.keywords.class(cursor.token);
  switch (kind) {
    case word.other:
      return readTypedefName(context, state);
    case word.base:
      readBase(context, state);
      return true;
    case word.qualifier:
      readQualifier(context, state);
      return true;
    case word.storage:
      state.result.storage |= cursor.keywords.detail(cursor.token);
      cursor.next();
      return true;
    case word.attribute:
      readAttributes(context, state.result.attributes);
      return true;
    case word.alignas:
      readAlignas(context, state.result.attributes);
      return true;
    case word.extension:
      cursor.next();
      return true;
    case word.tag:
      oneType(context, state);
      state.result.tag = true;
      if (cursor.token === sym.enum) state.type = readEnum(context, state.result);
      else state.type = readRecord(context);
      return true;
    case word.typeof:
      oneType(context, state);
      state.type = readTypeof(context);
      return true;
    case word.vaList:
      oneType(context, state);
      cursor.next();
      state.type = context.list.vaList(context.target);
      return true;
    case word.autoType:
      oneType(context, state);
      cursor.next();
      state.type = autoType;
      return true;
    default:
      return false;
  }
}

/** Stands for the type of an initialiser. */
export const autoType: Type = { kind: 'void' };

/** A name is a type only where none has been named: `typedef int u8; struct { int u8; }`. */
function readTypedefName(context: Context, state: State): boolean {
  if (state.type !== null || state.words !== 0) return false;
  const type = typedefNamed(context);
  if (type === undefined) return false;
  state.type = type;
  context.cursor.next();
  return true;
}

/** What the token in hand stands for as the name of a type. */
function typedefNamed({ cursor, scope, target }: Context): Type | undefined {
  const entry = scope.find(cursor.token);
  if (entry !== undefined) return entry.kind === 'typedef' ? entry.type : undefined;
  return target.outside !== undefined && cursor.atIdentifier() ? target.outside.typedef(cursor.symbols.text(cursor.token)) : undefined;
}

function readBase({ cursor }: Context, state: State): void {
  if (state.type !== null) return cursor.fail(`two types in one declaration, the second one ${cursor.found()}`);
  const detail = cursor.keywords.detail(cursor.token);
  const again = detail === base.long && (state.words & base.long) !== 0;
  if (again ? (state.words & base.longLong) !== 0 : (state.words & detail) !== 0) return cursor.fail(`${cursor.found()} once too often`);
  state.words |= again ? base.longLong : detail;
  cursor.next();
}

function oneType({ cursor }: Context, state: State): void {
  if (state.type !== null || state.words !== 0) return cursor.fail(`two types in one declaration, the second one ${cursor.found()}`);
}

/** `_Atomic(type)` is a type, `_Atomic` alone a qualifier. */
function readQualifier(context: Context, state: State): void {
  const { cursor } = context;
  const detail = cursor.keywords.detail(cursor.token);
  cursor.next();
  if (detail === qualifier.atomic && cursor.token === sym['('] && state.type === null && state.words === 0) {
    cursor.next();
    state.type = qualified(context.typeName(), qualifier.atomic);
    cursor.expect(sym[')']);
    return;
  }
  state.qualifiers |= detail;
}

function readTypeof(context: Context): Type {
  const { cursor } = context;
  const plain = cursor.token === sym.typeof_unqual || cursor.token === sym.__typeof_unqual__;
  cursor.next();
  cursor.expect(sym['(']);
  const type = context.startsType() ? context.typeName() : context.expression().type;
  cursor.expect(sym[')']);
  // Without typeof, what the text nests is what the type nests, and what it repeats it has read as often.
  const { depth, parts } = extentOf(type);
  if (depth > deepest) return cursor.fail(`a type that is nested more than ${deepest} deep`);
  if (parts > mostParts) return cursor.fail(`a type of more than ${mostParts} parts`);
  return plain ? unqualified(type) : type;
}

const deepest = 256;
const mostParts = 4096;

interface Extent {
  readonly depth: number;
  readonly parts: number;
}

const extents = new WeakMap<Type, Extent>();
const leaf: Extent = { depth: 0, parts: 1 };

/** How many types one is made of, one in the other and all in all; tags and typedefs are leaves. */
function extentOf(type: Type): Extent {
  const known = extents.get(type);
  if (known !== undefined) return known;
  const inside = type.kind === 'ptr' ? [type.to] : 'of' in type ? [type.of] : type.kind === 'function' ? [type.returns, ...type.params.map((param) => param.type)] : [];
  const extent = inside.length === 0 ? leaf : inside.map(extentOf).reduce((sum, each) => ({ depth: Math.max(sum.depth, 1 + each.depth), parts: sum.parts + each.parts }), leaf);
  extents.set(type, extent);
  return extent;
}

/** Storage or qualifiers alone mean int, as C once had it. */
function noType({ cursor, target }: Context, { result, qualifiers }: State): void {
  if (cursor.atIdentifier()) return cursor.fail(`unknown type name ${cursor.found()}`);
  if (result.storage === 0 && qualifiers === 0) return cursor.fail(`expected a declaration before ${cursor.found()}`);
  result.type = target.ints.signed;
}

function baseType({ cursor, target }: Context, words: number): Type {
  const form = words & ~(base.signed | base.unsigned | base.int);
  const both = base.signed | base.unsigned;
  if ((words & both) === both) return cursor.fail("both 'signed' and 'unsigned'");
  const unsigned = (words & base.unsigned) !== 0;
  const integer = integerOf(target, form, words, unsigned);
  if (integer !== undefined) return integer;
  const float = (words & (both | base.int)) === 0 ? floats.get(form & ~base.complex) : undefined;
  if (form === base.void && form === words) return voidType;
  if (float === undefined) {
    if (form === base.complex) return target.float('complex double', 'double', true);
    return cursor.fail('words that make no type together');
  }
  return (form & base.complex) === 0 ? target.float(float, float, false) : target.float(`complex ${float}`, float, true);
}

function integerOf({ bool, char, chars, shorts, ints, longs, longLongs, int128s }: Target, form: number, words: number, unsigned: boolean): Type | undefined {
  const of = (pair: typeof ints): Type => (unsigned ? pair.unsigned : pair.signed);
  switch (form) {
    case 0:
      return of(ints);
    case base.char:
      return (words & (base.signed | base.unsigned)) === 0 ? char : of(chars);
    case base.short:
      return of(shorts);
    case base.long:
      return of(longs);
    case base.long | base.longLong:
      return of(longLongs);
    case base.int128:
      return of(int128s);
    case base.bool:
      return bool;
    default:
      return undefined;
  }
}

const floats: ReadonlyMap<number, BaseTypeName> = new Map([
  [base.float, 'float'], [base.double, 'double'], [base.long | base.double, 'long double'], [base.float16, '_Float16'], [base.float128, '__float128'],
]);

/** The token in hand begins specifiers. */
export function startsType(context: Context): boolean {
  const kind = context.cursor.class;
  if (kind !== word.other) return kind < word.operator && kind !== word.extension;
  return typedefNamed(context) !== undefined;
}
