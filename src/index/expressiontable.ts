// Type expressions out of the packs, by id, for questions about a whole kernel.
import { TypeRows, type ExpressionRow, type ExpressionRows, type ParamRow } from './expressions.ts';
import { kindNumber } from './kinds.ts';
import { expressionPacks, namesOf, readPacks, type ExpressionPack } from './packs.ts';
import type { Statements } from './statements.ts';

/** Type expressions, by id; a block of them is read when one is first asked for. */
export class ExpressionTable implements ExpressionRows {
  readonly #blocks: Uint8Array;
  readonly #kinds: Uint8Array;
  readonly #of: Uint32Array;
  /** Plus 1; 0 for none. */
  readonly #values: Float64Array;
  readonly #names: (string | undefined)[];
  readonly #prototypes = new Map<number, Prototype>();
  /** What no block has. */
  readonly #others: TypeRows;

  constructor(readonly statements: Statements) {
    this.#others = new TypeRows(statements);
    const blocks = 1 + (statements.get<readonly [number | null]>(`SELECT max(block) FROM ${expressionPacks.table}`)?.[0] ?? 0);
    this.#blocks = new Uint8Array(blocks);
    this.#kinds = new Uint8Array(blocks << expressionPacks.bits).fill(unread);
    this.#of = new Uint32Array(blocks << expressionPacks.bits);
    this.#values = new Float64Array(blocks << expressionPacks.bits);
    this.#names = new Array<string | undefined>(blocks << expressionPacks.bits);
  }

  row(id: number): ExpressionRow {
    if (this.#blocks[id >> expressionPacks.bits] === 0) this.#open(id >> expressionPacks.bits);
    const kind = this.#kinds[id] ?? unread;
    if (kind === unread) return this.#prototype(id);
    const of = this.#of[id] ?? 0;
    const value = this.#values[id] ?? 0;
    return [kind, of === 0 ? null : of, value === 0 ? null : value - 1, this.#names[id] ?? null];
  }

  params(prototype: number): readonly ParamRow[] {
    return this.#prototypes.get(prototype)?.params ?? this.#others.params(prototype);
  }

  #prototype(id: number): ExpressionRow {
    const known = this.#prototypes.get(id);
    return known === undefined ? this.#others.row(id) : [kindNumber.prototype, known.returns, null, null];
  }

  #open(block: number): void {
    this.#blocks[block] = 1;
    for (const [first, pack] of readPacks(this.statements, expressionPacks, [block])) this.#read(first, pack);
  }

  #read(first: number, pack: ExpressionPack): void {
    const names = namesOf(pack);
    for (let at = 0; at < pack.at.length; at++) {
      const id = first + (pack.at[at] ?? 0);
      this.#kinds[id] = pack.kind[at] ?? 0;
      this.#of[id] = pack.of[at] ?? 0;
      this.#values[id] = pack.value[at] ?? 0;
      const name = names[at] ?? null;
      if (name !== null) this.#names[id] = name;
    }
    this.#readPrototypes(pack, names);
  }

  /** @param names of expressions, then of parameters */
  #readPrototypes(pack: ExpressionPack, names: readonly (string | null)[]): void {
    let param = 0;
    for (let at = 0; at < pack.prototype.length; at++) {
      const params: ParamRow[] = [];
      for (const end = param + (pack.params[at] ?? 0); param < end; param++) params.push([names[pack.at.length + param] ?? null, nullable(pack.paramType[param] ?? 0)]);
      this.#prototypes.set(pack.prototype[at] ?? 0, { returns: nullable(pack.returns[at] ?? 0), params });
    }
  }
}

/** No kind has this number: prototypes without a pointer, and numbers that nothing has. */
const unread = 255;

/** What a pointer's prototype is made of. */
interface Prototype {
  readonly returns: number | null;
  readonly params: readonly ParamRow[];
}

function nullable(id: number): number | null {
  return id === 0 ? null : id;
}
