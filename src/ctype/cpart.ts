// What the C part of a script says (its #defines, #includes and definitions), as the compiler sees it: made by whoever reads C.
import type { DefinitionKind } from './ctype.ts';
import type { Types } from './types.ts';

export interface CText {
  readonly text: string;
  /** What the names mean that neither the text nor what it includes defines. */
  readonly known: Types;
  /** `NAME` (which is 1) or `NAME=text`. */
  readonly defines: readonly string[];
}

export interface CPart {
  readonly problems: readonly CProblem[];
  /** Definitions of the text itself that have a name, in order of reading. */
  readonly definitions: readonly { readonly kind: DefinitionKind; readonly name: string; readonly line: number }[];
  /** Whether a macro of that name is defined at the end of the text. */
  isDefined(macro: string): boolean;
  /** The text's definitions in front of `known`, those of what it includes behind. */
  types(known: Types): Types;
}

/** What could not be read. */
export interface CProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Place in the text, counted from 1: of an #include for what is wrong in a header. */
  readonly line: number;
  readonly column: number;
  /** The header and those that include it, innermost first: `net/sock.h:12`. Empty for the text itself. */
  readonly headers: readonly string[];
  /** An #include that leads nowhere. */
  readonly missing: boolean;
}

export type ReadC = (text: CText) => CPart;
