// C definitions of the preamble: struct, union, enum, typedef (C11 6.7, with gcc's packed and aligned).
import type { Span } from '../../../base/span.ts';
import type { CDeclaration, CField, CTypeName } from '../ast.ts';
import type { Cursor } from '../parse/cursor.ts';
import { canonicalBase, isBaseWord } from '../parse/types.ts';
import { parseAttributes, type Attributes } from './attributes.ts';
import { parseDeclarator } from './declarator.ts';
import { constantUntil, type CScope } from './scope.ts';

/** Reads the definition at the cursor, which stands on `struct`, `union`, `enum` or `typedef`. The semicolon behind it is left. */
export function parseDefinition(cursor: Cursor, scope: CScope): void {
  if (cursor.atWord('typedef')) {
    parseTypedef(cursor, scope);
    return;
  }
  const type = parseSpecifiers(cursor, scope);
  if (type.kind === 'inline' && type.declaration.kind === 'enum') scope.definitions.push(type.declaration);
}

/** The type in front of the declarators. Named definitions inside are noted in the scope; anonymous ones come back inline. */
export function parseSpecifiers(cursor: Cursor, scope: CScope): CTypeName {
  return cursor.deeper(() => {
    const words: string[] = [];
    let type: CTypeName | null = null;
    for (;;) {
      const token = cursor.peek();
      if (token.kind !== 'identifier') break;
      if (qualifiers.has(token.text)) cursor.next();
      else if (token.text === '__attribute__') parseAttributes(cursor, scope, { packed: false, align: null });
      else if (isBaseWord(token.text) && type === null) words.push(cursor.next().text);
      else if (type !== null || words.length > 0) break;
      else if (token.text === 'struct' || token.text === 'union') type = parseRecord(cursor, scope, token.text);
      else if (token.text === 'enum') type = parseEnum(cursor, scope);
      else type = { kind: 'named', tag: null, name: cursor.next().text };
    }
    if (type !== null) return type;
    if (words.length === 0) return cursor.fail('expected type name');
    return { kind: 'named', tag: null, name: canonicalBase(words) };
  });
}

const qualifiers: ReadonlySet<string> = new Set(['const', 'volatile', 'restrict', '__const', '__volatile__', '__restrict', '__extension__', '__user', '__rcu', '__percpu', '__iomem', '__force', '__bitwise']);

function parseRecord(cursor: Cursor, scope: CScope, tag: 'struct' | 'union'): CTypeName {
  const start = cursor.next();
  const attributes: Attributes = { packed: false, align: null };
  parseAttributes(cursor, scope, attributes);
  const name = cursor.peek().kind === 'identifier' ? cursor.next().text : null;
  if (!cursor.at('{')) return name === null ? cursor.fail("expected '{'") : { kind: 'named', tag, name };
  cursor.next();
  const members: CField[] = [];
  while (!cursor.at('}')) {
    if (cursor.peek().kind === 'end') cursor.fail("expected '}'");
    if (!cursor.accept(';')) parseMembers(cursor, scope, members);
  }
  cursor.expect('}');
  parseAttributes(cursor, scope, attributes);
  return defined(scope, { kind: 'record', tag, name, members, ...attributes, span: cursor.since(start) });
}

/** A named definition belongs to the whole file, wherever it stands. */
function defined(scope: CScope, declaration: CDeclaration & { readonly kind: 'record' | 'enum' }): CTypeName {
  if (declaration.name === null) return { kind: 'inline', declaration };
  scope.definitions.push(declaration);
  return { kind: 'named', tag: declaration.kind === 'enum' ? 'enum' : declaration.tag, name: declaration.name };
}

function parseMembers(cursor: Cursor, scope: CScope, into: CField[]): void {
  const start = cursor.peek();
  const base = parseSpecifiers(cursor, scope);
  if (cursor.at(';')) {
    if (base.kind === 'inline' && base.declaration.kind === 'record') into.push({ name: null, type: base, bits: null, packed: false, align: null, span: cursor.since(start) });
    cursor.next();
    return;
  }
  do into.push(parseMember(cursor, scope, base));
  while (cursor.accept(','));
  cursor.expect(';');
}

function parseMember(cursor: Cursor, scope: CScope, base: CTypeName): CField {
  const start = cursor.peek();
  const attributes: Attributes = { packed: false, align: null };
  const { name, type } = cursor.at(':') ? { name: null, type: base } : parseDeclarator(cursor, scope, base, attributes);
  const bits = cursor.accept(':') ? bitWidth(cursor, scope) : null;
  parseAttributes(cursor, scope, attributes);
  if (name === null && bits === null) cursor.fail('expected member name');
  return { name, type, bits, ...attributes, span: cursor.since(start) };
}

function bitWidth(cursor: Cursor, scope: CScope): number {
  const start = cursor.peek().span;
  const value = constantUntil(cursor, scope, [',', ';', '__attribute__'], 'width of a bitfield must be an integer constant');
  if (value < 0n || value > 128n) cursor.failAt(start, `width of a bitfield is out of range: ${value}`);
  return Number(value);
}

function parseEnum(cursor: Cursor, scope: CScope): CTypeName {
  const start = cursor.next();
  const attributes: Attributes = { packed: false, align: null };
  parseAttributes(cursor, scope, attributes);
  const name = cursor.peek().kind === 'identifier' ? cursor.next().text : null;
  if (!cursor.at('{')) return name === null ? cursor.fail("expected '{'") : { kind: 'named', tag: 'enum', name };
  cursor.next();
  const values: { name: string; value: bigint }[] = [];
  for (let next = 0n; !cursor.at('}'); next++) {
    const enumerator = cursor.identifier('expected enumerator').text;
    if (cursor.accept('=')) next = constantUntil(cursor, scope, [',', '}'], 'value of an enumerator must be an integer constant');
    values.push({ name: enumerator, value: next });
    scope.enumerators.set(enumerator, next);
    if (!cursor.accept(',') && !cursor.at('}')) cursor.fail("expected ','");
  }
  cursor.expect('}');
  parseAttributes(cursor, scope, attributes);
  return defined(scope, { kind: 'enum', name, values, packed: attributes.packed, span: cursor.since(start) });
}

function parseTypedef(cursor: Cursor, scope: CScope): void {
  const start = cursor.next();
  const base = parseSpecifiers(cursor, scope);
  do {
    const attributes: Attributes = { packed: false, align: null };
    const { name, type, span } = parseDeclarator(cursor, scope, base, attributes);
    parseAttributes(cursor, scope, attributes);
    if (name === null) cursor.fail('expected identifier');
    refuse(cursor, attributes, span);
    scope.definitions.push({ kind: 'typedef', name, type, span: cursor.since(start) });
  } while (cursor.accept(','));
  if (!cursor.at(';')) cursor.fail("expected ';'");
}

/** The attribute would make a type of its own, which ctype has no word for; 8 and less change nothing that scripts can see. */
function refuse(cursor: Cursor, attributes: Attributes, span: Span): void {
  if (attributes.packed || (attributes.align ?? 0) > 8) cursor.failAt(span, 'attributes on a typedef are not supported');
}
