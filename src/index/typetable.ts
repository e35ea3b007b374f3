// The types of a kernel as tables of numbers, for questions that walk from type to type: read in a few statements whose rows SQLite
// strings together, because a row costs more to fetch than to read out of a text.
import { kindNumber, type KindName } from './kinds.ts';
import type { Ids } from './search.ts';
import type { Statements } from './statements.ts';

const { struct, union, typedef } = kindNumber;

/** One expression: what it is made of, 0 for a leaf, and its value. */
interface ExpressionEntry {
  readonly kind: number;
  readonly of: number;
  readonly value: number;
}

/** A member of a type that was asked for. */
export interface Edge {
  /** Definition. */
  readonly record: number;
  readonly position: number;
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
}

export class TypeTable {
  readonly #expressions = new Map<number, ExpressionEntry>();
  /** Leaves of structs and unions to their definitions in this kernel, and back. */
  readonly #definitions = new Map<number, number[]>();
  readonly #leaves = new Map<number, number>();
  /** Leaves of typedefs to what they stand for. */
  readonly #typedefs = new Map<number, number[]>();

  /** @param wraps the kinds of types that are made of types and that a walk goes through */
  constructor(
    readonly statements: Statements,
    readonly kernel: number,
    wraps: readonly KindName[],
  ) {
    const kinds = JSON.stringify(wraps.map((kind) => kindNumber[kind]));
    for (const [id, kind, of, value] of numberRows(4, this.#packed(`SELECT group_concat(id || ' ' || kind || ' ' || "of" || ' ' || ifnull(value, 0), ' ') FROM expression WHERE kind IN (SELECT value FROM json_each(?))`, kinds))) {
      this.#expressions.set(id, { kind, of, value });
    }
    const named = this.#packed(
      `SELECT group_concat(e.id || ' ' || d.id || ' ' || e.kind || ' ' || d.kind, ' ') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name
       WHERE e.kind IN (${struct}, ${union}) AND (SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = d.id LIMIT 1) IS NOT NULL`, this.kernel,
    );
    for (const [leaf, definition, kind] of numberRows(4, named)) this.#leaf(leaf, definition, kind);
    const anonymous = this.#packed(`SELECT group_concat(id || ' ' || value || ' ' || kind, ' ') FROM expression WHERE kind IN (${struct}, ${union}) AND name IS NULL`);
    for (const [leaf, definition, kind] of numberRows(3, anonymous)) this.#leaf(leaf, definition, kind);
    const typedefs = this.#packed(
      `SELECT group_concat(e.id || ' ' || d.type, ' ') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name
       WHERE e.kind = ${typedef} AND (SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = d.id LIMIT 1) IS NOT NULL`, this.kernel,
    );
    for (const [leaf, type] of numberRows(2, typedefs)) {
      const known = this.#typedefs.get(leaf);
      if (known === undefined) this.#typedefs.set(leaf, [type]);
      else if (!known.includes(type)) known.push(type);
    }
  }

  kind(expression: number): number {
    return this.#expressions.get(expression)?.kind ?? (this.#typedefs.has(expression) ? typedef : -1);
  }

  /** What an expression is made of: the type inside, or what a typedef stands for (several where the name has several). */
  inside(expression: number): Ids {
    const entry = this.#expressions.get(expression);
    return entry !== undefined && entry.of !== 0 ? [entry.of] : (this.#typedefs.get(expression) ?? []);
  }

  /** The definitions that a leaf may mean, by its name. */
  definitionsOf(leaf: number): Ids {
    return this.#definitions.get(leaf) ?? [];
  }

  /** The leaf that means a struct or union; undefined where nothing is of its type. */
  leafOf(definition: number): number | undefined {
    return this.#leaves.get(definition);
  }

  /** Of structs and unions. */
  leaves(): Iterable<number> {
    return this.#definitions.keys();
  }

  /** Expressions of the kinds that were asked for, and leaves. */
  wraps(): Iterable<number> {
    return this.#expressions.keys();
  }

  /** Leaves of typedefs. */
  typedefs(): Iterable<number> {
    return this.#typedefs.keys();
  }

  /** Members of this kernel whose type is one of these. */
  edges(types: Ids): readonly Edge[] {
    const row = this.statements.get<readonly [string | null, string | null]>(
      `SELECT group_concat(m.record || ' ' || m.position || ' ' || m.bit_offset || ' ' || m.type, ' '), group_concat(ifnull(m.name, ''), ' ') FROM member m WHERE m.type IN (SELECT value FROM json_each(?))
       AND (SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = m.record LIMIT 1) IS NOT NULL`, JSON.stringify(types), this.kernel,
    );
    const names = (row?.[1] ?? '').split(' ');
    return numberRows(4, row?.[0] ?? '').map(([record, position, bitOffset, type], index) => ({ record, position, bitOffset, type, name: names[index] ?? '' }));
  }

  #leaf(leaf: number, definition: number, kind: number): void {
    this.#expressions.set(leaf, { kind, of: 0, value: 0 });
    this.#leaves.set(definition, leaf);
    const known = this.#definitions.get(leaf);
    if (known === undefined) this.#definitions.set(leaf, [definition]);
    else known.push(definition);
  }

  #packed(sql: string, ...values: readonly (string | number)[]): string {
    return this.statements.get<readonly [string | null]>(sql, ...values)?.[0] ?? '';
  }
}

/** Numbers of a text in rows of `width`. */
export function numberRows(width: 2, text: string): (readonly [number, number])[];
export function numberRows(width: 3, text: string): (readonly [number, number, number])[];
export function numberRows(width: 4, text: string): (readonly [number, number, number, number])[];
export function numberRows(width: number, text: string): (readonly number[])[] {
  const found: number[][] = [];
  let row: number[] = [];
  let value = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? blank : text.charCodeAt(at);
    if (code !== blank) {
      value = value * 10 + code - zero;
      continue;
    }
    row.push(value);
    value = 0;
    if (row.length < width) continue;
    found.push(row);
    row = [];
  }
  return found;
}

const blank = 0x20;
const zero = 0x30;
