// Type expressions out of the catalog: rows become CType trees, each read once.
import type { AttributedType, CType, IntType, Ref, RefKind } from '../ctype/ctype.ts';
import { kindNames, kindNumber } from './kinds.ts';
import { unknownTag } from './facts.ts';
import type { Row, Statements } from './statements.ts';

/** kind, of, value, name. */
export type ExpressionRow = readonly [number, number | null, number | null, string | null];

/** SQL: the leaf that stands for a struct or union, a row of `definition`, in types; NULL where nothing is of it. */
export function leafOf(definition: string): string {
  return `CASE WHEN ${definition}.name IS NULL THEN (SELECT e.id FROM expression e WHERE e.value = ${definition}.id AND e.name IS NULL AND e.kind IN (${kindNumber.struct}, ${kindNumber.union}))
    ELSE (SELECT e.id FROM expression e WHERE e.name = ${definition}.name AND e.kind = ${definition}.kind) END`;
}

/** Settled leaves of one member's type: number of the leaf, counted depth first → BTF id; 0 is "only declared". */
export type SettledLeaves = ReadonlyMap<number, number>;

/**
 * Keys of leaves: `image` (the definition of that name in sight of the image), `image:target` (the one with that BTF id),
 * and for anonymous ones `image/definition` and `image/definition:target`.
 */
export interface LeafKey {
  readonly image: number;
  readonly definition: number | undefined;
  readonly target: number | undefined;
}

export function readKey(key: string): LeafKey | undefined {
  const found = /^(\d+)(?:\/(\d+))?(?::(\d+))?$/.exec(key);
  if (found === null) return undefined;
  return { image: Number(found[1]), definition: optional(found[2]), target: optional(found[3]) };
}

