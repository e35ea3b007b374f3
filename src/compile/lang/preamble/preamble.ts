// The C part of a script: cut out of the text, read by whoever reads C, and what the script's own text is after that.
import type { DiagnosticSink } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/span.ts';
import type { CPart, CProblem, ReadC } from '../../../ctype/cpart.ts';
import type { Types } from '../../../ctype/types.ts';
import type { CMacro, Preamble } from '../ast.ts';
import { wordEnd } from '../lexer.ts';
import { macroOf } from './macros.ts';
import { ownAndOthers } from './own.ts';
import { cutPieces, directiveWord, type Piece } from './pieces.ts';

/** Who reads C, and what it is told. */
export interface CReading {
  readonly read: ReadC;
  /** Types of the kernel that the script is for. */
  readonly known: Types;
  /** `NAME` (which is 1) or `NAME=text`. */
  readonly defines: readonly string[];
}

export interface PreambleRead {
  readonly preamble: Preamble;
  /** undefined for a script without C. */
  readonly part: CPart | undefined;
  /** Headers that are not there: what they would have said, the kernel's types may say. */
  readonly missed: readonly { readonly span: Span; readonly message: string }[];
  /** The script's text with blanks for C and for what conditionals leave out: offsets stay what they were. */
  readonly script: string;
}

/** @param reading undefined where C has no place: there it is complained about */
export function readPreamble(text: string, reading: CReading | undefined, sink: DiagnosticSink): PreambleRead {
  const pieces = cutPieces(text);
  const first = pieces.find(({ kind }) => kind !== 'script');
  if (first === undefined || reading === undefined) {
    if (first !== undefined) sink.error('syntax', first, 'syntax: C cannot be used here');
    return { preamble: noPreamble, part: undefined, missed: [], script: blanked(text, pieces.filter(({ kind }) => kind === 'script')) };
  }
  const { read, known, defines } = reading;
  const c = new CSource(text, pieces);
  const part = read({ text: c.text, known, defines });
  const missed = complain(part, c, sink);
  for (const { line, message } of ownAndOthers(part, known)) sink.add({ code: 'own-definition', severity: 'note', span: c.lineSpan(line), message });
  const taken = pieces.filter((_, index) => part.isDefined(marker(index)));
  const directives = taken.filter(({ kind }) => kind === 'directive');
  return {
    preamble: {
      includes: directives.flatMap((piece) => includeOf(text, piece)),
      macros: ownMacros(text, directives),
      definitions: taken.filter(({ kind }) => kind === 'definition').map((piece) => ({ text: definitionText(text, piece), span: { start: piece.start, end: piece.end } })),
    },
    part, missed,
    script: blanked(text, taken.filter(({ kind }) => kind === 'script')),
  };
}

export const noPreamble: Preamble = { includes: [], macros: new Map(), definitions: [] };

/** Everything but these pieces is blank; line ends stay. */
function blanked(text: string, pieces: readonly Piece[]): string {
  let out = '';
  let end = 0;
  const blank = (to: number): string => text.slice(end, to).replace(/[^\n]/g, ' ');
  for (const piece of pieces) {
    out += blank(piece.start) + text.slice(piece.start, piece.end);
    ({ end } = piece);
  }
  return out + blank(text.length);
}

/** bpftrace reads those without a semicolon, too. */
function definitionText(text: string, { start, end }: Piece): string {
  return `${text.slice(start, end)}${text[end - 1] === ';' ? '' : ';'}`;
}

/** Defined in front of each piece that conditionals may leave out. */
function marker(index: number): string {
  return `__btfly_piece_${index}`;
}

/** Words that decide what is read: all other directives stand where they are obeyed or not. */
const conditionals: ReadonlySet<string> = new Set(['if', 'ifdef', 'ifndef', 'elif', 'elifdef', 'elifndef', 'else', 'endif']);

/** The pieces of C as one text, and where its places are in the script. */
class CSource {
  readonly text: string;
  /** Each line, its offset in the script and the piece that it is of; a line that is not the script's is of none. */
  readonly #lines: { readonly text: string; readonly offset: number; readonly piece: Piece | undefined }[] = [];

