// Questions about all types of a kernel at once. Each is a few scans inside SQLite; only what answers it becomes rows.
// Type expressions go in and out as ids of their rows: a set of them says "any of these types".
import { append } from '../base/append.ts';
import type { CType } from '../ctype/ctype.ts';
import { Expressions, keyedLeaves, TypeRows } from './expressions.ts';
import { Holding, type HoldingRecord } from './holding.ts';
import { kindNumber, type KindName } from './kinds.ts';
import { Leads } from './leads.ts';
import { codeOf, holds, inKernel, membersOfTypes, underId } from './membership.ts';
import { Settlements } from './settlements.ts';
import { SizeTable } from './sizetable.ts';
import { globPrefix, prefixEnd, type Statements } from './statements.ts';

/** Ids of type expressions, or of definitions. */
export type Ids = readonly number[];

/** A definition of the kernel with the first of its images that has it. */
export interface DefinitionRow {
  readonly definition: number;
  readonly kind: 'struct' | 'union' | 'typedef' | 'function';
  readonly name: string | null;
  /** Bytes, of structs and unions. */
  readonly size: number;
  /** Expression: what a typedef stands for, the prototype of a function. */
  readonly type: number;
  readonly image: string;
  readonly imageId: number;
  readonly id: number;
  /** How many images have it. */
  readonly images: number;
}

export interface MemberRow {
  /** Definition. */
  readonly record: number;
  readonly position: number;
  readonly name: string | null;
  readonly type: number;
  readonly bitOffset: number;
  readonly bitSize: number | null;
}

/** An anonymous record in the record, or behind the typedef, that it is written in. */
export interface NestingRow {
  /** Definition of the anonymous record. */
  readonly inner: number;
  readonly outer: number;
  readonly name: string | null;
  readonly array: boolean;
  readonly bitOffset: number;
}

const inIds = '(SELECT value FROM json_each(?))';

export class Search {
  readonly #expressions = new Map<number, Expressions>();
  readonly #images = new Map<number, string>();
  readonly #rows: TypeRows;
  readonly #settlements: Settlements;

  /** @param kernel its number in the catalog */
  constructor(
    readonly statements: Statements,
    readonly kernel: number,
  ) {
    this.#rows = new TypeRows(statements);
    this.#settlements = new Settlements(statements);
  }

  /** What members lead to. */
  leads(): Leads {
    return new Leads(this.statements, this.kernel);
  }

  /** What has one of these types inside, at any depth. */
  holding(types: Ids): Holding {
    return new Holding(this.statements, this.kernel, types);
  }

  sizes(pointerSize: number): SizeTable {
    return new SizeTable(this.statements, this.kernel, pointerSize);
  }

  /** Types of these kinds by name: `struct`, `typedef`, `int`, …; of any kernel of the catalog. */
  leaves(kinds: readonly KindName[], glob: string): Ids {
    return this.#ids(`SELECT id FROM expression WHERE kind IN ${inIds} AND name GLOB ?`, json(kinds.map((kind) => kindNumber[kind])), glob);
  }

  leavesOfVoid(): Ids {
    return this.#ids('SELECT id FROM expression WHERE kind = ?', kindNumber.void);
  }

  /** Types that are made of these by one of the kinds, once: the pointers to them, arrays of them. */
  wrapped(ids: Ids, kinds: readonly KindName[], value?: number): Ids {
    const sql = `SELECT id FROM expression WHERE kind IN ${inIds} AND "of" IN ${inIds}`;
    const numbers = json(kinds.map((kind) => kindNumber[kind]));
    return value === undefined ? this.#ids(sql, numbers, json(ids)) : this.#ids(`${sql} AND value = ?`, numbers, json(ids), value);
  }

