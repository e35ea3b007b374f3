// Which definitions the types of an image mean where names do not say: see `settlement` in db/README.md.
import type { SettledLeaves } from './expressions.ts';
import type { Statements } from './statements.ts';

/** By member; 0 for what has no members. */
export type Settled = ReadonlyMap<number, SettledLeaves>;

export class Settlements {
  readonly #images = new Map<number, ReadonlyMap<number, Settled>>();

  constructor(readonly statements: Statements) {}

  /** An image has a hundred of them: read at once, they cost nothing where there are none. */
  of(image: number, id: number): Settled | undefined {
    let all = this.#images.get(image);
    if (all === undefined) {
      all = this.#read(image);
      this.#images.set(image, all);
    }
    return all.get(id);
  }

  #read(image: number): ReadonlyMap<number, Settled> {
    const all = new Map<number, Map<number, Map<number, number>>>();
    const rows = this.statements.all<readonly [number, number, number, number]>('SELECT btf_id, member, leaf, target FROM settlement WHERE image = ?', image);
    for (const [definition, member, leaf, target] of rows) {
      const settled = all.get(definition) ?? new Map<number, Map<number, number>>();
      all.set(definition, settled.set(member, (settled.get(member) ?? new Map<number, number>()).set(leaf, target)));
    }
    return all;
  }
}
