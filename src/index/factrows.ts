// The columns in which the facts of an image are collected: a hundred thousand rows without an object each.
import type { Btf } from '../source/btf/btf.ts';
import { grown, HashTable } from './hashtable.ts';

/** What one BTF says, while it is collected. */
export interface Facts {
  readonly btf: Btf;
  readonly expressions: ExpressionRows;
  readonly definitions: DefinitionRows;
  /** By BTF id: row of `expressions` and of `definitions`. */
  readonly expressionOf: RowOfId;
  readonly definitionOf: RowOfId;
}

/** A row for a BTF id, -1 for none: dense for the image's own ids, sparse for the few of its base that it uses. */
export class RowOfId {
  readonly #base = new Map<number, number>();

  /** @param rows by id - first */
  constructor(
    readonly first: number,
    readonly rows: Int32Array,
    base: Iterable<readonly [number, number]> = [],
  ) {
    for (const [id, row] of base) this.#base.set(id, row);
  }

  get(id: number): number {
    return (id < this.first ? this.#base.get(id) : this.rows[id - this.first]) ?? -1;
  }

  set(id: number, row: number): void {
    if (id < this.first) this.#base.set(id, row);
    else this.rows[id - this.first] = row;
  }

  /** Ids and rows of what the base has. */
  base(): ReadonlyMap<number, number> {
    return this.#base;
  }
}

/** Type expressions, one row each; a row comes after the rows that it is made of. */
export class ExpressionRows {
  readonly table: HashTable;
  kind: Uint8Array;
  /** The expression inside (pointee, element, what is qualified, return type), -1 for none. */
  of: Int32Array;
  /** Elements of an array; parameters of a prototype; bytes + 256 × encoding of INT, bytes of FLOAT; definition of an anonymous leaf. */
  value: Uint32Array;
  /** String offset of the name of a leaf, a tag, INT or FLOAT; 0 for none. */
  name: Uint32Array;
  /** A BTF id that has this expression; where a prototype's parameters are read. */
  id: Uint32Array;
  depth: Uint16Array;
  /** How many expressions it is when written out. */
  weight: Uint32Array;
  /** For leaves: how many definitions of the image are meant by it, and the lowest BTF id among them. */
  candidates: Uint32Array;
  first: Uint32Array;
  #capacity: number;

  constructor(capacity: number) {
    this.table = new HashTable(capacity);
    this.kind = new Uint8Array(capacity);
    this.of = new Int32Array(capacity);
    this.value = new Uint32Array(capacity);
    this.name = new Uint32Array(capacity);
    this.id = new Uint32Array(capacity);
    this.depth = new Uint16Array(capacity);
    this.weight = new Uint32Array(capacity);
    this.candidates = new Uint32Array(capacity);
    this.first = new Uint32Array(capacity);
    this.#capacity = capacity;
  }

  /** The row with that hash; made, with room in every column, if it was not there. */
  add(high: number, low: number): number {
    const row = this.table.add(high, low);
    if (row < this.#capacity) return row;
    const capacity = Math.max(64, 2 * this.#capacity);
    this.kind = grown(this.kind, capacity);
    this.of = grown(this.of, capacity);
    this.value = grown(this.value, capacity);
    this.name = grown(this.name, capacity);
    this.id = grown(this.id, capacity);
    this.depth = grown(this.depth, capacity);
    this.weight = grown(this.weight, capacity);
    this.candidates = grown(this.candidates, capacity);
    this.first = grown(this.first, capacity);
    this.#capacity = capacity;
    return row;
  }
}

/** Definitions of different content, one row each. */
export class DefinitionRows {
  readonly table: HashTable;
  kind: Uint8Array;
  /** A BTF id that has this content. */
  id: Uint32Array;
  /** Expression of typedef, function and variable, -1 for others. */
  type: Int32Array;
  #capacity: number;

  constructor(capacity: number) {
    this.table = new HashTable(capacity);
    this.kind = new Uint8Array(capacity);
    this.id = new Uint32Array(capacity);
    this.type = new Int32Array(capacity);
    this.#capacity = capacity;
  }

  add(high: number, low: number): number {
    const row = this.table.add(high, low);
    if (row < this.#capacity) return row;
    const capacity = Math.max(64, 2 * this.#capacity);
    this.kind = grown(this.kind, capacity);
    this.id = grown(this.id, capacity);
    this.type = grown(this.type, capacity);
    this.#capacity = capacity;
    return row;
  }
}
