// Types of a BTF file as C types, read straight from its words: what headers are compared with.
import type { CType, IntType, Ref } from '../../../../src/ctype/ctype.ts';
import { kindOf } from '../../../../src/source/btf/kinds.ts';
import type { Btf } from '../../../../src/source/btf/btf.ts';

export interface BtfMember {
  readonly name: string;
  readonly type: CType;
  readonly bitOffset: number;
  readonly bitSize: number | null;
}

export class BtfTypes {
  /** `struct sock` → ids, those without a body left out. */
  readonly byName = new Map<string, number[]>();

  constructor(readonly btf: Btf) {
    for (let id = 1; id < btf.endId; id++) {
      const kind = names[btf.kind(id)];
      if (kind === undefined) continue;
      const name = `${kind} ${btf.name(id)}`;
      const known = this.byName.get(name);
      if (known === undefined) this.byName.set(name, [id]);
      else known.push(id);
    }
  }

  size(id: number): number {
    return this.btf.size(id);
  }

  members(id: number): readonly BtfMember[] {
    const { btf } = this;
    return Array.from({ length: btf.vlen(id) }, (_, index) => {
      const at = index * 3;
      const offset = btf.extra(id, at + 2);
      const width = btf.flag(id) ? offset >>> 24 : 0;
      return { name: btf.string(btf.extra(id, at)), type: this.type(btf.extra(id, at + 1)), bitOffset: btf.flag(id) ? offset & 0xffffff : offset, bitSize: width === 0 ? null : width };
    });
  }

  enumerators(id: number): readonly { readonly name: string; readonly value: bigint }[] {
    const { btf } = this;
    const wide = btf.kind(id) === kindOf.ENUM64;
    return Array.from({ length: btf.vlen(id) }, (_, index) => {
      const at = index * (wide ? 3 : 2);
      const low = BigInt(btf.extra(id, at + 1));
      const value = wide ? (BigInt(btf.extra(id, at + 2)) << 32n) | low : low;
      return { name: btf.string(btf.extra(id, at)), value: btf.flag(id) ? BigInt.asIntN(wide ? 64 : 32, value) : value };
    });
  }

  /** Leaves carry the id as their key. */
  type(id: number): CType {
    const { btf } = this;
    if (id === 0) return { kind: 'void' };
    const kind = btf.kind(id);
    const name = btf.name(id) === '' ? null : btf.name(id);
    const qualifier = qualifiers[kind];
    if (qualifier !== undefined) return { kind: qualifier, of: this.type(btf.type(id)) };
    const leaf = names[kind];
    if (leaf !== undefined) return { kind: leaf, name, key: id };
    switch (kind) {
      case kindOf.INT:
        return this.#int(id);
      case kindOf.FLOAT:
        return { kind: 'float', name: btf.name(id), size: btf.size(id) };
      case kindOf.PTR:
        return { kind: 'ptr', to: this.type(btf.type(id)) };
      case kindOf.ARRAY:
        return { kind: 'array', of: this.type(btf.extra(id, 0)), count: btf.extra(id, 2) };
      case kindOf.FWD:
        return { kind: btf.flag(id) ? 'union' : 'struct', name, key: null };
      case kindOf.FUNC_PROTO:
        return this.#prototype(id);
      case kindOf.TYPE_TAG:
        return { kind: 'tag', tag: btf.name(id), of: this.type(btf.type(id)) };
      default:
        return btf.fail(id, 'not a type of a member');
    }
  }

  #int(id: number): IntType {
    const { btf } = this;
    const encoding = btf.extra(id, 0) >>> 24;
    return { kind: 'int', name: btf.name(id), size: btf.size(id), signed: (encoding & 1) !== 0, encoding: (encoding & 4) !== 0 ? 'bool' : (encoding & 2) !== 0 ? 'char' : 'int' };
  }

  #prototype(id: number): CType {
    const { btf } = this;
    const ids = Array.from({ length: btf.vlen(id) }, (_, index) => ({ name: btf.string(btf.extra(id, index * 2)), type: btf.extra(id, index * 2 + 1) }));
    const variadic = ids.at(-1)?.type === 0;
    return {
      kind: 'function',
      returns: this.type(btf.type(id)),
      params: (variadic ? ids.slice(0, -1) : ids).map(({ name, type }) => ({ name: name === '' ? null : name, type: this.type(type) })),
      variadic,
    };
  }
}

const names: Readonly<Record<number, Ref['kind']>> = { [kindOf.STRUCT]: 'struct', [kindOf.UNION]: 'union', [kindOf.ENUM]: 'enum', [kindOf.ENUM64]: 'enum', [kindOf.TYPEDEF]: 'typedef' };
const qualifiers: Readonly<Record<number, 'const' | 'volatile' | 'restrict'>> = { [kindOf.CONST]: 'const', [kindOf.VOLATILE]: 'volatile', [kindOf.RESTRICT]: 'restrict' };
