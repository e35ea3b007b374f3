// The front end of the compiler: a script's text becomes a tree. The language is bpftrace's (its docs/language.md), the preamble C's.
// Text that is wrong is complained about in the sink and skipped: all complaints about a script come in one go.
import type { DiagnosticSink } from '../../base/diagnostic.ts';
import type { SourceText, Span } from '../../base/span.ts';
import type { CDeclaration, ConfigEntry, Declaration, Preamble, Script } from './ast.ts';
import { deeperThan } from './depth.ts';
import { Cursor, NestingFailure } from './parse/cursor.ts';
import { parseTopLevel } from './parse/declarations.ts';
import { parseBlock, parseIf } from './parse/statements.ts';
import { parseDefinition } from './preamble/cdeclarations.ts';
import { HeaderReader } from './preamble/headers.ts';
import { MacroTable, Preprocessor } from './preamble/preprocessor.ts';
import type { CScope } from './preamble/scope.ts';
import { TokenStream } from './stream.ts';

export interface ParseOptions {
  /** $1, $2, … */
  readonly positional: readonly string[];
  /** Defines BPFTRACE_HAVE_BTF for the preamble's conditionals. */
  readonly hasBtf: boolean;
  /** Text of a header, undefined when it is not on the machine. */
  readonly include: (name: string, system: boolean) => string | undefined;
  /** Names that stand for values, so that `(pid)*tid` multiplies and `(foo)*$x` casts. Without it no name does. */
  readonly isBuiltin?: (name: string) => boolean;
}

/** Reads a script. The tree has everything that could be read; with errors in the sink it is not to be compiled. */
export function parse(source: SourceText, sink: DiagnosticSink, options: ParseOptions): Script {
  const { text } = source;
  const complain = (span: Span, message: string): void => sink.error('syntax', span, `syntax: ${message}`);
  const macros = new MacroTable(options.hasBtf ? { BPFTRACE_HAVE_BTF: '1' } : {});
  const includes: Preamble['includes'][number][] = [];
  const scope: CScope = { enumerators: new Map(), definitions: [] };
  const headers = new HeaderReader({ macros, include: options.include, enumerators: scope.enumerators, cursor: { parseBlock, parseIf } });
  const preprocessor = new Preprocessor({
    text, macros, origin: 'script', complain,
    warn: (span, message) => sink.warn('preprocessor', span, message),
    include: (include) => {
      includes.push(include);
      headers.read(include);
    },
  });
  const cursor = new Cursor(new TokenStream(text, preprocessor, (name) => macros.forScript(name, scope.enumerators), complain), {
    positional: options.positional,
    isBuiltin: options.isBuiltin ?? (() => false),
    complain: (code, span, message, hint) => sink.error(code, span, message, hint === undefined ? {} : { hint }),
    parseBlock, parseIf,
  });
  const config: ConfigEntry[] = [];
  const declarations: Declaration[] = [];
  try {
    parseTopLevel(cursor, { config, declarations, definition: (at) => parseDefinition(at, scope) });
    preprocessor.finish();
  } catch (error) {
    if (!(error instanceof NestingFailure)) throw error;
  }
  dropTooDeep(declarations, scope.definitions, complain);
  const preamble = { includes, macros: macros.written(), types: scope.definitions, included: headers.definitions.filter((each) => !deeperThan(deepest, each)) };
  return { kind: 'script', preamble, config, declarations, span: { start: 0, end: text.length } };
}

/** Deepest nesting that the passes behind the parser have to recurse over. */
const deepest = 600;

function dropTooDeep(declarations: Declaration[], definitions: CDeclaration[], complain: (span: Span, message: string) => void): void {
  for (const list of [declarations, definitions]) {
    for (const [index, each] of [...list.entries()].reverse()) {
      if (!deeperThan(deepest, each)) continue;
      complain({ start: each.span.start, end: each.span.start + 1 }, `nested too deeply, ${deepest} levels are the limit`);
      list.splice(index, 1);
    }
  }
}
