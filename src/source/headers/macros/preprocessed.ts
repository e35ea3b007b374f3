// The macros that a preprocessor has at the end of its text.
import type { Constant, Declarations } from '../c/declarations.ts';
import { numberLiteral } from '../c/literal.ts';
import { sym, type Sym } from '../symbols.ts';
import { flagBits } from '../pp/lexer.ts';
import type { Macro } from '../pp/macro.ts';
import type { Preprocessor } from '../pp/preprocessor.ts';
import type { Expander, RawMacro } from './macros.ts';

/** Tables in macros are long; expressions are not. */
const maxTokens = 4096;

/** To be asked when the text has been read. */
export class PreprocessedMacros implements Expander {
  constructor(
    readonly preprocessor: Preprocessor,
    readonly declarations: Declarations,
  ) {}

  *macros(): Generator<RawMacro> {
    for (const macro of this.preprocessor.macros()) yield this.#raw(macro);
  }

  macro(name: string): RawMacro | undefined {
    const symbol = this.preprocessor.symbols.known(name);
    const macro = symbol === undefined ? undefined : this.preprocessor.expander.table[symbol];
    return macro === undefined || macro.file === null ? undefined : this.#raw(macro);
  }

  number(name: string): Constant | undefined {
    const { symbols, expander } = this.preprocessor;
    const body = expander.table[symbols.known(name) ?? 0]?.body;
    const symbol = body?.length === 1 ? (body[0] ?? 0) >> flagBits : 0;
    if (symbols.kind(symbol) !== 'number') return undefined;
    const { target } = this.declarations;
    const literal = numberLiteral(symbols.text(symbol), target);
    const integer = literal && target.integer(literal.type);
    return literal?.value === undefined || integer === undefined ? undefined : { kind: 'integer', value: literal.value, type: { size: integer.size, signed: integer.signed } };
  }

  constant(name: string): Constant | undefined {
    const tokens = this.#expanded(name, []);
    return tokens === undefined ? undefined : this.declarations.evaluate(tokens);
  }

  expand(name: string, args: readonly string[]): readonly string[] | undefined {
    const { symbols } = this.preprocessor;
    return this.#expanded(name, args)?.map((symbol) => symbols.text(symbol));
  }

  #expanded(name: string, args: readonly string[]): readonly Sym[] | undefined {
    const { symbols, expander, problems } = this.preprocessor;
    const macro = expander.table[symbols.known(name) ?? 0];
    if (macro === undefined) return undefined;
    const tokens = [macro.name];
    if (macro.params !== null) tokens.push(sym['('], ...args.flatMap((each, index) => [...(index > 0 ? [sym[',']] : []), symbols.number(each, 'identifier')]), sym[')']);
    const before = problems.length;
    const expanded = expander.within(tokens.map((symbol) => symbol << flagBits), () => this.#read());
    // What goes wrong here, nobody has asked for.
    if (problems.length === before) return expanded;
    problems.length = before;
    return undefined;
  }

  /** undefined: more than an expression, or more tokens than one has. */
  #read(): readonly Sym[] | undefined {
    const found: Sym[] = [];
    for (let symbol = this.preprocessor.next(); symbol !== 0; symbol = this.preprocessor.next()) {
      if (symbol === sym['{'] || symbol === sym[';'] || found.length >= maxTokens) return undefined;
      found.push(symbol);
    }
    return found;
  }

  #raw({ name, params, variadic, file, offset }: Macro): RawMacro {
    const { symbols } = this.preprocessor;
    return {
      name: symbols.text(name),
      params: params?.map((each) => symbols.text(each)) ?? null,
      variadic,
      file: file?.path ?? '',
      get line() { return file?.place(offset).line ?? 0; },
    };
  }
}
