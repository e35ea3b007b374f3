// How many holes a struct has, out of BTF: part of its content, for the sizes of its members' types are not.
import { GapWalk } from '../ctype/gaps.ts';
import type { Btf } from '../source/btf/btf.ts';
import { kindOf } from '../source/btf/kinds.ts';
import { memberPlace } from './memberplace.ts';

export class Holes {
  readonly #sizes = new Map<number, number>();
  readonly #pointerSize: number;

  constructor(readonly btf: Btf) {
    this.#pointerSize = btf.pointerSize;
  }

  /** Stretches of unused bytes in front of the members of a struct; what is left at its end is padding and does not count. */
  count(id: number): number {
    const { btf } = this;
    const { words } = btf.owner(id);
    const walk = new GapWalk(btf.size(id));
    let holes = 0;
    let at = btf.start(id) + 3;
    for (let index = btf.vlen(id); index > 0; index--, at += 3) {
      const { bitOffset, bitSize } = memberPlace(btf, id, words, at);
      walk.next(bitOffset, bitSize, this.#size(words[at + 1] ?? 0));
      if (walk.hole > 0) holes++;
    }
    return holes;
  }

  /** Bytes; 0 for what has no size, and for a chain that no compiler makes. */
  #size(id: number): number {
    const known = this.#sizes.get(id);
    if (known !== undefined) return known;
    const { btf } = this;
    let elements = 1;
    let at = id;
    for (let hops = 0; hops < maxHops; hops++) {
      const kind = btf.kind(at);
      if (kind === kindOf.ARRAY) elements *= btf.extra(at, 2);
      else if (!wraps.has(kind)) break;
      at = kind === kindOf.ARRAY ? btf.extra(at, 0) : btf.type(at);
    }
    const kind = btf.kind(at);
    const size = elements * (kind === kindOf.PTR ? this.#pointerSize : sized.has(kind) ? btf.size(at) : 0);
    this.#sizes.set(id, size);
    return size;
  }
}

/** Real kernels need 12. */
const maxHops = 100;

const sized: ReadonlySet<number> = new Set([kindOf.INT, kindOf.FLOAT, kindOf.STRUCT, kindOf.UNION, kindOf.ENUM, kindOf.ENUM64]);
const wraps: ReadonlySet<number> = new Set([kindOf.TYPEDEF, kindOf.CONST, kindOf.VOLATILE, kindOf.RESTRICT, kindOf.TYPE_TAG]);
