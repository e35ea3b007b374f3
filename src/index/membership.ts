// Which definitions the images of a kernel have, and under which BTF ids: sixty-four definitions a row, because a kernel has half a million.
// The view `image_definition` shows them one by one.
import { Bulk } from './bulk.ts';
import type { Database } from './database.ts';
import { grown } from './hashtable.ts';

/** db/002 shifts by the same. */
export const blockBits = 6;

/** SQL: the character of a definition in a row `b` of `image_block` that reaches to it: its BTF id, counted from `b.base`, plus 2; 1 where the image has it not. */
export function codeOf(definition: string): string {
  return `unicode(substr(b.ids, ${definition} - b.first + 1, 1))`;
}

/** SQL: whether a row `b` of `image_block` is of a kernel, a value to be given, and has the definition of that row. */
export function holds(definition: string): string {
  return `b.kernel = ? AND b.block = ${definition} >> ${blockBits} AND b.first <= ${definition} AND ${codeOf(definition)} > 1`;
}

/**
 * SQL: whether a kernel, a value to be given, has the definition of that row; the view does the same at half the speed. A scalar subquery: SQLite
 * turns EXISTS into a join and may then begin with the wrong table.
 */
export function inKernel(definition: string): string {
  return `(SELECT 1 FROM image_block b WHERE ${holds(definition)} LIMIT 1) IS NOT NULL`;
}

/**
 * SQL, to stand behind FROM: what an image has under a BTF id, as `definition`, `image` and `btf_id`. Values to be given: the id, the kernel, the image.
 * The view would be gone through row by row.
 */
export const underId = `(SELECT b.first + instr(b.ids, char(w.id - b.base + 2)) - 1 AS definition, b.image, w.id AS btf_id
  FROM (SELECT ? AS id) w CROSS JOIN image_block b ON b.kernel = ? AND b.image = ? AND b.base <= w.id AND instr(b.ids, char(w.id - b.base + 2)) > 0)`;

/** SQL, to stand behind FROM: members of types, a JSON list of expressions, that a kernel has. What other kernels have is told by the index alone. */
export const membersOfTypes = `(SELECT m.* FROM (SELECT record, position FROM member WHERE type IN (SELECT value FROM json_each(?)) AND ${inKernel('record')}) its CROSS JOIN member m
  ON m.record = its.record AND m.position = its.position)`;

/** Gathered over all images of a kernel and written in the order of the table, which keeps its pages full. */
export class Membership {
  #definitions = new Uint32Array(4096);
  #images = new Uint32Array(4096);
  #ids = new Uint32Array(4096);
  #size = 0;

  /** Images in the order of their numbers, and of each the definitions in the order of their BTF ids. */
  add(definition: number, image: number, btfId: number): void {
    if (this.#size === this.#ids.length) {
      const capacity = 2 * this.#size;
      this.#definitions = grown(this.#definitions, capacity);
      this.#images = grown(this.#images, capacity);
      this.#ids = grown(this.#ids, capacity);
    }
    this.#definitions[this.#size] = definition;
    this.#images[this.#size] = image;
    this.#ids[this.#size++] = btfId;
  }

  /** What the images had before is taken away. */
  write(db: Database, kernel: number): void {
    const images = JSON.stringify([...new Set(this.#images.subarray(0, this.#size))]);
    db.prepare('DELETE FROM image_block WHERE kernel = ? AND image IN (SELECT value FROM json_each(?))').run(kernel, images);
    const out = new Bulk(db, 'image_block', ['kernel', 'block', 'image', 'base', 'first', 'ids']);
    const order = this.#order();
    for (let start = 0, end = 0; start < order.length; start = end) {
      const [block, image] = this.#place(order[start] ?? 0);
      end = start + 1;
      while (end < order.length && this.#isAt(order[end] ?? 0, block, image)) end++;
      for (const row of this.#rows(order.subarray(start, end))) out.add(kernel, block, image, row.base, ...row.text());
    }
    out.end();
  }

  /** An image has a definition under several ids where those have equal content: such go into further rows. */
  #rows(entries: Uint32Array): readonly BlockRow[] {
    const rows: BlockRow[] = [];
    for (const at of entries) {
      const [definition, id] = [this.#definitions[at] ?? 0, this.#ids[at] ?? 0];
      if (rows.some((row) => row.put(definition, id))) continue;
      const row = new BlockRow(id);
      row.put(definition, id);
      rows.push(row);
    }
    return rows;
  }

  #place(at: number): readonly [block: number, image: number] {
    return [(this.#definitions[at] ?? 0) >>> blockBits, this.#images[at] ?? 0];
  }

  #isAt(at: number, block: number, image: number): boolean {
    return this.#images[at] === image && (this.#definitions[at] ?? 0) >>> blockBits === block;
  }

  /** By block; what was added first stays first. */
  #order(): Uint32Array {
    const blocks = this.#definitions.subarray(0, this.#size).map((definition) => definition >>> blockBits);
    const starts = new Uint32Array(blocks.reduce((most, block) => Math.max(most, block), 0) + 2);
    for (const block of blocks) starts[block + 1] = (starts[block + 1] ?? 0) + 1;
    for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
    const order = new Uint32Array(this.#size);
    blocks.forEach((block, at) => {
      const to = starts[block] ?? 0;
      order[to] = at;
      starts[block] = to + 1;
    });
    return order;
  }
}

/** Ids of a row lie within this of its lowest: then no code point reaches the surrogates. */
const span = 0xd000;

/** BTF ids by definition, as text: the code point is the id, counted from the row's lowest, plus 2; 1 where the image has no such definition. */
class BlockRow {
  readonly #codes = new Map<number, number>();

  /** @param base the lowest id */
  constructor(readonly base: number) {}

  /** Whether there was room. */
  put(definition: number, id: number): boolean {
    if (this.#codes.has(definition) || id - this.base >= span) return false;
    this.#codes.set(definition, id - this.base + 2);
    return true;
  }

  /** The definition of the first character, and the text. */
  text(): readonly [first: number, ids: string] {
    const first = Math.min(...this.#codes.keys());
    const last = Math.max(...this.#codes.keys());
    return [first, String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, index) => this.#codes.get(first + index) ?? 1))];
  }
}
