// Bodies of enum (C11 6.7.2.2) with gcc's wide and packed ones, and C23's `enum e : type`.
import { enumForm } from '../abi/enums.ts';
import { sym, type Sym } from '../symbols.ts';
import { replaces } from './again.ts';
import { readAttributes, sizeOfMode } from './attributes.ts';
import { noAttributes, type Attributes, type Context, type Specifiers } from './context.ts';
import { word } from './keywords.ts';
import type { EnumType, IntegerType } from './types.ts';

/** At `enum`: a definition or a mention. Behind a colon that was no type, `specifiers.colon` is set. */
export function readEnum(context: Context, specifiers: Specifiers): EnumType {
  const { cursor, scope } = context;
  const attributes = noAttributes();
  cursor.next();
  if (cursor.class === word.attribute) readAttributes(context, attributes);
  const name = cursor.atIdentifier() ? cursor.token : 0;
  if (name !== 0) cursor.next();
  const fixed = cursor.token === sym[':'] ? readUnderlying(context, specifiers) : null;
  if (cursor.token === sym['{'] && !specifiers.colon) return readDefinition(context, name, attributes, fixed);
  if (name === 0) return cursor.fail(`expected a name or '{' before ${cursor.found()}`);
  const known = scope.tag(name);
  if (known?.type.kind === 'enum') return known.type;
  if (known !== undefined) return cursor.fail(`'enum ${cursor.symbols.text(name)}' was declared as ${known.type.kind}`);
  const type = made(context, name);
  if (fixed !== null) settle(type, fixed, attributes);
  scope.declareTag(name, type);
  return type;
}

function readUnderlying(context: Context, specifiers: Specifiers): IntegerType | null {
  const { cursor, target } = context;
  cursor.next();
  if (!context.startsType()) {
    specifiers.colon = true;
    return null;
  }
  const { type } = context.specifiers();
  return target.integer(type) ?? cursor.fail('the type under an enum is no integer');
}

function made(context: Context, name: Sym): EnumType {
  return { kind: 'enum', name: name === 0 ? null : context.cursor.symbols.text(name), values: null, size: 4, align: 4, userAlign: false, underlying: null, index: -1 };
}

function settle(type: EnumType, underlying: IntegerType, { typeAlign: align }: Attributes): void {
  type.underlying = underlying;
  type.size = underlying.size;
  type.align = Math.max(underlying.align, align ?? 1);
  type.userAlign = align !== null;
}

interface Value {
  readonly symbol: Sym;
  readonly name: string;
  readonly value: bigint;
}

/** At the opening brace. */
function readDefinition(context: Context, name: Sym, attributes: Attributes, fixed: IntegerType | null): EnumType {
  const { cursor, scope, target, list } = context;
  const { file, line } = cursor.source.place();
  const known = name === 0 ? undefined : scope.tag(name);
  const here = known !== undefined && known.depth === scope.depth ? known.type : undefined;
  if (here !== undefined && here.kind !== 'enum') return cursor.fail(`'enum ${cursor.symbols.text(name)}' was declared as ${here.kind}`);
  const first = here?.kind === 'enum' ? here : made(context, name);
  if (here === undefined && name !== 0) scope.declareTag(name, first);
  const values = readValues(context, fixed);
  if (cursor.class === word.attribute) readAttributes(context, attributes);
  if (first.index < 0) first.values = null;
  if (first.values !== null && sameValues(first.values, values)) return first;
  const again = first.values !== null;
  const type = again ? made(context, name) : first;
  if (again && replaces(context, `enum ${first.name ?? ''}`, first.index, file)) scope.declareTag(name, type);
  const form = enumForm(values.map(({ value }) => value), attributes.packed);
  const size = attributes.mode === null ? form.size : (sizeOfMode(context, attributes.mode) ?? cursor.fail(`mode '${attributes.mode}' on an enum`));
  settle(type, fixed ?? target.integerOfSize(size, form.signed), attributes);
  type.values = values.map((each) => ({ name: each.name, value: each.value }));
  // What int holds is an int, the rest is of the enum's type.
  for (const { symbol, value } of values) scope.declare(symbol, { kind: 'enumerator', type: fitsInt(value) && fixed === null ? target.ints.signed : type, value });
  type.index = list.length;
  list.add(type, file, line);
  return type;
}

function readValues(context: Context, fixed: IntegerType | null): Value[] {
  const { cursor, scope } = context;
  const values: Value[] = [];
  let next = 0n;
  let nextType = fixed ?? context.target.ints.signed;
  cursor.braces++;
  cursor.next();
  while (cursor.token !== sym['}']) {
    const symbol = cursor.identifier();
    if (cursor.class === word.attribute) readAttributes(context, noAttributes());
    if (cursor.accept(sym['='])) [next, nextType] = readValue(context, symbol);
    else if (!inRange(next, nextType)) cursor.fail(`the value of '${cursor.symbols.text(symbol)}' is more than its type holds`);
    values.push({ symbol, name: cursor.symbols.text(symbol), value: next });
    scope.declare(symbol, { kind: 'enumerator', type: fixed ?? nextType, value: next });
    next += 1n;
    if (!cursor.accept(sym[','])) break;
  }
  if (cursor.token !== sym['}']) return cursor.fail(`expected '}' before ${cursor.found()}`);
  cursor.braces--;
  cursor.next();
  return values;
}

/** While the enum is open, what int holds is an int, the rest has the type of its expression. */
function readValue(context: Context, symbol: Sym): [bigint, IntegerType] {
  const { cursor, target } = context;
  const { value, type } = context.conditional();
  const integer = target.integer(type);
  if (value === undefined || integer === undefined) return cursor.fail(`the value of '${cursor.symbols.text(symbol)}' is no integer constant`);
  return [value, fitsInt(value) ? target.ints.signed : integer];
}

function inRange(value: bigint, { size, signed }: IntegerType): boolean {
  return (signed ? BigInt.asIntN(8 * size, value) : BigInt.asUintN(8 * size, value)) === value;
}

function fitsInt(value: bigint): boolean {
  return value >= -0x8000_0000n && value <= 0x7fff_ffffn;
}

function sameValues(a: NonNullable<EnumType['values']>, b: readonly Value[]): boolean {
  return a.length === b.length && a.every((each, at) => each.name === b[at]?.name && each.value === b[at].value);
}
