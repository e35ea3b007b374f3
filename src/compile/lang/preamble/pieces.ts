// Cuts a script into C (directives, definitions) and script, by their outlines only: which directives are obeyed, nobody knows here.
import { isBlank, wordEnd } from '../lexer.ts';

export interface Piece {
  readonly kind: 'directive' | 'definition' | 'script';
  /** Offsets in the script. */
  readonly start: number;
  readonly end: number;
}

/** All of the text, in order, but for blanks and comments between pieces; a shebang line is left out. */
export function cutPieces(text: string): readonly Piece[] {
  return new Cutter(text).cut();
}

/** Whether there is anything in it that a reader of C is needed for. */
export function hasC(text: string): boolean {
  return cutPieces(text).some(({ kind }) => kind !== 'script');
}

class Cutter {
  readonly #pieces: Piece[] = [];
  /** Where the script's piece began that is being read, -1 between pieces. */
  #script = -1;
  /** Braces that are open. */
  #depth = 0;
  /** What was open at each #if that is open: the other branch begins there, too. */
  readonly #depths: number[] = [];

  constructor(readonly text: string) {}

  cut(): readonly Piece[] {
    const { text } = this;
    let at = text.startsWith('#!') ? lineEnd(text, 0) : 0;
    while (at < text.length) {
      const character = text[at];
      if (isBlank(character)) at++;
      else if (character === '#' && isFirstOnLine(text, at)) at = this.#directive(at);
      else if (this.#script < 0 && this.#depth === 0 && startsDefinition(text, at)) at = this.#definition(at);
      else at = this.#scriptText(at);
    }
    this.#close(text.length);
    return this.#pieces;
  }

  #close(end: number): void {
    if (this.#script >= 0) this.#pieces.push({ kind: 'script', start: this.#script, end });
    this.#script = -1;
  }

  #directive(at: number): number {
    const end = directiveEnd(this.text, at);
    this.#close(at);
    this.#pieces.push({ kind: 'directive', start: at, end });
    const word = directiveWord(this.text, at);
    if (word.startsWith('if')) this.#depths.push(this.#depth);
    else if (word.startsWith('el')) this.#depth = this.#depths.at(-1) ?? this.#depth;
    else if (word === 'endif') this.#depths.pop();
    return end;
  }

  #definition(at: number): number {
    const end = definitionEnd(this.text, at);
    this.#pieces.push({ kind: 'definition', start: at, end });
    return end;
  }

  /** One token of the script, roughly; a block that closes, and a semicolon between blocks, end the piece. */
  #scriptText(at: number): number {
    const { text } = this;
    const skipped = quotedEnd(text, at) ?? this.#commentEnd(at);
    if (skipped !== undefined && text[at] === '/') return skipped;
    if (this.#script < 0) this.#script = at;
    if (skipped !== undefined) return skipped;
    const character = text[at];
    if (character === '{') this.#depth++;
    else if (character === '}') this.#depth = Math.max(0, this.#depth - 1);
    const end = Math.max(at + 1, wordEnd(text, at));
    if (this.#depth === 0 && (character === '}' || character === ';')) this.#close(end);
    return end;
  }

  /** The path of an attach point may have what looks like a comment in it. */
  #commentEnd(at: number): number | undefined {
    const inPath = this.#depth === 0 && this.#script >= 0 && !isBlank(this.text[at - 1]);
    return inPath ? undefined : commentEnd(this.text, at);
  }
}

/** The word of the directive whose # is at `at`: `ifdef`; '' for a lone #. */
export function directiveWord(text: string, at: number): string {
  word.lastIndex = at;
  return word.exec(text)?.[1] ?? '';
}

const word = /#[ \t\0]*([A-Za-z_]*)/y;

/** A colon behind the word makes it an attach point. */
function startsDefinition(text: string, at: number): boolean {
  definition.lastIndex = at;
  return definition.test(text);
}

const definition = /(?:struct|union|enum|typedef)(?![A-Za-z0-9_:=])/y;

/** The end of its line, which goes on behind a backslash and in comments. */
function directiveEnd(text: string, at: number): number {
  for (let end = at; end < text.length; ) {
    if (text[end] === '\n') return end;
    if (text[end] === '\\') end += text.startsWith('\r\n', end + 1) ? 3 : 2;
    else if (text[end] === '"') end = Math.min(quotedEnd(text, end) ?? end + 1, lineEnd(text, end));
    else if (text.startsWith('//', end)) end = lineEnd(text, end);
    else end = commentEnd(text, end) ?? end + 1;
  }
  return text.length;
}

/** Behind its semicolon; where that is missing, in front of what cannot be part of it. */
function definitionEnd(text: string, at: number): number {
  let depth = 0;
  /** Behind what was read last that is neither blank nor comment. */
  let last = at;
  let closed = false;
  for (let end = at; end < text.length; ) {
    const character = text[end];
    if (isBlank(character)) {
      end++;
      continue;
    }
    const isDirective = character === '#' && isFirstOnLine(text, end);
    if (closed && depth <= 0 && (isDirective || startsDeclaration(text, end))) return last;
    const skipped = isDirective ? directiveEnd(text, end) : commentEnd(text, end);
    if (skipped !== undefined) {
      end = skipped;
      continue;
    }
    if (character === '{' || character === '(' || character === '[') depth++;
    if (character === '}' || character === ')' || character === ']') depth--;
    closed ||= character === '}' && depth <= 0;
    end = quotedEnd(text, end) ?? Math.max(end + 1, wordEnd(text, end));
    last = end;
    if (character === ';' && depth <= 0) return end;
  }
  return text.length;
}

/** Whether the script, or another definition, begins here: a name with a colon, a predicate or a block behind it, a word that C knows not in this place. */
function startsDeclaration(text: string, at: number): boolean {
  declaration.lastIndex = at;
  return startsDefinition(text, at) || declaration.test(text);
}

const declaration = /(?!__attribute__)[A-Za-z_]\w*\s*(?:[:{]|\/(?![/*]))|config\s*=|let\s+@|macro\s+\w+\s*\(|import\s*"/y;

/** Behind the string or the character constant that begins here; undefined where none does, or where it does not end. */
function quotedEnd(text: string, at: number): number | undefined {
  if (text[at] !== '"') return undefined;
  for (let end = at + 1; end < text.length; end += text[end] === '\\' ? 2 : 1) if (text[end] === '"') return end + 1;
  return undefined;
}

function commentEnd(text: string, at: number): number | undefined {
  if (text.startsWith('//', at)) return lineEnd(text, at);
  if (!text.startsWith('/*', at)) return undefined;
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? undefined : end + 2;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function isFirstOnLine(text: string, at: number): boolean {
  for (let before = at - 1; before >= 0 && text[before] !== '\n'; before--) if (!isBlank(text[before])) return false;
  return true;
}
