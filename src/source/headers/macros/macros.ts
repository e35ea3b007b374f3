// What macros are: integers, strings, expressions of their parameters, other names for members (facts.ts). The rest is text that only a compiler has a use for.
import type { Constant } from '../c/declarations.ts';
import type { Macro, MacroTable } from '../facts.ts';
import { memberPath, type MemberIndex } from './aliases.ts';
import { evaluate, type Bindings, type Scope } from './evaluate.ts';
import type { Value } from './values.ts';

/** A macro as it was defined. */
export interface RawMacro {
  readonly name: string;
  /** null for object-like ones. */
  readonly params: readonly string[] | null;
  readonly variadic: boolean;
  readonly file: string;
  readonly line: number;
}

/** The preprocessor at the end of a text. */
export interface Expander {
  macros(): Iterable<RawMacro>;
  macro(name: string): RawMacro | undefined;
  /** What a use of the macro becomes, as spellings of tokens; undefined when it holds statements, or is longer than any expression. */
  expand(name: string, args: readonly string[]): readonly string[] | undefined;
  /** Of an object-like macro that is one number and nothing else, as most are; undefined for all others. */
  number(name: string): Constant | undefined;
  /** What the expansion of an object-like macro is where all declarations are in sight; undefined when it is neither an integer nor a string. */
  constant(name: string): Constant | undefined;
}

/** Finds out about a macro when it is asked for. */
export class Macros implements MacroTable {
  readonly #known = new Map<string, Macro | undefined>();
  #names: readonly string[] | undefined;

  constructor(
    readonly expander: Expander,
    readonly members: () => MemberIndex,
    readonly scope: () => Scope,
  ) {}

  names(): Iterable<string> {
    this.#names ??= [...this.expander.macros()].map(({ name }) => name).filter((name) => this.find(name) !== undefined);
    return this.#names;
  }

  find(name: string): Macro | undefined {
    if (this.#known.has(name)) return this.#known.get(name);
    const raw = this.expander.macro(name);
    const made = raw === undefined ? undefined : raw.params === null ? this.#object(raw) : this.#function(raw, raw.params);
    this.#known.set(name, made);
    return made;
  }

  #object({ name, file, line }: RawMacro): Macro | undefined {
    const number = this.expander.number(name);
    if (number !== undefined) return { name, file, line, ...number };
    const tokens = this.expander.expand(name, []);
    if (tokens === undefined || tokens.length === 0) return undefined;
    const defined = { name, file, line };
    const [only = ''] = tokens;
    if (tokens.length === 1 && only !== name && this.expander.macro(only)?.params) return this.#sameAs(defined, only);
    const path = memberPath(tokens);
    if (path !== undefined) {
      const records = this.members().records(path);
      if (records.length > 0) return { ...defined, kind: 'alias', path: path.text, records };
    }
    const constant = this.expander.constant(name);
    return constant === undefined ? undefined : { ...defined, ...constant };
  }

  /** `#define DIV_ROUND_UP __KERNEL_DIV_ROUND_UP` */
  #sameAs(defined: Pick<RawMacro, 'name' | 'file' | 'line'>, other: string): Macro | undefined {
    const macro = this.find(other);
    return macro?.kind === 'function' ? { ...macro, ...defined } : undefined;
  }

  #function({ name, file, line, variadic }: RawMacro, params: readonly string[]): Macro | undefined {
    if (variadic) return undefined;
    const stands = params.map((_, index) => `${argument}${index}`);
    const tokens = this.expander.expand(name, stands);
    if (tokens === undefined || tokens.length === 0) return undefined;
    const bindings: Bindings = new Map(stands.map((each): [string, Value | undefined] => [each, undefined]));
    if (evaluate(tokens, this.scope(), bindings) === undefined) return undefined;
    const names = new Map(stands.map((each, index) => [each, params[index] ?? '']));
    return { name, file, line, kind: 'function', params, body: spelled(tokens.map((each) => names.get(each) ?? each)) };
  }
}

/** No macro has such a name, which the parameter's own may be. */
const argument = 'btfly_argument_';

/** Tokens as a person would write them: `((unsigned int)((dev) >> 20))`. */
function spelled(tokens: readonly string[]): string {
  let text = '';
  tokens.forEach((token, index) => {
    const last = tokens[index - 1];
    const close = last === undefined || opens.has(last) || closes.has(token) || (token === '(' && /[\w)]$/.test(last));
    text += close ? token : ` ${token}`;
  });
  return text;
}

/** No space behind these, and none before those. */
const opens: ReadonlySet<string> = new Set(['(', '[', '.', '->', '!', '~']);
const closes: ReadonlySet<string> = new Set([')', ']', ',', '.', '->', '[']);
