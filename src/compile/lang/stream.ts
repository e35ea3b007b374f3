// The script as a stream of tokens: blanks and comments gone, macros expanded, every span in the original text.
import { commentEnd, isBlank, readToken } from './lexer.ts';
import { MacroExpander, type MacroLookup } from './preamble/macros.ts';
import type { Complain, Token } from './token.ts';

export class TokenStream {
  #at = 0;
  /** Tokens that were peeked at, each with the place in the text where reading it began. */
  readonly #ahead: { readonly token: Token; readonly from: number }[] = [];
  readonly #macros: MacroExpander;

  constructor(
    readonly text: string,
    lookup: MacroLookup,
    readonly complain: Complain,
  ) {
    this.#macros = new MacroExpander(() => this.#read(), lookup, complain);
  }

  peek(distance = 0): Token {
    for (;;) {
      const found = this.#ahead[distance];
      if (found !== undefined) return found.token;
      const from = this.#at;
      this.#ahead.push({ token: this.#macros.next(), from });
    }
  }

  next(): Token {
    const token = this.peek();
    this.#ahead.shift();
    return token;
  }

  /** Leaves the tokens: the offset of the next character that is no blank, comment or directive. Words that a macro still owed are lost. */
  rawPosition(): number {
    const first = this.#ahead[0];
    if (first !== undefined) this.#at = first.from;
    this.#ahead.length = 0;
    this.#macros.drop();
    this.#skip();
    return this.#at;
  }

  /** Goes on reading tokens at that offset. */
  seek(offset: number): void {
    this.#ahead.length = 0;
    this.#at = offset;
  }

  #read(): Token {
    this.#skip();
    const token = readToken(this.text, this.#at, this.complain);
    this.#at = token.span.end;
    return token;
  }

  #skip(): void {
    for (;;) {
      const character = this.text[this.#at];
      if (isBlank(character)) this.#at++;
      else {
        const end = commentEnd(this.text, this.#at, this.complain);
        if (end === this.#at) return;
        this.#at = end;
      }
    }
  }
}
