// What one image's BTF says, content-addressed: type expressions and definitions without type ids, so that many kernels can share them.
// In an expression struct, union, enum and typedef are leaves by (kind, name), anonymous ones by their content.
import { describe, type Btf } from '../source/btf/btf.ts';
import { kindName, kindOf } from '../source/btf/kinds.ts';
import { DefinitionRows, ExpressionRows, RowOfId, type Facts } from './factrows.ts';
import { ContentHash } from './hash.ts';
import { Holes } from './holes.ts';
import { kindNumber, leafKind, wrapKind } from './kinds.ts';
import { memberPlace } from './memberplace.ts';
import { settle } from './settle.ts';

export interface CollectedFacts extends Facts {
  /** See settle.ts. */
  readonly settlements: Uint32Array;
}

/**
 * Collects the facts of one BTF. Split BTF needs the facts of its base, and costs what it has itself: of the base only what it names is looked at.
 * Throws FormatError for types that cannot be: records that contain themselves, expressions deeper than 100.
 */
export function collectFacts(btf: Btf, base?: CollectedFacts): CollectedFacts {
  const collector = new Collector(btf, base);
  collector.collect();
  const { expressions, definitions, expressionOf, definitionOf } = collector;
  const facts: Facts = { btf, expressions, definitions, expressionOf, definitionOf };
  return { ...facts, settlements: settle(facts, base) };
}

/** Real kernels need 12. Anonymous records count too. */
const maxDepth = 100;

/** Real kernels need 100; prototypes of prototypes of prototypes could double at each step. */
const maxWeight = 10_000;

class Collector {
  readonly expressions: ExpressionRows;
  readonly definitions: DefinitionRows;
  readonly expressionOf: RowOfId;
  readonly definitionOf: RowOfId;
  readonly #hash = new ContentHash();
  readonly #holes: Holes;
  #level = 0;

  constructor(
    readonly btf: Btf,
    readonly base: CollectedFacts | undefined,
  ) {
    const own = btf.endId - btf.firstId;
    // Id 0 is void: it is nobody's own.
    this.expressionOf = new RowOfId(btf.firstId, new Int32Array(own).fill(-1));
    this.definitionOf = new RowOfId(btf.firstId, new Int32Array(own).fill(-1));
    this.#holes = new Holes(btf);
    this.expressions = new ExpressionRows(own + 64);
    this.definitions = new DefinitionRows(own + 16);
  }

  collect(): void {
    const { btf, expressions } = this;
    for (let id = btf.firstId; id < btf.endId; id++) {
      const kind = leafKind[btf.kind(id)];
      if (kind === undefined) continue;
      this.#definition(id);
      if (kind === kindNumber.function || kind === kindNumber.variable) continue;
      const leaf = this.#expression(id);
      if ((expressions.candidates[leaf] ?? 0) === 0) expressions.first[leaf] = id;
      expressions.candidates[leaf] = (expressions.candidates[leaf] ?? 0) + 1;
    }
  }

