// The types of a kernel as tables of numbers, for questions that walk from type to type.
import { kindNumber, type KindName } from './kinds.ts';
import { Chains, packedRows } from './numberrows.ts';
import type { Ids } from './search.ts';
import type { Statements } from './statements.ts';

const { struct, union, typedef } = kindNumber;

/** A member of a type that was asked for. */
export interface Edge {
  /** Definition. */
  readonly record: number;
  readonly position: number;
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
}

const inKernel = '(SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = d.id LIMIT 1) IS NOT NULL';

export class TypeTable {
  /** By expression. */
  readonly #kind: Uint8Array;
  readonly #of: Int32Array;
  /** Typedefs to what they stand for. */
  readonly #typedefs: Chains;
  /** Leaves of structs and unions to their definitions in this kernel. */
  readonly #definitions: Chains;
  /** And back, by definition. */
  readonly #leaves = new Map<number, number>();
  /** What is made of an expression, or a typedef of it. */
  readonly #madeOf: Chains;

  /** @param wraps the kinds of types that are made of types and that a walk goes through */
  constructor(
    readonly statements: Statements,
    readonly kernel: number,
    wraps: readonly KindName[],
  ) {
    const size = (statements.get<readonly [number]>('SELECT ifnull(max(id), 0) FROM expression')?.[0] ?? 0) + 1;
    this.#kind = new Uint8Array(size);
    this.#of = new Int32Array(size);
    const made = this.#packed(`SELECT group_concat(id || ' ' || kind || ' ' || "of", ' ') FROM expression WHERE kind IN (SELECT value FROM json_each(?))`, JSON.stringify(wraps.map((kind) => kindNumber[kind])));
    const typedefs = this.#packed(
      `SELECT group_concat(e.id || ' ' || d.type, ' ') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name WHERE e.kind = ${typedef} AND ${inKernel}`, kernel,
    );
    this.#madeOf = new Chains(size, made.length / 3 + typedefs.length / 2);
    for (let at = 0; at < made.length; at += 3) this.#wrap(made[at] ?? 0, made[at + 1] ?? 0, made[at + 2] ?? 0);
    this.#typedefs = new Chains(size, typedefs.length / 2);
    for (let at = 0; at < typedefs.length; at += 2) this.#typedef(typedefs[at] ?? 0, typedefs[at + 1] ?? 0);
    const named = this.#packed(
      `SELECT group_concat(e.id || ' ' || d.id || ' ' || e.kind, ' ') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name WHERE e.kind IN (${struct}, ${union}) AND ${inKernel}`, kernel,
    );
    const anonymous = this.#packed(`SELECT group_concat(id || ' ' || value || ' ' || kind, ' ') FROM expression WHERE kind IN (${struct}, ${union}) AND name IS NULL`);
    this.#definitions = new Chains(size, (named.length + anonymous.length) / 3);
    for (const rows of [named, anonymous]) for (let at = 0; at < rows.length; at += 3) this.#leaf(rows[at] ?? 0, rows[at + 1] ?? 0, rows[at + 2] ?? 0);
  }

  /** One past the biggest expression. */
  get size(): number {
    return this.#kind.length;
  }

  kind(expression: number): number {
    return this.#kind[expression] ?? 0;
  }

  /** What an expression is made of: the type inside, or what a typedef stands for (several where the name has several). */
  inside(expression: number): Ids {
    const of = this.#of[expression] ?? 0;
    return of === 0 ? this.#typedefs.of(expression) : [of];
  }

  /** The other way: what is made of it, typedefs of it. */
  madeOf(expression: number): Ids {
    return this.#madeOf.of(expression);
  }

  /** The definitions that a leaf may mean, by its name. */
  definitionsOf(leaf: number): Ids {
    return this.#definitions.of(leaf);
  }

  /** The leaf that means a struct or union; undefined where nothing is of its type. */
  leafOf(definition: number): number | undefined {
    return this.#leaves.get(definition);
  }

  /** Of structs and unions. */
  leaves(): Iterable<number> {
    return this.#leaves.values();
  }

  /** Members of this kernel whose type is one of these, in order of record and position. */
  edges(types: Ids): readonly Edge[] {
    const { numbers, names } = packedRows(
      this.statements,
      `SELECT group_concat(m.record || ' ' || m.position || ' ' || m.bit_offset || ' ' || m.type, ' '), group_concat(ifnull(m.name, ''), ' ') FROM member m
       WHERE m.type IN (SELECT value FROM json_each(?)) AND ${inKernel.replace('d.id', 'm.record')}`, JSON.stringify(types), this.kernel,
    );
    return names.map((name, index) => {
      const at = 4 * index;
      return { record: numbers[at] ?? 0, position: numbers[at + 1] ?? 0, bitOffset: numbers[at + 2] ?? 0, type: numbers[at + 3] ?? 0, name };
    });
  }

  #wrap(expression: number, kind: number, of: number): void {
    this.#kind[expression] = kind;
    this.#of[expression] = of;
    this.#madeOf.add(of, expression);
  }

  #typedef(leaf: number, type: number): void {
    this.#kind[leaf] = typedef;
    if (this.#typedefs.of(leaf).includes(type)) return;
    this.#typedefs.add(leaf, type);
    this.#madeOf.add(type, leaf);
  }

  #leaf(leaf: number, definition: number, kind: number): void {
    this.#kind[leaf] = kind;
    this.#leaves.set(definition, leaf);
    this.#definitions.add(leaf, definition);
  }

  #packed(sql: string, ...values: readonly (string | number)[]): Int32Array {
    return packedRows(this.statements, sql, ...values).numbers;
  }
}
