// The columns in which the facts of an image are collected: a hundred thousand rows without an object each.
import type { Btf } from '../source/btf/btf.ts';
import { HashTable } from './hashtable.ts';

/** What one BTF says. */
export interface Facts {
  readonly btf: Btf;
  readonly expressions: ExpressionRows;
  readonly definitions: DefinitionRows;
  /** By BTF id: row of `expressions` and of `definitions`, -1 for none. */
  readonly expressionOf: Int32Array;
  readonly definitionOf: Int32Array;
}

/** Type expressions, one row each; a row comes after the rows that it is made of. */
export class ExpressionRows {
  readonly table: HashTable;
  readonly kind: Uint8Array;
  /** The expression inside (pointee, element, what is qualified, return type), -1 for none. */
  readonly of: Int32Array;
  /** Elements of an array; parameters of a prototype; bytes + 256 × encoding of INT, bytes of FLOAT; definition of an anonymous leaf. */
  readonly value: Uint32Array;
  /** String offset of the name of a leaf, a tag, INT or FLOAT; 0 for none. */
  readonly name: Uint32Array;
  /** A BTF id that has this expression; where a prototype's parameters are read. */
  readonly id: Uint32Array;
  readonly depth: Uint16Array;
  /** How many expressions it is when written out. */
  readonly weight: Uint32Array;
  /** For leaves: how many definitions of the image are meant by it, and the lowest BTF id among them. */
  readonly candidates: Uint32Array;
  readonly first: Uint32Array;

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
  }
}

/** Definitions of different content, one row each. */
export class DefinitionRows {
  readonly table: HashTable;
  readonly kind: Uint8Array;
  /** A BTF id that has this content. */
  readonly id: Uint32Array;
  /** Expression of typedef, function and variable, -1 for others. */
  readonly type: Int32Array;

  constructor(capacity: number) {
    this.table = new HashTable(capacity);
    this.kind = new Uint8Array(capacity);
    this.id = new Uint32Array(capacity);
    this.type = new Int32Array(capacity);
  }
}
