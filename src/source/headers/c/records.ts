// Bodies of struct and union (C11 6.7.2.1): members are laid out when the brace closes, for the next declaration may ask for the size.
import { layOut, type Unplaced } from '../abi/layout.ts';
import { sym, type Sym } from '../symbols.ts';
import { replaces } from './again.ts';
import { readAttributes } from './attributes.ts';
import { sameRecord } from './compatible.ts';
import { forMembers, noAttributes, type Attributes, type Context, type Specifiers } from './context.ts';
import { word } from './keywords.ts';
import { under, type RecordType, type Type } from './types.ts';

/** At `struct` or `union`: a definition, a declaration or a mention. */
export function readRecord(context: Context): RecordType {
  const { cursor } = context;
  const kind = cursor.token === sym.struct ? 'struct' : 'union';
  const attributes = noAttributes();
  cursor.next();
  if (cursor.class === word.attribute) readAttributes(context, attributes);
  const name = cursor.atIdentifier() ? cursor.token : 0;
  if (name !== 0) cursor.next();
  if (cursor.token === sym['{']) return readDefinition(context, kind, name, attributes);
  if (name === 0) return cursor.fail(`expected a name or '{' before ${cursor.found()}`);
  return mentioned(context, kind, name);
}

type Kind = RecordType['kind'];

function made(context: Context, kind: Kind, name: Sym): RecordType {
  return { kind, name: name === 0 ? null : context.cursor.symbols.text(name), fields: null, size: 0, align: 1, userAlign: false, flexible: false, index: -1 };
}

/** `struct a;` in an inner scope is another one than that of the outer scope. */
function mentioned(context: Context, kind: Kind, name: Sym): RecordType {
  const { cursor, scope } = context;
  const known = scope.tag(name);
  const hides = known !== undefined && cursor.token === sym[';'] && known.depth < scope.depth && cursor.braces === 0;
  if (known !== undefined && !hides) {
    if (known.type.kind === kind) return known.type;
    cursor.fail(`'${kind} ${cursor.symbols.text(name)}' was declared as ${known.type.kind}`);
  }
  const type = made(context, kind, name);
  scope.declareTag(name, type);
  return type;
}

/** At the opening brace. */
function readDefinition(context: Context, kind: Kind, name: Sym, attributes: Attributes): RecordType {
  const { cursor, scope } = context;
  const { file, line } = cursor.source.place();
  const known = name === 0 ? undefined : scope.tag(name);
  const here = known !== undefined && known.depth === scope.depth ? known.type : undefined;
  if (here !== undefined && here.kind !== kind) return cursor.fail(`'${kind} ${cursor.symbols.text(name)}' was declared as ${here.kind}`);
  const first = here ?? made(context, kind, name);
  if (here === undefined && name !== 0) scope.declareTag(name, first);
  // What was known of it without its definition is not what it means from here on.
  if (first.index < 0) first.fields = null;
  const again = first.fields !== null;
  const type = again ? made(context, kind, name) : first;
  readBody(context, type, attributes);
  if (again && sameRecord(first, type)) return first;
  if (again && replaces(context, `${kind} ${type.name ?? ''}`, first.index, file)) scope.declareTag(name, type);
  type.index = context.list.length;
  context.list.add(type, file, line);
  return type;
}

interface Body {
  readonly type: RecordType;
  readonly members: { readonly name: string | null; readonly type: Type; readonly bits: number | null; readonly unplaced: Unplaced }[];
  flexible: boolean;
}

function readBody(context: Context, type: RecordType, attributes: Attributes): void {
  const { cursor } = context;
  const body: Body = { type, members: [], flexible: false };
  cursor.enter();
  cursor.braces++;
  cursor.next();
  while (cursor.token !== sym['}']) {
    if (cursor.token === 0) return cursor.fail("expected '}' before the end");
    if (cursor.accept(sym[';'])) continue;
    if (cursor.class === word.staticAssert) context.staticAssert();
    else readMembers(context, body);
  }
  cursor.braces--;
  cursor.leave();
  cursor.next();
  if (cursor.class === word.attribute) readAttributes(context, attributes);
  if (type.fields !== null) return cursor.fail(`'${type.kind} ${type.name ?? ''}' is defined inside of itself`);
  close(context, body, attributes);
}