  constructor(script: string, pieces: readonly Piece[]) {
    for (const [index, piece] of pieces.entries()) {
      if (piece.kind !== 'directive' || !conditionals.has(directiveWord(script, piece.start))) {
        this.#lines.push({ text: `#define ${marker(index)} 1`, offset: piece.start, piece: undefined });
      }
      if (piece.kind === 'script') continue;
      let offset = piece.start;
      for (const line of (piece.kind === 'definition' ? definitionText(script, piece) : script.slice(piece.start, piece.end)).split('\n')) {
        this.#lines.push({ text: line, offset, piece });
        offset += line.length + 1;
      }
    }
    this.text = this.#lines.map((line) => `${line.text}\n`).join('');
  }

  /** Of a problem: a directive as a whole, the word in a definition. */
  span({ line, column }: Pick<CProblem, 'line' | 'column'>): Span {
    const { text, offset, piece } = this.#line(line);
    if (piece?.kind === 'directive') return { start: piece.start, end: piece.end };
    const at = piece === undefined ? 0 : Math.min(column - 1, text.length);
    return { start: offset + at, end: offset + Math.max(at + 1, piece === undefined ? 0 : wordEnd(text, at)) };
  }

  /** The line, up to an opening brace. */
  lineSpan(line: number): Span {
    const { text, offset } = this.#line(line);
    return { start: offset, end: offset + (/^[^{]*[^{\s]/.exec(text)?.[0].length ?? 1) };
  }

  /** Behind the last line is the end of the last piece. */
  #line(line: number): { readonly text: string; readonly offset: number; readonly piece: Piece | undefined } {
    const last = this.#lines.at(-1);
    return this.#lines[line - 1] ?? { text: '', offset: (last?.offset ?? 0) + (last?.piece === undefined ? 0 : last.text.length), piece: undefined };
  }
}

/** Said of the headers of one #include; the rest is counted. */
const mostOfAHeader = 3;

/** @returns headers that are not there */
function complain({ problems }: CPart, c: CSource, sink: DiagnosticSink): PreambleRead['missed'] {
  const missed: { readonly span: Span; readonly message: string }[] = [];
  const said = new Map<number, number>();
  for (const problem of problems) {
    const { severity, message, headers, missing } = problem;
    const span = c.span(problem);
    const [where, ...through] = headers;
    if (where === undefined) {
      if (missing) missed.push({ span, message });
      else if (severity === 'error') sink.error('syntax', span, `syntax: ${message}`);
      else sink.warn('c', span, message);
      continue;
    }
    const before = said.get(span.start) ?? 0;
    said.set(span.start, before + 1);
    if (before < mostOfAHeader) sink.warn('header', span, [`${where}: ${message}`, ...chain(through)].join(', '));
    else if (before === mostOfAHeader) sink.warn('header', span, 'there is more that cannot be read in what this includes');
  }
  return missed;
}

/** The nearest, and the one that the script includes. */
function chain(through: readonly string[]): readonly string[] {
  const shown = through.length > 4 ? [...through.slice(0, 2), ...through.slice(-1)] : through;
  const lines = shown.map((each) => `included from ${each}`);
  return shown === through ? lines : [...lines.slice(0, 2), `${through.length - 3} more`, ...lines.slice(2)];
}

function includeOf(text: string, { start, end }: Piece): readonly Preamble['includes'][number][] {
  const match = /^#\s*(?:include|include_next|import)\s*(?:<([^>]+)>|"([^"]+)")/.exec(text.slice(start, end));
  return match === null ? [] : [{ name: match[1] ?? match[2] ?? '', system: match[1] !== undefined, span: { start, end } }];
}

/** As they stand at the end, for words of the script are replaced wherever they are. */
function ownMacros(text: string, directives: readonly Piece[]): ReadonlyMap<string, CMacro> {
  const macros = new Map<string, CMacro>();
  for (const { start, end } of directives) {
    const line = text.slice(start, end);
    const word = directiveWord(line, 0);
    if (word === 'undef') macros.delete(/undef\s+(\w+)/.exec(line)?.[1] ?? '');
    const macro = word === 'define' ? macroOf(line, { start, end }) : undefined;
    if (macro !== undefined) macros.set(macro.name, macro);
  }
  return macros;
}
