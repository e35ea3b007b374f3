// Puts the facts of one image into the catalog: rows that another image has already are found by their hash and shared.
import { Bulk } from './bulk.ts';
import type { Btf } from '../source/btf/btf.ts';
import { kindOf } from '../source/btf/kinds.ts';
import type { Database } from './database.ts';
import type { DefinitionRows, ExpressionRows, RowOfId } from './factrows.ts';
import { hashKey } from './hashtable.ts';
import { Holes } from './holes.ts';
import { kindNumber } from './kinds.ts';
import type { KnownRows } from './known.ts';
import { memberPlace } from './memberplace.ts';
import type { Membership } from './membership.ts';
import { settlementWidth } from './settle.ts';

/** An image and the kernel that it belongs to, by their rows. */
export interface ImageKey {
  readonly kernel: number;
  readonly id: number;
}

/** Facts as they are merged: collected here, or by another thread. */
export interface ImageFacts {
  readonly btf: Btf;
  readonly expressions: Columns & Pick<ExpressionRows, 'kind' | 'of' | 'value' | 'name' | 'id'>;
  readonly definitions: Columns & Pick<DefinitionRows, 'kind' | 'id' | 'type'>;
  readonly expressionOf: RowOfId;
  readonly definitionOf: RowOfId;
  /** See settle.ts. */
  readonly settlements: Uint32Array;
}

interface Columns {
  readonly table: { readonly size: number; high(row: number): number; low(row: number): number };
}

/** Inside the writer's transaction. Returns how many definitions the image has; which, is written by `have`. */
export function mergeTypes(db: Database, image: ImageKey, facts: ImageFacts, known: KnownRows, have: Membership): number {
  const merge = new Merge(db, facts, known);
  merge.expressions();
  merge.definitions();
  merge.parts();
  return merge.image(image, have);
}

class Merge {
  /** Catalog ids by row of the facts. */
  readonly #expressionIds: Int32Array;
  readonly #definitionIds: Int32Array;
  readonly #newExpressions: number[] = [];
  readonly #newDefinitions: number[] = [];

  constructor(
    readonly db: Database,
    readonly facts: ImageFacts,
    readonly known: KnownRows,
  ) {
    this.#expressionIds = new Int32Array(facts.expressions.table.size);
    this.#definitionIds = new Int32Array(facts.definitions.table.size);
  }

  /** Finds or numbers every expression; the rows are written with the parts, when anonymous definitions have their numbers. */
  expressions(): void {
    const { table } = this.facts.expressions;
    const used = usedExpressions(this.facts);
    for (let row = 0; row < table.size; row++) {
      if (used[row] === 0) continue;
      const known = this.known.expression(table.high(row), table.low(row));
      if (known === 0) this.#newExpressions.push(row);
      this.#expressionIds[row] = known === 0 ? this.known.newExpression(table.high(row), table.low(row)) : known;
    }
  }

