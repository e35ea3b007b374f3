// What the parts of the parser know of each other: declarations hold expressions, which hold types, which hold declarations.
import type { Cursor } from './cursor.ts';
import type { DefinitionList } from './list.ts';
import type { Operand } from './operand.ts';
import type { Scope } from './scope.ts';
import type { Target } from './target.ts';
import type { Type } from './types.ts';
import type { AttributeName } from './keywords.ts';
import type { Sym } from '../symbols.ts';

export interface Context {
  readonly cursor: Cursor;
  readonly scope: Scope;
  readonly target: Target;
  readonly list: DefinitionList;
  readonly attributeNames: ReadonlyMap<Sym, AttributeName>;
  /** `struct a;` inside a struct is an anonymous member (-fms-extensions). */
  readonly msExtensions: boolean;
  /** The text whose definitions replace those of its headers. */
  readonly own: string | undefined;
  /** The token in hand begins a type or a declaration. */
  startsType(): boolean;
  specifiers(): Specifiers;
  declarator(specifiers: Specifiers, form: DeclaratorForm): Declared;
  /** Of a cast, of sizeof: specifiers and a declarator without a name. */
  typeName(): Type;
  staticAssert(): void;
  /** Inside a statement expression. */
  localDeclaration(): void;
  /** Without commas and assignments: what C calls a constant expression. */
  conditional(): Operand;
  assignment(): Operand;
  expression(): Operand;
  /** At the brace of `({`. */
  statementExpression(): Operand;
}

/** A name is wanted; there may be none; there is none. */
export type DeclaratorForm = 'named' | 'parameter' | 'abstract';

/** What stands in front of declarators. */
export interface Specifiers {
  type: Type;
  /** Of `storage`, or-ed. */
  storage: number;
  attributes: Attributes;
  /** A colon behind an enum was taken already: it opens the width of a bitfield. */
  colon: boolean;
  /** `struct`, `union` or `enum` said what it is. */
  tag: boolean;
}

export interface Attributes {
  packed: boolean;
  /** Bytes. Of several the strictest counts for members and variables, the last one for types. */
  align: number | null;
  typeAlign: number | null;
  mode: string | null;
  vectorSize: number | null;
  tags: string[] | null;
}

export interface Declared {
  /** 0: no name. */
  readonly name: Sym;
  readonly type: Type;
  readonly file: string;
  readonly line: number;
}

export function noAttributes(): Attributes {
  return { packed: false, align: null, typeAlign: null, mode: null, vectorSize: null, tags: null };
}

/** Of the attributes in front those that hold for each of the declarators; the others have made the type that stands there. */
export function forMembers({ packed, align, typeAlign }: Attributes): Attributes {
  return { ...noAttributes(), packed, align, typeAlign };
}
