// Where a kernel has a definition: in which images, under which BTF ids. The blocks of the catalog (membership.ts) are read when they are
// first needed and kept: definitions that are asked for together lie together, and SQL would cut each block up for each question.
import { blockBits } from './membership.ts';
import type { Statements } from './statements.ts';

/** Image and BTF id. */
export type Place = readonly [image: number, id: number];

/** image, base, first, ids. */
type BlockRow = readonly [number, number, number, string];

export class Places {
  /** By key, then block. */
  readonly #keys = new Map<number, Map<number, readonly BlockRow[]>>();

  constructor(readonly statements: Statements) {}

  /** In order of the images, then of the ids. @param key the kernel, or what its headers are kept under */
  of(key: number, definition: number): readonly Place[] {
    const places: Place[] = [];
    for (const [image, base, first, ids] of this.#block(key, definition >> blockBits)) {
      const code = ids.charCodeAt(definition - first);
      // NaN before the first and behind the last.
      if (code > 1) places.push([image, base + code - 2]);
    }
    return places;
  }

  #block(key: number, block: number): readonly BlockRow[] {
    let blocks = this.#keys.get(key);
    if (blocks === undefined) {
      blocks = new Map();
      this.#keys.set(key, blocks);
    }
    const known = blocks.get(block);
    if (known !== undefined) return known;
    // The order of the table.
    const rows = this.statements.all<BlockRow>('SELECT image, base, first, ids FROM image_block WHERE kernel = ? AND block = ? ORDER BY image, base', key, block);
    blocks.set(block, rows);
    return rows;
  }
}