  /** Types that are named by a typedef of one of these. */
  typedefsOf(ids: Ids): Ids {
    return this.#ids(
      `SELECT e.id FROM expression e WHERE e.kind = ? AND e.name IN (SELECT d.name FROM definition d INDEXED BY definition_by_type WHERE d.kind = ${kindNumber.typedef} AND d.type IN ${inIds} AND ${inKernel('d.id')})`,
      kindNumber.typedef, json(ids), this.kernel,
    );
  }

  /** Members whose type is one of these and whose name matches, in no order; without a condition, all. */
  members({ types, glob }: { readonly types?: Ids | undefined; readonly glob?: string | undefined }): readonly MemberRow[] {
    const from = types === undefined ? 'member' : membersOfTypes;
    const conditions = [...(glob === undefined ? [] : ['m.name GLOB ?']), ...(types === undefined ? [inKernel('m.record')] : [])];
    const values = [...(types === undefined ? [] : [json(types), this.kernel]), ...(glob === undefined ? [] : [glob]), ...(types === undefined ? [this.kernel] : [])];
    return this.statements
      .all<readonly [number, number, string | null, number, number, number | null]>(
        `SELECT m.record, m.position, m.name, m.type, m.bit_offset, m.bit_size FROM ${from} m${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`, ...values,
      )
      .map(([record, position, name, type, bitOffset, bitSize]) => ({ record, position, name, type, bitOffset, bitSize }));
  }

  /** Structs and unions by name and size in bytes. */
  records(glob: string, smallest: number, biggest: number): readonly DefinitionRow[] {
    const ids = this.#ids(
      `SELECT d.id FROM definition d WHERE d.kind IN (${kindNumber.struct}, ${kindNumber.union}) AND d.name GLOB ? AND d.name >= ? AND d.name < ? AND d.size BETWEEN ? AND ? AND ${inKernel('d.id')}`,
      glob, globPrefix(glob), prefixEnd(globPrefix(glob)), smallest, Math.min(biggest, Number.MAX_SAFE_INTEGER), this.kernel,
    );
    return this.definitions(ids);
  }

  /** Functions that take one of `params`, return one of `returns`, and have a name that matches; `type` answers fast for them. */
  functions({ params, returns, glob }: { readonly params?: Ids | undefined; readonly returns?: Ids | undefined; readonly glob: string }): readonly DefinitionRow[] {
    const prefix = globPrefix(glob);
    const conditions = ['d.kind = ?', '+d.name GLOB ?', 'd.name >= ?', 'd.name < ?'];
    const values: (number | string)[] = [kindNumber.function, glob, prefix, prefixEnd(prefix)];
    if (params !== undefined) {
      conditions.push(`d.type IN (SELECT prototype FROM param WHERE type IN ${inIds})`);
      values.push(json(params));
    }
    if (returns !== undefined) {
      conditions.push(`d.type IN (SELECT id FROM expression WHERE kind = ${kindNumber.prototype} AND "of" IN ${inIds})`);
      values.push(json(returns));
    }
    const rows = this.#definitions(`definition d INDEXED BY ${prefix === '' ? 'definition_by_type' : 'definition_by_name'}`, [], `WHERE ${conditions.join(' AND ')}`, values);
    this.#rows.read([...new Set(rows.map(({ type }) => type))]);
    return rows;
  }

  /** The row of the definition with that BTF id in an image. */
  definitionAt(image: string, id: number): number | undefined {
    const [imageId] = this.statements.get<readonly [number]>('SELECT id FROM image WHERE kernel = ? AND name = ?', this.kernel, image) ?? [];
    return imageId === undefined ? undefined : this.statements.get<readonly [number]>(`SELECT definition FROM ${underId}`, id, this.kernel, imageId)?.[0];
  }

  /** Which parameters of prototypes are of these types, counted from 0; by prototype. */
  positions(types: Ids): ReadonlyMap<number, readonly number[]> {
    const found = new Map<number, number[]>();
    const [prototypes, positions] = this.statements.columns<readonly [Ids, Ids]>(
      `SELECT json_group_array(prototype), json_group_array(position) FROM (SELECT prototype, position FROM param WHERE type IN ${inIds} ORDER BY prototype, position)`, json(types),
    );
    for (const [row, prototype] of prototypes.entries()) append(found, prototype, positions[row] ?? 0);
    return found;
  }

  /** The kernel's definitions among these; each once, with its first image. */
  definitions(ids: Ids): readonly DefinitionRow[] {
    return this.#definitions('json_each(?) j CROSS JOIN definition d ON d.id = j.value', [json(ids)], '', []);
  }

  #definitions(from: string, fromValues: readonly (number | string)[], where: string, whereValues: readonly (number | string)[]): readonly DefinitionRow[] {
    const [names, definitions, kinds, sizes, types, images, ids] = this.statements.columns<readonly [readonly (string | null)[], Ids, Ids, Ids, Ids, Ids, Ids]>(
      `SELECT json_group_array(d.name), json_group_array(d.id), json_group_array(d.kind), json_group_array(ifnull(d.size, 0)), json_group_array(ifnull(d.type, 0)), json_group_array(b.image),
         json_group_array(b.base + ${codeOf('d.id')} - 2)
       FROM ${from} CROSS JOIN image_block b ON ${holds('d.id')} ${where}`, ...fromValues, this.kernel, ...whereValues,
    );
    const found = new Map<number, DefinitionRow>();
    for (let at = 0; at < names.length; at++) {
      const [definition, imageId] = [definitions[at] ?? 0, images[at] ?? 0];
      const before = found.get(definition);
      if (before !== undefined) found.set(definition, { ...before, images: before.images + (before.imageId === imageId ? 0 : 1) });
      else found.set(definition, { definition, kind: kindName(kinds[at] ?? 0), name: names[at] ?? null, size: sizes[at] ?? 0, type: types[at] ?? 0, image: this.#image(imageId), imageId, id: ids[at] ?? 0, images: 1 });
    }
    return [...found.values()];
  }

  /** What bears the names of structs and unions: themselves, and typedefs for those that are anonymous. */
  bearers(holding: Holding): readonly { readonly record: HoldingRecord; readonly row: DefinitionRow }[] {
    const bearing: { readonly record: HoldingRecord; readonly row: DefinitionRow }[] = [];
    for (const record of holding.records.values()) if (record.name !== null) bearing.push({ record, row: this.#row(record) });
    const innerOf = new Map<number, HoldingRecord>();
    for (const [definition, type] of holding.typedefs) {
      const record = holding.leaves.get(type)?.[0];
      if (record?.name === null) innerOf.set(definition, record);
    }
    for (const row of this.definitions([...innerOf.keys()])) {
      const record = innerOf.get(row.definition);
      if (record !== undefined) bearing.push({ record, row });
    }
    return bearing;
  }

  /** Where anonymous records are written: the members, and the typedefs, that are of their type. */
  nestings(definitions: Ids): readonly NestingRow[] {
    const innerOf = new Map(this.statements.all<readonly [number, number]>(
      `SELECT e.id, e.value FROM json_each(?) j CROSS JOIN expression e ON e.value = j.value AND e.name IS NULL AND e.kind IN (${kindNumber.struct}, ${kindNumber.union})`, json(definitions),
    ));
    const arrays = new Set<number>();
    for (let ids: Ids = [...innerOf.keys()]; ids.length > 0; ) {
      const rows = this.statements.all<readonly [number, number, number]>(
        `SELECT id, kind, "of" FROM expression WHERE kind IN (${kindNumber.array}, ${kindNumber.const}, ${kindNumber.volatile}, ${kindNumber.tag}) AND "of" IN ${inIds}`, json(ids),
      );
      for (const [id, kind, of] of rows) {
        innerOf.set(id, innerOf.get(of) ?? 0);
        if (kind === kindNumber.array || arrays.has(of)) arrays.add(id);
      }
      ids = rows.map(([id]) => id);
    }
    const types = json([...innerOf.keys()]);
    const members = this.statements.all<readonly [number, string | null, number, number]>(
      `SELECT m.record, m.name, m.type, m.bit_offset FROM ${membersOfTypes} m`, types, this.kernel,
    );
    const typedefs = this.statements.all<readonly [number, number]>(`SELECT d.id, d.type FROM json_each(?) t CROSS JOIN definition d INDEXED BY definition_by_type ON d.type = t.value WHERE d.kind = ${kindNumber.typedef} AND ${inKernel('d.id')}`, types, this.kernel);
    return [
      ...members.map(([outer, name, type, bitOffset]) => ({ inner: innerOf.get(type) ?? 0, outer, name, array: arrays.has(type), bitOffset })),
      ...typedefs.map(([outer, type]) => ({ inner: innerOf.get(type) ?? 0, outer, name: null, array: arrays.has(type), bitOffset: 0 })),
    ];
  }

  /** A type as an image means it where it stands: in member (0 for typedefs and functions) of the definition with that BTF id. */
  type(expression: number, { imageId, id }: DefinitionRow, member: number): CType {
    const known = this.#expressions.get(imageId) ?? new Expressions(this.#rows, keyedLeaves(imageId));
    this.#expressions.set(imageId, known);
    return known.type(expression, this.#settlements.of(imageId, id)?.get(member));
  }

  #row({ definition, kind, name, size, places }: HoldingRecord): DefinitionRow {
    const [imageId, id] = places[0] ?? [0, 0];
    const images = places.length === 1 ? 1 : new Set(places.map(([image]) => image)).size;
    return { definition, kind, name, size, type: 0, image: this.#image(imageId), imageId, id, images };
  }

  #image(id: number): string {
    const known = this.#images.get(id) ?? this.statements.get<readonly [string]>('SELECT name FROM image WHERE id = ?', id)?.[0] ?? '';
    this.#images.set(id, known);
    return known;
  }

  #ids(sql: string, ...values: readonly (number | string)[]): Ids {
    return this.statements.all<readonly [number]>(sql, ...values).map(([id]) => id);
  }
}

function kindName(kind: number): DefinitionRow['kind'] {
  if (kind === kindNumber.struct) return 'struct';
  if (kind === kindNumber.union) return 'union';
  return kind === kindNumber.typedef ? 'typedef' : 'function';
}

function json(ids: Ids): string {
  return JSON.stringify(ids);
}
