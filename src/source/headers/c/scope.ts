// Names that are in sight while declarations are read: tags, and everything else.
import type { Sym } from '../symbols.ts';
import type { EnumType, IntegerType, RecordType, Type, TypedefType } from './types.ts';

export type Entry =
  | { readonly kind: 'typedef'; readonly type: TypedefType }
  | { readonly kind: 'enumerator'; readonly type: IntegerType | EnumType; readonly value: bigint }
  /** A variable, a function or a parameter. */
  | { readonly kind: 'object'; readonly type: Type };

export interface TagEntry {
  readonly type: RecordType | EnumType;
  /** How many scopes were open where it was declared. */
  readonly depth: number;
}

export class Scope {
  readonly #names = new Map<Sym, Entry>();
  readonly #tags = new Map<Sym, TagEntry>();
  /** What the names of the open inner scopes hide, the outermost scope first. */
  readonly #hidden: (() => void)[][] = [];

  get depth(): number {
    return this.#hidden.length;
  }

  open(): void {
    this.#hidden.push([]);
  }

  close(): void {
    const hidden = this.#hidden.pop() ?? [];
    for (let at = hidden.length - 1; at >= 0; at--) hidden[at]?.();
  }

  /** Closes the scopes above that depth. */
  closeTo(depth: number): void {
    while (this.#hidden.length > depth) this.close();
  }

  find(name: Sym): Entry | undefined {
    return this.#names.get(name);
  }

  tag(name: Sym): TagEntry | undefined {
    return this.#tags.get(name);
  }

  declare(name: Sym, entry: Entry): void {
    this.#remember(this.#names, name);
    this.#names.set(name, entry);
  }

  declareTag(name: Sym, type: RecordType | EnumType): void {
    this.#remember(this.#tags, name);
    this.#tags.set(name, { type, depth: this.depth });
  }

  #remember<T>(table: Map<Sym, T>, name: Sym): void {
    const hidden = this.#hidden.at(-1);
    if (hidden === undefined) return;
    const before = table.get(name);
    hidden.push(() => (before === undefined ? table.delete(name) : table.set(name, before)));
  }
}
