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
  /** Of the open inner scopes, which are small: parameters mostly. The last one of a name is in sight. */
  readonly #innerNames: { readonly name: Sym; readonly entry: Entry }[] = [];
  readonly #innerTags: { readonly name: Sym; readonly entry: TagEntry }[] = [];
  /** How many inner names and tags there were when each of them was opened. */
  readonly #starts: number[] = [];

  /** How many inner scopes are open. */
  get depth(): number {
    return this.#starts.length / 2;
  }

  open(): void {
    this.#starts.push(this.#innerNames.length, this.#innerTags.length);
  }

  close(): void {
    this.#innerTags.length = this.#starts.pop() ?? 0;
    this.#innerNames.length = this.#starts.pop() ?? 0;
  }

  /** Closes the scopes above that depth. */
  closeTo(depth: number): void {
    while (this.depth > depth) this.close();
  }

  find(name: Sym): Entry | undefined {
    for (let at = this.#innerNames.length - 1; at >= 0; at--) {
      const inner = this.#innerNames[at];
      if (inner?.name === name) return inner.entry;
    }
    return this.#names.get(name);
  }

  tag(name: Sym): TagEntry | undefined {
    for (let at = this.#innerTags.length - 1; at >= 0; at--) {
      const inner = this.#innerTags[at];
      if (inner?.name === name) return inner.entry;
    }
    return this.#tags.get(name);
  }

  declare(name: Sym, entry: Entry): void {
    if (this.#starts.length > 0) this.#innerNames.push({ name, entry });
    else this.#names.set(name, entry);
  }

  declareTag(name: Sym, type: RecordType | EnumType): void {
    const entry = { type, depth: this.depth };
    if (this.#starts.length > 0) this.#innerTags.push({ name, entry });
    else this.#tags.set(name, entry);
  }
}
