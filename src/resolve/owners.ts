// Anonymous structs and unions in the named ones that they are written in: where a member of theirs is reached from.
import { append } from '../base/append.ts';
import type { DefinitionRow, NestingRow, Search } from '../index/search.ts';

/** A record that has a name, or a typedef that names an anonymous one, and where something lies in it. */
export interface Owner {
  readonly row: DefinitionRow;
  /** From the owner: `headers.`, or empty. */
  readonly prefix: string;
  /** From the start of the owner. */
  readonly bitOffset: number;
}

export class Owners {
  /** By definition, of anonymous records. */
  readonly #nestings = new Map<number, NestingRow[]>();
  readonly #rows = new Map<number, DefinitionRow | undefined>();

  constructor(readonly search: Search) {}

  /** Reads the rows of many definitions at once, and of all that they are written in; `of` reads one at a time what was not read here. */
  read(definitions: Iterable<number>): void {
    const missing = [...new Set(definitions)].filter((each) => !this.#rows.has(each));
    if (missing.length === 0) return;
    for (const each of missing) this.#rows.set(each, undefined);
    for (const row of this.search.definitions(missing)) this.#rows.set(row.definition, row);
    const anonymous = missing.filter((each) => this.#rows.get(each)?.name === null);
    if (anonymous.length > 0) this.#readNestings(anonymous);
  }

  /** The record itself where it has a name; else every place that it is written in. */
  of(definition: number): readonly Owner[] {
    return this.#climb(definition, '', 0, 0);
  }

  row(definition: number): DefinitionRow | undefined {
    this.read([definition]);
    return this.#rows.get(definition);
  }

  #climb(definition: number, prefix: string, bitOffset: number, depth: number): readonly Owner[] {
    const row = this.row(definition);
    if (row === undefined) return [];
    if (row.name !== null) return [{ row, prefix, bitOffset }];
    if (depth > maxDepth) return [];
    return (this.#nestings.get(definition) ?? []).flatMap((each) => {
      const name = each.name === null ? '' : `${each.name}${each.array ? '[0]' : ''}.`;
      return this.#climb(each.outer, name + prefix, each.bitOffset + bitOffset, depth + 1);
    });
  }

  #readNestings(definitions: readonly number[]): void {
    const rows = this.search.nestings(definitions);
    for (const row of rows) append(this.#nestings, row.inner, row);
    this.read(rows.map(({ outer }) => outer));
  }
}

/** Anonymous records nest 7 deep in real kernels. */
const maxDepth = 64;
