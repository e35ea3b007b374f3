// C declarators: the part of a declaration around the name. `*a[4]`, `(*call)(int)`.
import type { Span } from '../../../base/span.ts';
import type { CTypeName } from '../ast.ts';
import type { Cursor } from '../parse/cursor.ts';
import { parseAttributes, skipParentheses, type Attributes } from './attributes.ts';
import { constantUntil, type CScope } from './scope.ts';

export interface Declared {
  /** null for an abstract declarator. */
  readonly name: string | null;
  readonly type: CTypeName;
  readonly span: Span;
}

/** Reads a declarator: what it declares when `base` stands in front. Attributes inside it are noted. */
export function parseDeclarator(cursor: Cursor, scope: CScope, base: CTypeName, attributes: Attributes): Declared {
  const { name, wrap, span } = parseAround(cursor, scope, attributes);
  return { name, type: wrap(base), span };
}

/** A declarator without its base: what it makes of one. */
interface Around {
  readonly name: string | null;
  readonly wrap: (base: CTypeName) => CTypeName;
  readonly span: Span;
}

function parseAround(cursor: Cursor, scope: CScope, attributes: Attributes): Around {
  return cursor.deeper(() => {
    const start = cursor.peek();
    const stars = parseStars(cursor, scope, attributes);
    const inner = cursor.at('(') && !abstractParameters(cursor) ? parseInner(cursor, scope, attributes) : null;
    const name = inner === null && cursor.peek().kind === 'identifier' ? cursor.next().text : null;
    const suffix = parseSuffixes(cursor, scope);
    parseAttributes(cursor, scope, attributes);
    const outer = (base: CTypeName): CTypeName => suffix(pointers(base, stars));
    return { name: inner === null ? name : inner.name, wrap: (base) => (inner === null ? outer(base) : inner.wrap(outer(base))), span: cursor.since(start) };
  });
}

function parseStars(cursor: Cursor, scope: CScope, attributes: Attributes): number {
  let stars = 0;
  for (;;) {
    parseAttributes(cursor, scope, attributes);
    if (cursor.accept('*')) stars++;
    else if (cursor.peek().kind === 'identifier' && qualifiers.has(cursor.peek().text)) cursor.next();
    else return stars;
  }
}

const qualifiers: ReadonlySet<string> = new Set(['const', 'volatile', 'restrict', '__restrict', '__user', '__rcu', '__percpu', '__iomem', '__force']);

function pointers(base: CTypeName, stars: number): CTypeName {
  let type = base;
  for (let count = 0; count < stars; count++) type = { kind: 'pointer', to: type };
  return type;
}

/** `()` or `(int …` where a declarator's own parentheses could be: the parameters of a function without a name. */
function abstractParameters(cursor: Cursor): boolean {
  return !cursor.at('*', 1) && !cursor.at('(', 1) && !(cursor.peek(1).kind === 'identifier' && cursor.at(')', 2));
}

function parseInner(cursor: Cursor, scope: CScope, attributes: Attributes): Around {
  cursor.expect('(');
  const inner = parseAround(cursor, scope, attributes);
  cursor.expect(')');
  return inner;
}

/** `[4][2]` and `(parameters)`; the suffix next to the name is the outermost. */
function parseSuffixes(cursor: Cursor, scope: CScope): (base: CTypeName) => CTypeName {
  const counts: (number | 'function')[] = [];
  for (;;) {
    if (cursor.at('(')) {
      skipParentheses(cursor);
      counts.push('function');
    } else if (cursor.accept('[')) {
      counts.push(cursor.at(']') ? 0 : arrayCount(cursor, scope));
      cursor.expect(']');
    } else {
      return (base) => counts.reduceRight<CTypeName>((of, count) => (count === 'function' ? { kind: 'function' } : { kind: 'array', of, count }), base);
    }
  }
}

function arrayCount(cursor: Cursor, scope: CScope): number {
  const start = cursor.peek().span;
  const value = constantUntil(cursor, scope, [']'], 'size of an array must be an integer constant');
  if (value < 0n || value > 0x7fff_ffffn) cursor.failAt(start, `size of an array is out of range: ${value}`);
  return Number(value);
}
