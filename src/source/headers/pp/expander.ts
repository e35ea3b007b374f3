// Macro expansion (C11 6.10.3.1 to 6.10.3.4, and gcc's extensions): tokens of the text and of expansions, read through a stack of contexts.
// A macro is busy while its expansion is read; its name met meanwhile is never expanded again. So does GNU cpp, where the standard leaves it open.
import { sym, type Sym, type Symbols } from '../symbols.ts';
import { flag, flagBits, type Packed } from './lexer.ts';
import type { Macro } from './macro.ts';
import { spellingWork, Substitution } from './substitution.ts';

/** What an expander reads from, and what it cannot know by itself. */
export interface Reading {
  /** The next token of the text; 0 at its end, again and again. */
  read(): Packed;
  problem(message: string): void;
  /** Adds to what the text has cost, in tokens. False: that is too much, and what would cost is not done. */
  spend(work: number): boolean;
  /** The token that `read` gave last is the name of a macro: what comes of it stands at its place. */
  invoked(): void;
  /** What a macro of the compiler stands for here: `__LINE__`. undefined: the name stands for itself. */
  builtin(name: Sym, token: Packed): readonly Packed[] | undefined;
}

interface Context {
  readonly tokens: ArrayLike<Packed>;
  at: number;
  readonly end: number;
  /** Whose expansion it is. */
  readonly macro: Macro | undefined;
  /** Reading stops at its end, for an argument or a directive is a text of its own. */
  readonly barrier: boolean;
}

export interface Arguments {
  readonly args: readonly (readonly Packed[])[];
  /** Nothing stands where the variable arguments would, not even a comma in front of them. */
  readonly omitted: boolean;
}

/** Real kernels need 40,000. */
const maxTokens = 1_000_000;
const noArguments: Arguments = { args: [], omitted: false };
/** Arguments inside arguments. Real kernels need 30. */
const maxDepth = 400;

export class Expander {
  /** By spelling. */
  readonly table: (Macro | undefined)[] = [];
  /** Names of macros that the compiler makes: `__LINE__`. */
  readonly builtins = new Set<Sym>();
  readonly #contexts: Context[] = [];
  #top: Context | undefined;
  /** Above 0: names stay names. */
  #prevented = 0;
  #produced = 0;
  #depth = 0;

  constructor(
    readonly symbols: Symbols,
    readonly reading: Reading,
  ) {}

  /** Nothing but the text is being read. */
  get idle(): boolean {
    return this.#top === undefined;
  }

  next(): Packed {
    for (;;) {
      const context = this.#top;
      let token: Packed;
      if (context === undefined) {
        token = this.reading.read();
        this.#produced = 0;
      } else if (context.at < context.end) {
        token = context.tokens[context.at++] ?? 0;
      } else if (context.barrier) {
        return 0;
      } else {
        this.#pop();
        continue;
      }
      const macro = this.table[token >> flagBits];
      if (macro === undefined || (token & flag.blue) !== 0) return token;
      if (macro.busy) return token | flag.blue;
      if (this.#prevented > 0) return token;
      if (context === undefined) this.reading.invoked();
      if (!this.#enter(macro, token)) return token;
    }
  }

  /** The next token, a name as a name. */
  nextRaw(): Packed {
    this.#prevented++;
    const token = this.next();
    this.#prevented--;
    return token;
  }

  /** All tokens of a list, expanded: an argument, or the line of a directive. */
  expand(tokens: ArrayLike<Packed>): Packed[] {
    const out: Packed[] = [];
    this.within(tokens, () => {
      for (let token = this.next(); token !== 0; token = this.next()) out.push(token);
    });
    return out;
  }

  /** Reads a list as a text of its own; what is left of it is dropped. */
  within<T>(tokens: ArrayLike<Packed>, read: () => T): T {
    const depth = this.#contexts.length;
    if (depth === 0) this.#produced = 0;
    const prevented = this.#prevented;
    this.#prevented = 0;
    this.#push({ tokens, at: 0, end: this.reading.spend(tokens.length) ? tokens.length : 0, macro: undefined, barrier: true });
    try {
      return read();
    } finally {
      // Also when a condition is given up in the middle.
      while (this.#contexts.length > depth) this.#pop();
      this.#prevented = prevented;
    }
  }

  /** Reads it again; 0 comes again by itself. */
  back(token: Packed): void {
    if (token !== 0) this.#push({ tokens: [token], at: 0, end: 1, macro: undefined, barrier: false });
  }

  #push(context: Context): void {
    this.#contexts.push(context);
    this.#top = context;
  }

  #pop(): void {
    const context = this.#contexts.pop();
    if (context?.macro !== undefined) context.macro.busy = false;
    this.#top = this.#contexts.at(-1);
  }

  /** Goes into the expansion of a macro. False: the name stands for itself. */
  #enter(macro: Macro, name: Packed): boolean {
    if (this.builtins.has(macro.name)) return this.#builtin(macro, name);
    let body: ArrayLike<Packed> = macro.body;
    if (macro.params !== null) {
      const open = this.nextRaw();
      if (open >> flagBits !== sym['(']) {
        this.back(open);
        return false;
      }
      const args = this.#collect(macro, macro.params);
      if (args === undefined) return false;
      if (++this.#depth > maxDepth) this.reading.problem(`macro arguments are nested deeper than ${maxDepth}`);
      else body = this.#substitute(macro, args, name);
      this.#depth--;
    } else if (!macro.plain) {
      body = this.#substitute(macro, noArguments, name);
    } else if ((name & flag.space) !== 0 && macro.body.length > 0) {
      const spaced = macro.body.slice();
      spaced[0] = (spaced[0] ?? 0) | flag.space;
      body = spaced;
    }
    this.#produced += body.length;
    if (!this.reading.spend(body.length + 1)) return false;
    if (this.#produced > maxTokens) {
      this.reading.problem(`'${this.symbols.text(macro.name)}' expands to more than ${maxTokens} tokens`);
      this.#drop();
      return true;
    }
    macro.busy = true;
    this.#push({ tokens: body, at: 0, end: body.length, macro, barrier: false });
    return true;
  }

  #substitute(macro: Macro, args: Arguments, name: Packed): Packed[] {
    return new Substitution(this.symbols, macro, args, { expand: (tokens) => this.expand(tokens), problem: (message) => { this.reading.problem(message); }, spend: (work) => this.reading.spend(work) }).tokens(name & flag.space);
  }

