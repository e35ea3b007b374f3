// Puts the facts of one image into the catalog: rows that another image has already are found by their hash and shared.
import { Bulk } from './bulk.ts';
import type { Database, Statement } from './database.ts';
import { memberPlace, type ImageFacts } from './facts.ts';
import { kindNumber } from './kinds.ts';
import { kindOf } from '../source/btf/kinds.ts';

/** An image and the kernel that it belongs to, by their rows. */
export interface ImageKey {
  readonly kernel: number;
  readonly id: number;
}

/**
 * Inside the writer's transaction. Returns how many definitions the image has.
 * @param empty the catalog has no types yet: nothing needs to be looked for
 */
export function mergeTypes(db: Database, image: ImageKey, facts: ImageFacts, empty: boolean): number {
  const merge = new Merge(db, facts, empty);
  merge.expressions();
  merge.definitions();
  merge.parts();
  return merge.image(image);
}

class Merge {
  /** Catalog ids by row of the facts; negative for those that were there before, until `parts` is done. */
  readonly #expressionIds: Int32Array;
  readonly #definitionIds: Int32Array;
  readonly #newExpressions: number[] = [];
  readonly #newDefinitions: number[] = [];

  constructor(
    readonly db: Database,
    readonly facts: ImageFacts,
    readonly empty: boolean,
  ) {
    this.#expressionIds = new Int32Array(facts.expressions.table.size);
    this.#definitionIds = new Int32Array(facts.definitions.table.size);
  }

  /** Finds or numbers every expression; the rows are written with the parts, when anonymous definitions have their numbers. */
  expressions(): void {
    const { table } = this.facts.expressions;
    const find = this.#finder('SELECT id FROM expression WHERE hash = ?');
    let next = lastId(this.db, 'expression');
    for (let row = 0; row < table.size; row++) {
      const known = find?.get(table.key(row));
      if (typeof known !== 'number') this.#newExpressions.push(row);
      this.#expressionIds[row] = typeof known === 'number' ? known : ++next;
    }
  }

  /** Records and enums are known by name and hash, the others by name and type. */
  definitions(): void {
    const { table, kind, type } = this.facts.definitions;
    const byHash = this.#finder('SELECT id FROM definition WHERE kind = ? AND name IS ? AND hash = ?');
    const byType = this.#finder('SELECT id FROM definition WHERE kind = ? AND name IS ? AND type = ?');
    const fresh = new Uint8Array(this.#expressionIds.length);
    for (const row of this.#newExpressions) fresh[row] = 1;
    let next = lastId(this.db, 'definition');
    for (let row = 0; row < table.size; row++) {
      const of = type[row] ?? -1;
      const name = of >= 0 && fresh[of] === 1 ? undefined : this.#name(this.facts.definitions.id[row] ?? 0);
      const known = this.empty || name === undefined ? undefined
        : of >= 0 ? byType?.get(kind[row], name, this.#expressionIds[of])
        : byHash?.get(kind[row], name, table.key(row));
      if (typeof known !== 'number') this.#newDefinitions.push(row);
      this.#definitionIds[row] = typeof known === 'number' ? known : ++next;
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
  image(image: ImageKey): number {
    const { btf, definitionOf, settlements } = this.facts;
    const owned: [number, number][] = [];
    for (let id = btf.firstId; id < btf.endId; id++) {
      const row = definitionOf[id] ?? -1;
      if (row >= 0) owned.push([this.#definitionIds[row] ?? 0, id]);
    }
    owned.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const have = new Bulk(this.db, 'image_definition', ['kernel', 'definition', 'image', 'btf_id']);
    for (const [definition, id] of owned) have.add(image.kernel, definition, image.id, id);
    have.end();
    const settle = new Bulk(this.db, 'settlement', ['image', 'btf_id', 'member', 'leaf', 'target']);
    for (const each of settlements) settle.add(image.id, each.id, each.member, each.leaf, each.target);
    settle.end();
    this.#sectionsAndTags(image.id);
    return owned.length;
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
        name === 0 ? null : btf.string(name), rows.table.key(row),
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
        out.add(prototype, index, name === 0 ? null : btf.string(name), variadic ? null : (this.#expressionIds[expressionOf[type] ?? 0] ?? 0));
      }
    }
    out.end();
  }

  #writeDefinitions(): void {
    const { btf, definitions: rows } = this.facts;
    const out = new Bulk(this.db, 'definition', ['id', 'kind', 'name', 'size', 'signed', 'type', 'hash']);
    for (const row of this.#newDefinitions) {
      const kind = rows.kind[row] ?? 0;
      const id = rows.id[row] ?? 0;
      const type = rows.type[row] ?? -1;
      const sized = type < 0;
      out.add(
        this.#definitionIds[row] ?? 0, kind, this.#name(id), sized ? btf.size(id) : null, kind === kindNumber.enum ? (btf.flag(id) ? 1 : 0) : null,
        sized ? null : (this.#expressionIds[type] ?? 0), sized ? rows.table.key(row) : null,
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
        const type = this.#expressionIds[expressionOf[words[at + 1] ?? 0] ?? 0] ?? 0;
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
        const definition = this.#definitionIds[definitionOf[btf.type(id)] ?? -1];
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

  #finder(sql: string): Statement | undefined {
    return this.empty ? undefined : this.db.prepare(sql).pluck();
  }
}

/** Expression kinds whose `value` means something; leaves only when anonymous. */
const valued: ReadonlySet<number> = new Set([
  kindNumber.int, kindNumber.float, kindNumber.array, kindNumber.tag, kindNumber.prototype, kindNumber.struct, kindNumber.union, kindNumber.enum,
]);

function lastId(db: Database, table: string): number {
  const last = db.prepare(`SELECT max(id) FROM ${table}`).pluck().get();
  return typeof last === 'number' ? last : 0;
}
