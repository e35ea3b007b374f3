// Which definition a leaf means where its name has several in sight: written down only where the default is wrong.
import { kindOf } from '../source/btf/kinds.ts';
import type { Facts } from './factrows.ts';
import { kindNumber, leafKind, wrapKind } from './kinds.ts';

/**
 * Leaves that their names do not settle, four numbers each: inside the definition with that BTF id, in the type of that member, leaf number so
 * and so means that BTF id; 0 where the type is only declared. Leaves of one type are counted depth first: what is returned, then the parameters.
 * @param base facts of the vmlinux that a module stands on
 */
export function settle(facts: Facts, base: Facts | undefined): Uint32Array {
  return new Settler(facts, base).settle();
}

/** Numbers of a settlement. */
export const settlementWidth = 4;

/** Finds the leaves whose name has several definitions in sight, and says which one each means. */
class Settler {
  readonly #out: number[] = [];
  /** By expression: it holds a leaf that its name does not settle. */
  readonly #open: Uint8Array;

  constructor(
    readonly facts: Facts,
    readonly base: Facts | undefined,
  ) {
    this.#open = this.#findOpen();
  }

  settle(): Uint32Array {
    const { btf } = this.facts;
    if (!this.#open.includes(1)) return new Uint32Array(0);
    for (let id = btf.firstId; id < btf.endId; id++) {
      const kind = btf.kind(id);
      if (kind === kindOf.STRUCT || kind === kindOf.UNION) {
        for (let member = 0; member < btf.vlen(id); member++) this.#type(id, member, btf.extra(id, 3 * member + 1));
      } else if (kind === kindOf.TYPEDEF || kind === kindOf.FUNC || kind === kindOf.VAR) {
        this.#type(id, 0, btf.type(id));
      }
    }
    return Uint32Array.from(this.#out);
  }

  #findOpen(): Uint8Array {
    const { expressions: rows, btf, expressionOf } = this.facts;
    const open = new Uint8Array(rows.table.size);
    for (const [id, row] of expressionOf.base()) if (this.#isOpen(id, row)) open[row] = 1;
    for (let id = btf.firstId; id < btf.endId; id++) {
      const row = expressionOf.get(id);
      if (row >= 0 && this.#isOpen(id, row)) open[row] = 1;
    }
    for (let row = 0; row < open.length; row++) {
      if (open[row] === 1) continue;
      const of = rows.of[row] ?? -1;
      if (of >= 0 && open[of] === 1) open[row] = 1;
      else if (rows.kind[row] === kindNumber.prototype) open[row] = this.#openParams(rows.id[row] ?? 0, open);
    }
    return open;
  }

  /** A leaf that means something else than its name says by itself. */
  #isOpen(id: number, row: number): boolean {
    const { expressions: rows, btf } = this.facts;
    const kind = btf.kind(id);
    if (kind !== kindOf.FWD && (rows.of[row] !== -1 || leafKind[kind] === undefined)) return false;
    const meant = this.#default(row);
    return meant !== 0 && meant !== id;
  }

  #openParams(id: number, open: Uint8Array): number {
    const { btf, expressionOf } = this.facts;
    for (let index = 0; index < btf.vlen(id); index++) {
      if (open[expressionOf.get(btf.extra(id, 2 * index + 1))] === 1) return 1;
    }
    return 0;
  }

  /** What a leaf means where nothing is written: the image's first definition, else the base's; 0 when there is none. */
  #default(row: number): number {
    const { expressions: rows } = this.facts;
    if ((rows.candidates[row] ?? 0) > 0) return rows.first[row] ?? 0;
    if (this.base === undefined) return 0;
    const there = this.base.expressions.table.find(rows.table.high(row), rows.table.low(row));
    return there < 0 ? 0 : (this.base.expressions.first[there] ?? 0);
  }

  #type(id: number, member: number, type: number): void {
    if (this.#open[this.facts.expressionOf.get(type)] !== 1) return;
    let leaf = 0;
    const walk = (at: number): void => {
      const { btf } = this.facts;
      const kind = btf.kind(at);
      if (leafKind[kind] !== undefined || kind === kindOf.FWD) {
        const meant = this.#default(this.facts.expressionOf.get(at));
        const target = kind === kindOf.FWD ? 0 : at;
        if (meant !== target && meant !== 0) this.#out.push(id, member, leaf, target);
        leaf++;
      } else if (kind === kindOf.ARRAY) {
        walk(btf.extra(at, 0));
      } else if (kind === kindOf.FUNC_PROTO) {
        walk(btf.type(at));
        for (let index = 0; index < btf.vlen(at); index++) walk(btf.extra(at, 2 * index + 1));
      } else if (wrapKind[kind] !== undefined || kind === kindOf.TYPE_TAG) {
        walk(btf.type(at));
      }
    };
    walk(type);
  }
}
