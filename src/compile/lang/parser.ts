// The front end of the compiler: a script's text becomes a tree. The language is bpftrace's (its docs/language.md), what stands in front of it is C.
// Text that is wrong is complained about in the sink and skipped: all complaints about a script come in one go.
import type { DiagnosticSink } from '../../base/diagnostic.ts';
import type { SourceText, Span } from '../../base/span.ts';
import type { CPart } from '../../ctype/cpart.ts';
import type { ConfigEntry, Declaration, Script } from './ast.ts';
import { deeperThan } from './depth.ts';
import { Cursor, NestingFailure } from './parse/cursor.ts';
import { parseTopLevel } from './parse/declarations.ts';
import { parseBlock, parseIf } from './parse/statements.ts';
import { readPreamble, type CReading, type PreambleRead } from './preamble/preamble.ts';
import { TokenStream } from './stream.ts';

export interface ParseOptions {
  /** $1, $2, … */
  readonly positional: readonly string[];
  /** undefined: the text may have no C part. */
  readonly c?: CReading | undefined;
  /** Names that stand for values, so that `(pid)*tid` multiplies and `(foo)*$x` casts. Without it no name does. */
  readonly isBuiltin?: (name: string) => boolean;
}

export interface Parsed {
  /** Everything that could be read; with errors in the sink it is not to be compiled. */
  readonly script: Script;
  /** What its C says; undefined for a script without. */
  readonly part: CPart | undefined;
  /** Headers that are not there. */
  readonly missed: PreambleRead['missed'];
}

/** Reads a script. */
export function parse({ text }: SourceText, sink: DiagnosticSink, { positional, c, isBuiltin = () => false }: ParseOptions): Parsed {
  const complain = (span: Span, message: string): void => sink.error('syntax', span, `syntax: ${message}`);
  const { preamble, part, missed, script } = readPreamble(text, c, sink);
  const cursor = new Cursor(new TokenStream(script, (name) => preamble.macros.get(name), complain), {
    positional, isBuiltin,
    complain: (code, span, message, hint) => sink.error(code, span, message, hint === undefined ? {} : { hint }),
    parseBlock, parseIf,
  });
  const config: ConfigEntry[] = [];
  const declarations: Declaration[] = [];
  try {
    parseTopLevel(cursor, { config, declarations });
  } catch (error) {
    if (!(error instanceof NestingFailure)) throw error;
  }
  dropTooDeep(declarations, complain);
  return { script: { kind: 'script', preamble, config, declarations, span: { start: 0, end: text.length } }, part, missed };
}

/** Deepest nesting that the passes behind the parser have to recurse over. */
const deepest = 600;

function dropTooDeep(declarations: Declaration[], complain: (span: Span, message: string) => void): void {
  for (const [index, each] of [...declarations.entries()].reverse()) {
    if (!deeperThan(deepest, each)) continue;
    complain({ start: each.span.start, end: each.span.start + 1 }, `nested too deeply, ${deepest} levels are the limit`);
    declarations.splice(index, 1);
  }
}
