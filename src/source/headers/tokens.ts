// What the preprocessor hands to the parser: tokens one after the other, and where they stand.
import type { Sym, Symbols } from './symbols.ts';

/** A place in a header, and the `#include` lines that led there, the innermost first. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly included: readonly { readonly file: string; readonly line: number }[];
}

/** What could not be read. Reading goes on behind it. */
export interface Problem {
  readonly place: Place;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** An #include that leads nowhere. */
  readonly missing?: true;
}

/** Preprocessed tokens, pulled by the parser. Translation phase 7 begins here: adjacent strings are not joined, keywords are identifiers. */
export interface TokenSource {
  readonly symbols: Symbols;
  /** Moves to the next token and gives its spelling; 0 at the end of everything. */
  next(): Sym;
  /** Of the token that `next` gave last. Costs a search: for messages and definitions, not for every token. */
  place(): Place;
  /** The header of the token that `next` gave last, as an index into `files`; cheap. What a macro expands to stands where the macro is used. */
  file(): number;
  readonly files: readonly string[];
  /**
   * The token that `next` gave last is an opening brace: skips to its closing one, which the next `next` does not give either.
   * Directives in between are obeyed, macros are not expanded: bodies of functions are most of what headers hold, and nothing asks for them.
   */
  skipBraces(): void;
  /** From now on, `#pragma pack(n)` in force; null where none is. In bytes. */
  readonly pack: number | null;
}