function optional(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** name, type (null: `...`). */
export type ParamRow = readonly [string | null, number | null];

/** Where rows come from: one statement each, or many at a time. */
export interface ExpressionRows {
  row(id: number): ExpressionRow;
  params(prototype: number): readonly ParamRow[];
}

/** @param target what it is settled to: see SettledLeaves. `definition` is that of an anonymous one. */
export type LeafMaker = (kind: RefKind, name: string | null, definition: number, target: number | undefined) => Ref;

/** Leaves with the keys that `readKey` reads. */
export function keyedLeaves(image: number): LeafMaker {
  return (kind, name, definition, target) => {
    const place = name === null ? `${image}/${definition}` : `${image}`;
    return { kind, name, key: target === undefined ? place : `${place}:${target}` };
  };
}

/** A statement for each row that was not read with others. */
export class TypeRows implements ExpressionRows {
  readonly #rows = new Map<number, ExpressionRow>();
  readonly #params = new Map<number, ParamRow[]>();

  constructor(readonly statements: Statements) {}

  /** Reads expressions and all that they are made of, in two statements. */
  read(ids: readonly number[]): void {
    const [parts, kinds, ofs, values, names] = this.statements.columns<readonly [readonly number[], readonly number[], readonly (number | null)[], readonly (number | null)[], readonly (string | null)[]]>(
      `WITH RECURSIVE part (id) AS (
         SELECT value FROM json_each(?) UNION SELECT e."of" FROM part JOIN expression e ON e.id = part.id WHERE e."of" IS NOT NULL
         UNION SELECT p.type FROM part JOIN param p ON p.prototype = part.id WHERE p.type IS NOT NULL
       ) SELECT json_group_array(e.id), json_group_array(e.kind), json_group_array(e."of"), json_group_array(e.value), json_group_array(e.name) FROM part CROSS JOIN expression e ON e.id = part.id`, JSON.stringify(ids),
    );
    for (const [at, id] of parts.entries()) this.#rows.set(id, [kinds[at] ?? 0, ofs[at] ?? null, values[at] ?? null, names[at] ?? null]);
    const prototypes = parts.filter((_, at) => kinds[at] === kindNumber.prototype);
    for (const prototype of prototypes) this.#params.set(prototype, []);
    const [owners, params, types] = this.statements.columns<readonly [readonly number[], readonly (string | null)[], readonly (number | null)[]]>(
      'SELECT json_group_array(p.prototype), json_group_array(p.name), json_group_array(p.type) FROM json_each(?) i CROSS JOIN param p ON p.prototype = i.value', JSON.stringify(prototypes),
    );
    for (const [at, owner] of owners.entries()) this.#params.get(owner)?.push([params[at] ?? null, types[at] ?? null]);
  }

  row(id: number): ExpressionRow {
    const row = this.#rows.get(id) ?? this.statements.get<ExpressionRow & Row>('SELECT kind, "of", value, name FROM expression WHERE id = ?', id);
    if (row === undefined) throw new RangeError(`catalog: no expression ${id}`);
    return row;
  }

  params(prototype: number): readonly ParamRow[] {
    return this.#params.get(prototype) ?? this.statements.all<ParamRow>('SELECT name, type FROM param WHERE prototype = ? ORDER BY position', prototype);
  }
}

/** Expressions as one image means them. */
export class Expressions {
  readonly #known = new Map<number, CType>();

  constructor(
    readonly rows: ExpressionRows,
    readonly makeLeaf: LeafMaker,
  ) {}

  /** The type of an expression row, some leaves of which may be settled. A row that was read with something else saves a query. */
  type(id: number, settled?: SettledLeaves, row?: ExpressionRow): CType {
    if (settled !== undefined) return this.#make(row ?? this.rows.row(id), id, new LeafCounter(settled));
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const made = this.#make(row ?? this.rows.row(id), id, undefined);
    this.#known.set(id, made);
    return made;
  }

  #inner(id: number | null, counter: LeafCounter | undefined): CType {
    if (id === null) return { kind: 'void' };
    return counter === undefined ? this.type(id) : this.#make(this.rows.row(id), id, counter);
  }

  #make(row: ExpressionRow, id: number, counter: LeafCounter | undefined): CType {
    const [kind, of, value, name] = row;
    switch (kind) {
      case kindNumber.void:
        return { kind: 'void' };
      case kindNumber.int:
        return intType(name ?? '', value ?? 0);
      case kindNumber.float:
        return { kind: 'float', name: name ?? '', size: value ?? 0 };
      case kindNumber.ptr:
        return { kind: 'ptr', to: this.#inner(of, counter) };
      case kindNumber.array:
        return { kind: 'array', of: this.#inner(of, counter), count: value ?? 0 };
      case kindNumber.const:
        return { kind: 'const', of: this.#inner(of, counter) };
      case kindNumber.volatile:
        return { kind: 'volatile', of: this.#inner(of, counter) };
      case kindNumber.restrict:
        return { kind: 'restrict', of: this.#inner(of, counter) };
      case kindNumber.tag:
        return tagType(name, value ?? 0, this.#inner(of, counter));
      case kindNumber.prototype:
        return this.#prototype(id, of, counter);
      default:
        return this.makeLeaf(refKind(kind), name, value ?? 0, counter?.next());
    }
  }

  #prototype(id: number, of: number | null, counter: LeafCounter | undefined): CType {
    const returns = this.#inner(of, counter);
    const rows = this.rows.params(id);
    const last = rows[rows.length - 1];
    const variadic = last !== undefined && last[1] === null;
    const params = (variadic ? rows.slice(0, -1) : rows).map(([name, type]) => ({ name, type: this.#inner(type, counter) }));
    return { kind: 'function', returns, params, variadic };
  }
}

class LeafCounter {
  #leaf = 0;
  constructor(readonly leaves: SettledLeaves) {}
  next(): number | undefined {
    return this.leaves.get(this.#leaf++);
  }
}

/** BTF_INT_SIGNED, BTF_INT_CHAR, BTF_INT_BOOL. */
function intType(name: string, value: number): IntType {
  const encoding = value >> 8;
  return { kind: 'int', name, size: value & 255, signed: (encoding & 1) !== 0, encoding: (encoding & 4) !== 0 ? 'bool' : (encoding & 2) !== 0 ? 'char' : 'int' };
}

function tagType(name: string | null, value: number, of: CType): AttributedType {
  return { kind: 'tag', tag: value >= unknownTag ? `BTF_KIND_${value - unknownTag}` : (name ?? ''), of };
}

function refKind(kind: number): RefKind {
  const name = kindNames[kind];
  if (name === 'struct' || name === 'union' || name === 'enum' || name === 'typedef') return name;
  throw new RangeError(`catalog: an expression of kind ${kind}`);
}
