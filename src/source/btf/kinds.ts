// BTF kinds: how each is laid out behind the common three words (include/uapi/linux/btf.h, Documentation/bpf/btf.rst).

/** Kind numbers as the kernel names them, without `BTF_KIND_`. */
export const kindOf = {
  UNKN: 0, INT: 1, PTR: 2, ARRAY: 3, STRUCT: 4, UNION: 5, ENUM: 6, FWD: 7, TYPEDEF: 8, VOLATILE: 9, CONST: 10, RESTRICT: 11,
  FUNC: 12, FUNC_PROTO: 13, VAR: 14, DATASEC: 15, FLOAT: 16, DECL_TAG: 17, TYPE_TAG: 18, ENUM64: 19,
} as const;

/** How many 32-bit words follow name_off, info and size/type: `fixed` + vlen × `each`. */
export interface KindLayout {
  readonly fixed: number;
  readonly each: number;
}

export interface Kind extends KindLayout {
  readonly name: string;
  /** The third word of the type is a type id, not a size. */
  readonly typed: boolean;
  /** Which word of each element is a name offset, which a type id. */
  readonly names?: number;
  readonly types?: number;
}

/** By kind number. Kind 0 is the type void, which is never written. */
export const kinds: readonly (Kind | undefined)[] = [
  undefined,
  { name: 'INT', fixed: 1, each: 0, typed: false },
  { name: 'PTR', fixed: 0, each: 0, typed: true },
  { name: 'ARRAY', fixed: 3, each: 0, typed: false },
  { name: 'STRUCT', fixed: 0, each: 3, typed: false, names: 0, types: 1 },
  { name: 'UNION', fixed: 0, each: 3, typed: false, names: 0, types: 1 },
  { name: 'ENUM', fixed: 0, each: 2, typed: false, names: 0 },
  { name: 'FWD', fixed: 0, each: 0, typed: false },
  { name: 'TYPEDEF', fixed: 0, each: 0, typed: true },
  { name: 'VOLATILE', fixed: 0, each: 0, typed: true },
  { name: 'CONST', fixed: 0, each: 0, typed: true },
  { name: 'RESTRICT', fixed: 0, each: 0, typed: true },
  { name: 'FUNC', fixed: 0, each: 0, typed: true },
  { name: 'FUNC_PROTO', fixed: 0, each: 2, typed: true, names: 0, types: 1 },
  { name: 'VAR', fixed: 1, each: 0, typed: true },
  { name: 'DATASEC', fixed: 0, each: 3, typed: false, types: 0 },
  { name: 'FLOAT', fixed: 0, each: 0, typed: false },
  { name: 'DECL_TAG', fixed: 1, each: 0, typed: true },
  { name: 'TYPE_TAG', fixed: 0, each: 0, typed: true },
  { name: 'ENUM64', fixed: 0, each: 3, typed: false, names: 0 },
];

/** `STRUCT`, or `kind 23` for one that is not known. */
export function kindName(kind: number): string {
  return kind === kindOf.UNKN ? 'void' : (kinds[kind]?.name ?? `kind ${kind}`);
}
