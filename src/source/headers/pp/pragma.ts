// #pragma, as far as it changes what is read: pack(n) and the stack of macros.
import { sym, type Sym, type Symbols } from '../symbols.ts';
import { flagBits } from './lexer.ts';
import type { Macro } from './macro.ts';

export class Pragmas {
  /** Bytes; null where none is in force. */
  pack: number | null = null;
  readonly #packs: (number | null)[] = [];
  readonly #macros = new Map<string, (Macro | undefined)[]>();

  constructor(
    readonly symbols: Symbols,
    readonly table: (Macro | undefined)[],
  ) {}

  /** @param from behind `#pragma` */
  obey(tokens: Int32Array, from: number, to: number): void {
    const words = [...tokens.subarray(from, to)].map((token) => token >> flagBits);
    const [first, , name] = words;
    if (first === sym.pack) this.#pack(words.slice(2, -1));
    else if (first === sym.push_macro || first === sym.pop_macro) this.#keep(first, this.symbols.text(name ?? 0).slice(1, -1));
  }

  /** `pack()`, `pack(n)`, `pack(push)`, `pack(push, n)`, `pack(push, name, n)`, `pack(pop)`. */
  #pack(words: readonly Sym[]): void {
    if (words[0] === sym.push) this.#packs.push(this.pack);
    if (words[0] === sym.pop) {
      this.pack = this.#packs.pop() ?? null;
      return;
    }
    const number = words.map((word) => this.symbols.text(word)).find((text) => /^\d+$/.test(text));
    if (number !== undefined) this.pack = [1, 2, 4, 8, 16].includes(Number(number)) ? Number(number) : null;
    else if (words.length === 0) this.pack = null;
  }

  #keep(what: Sym, text: string): void {
    const name = this.symbols.number(text, 'identifier');
    const kept = this.#macros.get(text) ?? [];
    this.#macros.set(text, kept);
    if (what === sym.push_macro) kept.push(this.table[name]);
    else if (kept.length > 0) this.table[name] = kept.pop();
  }
}
