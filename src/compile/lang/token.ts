// Words of the language, as the lexer makes them and as macro expansion hands them on.
import type { Span } from '../../base/span.ts';

export type TokenKind =
  | 'identifier'
  /** `$x`, with the dollar sign. */
  | 'variable'
  /** `@x`, with the at sign; `@` alone is the nameless map. */
  | 'map'
  /** `$1`, `$#`: the text is what follows the dollar sign. */
  | 'positional'
  | 'integer'
  | 'string'
  | 'punctuator'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string its bytes with the escapes resolved, one character a byte (latin1). */
  readonly text: string;
  /** Of an integer, durations in nanoseconds; else 0. */
  readonly value: bigint;
  /** Of an integer: `u`, `ull`, … as written; '' for durations. */
  readonly suffix: string;
  /** In the script's text. Words that a macro brought in have the span of the macro's use. */
  readonly span: Span;
  /** Macros that must not be expanded in this word any more, null for words of the text itself. */
  readonly hidden: ReadonlySet<string> | null;
}

/** Where the lexer says what it did not like. */
export type Complain = (span: Span, message: string) => void;

export function plainToken(kind: TokenKind, text: string, start: number, end: number): Token {
  return { kind, text, value: 0n, suffix: '', span: { start, end }, hidden: null };
}
