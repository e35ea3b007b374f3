// Sizes of all types of a kernel, and the members of all its structs: for questions about every layout at once.
import { kindNumber } from './kinds.ts';
import { inKernel } from './membership.ts';
import { packedRows } from './numberrows.ts';
import type { Statements } from './statements.ts';

const { int, float, array, struct, union, typedef } = kindNumber;

const itsOwn = inKernel('d.id');

export class SizeTable {
  /** Bytes, by expression; not known yet, or unknowable because a name has several definitions that differ. */
  readonly #sizes: Int32Array;
  /** By expression: what it is made of, and how many of them. */
  readonly #of: Int32Array;
  readonly #count: Int32Array;

  constructor(
    readonly statements: Statements,
    readonly kernel: number,
    readonly pointerSize: number,
  ) {
    const size = (statements.get<readonly [number]>('SELECT ifnull(max(id), 0) FROM expression')?.[0] ?? 0) + 1;
    this.#sizes = new Int32Array(size).fill(open);
    this.#of = new Int32Array(size);
    this.#count = new Int32Array(size);
    this.#known(
      `SELECT group_concat(e.id || ',' || d.size, ',') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name
       WHERE e.kind IN (${struct}, ${union}, ${kindNumber.enum}) AND ${itsOwn}`, kernel,
    );
    this.#known(`SELECT group_concat(e.id || ',' || d.size, ',') FROM expression e CROSS JOIN definition d ON d.id = e.value WHERE e.kind IN (${struct}, ${union}, ${kindNumber.enum}) AND e.name IS NULL`);
    this.#known(`SELECT group_concat(id || ',' || (value & 255), ',') FROM expression WHERE kind IN (${int}, ${float})`);
    this.#made(
      `SELECT group_concat(id || ',' || "of" || ',' || CASE kind WHEN ${array} THEN value ELSE 1 END, ',') FROM expression
       WHERE kind IN (${array}, ${kindNumber.const}, ${kindNumber.volatile}, ${kindNumber.restrict}, ${kindNumber.tag})`,
    );
    this.#made(
      `SELECT group_concat(e.id || ',' || d.type || ',1', ',') FROM expression e CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name WHERE e.kind = ${typedef} AND ${itsOwn}`, kernel,
    );
  }

  /** Bytes of a type; undefined where its name does not tell. What is in no table is a pointer. */
  of(expression: number): number | undefined {
    const known = this.#sizes[expression] ?? open;
    if (known !== open) return known === unknowable ? undefined : known;
    const of = this.#of[expression] ?? 0;
    if (of === 0) return this.pointerSize;
    const inside = this.of(of);
    this.#sizes[expression] = inside === undefined ? unknowable : inside * (this.#count[expression] ?? 0);
    return this.of(expression);
  }

  /** The members of every struct that has a name, in order of declaration: definition, bit offset, width of a bitfield or 0, type. */
  structs(): readonly number[] {
    return packedRows(
      this.statements,
      `SELECT group_concat(m.record || ',' || m.bit_offset || ',' || ifnull(m.bit_size, 0) || ',' || m.type, ',') FROM definition d CROSS JOIN member m ON m.record = d.id
       WHERE d.kind = ${struct} AND d.name IS NOT NULL AND ${itsOwn}`, this.kernel,
    ).numbers;
  }

  /** Name of a member, null for an anonymous one. */
  name(record: number, position: number): string | null {
    return this.statements.get<readonly [string | null]>('SELECT name FROM member WHERE record = ? AND position = ?', record, position)?.[0] ?? null;
  }

  #known(sql: string, ...values: readonly number[]): void {
    const { numbers } = packedRows(this.statements, sql, ...values);
    for (let at = 0; at < numbers.length; at += 2) {
      const id = numbers[at] ?? 0;
      const size = numbers[at + 1] ?? 0;
      const before = this.#sizes[id] ?? open;
      this.#sizes[id] = before === open || before === size ? size : unknowable;
    }
  }

  #made(sql: string, ...values: readonly number[]): void {
    const { numbers } = packedRows(this.statements, sql, ...values);
    for (let at = 0; at < numbers.length; at += 3) {
      const id = numbers[at] ?? 0;
      const of = numbers[at + 1] ?? 0;
      if (this.#of[id] !== 0 && this.#of[id] !== of) this.#sizes[id] = unknowable;
      this.#of[id] = of;
      this.#count[id] = numbers[at + 2] ?? 0;
    }
  }
}

const open = -1;
const unknowable = -2;
