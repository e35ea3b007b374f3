// C text without macros as tokens, for tests of what stands behind the preprocessor. Line markers of `gcc -E` and `#pragma pack` are understood.
import { Symbols, sym, type Sym, type SymbolKind } from '../../src/source/headers/symbols.ts';
import type { Place, TokenSource } from '../../src/source/headers/tokens.ts';

const token = /[ \t\v\f\r]+|(\n)|\/\/[^\n]*|\/\*[^]*?\*\/|#[^\n]*|((?:L|u8|u|U)?"(?:[^"\\\n]|\\[^])*")|((?:L|u8|u|U)?'(?:[^'\\\n]|\\[^])*')|([A-Za-z_$][\w$]*)|(\.?\d(?:[eEpP][-+]|[\w.])*)|(<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|[-+*/%&^|<>=!]=|&&|\|\||##|[^])/gy;
const kinds: readonly (SymbolKind | null)[] = [null, 'string', 'character', 'identifier', 'number', 'punctuator'];

export class CTokens implements TokenSource {
  pack: number | null = null;
  readonly files: readonly string[];
  readonly #tokens: Sym[] = [];
  readonly #lines: number[] = [];
  readonly #fileNumbers: number[] = [];
  readonly #packs = new Map<number, number | null>();
  #at = -1;

  constructor(
    text: string,
    readonly symbols = new Symbols(),
  ) {
    const files = ['a.h'];
    const stack: (number | null)[] = [];
    let [line, file, pack] = [1, 0, null as number | null];
    for (const match of text.matchAll(token)) {
      const [whole] = match;
      const marker = /^# (\d+) "(.*?)"/.exec(whole);
      const pragma = /^#pragma pack\s*\((?:(push)\s*(?:,\s*)?)?(pop)?(\d+)?\)/.exec(whole);
      if (marker !== null) {
        line = Number(marker[1]) - 1;
        file = files.indexOf(marker[2] ?? '');
        if (file < 0) file = files.push(marker[2] ?? '') - 1;
      } else if (pragma !== null) {
        if (pragma[1] !== undefined) stack.push(pack);
        pack = pragma[2] !== undefined ? (stack.pop() ?? null) : pragma[3] !== undefined ? Number(pragma[3]) : pragma[1] === undefined ? null : pack;
        this.#packs.set(this.#tokens.length, pack);
      } else {
        const group = match.findIndex((each, index) => index > 1 && each !== undefined) - 1;
        const kind = kinds[group] ?? null;
        if (kind !== null) {
          this.#tokens.push(symbols.number(whole, kind));
          this.#lines.push(line);
          this.#fileNumbers.push(file);
        }
      }
      line += whole.split('\n').length - 1;
    }
    this.files = files;
  }

  next(): Sym {
    this.#at++;
    const pack = this.#packs.get(this.#at);
    if (pack !== undefined) this.pack = pack;
    return this.#tokens[this.#at] ?? 0;
  }

  place(): Place {
    const at = Math.min(this.#at, this.#tokens.length - 1);
    return { file: this.files[this.#fileNumbers[at] ?? 0] ?? '', line: this.#lines[at] ?? 1, column: 1, included: [] };
  }

  file(): number {
    return this.#fileNumbers[this.#at] ?? 0;
  }

  skipBraces(): void {
    for (let depth = 1; depth > 0; ) {
      const symbol = this.next();
      if (symbol === sym['{']) depth++;
      else if (symbol === sym['}']) depth--;
      else if (symbol === 0) return;
    }
  }
}

/** Numbers of the tokens of a text, without an end. */
export function symbolsOf(text: string, symbols: Symbols): Sym[] {
  const source = new CTokens(text, symbols);
  const list: Sym[] = [];
  for (let symbol = source.next(); symbol !== 0; symbol = source.next()) list.push(symbol);
  return list;
}