  #builtin(macro: Macro, name: Packed): boolean {
    const tokens = this.reading.spend(spellingWork) ? this.reading.builtin(macro.name, name) : undefined;
    if (tokens === undefined) return false;
    // What it stands for is not looked at again.
    this.#push({ tokens: tokens.map((token) => token | flag.blue), at: 0, end: tokens.length, macro: undefined, barrier: false });
    return true;
  }

  /** What is left of the expansions in progress, up to the text that is being read. */
  #drop(): void {
    while (this.#top !== undefined && !this.#top.barrier) this.#pop();
    if (this.#top !== undefined) this.#top.at = this.#top.end;
  }

  /** Arguments as they stand, behind the opening parenthesis. undefined: they do not fit, and have been complained about. */
  #collect(macro: Macro, params: readonly Sym[]): Arguments | undefined {
    const args: Packed[][] = [];
    let arg: Packed[] = [];
    const name = this.symbols.text(macro.name);
    let count = 0;
    for (let depth = 0; ; ) {
      const token = this.nextRaw();
      const symbol = token >> flagBits;
      if (token === 0) {
        this.reading.problem(`unterminated argument list invoking macro "${name}"`);
        return undefined;
      }
      if (++count > maxTokens) {
        this.reading.problem(`more than ${maxTokens} tokens as arguments of macro "${name}"`);
        return undefined;
      }
      if (symbol === sym['(']) depth++;
      else if (symbol === sym[')'] && depth-- === 0) break;
      else if (symbol === sym[','] && depth === 0 && !(macro.variadic && args.length === params.length - 1)) {
        args.push(arg);
        arg = [];
        continue;
      }
      arg.push((token & flag.lineStart) === 0 ? token : (token & ~flag.lineStart) | flag.space);
    }
    args.push(arg);
    return this.#fit(name, macro, params, args);
  }

  #fit(name: string, macro: Macro, params: readonly Sym[], args: Packed[][]): Arguments | undefined {
    const none = args.length === 1 && args[0]?.length === 0;
    if (params.length === 0 && none) return { args: [], omitted: false };
    const omitted = macro.variadic && (args.length === params.length - 1 || (params.length === 1 && none));
    if (omitted && args.length < params.length) args.push([]);
    if (args.length === params.length) return { args, omitted };
    this.reading.problem(args.length < params.length
      ? `macro "${name}" requires ${params.length} arguments, but only ${args.length} given`
      : `macro "${name}" passed ${args.length} arguments, but takes just ${params.length}`);
    return undefined;
  }
}
