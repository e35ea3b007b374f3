// Tokens of a list, for expressions that stand alone.
import { sym, type Sym, type Symbols } from '../symbols.ts';
import type { Place, TokenSource } from '../tokens.ts';

export class ListSource implements TokenSource {
  readonly symbols: Symbols;
  readonly pack: null = null;
  readonly files: readonly string[] = [];
  #at = 0;

  /** @param from whose places and spellings these are */
  constructor(
    readonly tokens: ArrayLike<Sym>,
    readonly from: TokenSource,
  ) {
    this.symbols = from.symbols;
  }

  next(): Sym {
    return this.tokens[this.#at++] ?? 0;
  }

  place(): Place {
    return { file: '', line: 0, column: 0, included: [] };
  }

  file(): number {
    return 0;
  }

  skipBraces(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.next();
      if (token === sym['{']) depth++;
      else if (token === sym['}']) depth--;
      else if (token === 0) return;
    }
  }
}
