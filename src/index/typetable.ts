// The types of a kernel as tables of numbers, for questions that walk from type to type.
import { kindNumber, type KindName } from './kinds.ts';
import { inKernel, membersOfKernel } from './membership.ts';
import { Chains, packedRows } from './numberrows.ts';
import type { Ids } from './search.ts';
import type { Statements } from './statements.ts';

const { struct, union, typedef } = kindNumber;

/** Members, by number. */
export class Edges {
  constructor(
    readonly numbers: readonly number[],
    readonly names: readonly string[],
  ) {}

  /** Every member, record by record; those of a record that several images have come once. */
  each(visit: (edge: number) => void): void {
    const seen = new Set<number>();
    let again = false;
    for (let edge = 0; edge < this.names.length; edge++) {
      if (this.#begins(edge)) {
        again = seen.has(this.record(edge));
        seen.add(this.record(edge));
      }
      if (!again) visit(edge);
    }
  }

  /** Definition. */
  record(edge: number): number {
    return this.numbers[4 * edge] ?? 0;
  }

  position(edge: number): number {
    return this.numbers[4 * edge + 1] ?? 0;
  }

  bitOffset(edge: number): number {
    return this.numbers[4 * edge + 2] ?? 0;
  }

  type(edge: number): number {
    return this.numbers[4 * edge + 3] ?? 0;
  }

  /** Empty where it has none. */
  name(edge: number): string {
    return this.names[edge] ?? '';
  }

  /** The members of a record begin with it. */
  #begins(edge: number): boolean {
    return edge === 0 || this.record(edge - 1) !== this.record(edge) || this.position(edge - 1) >= this.position(edge);
  }
}

const itsOwn = inKernel('d.id');

export interface TableScope {
  /** Its number in the catalog. */
  readonly kernel: number;
  /** The kinds of types that are made of types and that a walk goes through. */
  readonly wraps: readonly KindName[];
}

export class TypeTable {
  /** By expression. */
  readonly #kind: Uint8Array;
  readonly #of: Int32Array;
  /** Typedefs to what they stand for. */
  readonly #typedefs: Chains;
  /** Leaves of structs and unions to their definitions in this kernel. */
  readonly #definitions: Chains;
  /** All those leaves; one comes as often as it has definitions. */
  readonly #leaves: number[] = [];
  /** What is made of an expression, or a typedef of it. */
  readonly #madeOf: Chains;

  constructor(
    readonly statements: Statements,
    readonly scope: TableScope,
  ) {
    const size = (statements.get<readonly [number]>('SELECT ifnull(max(id), 0) FROM expression')?.[0] ?? 0) + 1;
    this.#kind = new Uint8Array(size);
    this.#of = new Int32Array(size);
    const { kernel } = scope;
    const kinds = JSON.stringify(scope.wraps.map((kind) => kindNumber[kind]));
    const made = this.#packed("e.id || ',' || e.kind || ',' || e.\"of\"", 'WHERE e.kind IN (SELECT value FROM json_each(?))', kinds);
    const typedefs = this.#packed("e.id || ',' || d.type", `CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name WHERE e.kind = ${typedef} AND ${itsOwn}`, kernel);
    this.#madeOf = new Chains(size, made.length / 3 + typedefs.length / 2);
    for (let at = 0; at < made.length; at += 3) this.#wrap(made[at] ?? 0, made[at + 1] ?? 0, made[at + 2] ?? 0);
    this.#typedefs = new Chains(size, typedefs.length / 2);
    for (let at = 0; at < typedefs.length; at += 2) this.#typedef(typedefs[at] ?? 0, typedefs[at + 1] ?? 0);
    const named = this.#packed("e.id || ',' || d.id || ',' || e.kind", `CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name WHERE e.kind IN (${struct}, ${union}) AND ${itsOwn}`, kernel);
    const anonymous = this.#packed("e.id || ',' || e.value || ',' || e.kind", `WHERE e.kind IN (${struct}, ${union}) AND e.name IS NULL`);
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

  /** The definitions that a leaf may mean, by its name. */
  definitionsOf(leaf: number): Ids {
    return this.#definitions.of(leaf);
  }

  /** Members of this kernel whose type is one of these. */
  edges(types: Ids): Edges {
    const columns = "group_concat(m.record || ',' || m.position || ',' || m.bit_offset || ',' || m.type, ','), group_concat(ifnull(m.name, ''), char(10))";
    // Most members are of one of all types: a scan is faster than the index.
    const { numbers, names } = packedRows(this.statements, `SELECT ${columns} FROM ${membersOfKernel} WHERE +m.type IN (SELECT value FROM json_each(?))`, this.scope.kernel, JSON.stringify(types));
    return new Edges(numbers, names);
  }

  /** Every type that is made of a struct or a union, and those themselves. */
  reach(): Ids {
    const seen = new Uint8Array(this.size);
    const all: number[] = [];
    for (const stack = [...this.#leaves]; stack.length > 0; ) {
      const type = stack.pop() ?? 0;
      if (seen[type] === 1) continue;
      seen[type] = 1;
      all.push(type);
      this.#madeOf.each(type, (made) => stack.push(made));
    }
    return all;
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
    this.#leaves.push(leaf);
    this.#definitions.add(leaf, definition);
  }

  /** Columns of the expressions `e`, and of what is joined to them. */
  #packed(columns: string, rest: string, ...values: readonly (string | number)[]): readonly number[] {
    return packedRows(this.statements, `SELECT group_concat(${columns}, ',') FROM expression e ${rest}`, ...values).numbers;
  }
}
