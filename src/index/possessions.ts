// Which definitions the images of a kernel have, by BTF id: the blocks of membership.ts, as a whole.
import { append } from '../base/append.ts';
import { grown } from './hashtable.ts';
import type { Statements } from './statements.ts';

/** What an image has: index + `first` is the BTF id, 0 where that id is no definition. */
export interface Possession {
  readonly first: number;
  readonly definitions: Uint32Array;
}

/** By row of the image. @param images only these; undefined: all of the kernel. */
export function readPossessions(statements: Statements, kernel: number, images: ReadonlySet<number> | undefined): ReadonlyMap<number, Possession> {
  const blocks = new Map<number, Block[]>();
  for (const [image, base, first, ids] of statements.all<readonly [number, number, number, string]>('SELECT image, base, first, ids FROM image_block WHERE kernel = ?', kernel)) {
    if (images === undefined || images.has(image)) append(blocks, image, { base, first, ids });
  }
  return new Map([...blocks].map(([image, rows]) => [image, placed(rows)]));
}

/** A row of image_block: src/index/membership.ts. */
interface Block {
  /** The lowest BTF id. */
  readonly base: number;
  /** Definition of the first character. */
  readonly first: number;
  readonly ids: string;
}

function placed(blocks: readonly Block[]): Possession {
  const first = blocks.reduce((least, { base }) => Math.min(least, base), Infinity);
  let definitions = new Uint32Array(1 << 12);
  let end = 0;
  for (const { base, first: definition, ids } of blocks) {
    for (let at = 0; at < ids.length; at++) {
      // A character is an id, counted from the row's lowest, plus 2; 1 is none.
      const code = ids.charCodeAt(at);
      if (code < 2) continue;
      const to = base + code - 2 - first;
      if (to >= definitions.length) definitions = grown(definitions, 2 * to);
      definitions[to] = definition + at;
      if (to >= end) end = to + 1;
    }
  }
  return { first, definitions: definitions.subarray(0, end) };
}
