// C types as data: what BTF, kernel headers and scripts all become. Sizes are in bytes, bit offsets in bits.

/** A type expression. Tags and typedefs are leaves: what they mean is asked of a `Types`. */
export type CType = VoidType | IntType | FloatType | PtrType | ArrayType | QualifiedType | AttributedType | FunctionType | Ref;

export interface VoidType {
  readonly kind: 'void';
}

export interface IntType {
  readonly kind: 'int';
  /** As DWARF spells it: `long unsigned int`, `char`, `_Bool`. */
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly encoding: 'int' | 'char' | 'bool';
}

export interface FloatType {
  readonly kind: 'float';
  readonly name: string;
  readonly size: number;
}

export interface PtrType {
  readonly kind: 'ptr';
  readonly to: CType;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly of: CType;
  /** 0 for flexible and zero-length arrays. */
  readonly count: number;
}

export interface QualifiedType {
  readonly kind: 'const' | 'volatile' | 'restrict';
  readonly of: CType;
}

/** BTF_KIND_TYPE_TAG: `__user`, `__rcu`, `__percpu` where the compiler wrote them. */
export interface AttributedType {
  readonly kind: 'tag';
  readonly tag: string;
  readonly of: CType;
}

export interface FunctionType {
  readonly kind: 'function';
  readonly returns: CType;
  readonly params: readonly Param[];
  readonly variadic: boolean;
}

export interface Param {
  readonly name: string | null;
  readonly type: CType;
}

export type RefKind = 'struct' | 'union' | 'enum' | 'typedef';

/**
 * A leaf that names a definition. `name` is null for anonymous struct, union and enum.
 * `key` belongs to the `Types` that made the leaf: it settles which of several definitions of one name is meant
 * and finds the body of an anonymous one; null where only the name is known (a script's cast).
 */
export interface Ref {
  readonly kind: RefKind;
  readonly name: string | null;
  readonly key: string | number | null;
}

export type Definition = RecordDefinition | EnumDefinition | TypedefDefinition | FunctionDefinition | VariableDefinition;

interface Defined {
  /** Type id in the BTF that it was read from, null where it came from C text. */
  readonly id: number | null;
  /** Name of the image that defines it: `vmlinux`, a module's name, or the script's own text. */
  readonly image: string;
  /** Position among the definitions of this kind and name in the image, counted from 1, and how many there are. */
  readonly variant: number;
  readonly variants: number;
}

export interface RecordDefinition extends Defined {
  readonly kind: 'struct' | 'union';
  readonly name: string | null;
  /** Bytes. */
  readonly size: number;
  readonly members: readonly Member[];
}

export interface Member {
  /** null for anonymous struct and union members (and unnamed bitfields). */
  readonly name: string | null;
  readonly type: CType;
  /** Bits from the start of the record. */
  readonly bitOffset: number;
  /** Width of a bitfield, null for ordinary members. */
  readonly bitSize: number | null;
}

export interface EnumDefinition extends Defined {
  readonly kind: 'enum';
  readonly name: string | null;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly Enumerator[];
}

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

export interface TypedefDefinition extends Defined {
  readonly kind: 'typedef';
  readonly name: string;
  readonly type: CType;
}

export interface FunctionDefinition extends Defined {
  readonly kind: 'function';
  readonly name: string;
  readonly type: FunctionType;
}

/** A per-CPU variable; `offset` in bytes inside the per-CPU area. */
export interface VariableDefinition extends Defined {
  readonly kind: 'variable';
  readonly name: string;
  readonly type: CType;
  readonly offset: number;
}

export type DefinitionKind = Definition['kind'];

/** The definition type of a kind: `DefinitionOf<'enum'>` is EnumDefinition. */
export type DefinitionOf<K extends DefinitionKind> = DefinitionsByKind[K];

interface DefinitionsByKind {
  readonly struct: RecordDefinition & { readonly kind: 'struct' };
  readonly union: RecordDefinition & { readonly kind: 'union' };
  readonly enum: EnumDefinition;
  readonly typedef: TypedefDefinition;
  readonly function: FunctionDefinition;
  readonly variable: VariableDefinition;
}

export const voidType: VoidType = { kind: 'void' };

export function pointerTo(to: CType): PtrType {
  return { kind: 'ptr', to };
}