function close({ cursor, target }: Context, { type, members, flexible }: Body, { packed, typeAlign }: Attributes): void {
  const layout = layOut(target.abi, members.map(({ unplaced }) => unplaced), { union: type.kind === 'union', packed, wanted: typeAlign, pack: cursor.source.pack });
  if (layout.size > largestSize) return cursor.fail(`'${type.kind} ${type.name ?? ''}' is too large`);
  type.size = layout.size;
  type.align = layout.align;
  type.userAlign = layout.userAlign;
  type.flexible = flexible;
  // Bitfields without a name only move the others: debug information does not have them.
  type.fields = members.flatMap(({ name, type: of, bits }, index) =>
    name === null && bits !== null ? [] : [{ name, type: of, bitOffset: layout.offsets[index] ?? 0, bitSize: bits, align: layout.aligns[index] ?? 1 }],
  );
}

/** Bytes whose bits still are exact numbers. */
const largestSize = 2 ** 49;

/** One declaration: as many members as it has declarators. */
function readMembers(context: Context, body: Body): void {
  const { cursor } = context;
  const specifiers = context.specifiers();
  const own = forMembers(specifiers.attributes);
  if (cursor.token === sym[';'] && !specifiers.colon) {
    anonymousMember(context, body, specifiers);
    cursor.next();
    return;
  }
  for (;;) {
    readMember(context, body, specifiers);
    if (!cursor.accept(sym[','])) break;
    specifiers.attributes = { ...own };
    if (cursor.class === word.attribute) readAttributes(context, specifiers.attributes);
  }
  if (cursor.token !== sym['}']) cursor.expect(sym[';']);
}

/** Without a declarator only a record without a tag is a member; with -fms-extensions every record is. */
function anonymousMember(context: Context, body: Body, { type, attributes, tag }: Specifiers): void {
  const record = under(type);
  if (record.kind !== 'struct' && record.kind !== 'union') return;
  if ((record.name !== null || !tag) && !context.msExtensions) return;
  addMember(context, body, { name: null, type, bits: null, attributes });
}

function readMember(context: Context, body: Body, specifiers: Specifiers): void {
  const { cursor } = context;
  if (specifiers.colon || cursor.token === sym[':']) {
    const bits = readWidth(context, specifiers, specifiers.type, null);
    addMember(context, body, { name: null, type: specifiers.type, bits, attributes: specifiers.attributes });
    return;
  }
  const declared = context.declarator(specifiers, 'named');
  const name = cursor.symbols.text(declared.name);
  const bits = cursor.token === sym[':'] ? readWidth(context, specifiers, declared.type, name) : null;
  addMember(context, body, { name, type: declared.type, bits, attributes: specifiers.attributes });
}

/** Behind the colon, and the attributes behind the width. */
function readWidth(context: Context, specifiers: Specifiers, type: Type, name: string | null): number {
  const { cursor, target } = context;
  if (!specifiers.colon) cursor.next();
  specifiers.colon = false;
  const { value } = context.conditional();
  const integer = target.integer(type);
  const what = name === null ? 'a bitfield without a name' : `'${name}'`;
  if (integer === undefined) return cursor.fail(`the bitfield ${what} is of a type that is no integer`);
  const most = integer.encoding === 'bool' ? 1 : 8 * (target.sizeOf(type) ?? 0);
  if (value === undefined) return cursor.fail(`the width of ${what} is no constant`);
  if (value < 0n || value > BigInt(most) || (value === 0n && name !== null)) return cursor.fail(`the width of ${what} is ${value}, its type has ${most} bits`);
  if (cursor.class === word.attribute) readAttributes(context, specifiers.attributes);
  return Number(value);
}

/** Of what may be incomplete. */
function spelled(type: Type): string {
  const at = under(type);
  if (at.kind === 'array') return `${spelled(at.of)}[]`;
  return 'name' in at ? `${at.kind} ${at.name ?? '{...}'}` : at.kind;
}

interface NewMember {
  readonly name: string | null;
  readonly type: Type;
  readonly bits: number | null;
  readonly attributes: Attributes;
}

function addMember(context: Context, body: Body, { name, type, bits, attributes }: NewMember): void {
  const { cursor, target } = context;
  const at = under(type);
  // A tail of no count has no size; gcc has it in unions, too, since version 15.
  const tail = at.kind === 'array' && at.count === null;
  const size = tail ? (target.sizeOf(at.of) === undefined ? undefined : 0) : at.kind === 'void' || at.kind === 'function' ? undefined : target.sizeOf(at);
  if (size === undefined) return cursor.fail(`member '${name ?? ''}' has incomplete type '${spelled(at)}'`);
  if (tail) body.flexible = true;
  const unplaced: Unplaced = {
    size, align: target.alignOf(type), userAlign: target.hasUserAlign(type), wide: target.isWide(type),
    bits, named: name !== null, packed: attributes.packed, wanted: attributes.align,
  };
  body.members.push({ name, type, bits, unplaced });
}
