// Where a kernel has a definition: in which images, under which BTF ids. The blocks of the catalog (membership.ts) are read when they are
// first needed and kept: definitions that are asked for together lie together, and SQL would cut each block up for each question.
import { blockBits, codeOf } from './membership.ts';
import type { Statements } from './statements.ts';

/** Image and BTF id. */
export type Place = readonly [image: number, id: number];

/** image, base, first, ids. */
type BlockRow = readonly [number, number, number, string];

export class Places {
  /** By key, then block; null for one that is wide. */
  readonly #keys = new Map<number, Map<number, readonly BlockRow[] | null>>();

  constructor(readonly statements: Statements) {}

  /** In order of the images, then of the ids. @param key the kernel, or what its headers are kept under */
  of(key: number, definition: number): readonly Place[] {
    const rows = this.#block(key, definition >> blockBits);
    if (rows === null) return this.#wide(key, definition);
    const places: Place[] = [];
    for (const [image, base, first, ids] of rows) {
      const code = ids.charCodeAt(definition - first);
      // NaN before the first and behind the last.
      if (code > 1) places.push([image, base + code - 2]);
    }
    return places;
  }

  #block(key: number, block: number): readonly BlockRow[] | null {
    let blocks = this.#keys.get(key);
    if (blocks === undefined) {
      blocks = new Map();
      this.#keys.set(key, blocks);
    }
    const known = blocks.get(block);
    if (known !== undefined) return known;
    // The order of the table.
    const rows = this.statements.all<BlockRow>(`SELECT image, base, first, ids FROM image_block WHERE kernel = ? AND block = ? ORDER BY image, base LIMIT ${wide}`, key, block);
    const kept = rows.length < wide ? rows : null;
    blocks.set(block, kept);
    return kept;
  }

  /** What a header defines that hundreds of modules include. */
  #wide(key: number, definition: number): readonly Place[] {
    const code = codeOf('its.id');
    return this.statements.all<Place>(
      `SELECT b.image, b.base + ${code} - 2 FROM (SELECT ? AS id) its CROSS JOIN image_block b ON b.kernel = ? AND b.block = its.id >> ${blockBits} AND b.first <= its.id
       WHERE ${code} > 1 ORDER BY b.image, b.base`, definition, key,
    );
  }
}

/** With so many rows a block is not worth taking to JavaScript for one definition. */
const wide = 16;
