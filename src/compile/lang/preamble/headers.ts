// Headers that an #include found: what can be understood of them helps, what cannot is left out without a word, for the catalog has the types.
import type { Span } from '../../../base/span.ts';
import type { CDeclaration, Preamble } from '../ast.ts';
import { Cursor, NestingFailure, SyntaxFailure, type CursorOptions } from '../parse/cursor.ts';
import { TokenStream } from '../stream.ts';
import { parseDefinition } from './cdeclarations.ts';
import { Preprocessor, type MacroTable } from './preprocessor.ts';
import type { CScope } from './scope.ts';

type Include = Preamble['includes'][number];

export interface HeaderOptions {
  readonly macros: MacroTable;
  readonly include: (name: string, system: boolean) => string | undefined;
  readonly enumerators: Map<string, bigint>;
  readonly cursor: Pick<CursorOptions, 'parseBlock' | 'parseIf'>;
}

/** Reads the headers of one script, within a budget. */
export class HeaderReader {
  readonly definitions: CDeclaration[] = [];
  #budget = 1_000_000;
  #depth = 0;

  constructor(readonly options: HeaderOptions) {}

  /** Everything in the header gets the span of the #include that the script has. */
  read({ name, system, span }: Include): void {
    if (this.#depth >= 40 || this.#budget <= 0) return;
    const text = this.options.include(name, system);
    if (text === undefined || text.length > this.#budget) return;
    this.#budget -= text.length;
    this.#depth++;
    this.#readText(text, span);
    this.#depth--;
  }

  #readText(text: string, span: Span): void {
    const { macros, enumerators, cursor: hooks } = this.options;
    const takeBack = macros.snapshot();
    const before = this.definitions.length;
    let broken = false;
    const complain = (): void => {
      broken = true;
    };
    const preprocessor = new Preprocessor({
      text, macros, origin: 'header', complain, warn: () => undefined,
      include: (include) => this.read({ ...include, span }),
    });
    const stream = new TokenStream(text, preprocessor, (each) => macros.get(each)?.macro, complain);
    const cursor = new Cursor(stream, { ...hooks, positional: [], isBuiltin: () => false, complain: () => undefined });
    const scope: CScope = { enumerators, definitions: [] };
    readDeclarations(cursor, scope, () => broken);
    preprocessor.finish();
    if (broken) {
      takeBack();
      this.definitions.length = before;
      return;
    }
    for (const definition of scope.definitions) this.definitions.push({ ...definition, span });
  }
}

/** Definitions are kept; functions, variables and what cannot be read are passed over. */
function readDeclarations(cursor: Cursor, scope: CScope, broken: () => boolean): void {
  while (cursor.peek().kind !== 'end' && !broken()) {
    if (cursor.accept(';')) continue;
    const word = cursor.peek();
    const known = scope.definitions.length;
    try {
      if (word.kind === 'identifier' && definitionWords.has(word.text)) parseDefinition(cursor, scope);
    } catch (error) {
      if (!(error instanceof SyntaxFailure) && !(error instanceof NestingFailure)) throw error;
      cursor.resetDepth(0);
      scope.definitions.length = known;
    }
    passOver(cursor);
  }
}

const definitionWords: ReadonlySet<string> = new Set(['struct', 'union', 'enum', 'typedef']);

/** To the end of the declaration: its semicolon, or the end of a function's body. */
function passOver(cursor: Cursor): void {
  for (let depth = 0; cursor.peek().kind !== 'end'; ) {
    const closing = cursor.at('}');
    const semicolon = cursor.at(';');
    if (cursor.at('{')) depth++;
    if (closing) depth--;
    cursor.next();
    if (depth <= 0 && (semicolon || (closing && !cursor.at(';') && !cursor.atWord('__attribute__')))) return;
  }
}
