// BTF as C definitions, decoded one by one when they are asked for: no catalog in between.
import type { CType, Definition, Enumerator, FunctionType, IntType, Member, Ref } from '../../ctype/ctype.ts';
import type { Btf } from './btf.ts';
import { kindOf } from './kinds.ts';

/** What a definition is to be called. */
export interface Naming {
  readonly image: string;
  /** What a leaf's `key` says of a type id; null for a leaf that is only declared. */
  readonly key: (id: number) => number | null;
  /** `char` is one by its name, too: compilers for kernels write only of its sign. */
  readonly charsByName?: boolean;
}

/** Reads types by their ids. Chains of types are as long as the file makes them: `parseBtf` has checked that they end. */
export class BtfDefinitions {
  readonly #types = new Map<number, CType>();

  constructor(
    readonly btf: Btf,
    readonly naming: Naming,
  ) {}

  /** The definition with that id, without its place among variants; undefined for a type that defines nothing. */
  definition(id: number): Definition | undefined {
    const { btf } = this;
    const defined = { id, image: this.naming.image, variant: 1, variants: 1 };
    const name = btf.name(id);
    const kind = definitionKinds[btf.kind(id)];
    switch (kind) {
      case 'struct':
      case 'union':
        return { ...defined, kind, name: name === '' ? null : name, size: btf.size(id), members: this.members(id) };
      case 'enum':
        return { ...defined, kind, name: name === '' ? null : name, size: btf.size(id), signed: btf.flag(id), values: this.enumerators(id) };
      case 'typedef':
        return { ...defined, kind, name, type: this.type(btf.type(id)) };
      case 'function': {
        const type = this.type(btf.type(id));
        return type.kind === 'function' ? { ...defined, kind, name, type } : btf.fail(id, 'a function without a prototype');
      }
      default:
        return undefined;
    }
  }

  /** Of a struct or union. */
  members(id: number): readonly Member[] {
    const { btf } = this;
    const flag = btf.flag(id);
    return Array.from({ length: btf.vlen(id) }, (_, index) => {
      const at = index * 3;
      const word = btf.extra(id, at + 2);
      const width = flag ? word >>> 24 : 0;
      const name = btf.string(btf.extra(id, at));
      return { name: name === '' ? null : name, type: this.type(btf.extra(id, at + 1)), bitOffset: flag ? word & 0xffffff : word, bitSize: width === 0 ? null : width };
    });
  }

  /** Of an ENUM or ENUM64. */
  enumerators(id: number): readonly Enumerator[] {
    const { btf } = this;
    const wide = btf.kind(id) === kindOf.ENUM64;
    return Array.from({ length: btf.vlen(id) }, (_, index) => {
      const at = index * (wide ? 3 : 2);
      const low = BigInt(btf.extra(id, at + 1));
      const value = wide ? (BigInt(btf.extra(id, at + 2)) << 32n) | low : low;
      return { name: btf.string(btf.extra(id, at)), value: btf.flag(id) ? BigInt.asIntN(wide ? 64 : 32, value) : value };
    });
  }

  /** The type expression that an id stands for. */
  type(id: number): CType {
    if (id === 0) return { kind: 'void' };
    const known = this.#types.get(id);
    if (known !== undefined) return known;
    const made = this.#make(id);
    this.#types.set(id, made);
    return made;
  }

  #make(id: number): CType {
    const { btf } = this;
    const kind = btf.kind(id);
    const qualifier = qualifiers[kind];
    if (qualifier !== undefined) return { kind: qualifier, of: this.type(btf.type(id)) };
    const leaf = leaves[kind];
    if (leaf !== undefined) return this.#leaf(leaf, id);
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
        return { kind: btf.flag(id) ? 'union' : 'struct', name: btf.name(id), key: null };
      case kindOf.FUNC_PROTO:
        return this.#prototype(id);
      case kindOf.TYPE_TAG:
        return { kind: 'tag', tag: btf.name(id), of: this.type(btf.type(id)) };
      default:
        return btf.fail(id, 'not the type of a value');
    }
  }

  #leaf(kind: Ref['kind'], id: number): Ref {
    const name = this.btf.name(id);
    return { kind, name: name === '' ? null : name, key: this.naming.key(id) };
  }

  #int(id: number): IntType {
    const { btf } = this;
    const name = btf.name(id);
    const encoding = btf.extra(id, 0) >>> 24;
    const char = (encoding & 2) !== 0 || (this.naming.charsByName === true && /\bchar$/.test(name));
    return { kind: 'int', name, size: btf.size(id), signed: (encoding & 1) !== 0, encoding: (encoding & 4) !== 0 ? 'bool' : char ? 'char' : 'int' };
  }

  /** A last parameter that is void says that more may follow. */
  #prototype(id: number): FunctionType {
    const { btf } = this;
    const all = Array.from({ length: btf.vlen(id) }, (_, index) => ({ name: btf.string(btf.extra(id, index * 2)), type: btf.extra(id, index * 2 + 1) }));
    const variadic = all.at(-1)?.type === 0;
    const params = (variadic ? all.slice(0, -1) : all).map(({ name, type }) => ({ name: name === '' ? null : name, type: this.type(type) }));
    return { kind: 'function', returns: this.type(btf.type(id)), params, variadic };
  }
}

const leaves: Readonly<Record<number, Ref['kind']>> = {
  [kindOf.STRUCT]: 'struct', [kindOf.UNION]: 'union', [kindOf.ENUM]: 'enum', [kindOf.ENUM64]: 'enum', [kindOf.TYPEDEF]: 'typedef',
};
const definitionKinds: Readonly<Record<number, Ref['kind'] | 'function'>> = { ...leaves, [kindOf.FUNC]: 'function' };
const qualifiers: Readonly<Record<number, 'const' | 'volatile' | 'restrict'>> = { [kindOf.CONST]: 'const', [kindOf.VOLATILE]: 'volatile', [kindOf.RESTRICT]: 'restrict' };
