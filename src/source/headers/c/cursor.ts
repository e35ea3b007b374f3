// The parser's place in the tokens: one is in hand, nothing behind it has been asked for.
import { sym, type Sym, type Symbols } from '../symbols.ts';
import type { Problem, TokenSource } from '../tokens.ts';
import { Keywords, word } from './keywords.ts';

/** What cannot be read where the cursor stands; caught by who can go on behind it. */
export class ParseFailure extends Error {
  override readonly name = 'ParseFailure';
}

/** Deeper nests of types, declarators and expressions are refused. */
const maxNesting = 256;
/** What more there is to say is not said. */
const maxProblems = 1000;

export class Cursor {
  /** The token in hand. */
  token: Sym = 0;
  /** How many braces are open around it, since the declaration began. */
  braces = 0;
  readonly keywords: Keywords;
  readonly symbols: Symbols;
  readonly problems: Problem[] = [];
  #nesting = 0;

  constructor(public source: TokenSource) {
    this.symbols = source.symbols;
    this.keywords = new Keywords(source.symbols);
  }

  next(): void {
    this.token = this.source.next();
  }

  /** Of `word`. */
  get class(): number {
    return this.keywords.class(this.token);
  }

  /** Takes the token if it is that one. */
  accept(symbol: Sym): boolean {
    if (this.token !== symbol) return false;
    this.next();
    return true;
  }

  expect(symbol: Sym): void {
    if (this.token !== symbol) this.fail(`expected '${this.symbols.text(symbol)}' before ${this.found()}`);
    this.next();
  }

  /** An identifier that is no keyword of C. */
  atIdentifier(): boolean {
    return this.keywords.class(this.token) === word.other && this.symbols.kind(this.token) === 'identifier';
  }

  /** Takes an identifier. */
  identifier(): Sym {
    if (!this.atIdentifier()) this.fail(`expected a name before ${this.found()}`);
    const symbol = this.token;
    this.next();
    return symbol;
  }

  /** The token in hand as messages name it. */
  found(): string {
    if (this.token === 0) return 'the end';
    const text = this.symbols.text(this.token);
    return text.startsWith('"') ? text.slice(0, 40) : `'${text}'`;
  }

  fail(message: string): never {
    throw new ParseFailure(message);
  }

  complain(message: string, severity: Problem['severity'] = 'error'): void {
    if (this.problems.length < maxProblems) this.problems.push({ place: this.source.place(), severity, message });
  }

  /** `leave` belongs to it, except where it is left by a failure: `reset` is called then. */
  enter(): void {
    if (++this.#nesting > maxNesting) this.fail(`nested more than ${maxNesting} deep`);
  }

  leave(): void {
    this.#nesting--;
  }

  reset(): void {
    this.#nesting = 0;
    this.braces = 0;
  }

  /** At an opening brace of the text that nobody reads: goes behind its closing one. */
  skipBraces(): void {
    this.source.skipBraces();
    this.next();
  }

  /** At an opening parenthesis: goes behind its closing one. */
  skipParentheses(): void {
    let depth = 0;
    do {
      if (this.token === sym['('] || this.token === sym['['] || this.token === sym['{']) depth++;
      else if (this.token === sym[')'] || this.token === sym[']'] || this.token === sym['}']) depth--;
      else if (this.token === 0) this.fail("expected ')' before the end");
      this.next();
    } while (depth > 0);
  }
}
