// What headers say, as those who ask see it: definitions with their places, macros with their values.
import type { Definition, DefinitionKind, IntType } from '../../ctype/ctype.ts';
import type { Types } from '../../ctype/types.ts';
import type { Problem } from './tokens.ts';

export interface HeaderFacts {
  readonly types: Types;
  readonly definitions: DefinitionTable;
  readonly macros: MacroTable;
  readonly problems: readonly Problem[];
  /** Every file that was read, as it was opened. */
  readonly files: readonly string[];
}

export interface HeaderDefinition {
  /** Its image is `headers`; the key of a leaf that means it is its index in the table. */
  readonly definition: Definition;
  /** What the place of its name is. */
  readonly file: string;
  readonly line: number;
  /** A static function: of the kernel's own only where a compiler did not inline it. */
  readonly local?: boolean;
}

/** Definitions by their index, in the order in which they became complete. Nothing is decoded before it is asked for. */
export interface DefinitionTable {
  readonly length: number;
  kind(index: number): DefinitionKind;
  /** null for anonymous records and enums. */
  name(index: number): string | null;
  /** Where it is defined. */
  file(index: number): string;
  /** Throws RangeError for an index that is not there. */
  at(index: number): HeaderDefinition;
}

export type Macro = IntegerMacro | StringMacro | FunctionMacro | AliasMacro;

interface DefinedMacro {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** An object-like macro that is an integer constant expression. */
export interface IntegerMacro extends DefinedMacro {
  readonly kind: 'integer';
  readonly value: bigint;
  readonly type: Pick<IntType, 'size' | 'signed'>;
}

export interface StringMacro extends DefinedMacro {
  readonly kind: 'string';
  /** What stands between the quotes, its escapes resolved: a character for each byte. */
  readonly text: string;
}

/** A function-like macro that is an expression of its parameters and of constants, with no effect beside its value. */
export interface FunctionMacro extends DefinedMacro {
  readonly kind: 'function';
  readonly params: readonly string[];
  /** C text with every macro in it expanded: identifiers in it are parameters, types and enumerators. */
  readonly body: string;
}

/** `#define sk_family __sk_common.skc_family`: another name for a member, seen from the struct that it is in. */
export interface AliasMacro extends DefinedMacro {
  readonly kind: 'alias';
  /** `__sk_common.skc_family`, `a.b[0].c` */
  readonly path: string;
  /** Where the path leads somewhere: `struct sock`. */
  readonly records: readonly string[];
}

/** Macros as they stand at the end of the text, those that are one of these. */
export interface MacroTable {
  names(): Iterable<string>;
  find(name: string): Macro | undefined;
}
