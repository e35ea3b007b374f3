// Which definition a leaf means where its name has several in sight: written down only where the default is wrong.
import { kindOf } from '../source/btf/kinds.ts';
import type { Facts } from './factrows.ts';
import { kindNumber, leafKind, wrapKind } from './kinds.ts';

/** A leaf that its name does not settle: inside definition `id`, in the type of `member`, the leaf number `leaf` means `target`. */
export interface Settlement {
  readonly id: number;
  readonly member: number;
  /** Leaves of one type are counted depth first: what is returned, then the parameters. */
  readonly leaf: number;
  /** BTF id; 0 where the type is only declared. */
  readonly target: number;
}

/** @param base facts of the vmlinux that a module stands on */
export function settle(facts: Facts, base: Facts | undefined): readonly Settlement[] {
  return new Settler(facts, base).settle();
}

/** Finds the leaves whose name has several definitions in sight, and says which one each means. */
class Settler {
  readonly #out: Settlement[] = [];
  /** By expression: it holds a leaf that its name does not settle. */
  readonly #open: Uint8Array;

  constructor(
    readonly facts: Facts,
    readonly base: Facts | undefined,
  ) {
    this.#open = this.#findOpen();
  }

  settle(): readonly Settlement[] {
    const { btf } = this.facts;
    for (let id = btf.firstId; id < btf.endId; id++) {
      const kind = btf.kind(id);
      if (kind === kindOf.STRUCT || kind === kindOf.UNION) {
        for (let member = 0; member < btf.vlen(id); member++) this.#type(id, member, btf.extra(id, 3 * member + 1));
      } else if (kind === kindOf.TYPEDEF || kind === kindOf.FUNC || kind === kindOf.VAR) {
        this.#type(id, 0, btf.type(id));
      }
    }
    return this.#out;
  }

  #findOpen(): Uint8Array {
    const { expressions: rows, btf, expressionOf } = this.facts;
    const open = new Uint8Array(rows.table.size);
    for (let id = 1; id < btf.endId; id++) {
      const row = expressionOf[id] ?? -1;
      if (row < 0) continue;
      const meant = this.#default(row);
      const leaf = btf.kind(id) === kindOf.FWD || (rows.of[row] === -1 && leafKind[btf.kind(id)] !== undefined);
      if (leaf && meant !== 0 && meant !== id) open[row] = 1;
    }
    for (let row = 0; row < open.length; row++) {
      if (open[row] === 1) continue;
      const of = rows.of[row] ?? -1;
      if (of >= 0 && open[of] === 1) open[row] = 1;
      else if (rows.kind[row] === kindNumber.prototype) open[row] = this.#openParams(rows.id[row] ?? 0, open);
    }
    return open;
  }

  #openParams(id: number, open: Uint8Array): number {
    const { btf, expressionOf } = this.facts;
    for (let index = 0; index < btf.vlen(id); index++) {
      if (open[expressionOf[btf.extra(id, 2 * index + 1)] ?? 0] === 1) return 1;
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
    const row = this.facts.expressionOf[type] ?? -1;
    if (row < 0 || this.#open[row] === 0) return;
    let leaf = 0;
    const walk = (at: number): void => {
      const { btf } = this.facts;
      const kind = btf.kind(at);
      if (leafKind[kind] !== undefined || kind === kindOf.FWD) {
        const meant = this.#default(this.facts.expressionOf[at] ?? -1);
        const target = kind === kindOf.FWD ? 0 : at;
        if (meant !== target && meant !== 0) this.#out.push({ id, member, leaf, target });
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
