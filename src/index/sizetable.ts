// Sizes of all types of a kernel, and the members of all its structs: for questions about every layout at once.
import { kindNumber } from './kinds.ts';
import type { Statements } from './statements.ts';
import { numberRows } from './typetable.ts';

const { int, float, array, struct, union, typedef } = kindNumber;

/** A member of a struct, in order of declaration. */
export interface PlacedMember {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  readonly bitfield: boolean;
}

export class SizeTable {
  /** Bytes, by expression; undefined where a name has several definitions that differ. */
  readonly #sizes = new Map<number, number | undefined>();
  readonly #made = new Map<number, { readonly of: number; readonly count: number }>();

  constructor(
    readonly statements: Statements,
    readonly kernel: number,
    readonly pointerSize: number,
  ) {
    const leaves = this.#packed(
      `SELECT group_concat(e.id || ' ' || d.size, ' ') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name
       WHERE e.kind IN (${struct}, ${union}, ${kindNumber.enum}) AND (SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = d.id LIMIT 1) IS NOT NULL`, kernel,
    );
    for (const [id, size] of numberRows(2, leaves)) this.#sizes.set(id, this.#sizes.has(id) && this.#sizes.get(id) !== size ? undefined : size);
    const anonymous = this.#packed(`SELECT group_concat(e.id || ' ' || d.size, ' ') FROM expression e CROSS JOIN definition d ON d.id = e.value WHERE e.kind IN (${struct}, ${union}, ${kindNumber.enum}) AND e.name IS NULL`);
    for (const [id, size] of numberRows(2, anonymous)) this.#sizes.set(id, size);
    const scalars = this.#packed(`SELECT group_concat(id || ' ' || (value & 255), ' ') FROM expression WHERE kind IN (${int}, ${float})`);
    for (const [id, size] of numberRows(2, scalars)) this.#sizes.set(id, size);
    const wraps = this.#packed(
      `SELECT group_concat(id || ' ' || "of" || ' ' || CASE kind WHEN ${array} THEN value ELSE 1 END, ' ') FROM expression
       WHERE kind IN (${array}, ${kindNumber.const}, ${kindNumber.volatile}, ${kindNumber.restrict}, ${kindNumber.tag})`,
    );
    for (const [id, of, count] of numberRows(3, wraps)) this.#made.set(id, { of, count });
    this.#typedefs();
  }

  /** Bytes of a type; undefined where its name does not tell. */
  of(expression: number): number | undefined {
    if (this.#sizes.has(expression)) return this.#sizes.get(expression);
    const made = this.#made.get(expression);
    if (made === undefined) return this.pointerSize;
    const inside = this.of(made.of);
    const size = inside === undefined ? undefined : inside * made.count;
    this.#sizes.set(expression, size);
    return size;
  }

  /** The members of every struct that has a name, by definition. */
  structs(): ReadonlyMap<number, readonly PlacedMember[]> {
    const row = this.statements.get<readonly [string | null, string | null]>(
      `SELECT group_concat(record || ' ' || bit_offset || ' ' || ifnull(bit_size, 0) || ' ' || type, ' '), group_concat(ifnull(name, ''), ' ') FROM (
         SELECT m.record, m.bit_offset, m.bit_size, m.type, m.name FROM definition d CROSS JOIN member m ON m.record = d.id
         WHERE d.kind = ${struct} AND d.name IS NOT NULL AND (SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = d.id LIMIT 1) IS NOT NULL)`, this.kernel,
    );
    const names = (row?.[1] ?? '').split(' ');
    const structs = new Map<number, PlacedMember[]>();
    for (const [index, [record, bitOffset, bitSize, type]] of numberRows(4, row?.[0] ?? '').entries()) {
      const member = { name: names[index] ?? '', type, bitOffset, bitfield: bitSize > 0 };
      const known = structs.get(record);
      if (known === undefined) structs.set(record, [member]);
      else known.push(member);
    }
    return structs;
  }

  /** A typedef is what it stands for; of several that differ nothing is known. */
  #typedefs(): void {
    const rows = this.#packed(
      `SELECT group_concat(e.id || ' ' || d.type, ' ') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name
       WHERE e.kind = ${typedef} AND (SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = d.id LIMIT 1) IS NOT NULL`, this.kernel,
    );
    const several = new Set<number>();
    for (const [id, of] of numberRows(2, rows)) {
      const known = this.#made.get(id);
      if (known !== undefined && known.of !== of) several.add(id);
      this.#made.set(id, { of, count: 1 });
    }
    for (const id of several) this.#sizes.set(id, undefined);
  }

  #packed(sql: string, ...values: readonly number[]): string {
    return this.statements.get<readonly [string | null]>(sql, ...values)?.[0] ?? '';
  }
}
