// The parser's place in the script: tokens, complaints, depth. Grammar is in the files beside it.
import { cover, type Span } from '../../../base/span.ts';
import type { BlockStatement, Expression, Statement } from '../ast.ts';
import type { TokenStream } from '../stream.ts';
import type { Token } from '../token.ts';

/** Thrown to leave the statement or declaration that cannot be read; its complaint has been made. Caught where reading can go on. */
export class SyntaxFailure extends Error {
  override readonly name = 'SyntaxFailure';
}

/** Thrown when the script is nested beyond what is read at all: nothing goes on after it. */
export class NestingFailure extends Error {
  override readonly name = 'NestingFailure';
}

/** A block as read: whether its last expression is its value is up to who asked for it. */
export interface BlockParts {
  readonly statements: readonly Statement[];
  /** The last statement when it stood without a semicolon, as a statement and (where it has a value) as an expression. */
  readonly tail: { readonly statement: Statement; readonly value: Expression | null } | null;
  readonly span: Span;
}

export interface CursorOptions {
  readonly positional: readonly string[];
  /** Names that are values, never types: `(pid)*tid` multiplies, `(foo)*x` casts. */
  readonly isBuiltin: (name: string) => boolean;
  readonly complain: (code: string, span: Span, message: string, hint?: string) => void;
  /** Statements know expressions, and expressions know blocks: the front door ties the knot. */
  readonly parseBlock: (cursor: Cursor) => BlockParts;
  readonly parseIf: (cursor: Cursor) => { readonly statement: Statement; readonly value: Expression | null };
}

/** Deepest recursion of the grammar. */
const deepest = 400;

export class Cursor {
  /** Inside a predicate, a slash in front of `{` closes it. */
  inPredicate = false;
  #depth = 0;
  #lastEnd: Span = { start: 0, end: 0 };
  #lastComplaint = -1;

  constructor(
    readonly stream: TokenStream,
    readonly options: CursorOptions,
  ) {}

  peek(distance = 0): Token {
    return this.stream.peek(distance);
  }

  next(): Token {
    const token = this.stream.next();
    this.#lastEnd = token.span;
    return token;
  }

  /** Span of the token that was read last. */
  get last(): Span {
    return this.#lastEnd;
  }

  /** From a token or node to the last token that was read. */
  since(start: { readonly span: Span }): Span {
    return cover(start.span, this.#lastEnd);
  }

  /** The next token is this punctuator. */
  at(text: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.kind === 'punctuator' && token.text === text;
  }

  /** The next token is this word. */
  atWord(text: string): boolean {
    const token = this.peek();
    return token.kind === 'identifier' && token.text === text;
  }

  accept(text: string): boolean {
    if (!this.at(text)) return false;
    this.next();
    return true;
  }

  expect(text: string, hint?: string): void {
    if (!this.accept(text)) this.fail(`expected '${text}'`, hint);
  }

  /** A semicolon that is missing is complained about and thought to be there. */
  expectSemicolon(): boolean {
    const found = this.accept(';');
    if (!found) this.complain("expected ';'");
    return found;
  }

  identifier(message = 'expected identifier'): Token {
    if (this.peek().kind !== 'identifier') this.fail(message);
    return this.next();
  }

  /** Complains about the next token and gives the statement up. */
  fail(message: string, hint?: string): never {
    this.complain(message, hint);
    throw new SyntaxFailure(message);
  }

  /** Complains about that place and gives the statement up. */
  failAt(span: Span, message: string): never {
    this.complain(message, undefined, span);
    throw new SyntaxFailure(message);
  }

  /** Complains about the next token, once a place. */
  complain(message: string, hint?: string, span = this.peek().span): void {
    if (span.start === this.#lastComplaint) return;
    this.#lastComplaint = span.start;
    this.options.complain('syntax', span, `syntax: ${message}`, hint);
  }

  unsupported(span: Span, what: string): void {
    this.options.complain('unsupported', span, `${what} is not supported`);
  }

  /** Runs a recursive part of the grammar one level further down. */
  deeper<T>(parse: () => T): T {
    if (++this.#depth > deepest) this.#tooDeep();
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Complaints over: back at the level of statements or declarations. */
  resetDepth(depth: number): void {
    this.#depth = depth;
  }

  get depth(): number {
    return this.#depth;
  }

  #tooDeep(): never {
    this.complain(`nested too deeply, ${deepest} levels are the limit`);
    throw new NestingFailure('too deep');
  }
}

/** The statements of a block whose value nobody wants. */
export function asStatements(parts: BlockParts): BlockStatement {
  const statements = parts.tail === null ? parts.statements : [...parts.statements, parts.tail.statement];
  return { kind: 'block', statements, span: parts.span };
}