  /** The row of a definition; its types become expressions on the way. */
  #definition(id: number): number {
    const known = this.definitionOf.get(id);
    if (known >= 0) return known;
    if (known === inProgress) this.btf.fail(id, `${describe(this.btf, id)} contains itself`);
    const shared = this.#ofBase(id);
    if (shared >= 0) return shared;
    this.definitionOf.set(id, inProgress);
    const kind = leafKind[this.btf.kind(id)] ?? 0;
    const typed = kind === kindNumber.typedef || kind === kindNumber.function || kind === kindNumber.variable;
    const type = typed ? this.#expression(this.btf.type(id)) : -1;
    if (kind === kindNumber.struct || kind === kindNumber.union) this.#memberTypes(id);
    this.#begin(kind, this.btf.nameOffset(id));
    if (typed) this.#child(type);
    else this.#body(id, kind);
    this.#hash.end();
    return this.#defined(id, kind, type, this.#hash.high, this.#hash.low);
  }

  /** An anonymous definition of the base has been collected with it: its members are not looked at again. */
  #ofBase(id: number): number {
    const row = this.base !== undefined && id < this.btf.firstId ? this.base.definitionOf.get(id) : -1;
    if (row < 0 || this.base === undefined) return -1;
    const { table, kind } = this.base.definitions;
    return this.#defined(id, kind[row] ?? 0, -1, table.high(row), table.low(row));
  }

  #defined(id: number, kind: number, type: number, high: number, low: number): number {
    const before = this.definitions.table.size;
    const row = this.definitions.add(high, low);
    if (row === before) {
      this.definitions.kind[row] = kind;
      this.definitions.id[row] = id;
      this.definitions.type[row] = type;
    }
    this.definitionOf.set(id, row);
    return row;
  }

  /** Expressions of all members first: the hash is one, and cannot be computed inside another's. */
  #memberTypes(id: number): void {
    const { words } = this.btf.owner(id);
    let at = this.btf.start(id) + 4;
    for (let index = this.btf.vlen(id); index > 0; index--, at += 3) this.#expression(words[at] ?? 0);
  }

  /** Size, holes and members, or size, sign and values, into the hash. */
  #body(id: number, kind: number): void {
    const btf = this.btf;
    const { words } = btf.owner(id);
    const count = btf.vlen(id);
    const record = kind !== kindNumber.enum;
    const each = record || btf.kind(id) === kindOf.ENUM64 ? 3 : 2;
    this.#hash.word(btf.size(id));
    this.#hash.word(count);
    if (!record) this.#hash.word(btf.flag(id) ? 1 : 0);
    if (kind === kindNumber.struct) this.#hash.word(this.#holes.count(id));
    let at = btf.start(id) + 3;
    for (let index = 0; index < count; index++, at += each) {
      this.#name(words[at] ?? 0);
      if (record) {
        const place = memberPlace(btf, id, words, at);
        this.#child(this.expressionOf.get(words[at + 1] ?? 0));
        this.#hash.word(place.bitOffset);
        this.#hash.word(place.bitSize ?? -1);
      } else {
        const value = words[at + 1] ?? 0;
        this.#hash.word(value);
        this.#hash.word(each === 3 ? (words[at + 2] ?? 0) : btf.flag(id) && (value | 0) < 0 ? -1 : 0);
      }
    }
  }

  /** The row of the expression that a BTF type is. */
  #expression(id: number): number {
    const known = this.expressionOf.get(id);
    if (known >= 0) return known;
    if (++this.#level > maxDepth) this.btf.fail(id, `types are nested deeper than ${maxDepth}`);
    const row = this.#make(id);
    this.#level--;
    this.expressionOf.set(id, row);
    return row;
  }

  #make(id: number): number {
    const btf = this.btf;
    const kind = btf.kind(id);
    const leaf = kind === kindOf.FWD ? (btf.flag(id) ? kindNumber.union : kindNumber.struct) : leafKind[kind];
    if (kind === kindOf.FUNC || kind === kindOf.VAR || kind === kindOf.DATASEC || kind === kindOf.DECL_TAG) {
      btf.fail(id, `${describe(btf, id)} stands where a type is wanted`);
    }
    if (leaf !== undefined) return this.#leaf(id, leaf);
    const wrap = wrapKind[kind];
    if (wrap !== undefined) return this.#intern(id, wrap, this.#expression(btf.type(id)), 0, 0);
    if (kind === kindOf.ARRAY) return this.#intern(id, kindNumber.array, this.#expression(btf.extra(id, 0)), btf.extra(id, 2), 0);
    if (kind === kindOf.FUNC_PROTO) return this.#prototype(id);
    if (kind === kindOf.TYPE_TAG) {
      return this.#intern(id, kindNumber.tag, this.#expression(btf.type(id)), btf.flag(id) ? 1 : 0, btf.nameOffset(id));
    }
    if (kind === kindOf.INT) {
      return this.#intern(id, kindNumber.int, -1, btf.size(id) + 256 * (btf.extra(id, 0) >>> 24), btf.nameOffset(id));
    }
    if (kind === kindOf.FLOAT) return this.#intern(id, kindNumber.float, -1, btf.size(id), btf.nameOffset(id));
    if (kind === kindOf.UNKN) return this.#intern(id, kindNumber.void, -1, 0, 0);
    return this.#intern(id, kindNumber.tag, this.#expression(0), unknownTag + kind, 0);
  }

  /** Named: by kind and name. Anonymous: by the content of its definition. */
  #leaf(id: number, kind: number): number {
    const name = this.btf.nameOffset(id);
    if (name !== 0) return this.#intern(id, kind, -1, 0, name);
    if (this.btf.kind(id) === kindOf.FWD) this.btf.fail(id, `${kindName(kindOf.FWD)} without a name`);
    const definition = this.#definition(id);
    this.#begin(kind, 0);
    this.#hash.word(this.definitions.table.high(definition));
    this.#hash.word(this.definitions.table.low(definition));
    return this.#row(id, kind, -1, definition, 0, { depth: 0, weight: 0 });
  }

  #prototype(id: number): number {
    const { words } = this.btf.owner(id);
    const start = this.btf.start(id) + 3;
    const count = this.btf.vlen(id);
    const returns = this.#expression(this.btf.type(id));
    let depth = this.#depth(returns);
    let weight = this.#weight(returns);
    for (let at = start; at < start + 2 * count; at += 2) {
      const param = this.#expression(words[at + 1] ?? 0);
      depth = Math.max(depth, this.#depth(param));
      weight += this.#weight(param);
    }
    this.#begin(kindNumber.prototype, 0);
    this.#hash.word(count);
    this.#child(returns);
    for (let at = start; at < start + 2 * count; at += 2) {
      this.#name(words[at] ?? 0);
      this.#child(this.expressionOf.get(words[at + 1] ?? 0));
    }
    return this.#row(id, kindNumber.prototype, returns, count, 0, { depth, weight });
  }

  #intern(id: number, kind: number, of: number, value: number, name: number): number {
    this.#begin(kind, name);
    this.#hash.word(value);
    if (of >= 0) this.#child(of);
    return this.#row(id, kind, of, value, name, { depth: of >= 0 ? this.#depth(of) : 0, weight: of >= 0 ? this.#weight(of) : 0 });
  }

  #row(id: number, kind: number, of: number, value: number, name: number, below: { depth: number; weight: number }): number {
    this.#hash.end();
    const rows = this.expressions;
    const before = rows.table.size;
    const row = rows.add(this.#hash.high, this.#hash.low);
    if (row < before) return row;
    if (below.depth + 1 > maxDepth) this.btf.fail(id, `types are nested deeper than ${maxDepth}`);
    if (below.weight + 1 > maxWeight) this.btf.fail(id, `a type that is made of more than ${maxWeight} others`);
    rows.kind[row] = kind;
    rows.of[row] = of;
    rows.value[row] = value;
    rows.name[row] = name;
    rows.id[row] = id;
    rows.depth[row] = below.depth + 1;
    rows.weight[row] = below.weight + 1;
    return row;
  }

  #depth(row: number): number {
    return this.expressions.depth[row] ?? 0;
  }

  #weight(row: number): number {
    return this.expressions.weight[row] ?? 0;
  }

  #begin(kind: number, name: number): void {
    this.#hash.begin(kind);
    this.#name(name);
  }

  #name(offset: number): void {
    const { bytes, start } = this.btf.stringBytes(offset);
    this.#hash.name(bytes, start);
  }

  #child(row: number): void {
    this.#hash.word(this.expressions.table.high(row));
    this.#hash.word(this.expressions.table.low(row));
  }
}

const inProgress = -2;
/** In `value` of a tag: a BTF kind that we do not know, told as data. */
export const unknownTag = 0x1000;