  definitions(): void {
    const { table, kind, type, id } = this.facts.definitions;
    const fresh = new Uint8Array(this.#expressionIds.length);
    for (const row of this.#newExpressions) fresh[row] = 1;
    for (let row = 0; row < table.size; row++) {
      const of = type[row] ?? -1;
      const [high, low] = [table.high(row), table.low(row)];
      const known = this.known.definition(high, low, kind[row] ?? 0, () => this.#name(id[row] ?? 0), of < 0 ? -1 : fresh[of] === 1 ? 0 : (this.#expressionIds[of] ?? 0));
      if (known === 0) this.#newDefinitions.push(row);
      this.#definitionIds[row] = known === 0 ? this.known.newDefinition(high, low) : known;
    }
  }

  /** Rows of what is new: expressions with parameters, definitions with members and values. */
  parts(): void {
    this.#writeExpressions();
    this.#writeParams();
    this.#writeDefinitions();
    this.#writeMembers();
    this.#writeEnumerators();
  }

  /** What this image has, and what is its own: BTF ids, settlements, per-CPU places, tags. */
  image(image: ImageKey, have: Membership): number {
    const { btf, definitionOf, settlements } = this.facts;
    let count = 0;
    for (let id = btf.firstId; id < btf.endId; id++) {
      const row = definitionOf.get(id);
      if (row < 0) continue;
      have.add(this.#definitionIds[row] ?? 0, image.id, id);
      count++;
    }
    const settle = new Bulk(this.db, 'settlement', ['image', 'btf_id', 'member', 'leaf', 'target']);
    for (let at = 0; at < settlements.length; at += settlementWidth) settle.add(image.id, ...settlements.subarray(at, at + settlementWidth));
    settle.end();
    this.#sectionsAndTags(image.id);
    return count;
  }

  #writeExpressions(): void {
    const { btf, expressions: rows } = this.facts;
    const out = new Bulk(this.db, 'expression', ['id', 'kind', 'of', 'value', 'name', 'hash']);
    for (const row of this.#newExpressions) {
      const kind = rows.kind[row] ?? 0;
      const of = rows.of[row] ?? -1;
      const name = rows.name[row] ?? 0;
      const leaf = kind >= kindNumber.struct;
      const value = !leaf ? (rows.value[row] ?? 0) : name === 0 ? (this.#definitionIds[rows.value[row] ?? 0] ?? 0) : null;
      out.add(
        this.#expressionIds[row] ?? 0, kind, of < 0 ? null : (this.#expressionIds[of] ?? 0), valued.has(kind) ? value : null,
        name === 0 ? null : btf.string(name), hashKey(rows.table.high(row), rows.table.low(row)),
      );
    }
    out.end();
  }

  #writeParams(): void {
    const { btf, expressions: rows, expressionOf } = this.facts;
    const out = new Bulk(this.db, 'param', ['prototype', 'position', 'name', 'type']);
    for (const row of this.#newExpressions) {
      if (rows.kind[row] !== kindNumber.prototype) continue;
      const id = rows.id[row] ?? 0;
      const count = btf.vlen(id);
      const prototype = this.#expressionIds[row] ?? 0;
      for (let index = 0; index < count; index++) {
        const name = btf.extra(id, 2 * index);
        const type = btf.extra(id, 2 * index + 1);
        const variadic = type === 0 && name === 0 && index === count - 1;
        out.add(prototype, index, name === 0 ? null : btf.string(name), variadic ? null : (this.#expressionIds[expressionOf.get(type)] ?? 0));
      }
    }
    out.end();
  }

  #writeDefinitions(): void {
    const { btf, definitions: rows } = this.facts;
    const out = new Bulk(this.db, 'definition', ['id', 'kind', 'name', 'size', 'signed', 'type', 'hash', 'holes']);
    const holes = new Holes(btf);
    for (const row of this.#newDefinitions) {
      const kind = rows.kind[row] ?? 0;
      const id = rows.id[row] ?? 0;
      const type = rows.type[row] ?? -1;
      const sized = type < 0;
      out.add(
        this.#definitionIds[row] ?? 0, kind, this.#name(id), sized ? btf.size(id) : null, kind === kindNumber.enum ? (btf.flag(id) ? 1 : 0) : null,
        sized ? null : (this.#expressionIds[type] ?? 0), sized ? hashKey(rows.table.high(row), rows.table.low(row)) : null,
        kind === kindNumber.struct ? holes.count(id) : null,
      );
    }
    out.end();
  }

  #writeMembers(): void {
    const { btf, definitions: rows, expressionOf } = this.facts;
    const out = new Bulk(this.db, 'member', ['record', 'position', 'name', 'type', 'bit_offset', 'bit_size']);
    for (const row of this.#newDefinitions) {
      if (rows.kind[row] !== kindNumber.struct && rows.kind[row] !== kindNumber.union) continue;
      const id = rows.id[row] ?? 0;
      const { words } = btf.owner(id);
      let at = btf.start(id) + 3;
      for (let index = 0; index < btf.vlen(id); index++, at += 3) {
        const name = words[at] ?? 0;
        const place = memberPlace(btf, id, words, at);
        const type = this.#expressionIds[expressionOf.get(words[at + 1] ?? 0)] ?? 0;
        out.add(this.#definitionIds[row] ?? 0, index, name === 0 ? null : btf.string(name), type, place.bitOffset, place.bitSize);
      }
    }
    out.end();
  }

  #writeEnumerators(): void {
    const { btf, definitions: rows } = this.facts;
    const out = new Bulk(this.db, 'enumerator', ['enum', 'position', 'name', 'value']);
    for (const row of this.#newDefinitions) {
      if (rows.kind[row] !== kindNumber.enum) continue;
      const id = rows.id[row] ?? 0;
      const wide = btf.kind(id) === kindOf.ENUM64;
      for (let index = 0; index < btf.vlen(id); index++) {
        const at = index * (wide ? 3 : 2);
        const low = btf.extra(id, at + 1);
        const value = wide ? BigInt.asIntN(64, (BigInt(btf.extra(id, at + 2)) << 32n) | BigInt(low)) : btf.flag(id) ? low | 0 : low;
        out.add(this.#definitionIds[row] ?? 0, index, btf.string(btf.extra(id, at)), value);
      }
    }
    out.end();
  }

  #sectionsAndTags(image: number): void {
    const { btf, definitionOf } = this.facts;
    const variables = new Map<number, readonly [string, number, number]>();
    const tags = new Map<string, readonly [number, number, string]>();
    for (let id = btf.firstId; id < btf.endId; id++) {
      const kind = btf.kind(id);
      if (kind === kindOf.DATASEC) {
        for (let at = 0; at < 3 * btf.vlen(id); at += 3) variables.set(btf.extra(id, at), [btf.name(id), btf.extra(id, at + 1), btf.extra(id, at + 2)]);
      } else if (kind === kindOf.DECL_TAG) {
        const definition = this.#definitionIds[definitionOf.get(btf.type(id))];
        const component = btf.extra(id, 0) | 0;
        if (definition !== undefined) tags.set(`${definition} ${component} ${btf.name(id)}`, [definition, component, btf.name(id)]);
      }
    }
    const places = new Bulk(this.db, 'variable', ['image', 'btf_id', 'section', 'offset', 'size']);
    for (const [id, [section, offset, size]] of variables) places.add(image, id, section, offset, size);
    places.end();
    const out = new Bulk(this.db, 'tag', ['image', 'definition', 'component', 'tag']);
    for (const [definition, component, tag] of tags.values()) out.add(image, definition, component, tag);
    out.end();
  }

  #name(id: number): string | null {
    const offset = this.facts.btf.nameOffset(id);
    return offset === 0 ? null : this.facts.btf.string(offset);
  }
}

/** Expression kinds whose `value` means something; leaves only when anonymous. */
const valued: ReadonlySet<number> = new Set([
  kindNumber.int, kindNumber.float, kindNumber.array, kindNumber.tag, kindNumber.prototype, kindNumber.struct, kindNumber.union, kindNumber.enum,
]);

/**
 * By expression: something is made of it. Every named definition has a leaf, also where nobody refers to it: such are not stored.
 * Rows come after those that they are made of.
 */
function usedExpressions({ btf, expressions, definitions, expressionOf }: ImageFacts): Uint8Array {
  const used = new Uint8Array(expressions.table.size);
  const use = (row: number): void => {
    if (row >= 0) used[row] = 1;
  };
  for (let row = 0; row < definitions.table.size; row++) {
    use(definitions.type[row] ?? -1);
    const kind = definitions.kind[row];
    const id = definitions.id[row] ?? 0;
    if (kind !== kindNumber.struct && kind !== kindNumber.union) continue;
    const { words } = btf.owner(id);
    let at = btf.start(id) + 4;
    for (let index = btf.vlen(id); index > 0; index--, at += 3) use(expressionOf.get(words[at] ?? 0));
  }
  for (let row = used.length - 1; row >= 0; row--) {
    if (used[row] === 0) continue;
    use(expressions.of[row] ?? -1);
    if (expressions.kind[row] !== kindNumber.prototype) continue;
    const id = expressions.id[row] ?? 0;
    for (let index = 0; index < btf.vlen(id); index++) use(expressionOf.get(btf.extra(id, 2 * index + 1)));
  }
  return used;
}
