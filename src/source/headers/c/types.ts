// Types while declarations are read: what ctype has, and besides it what layouts and expressions need (alignments, ranks, records that are not complete yet).
import type { IntType } from '../../../ctype/ctype.ts';

export type Type = VoidType | IntegerType | FloatType | PointerType | ArrayType | VectorType | QualifiedType | AlignedType | TagType | FunctionType | RecordType | EnumType | TypedefType;

export interface VoidType {
  readonly kind: 'void';
}

export interface IntegerType {
  readonly kind: 'int';
  readonly name: string;
  readonly size: number;
  /** Bytes, outside of records. */
  readonly align: number;
  readonly signed: boolean;
  readonly encoding: IntType['encoding'];
  /** C11 6.3.1.1: char 1 … long long 5, __int128 6; _Bool 0. */
  readonly rank: number;
}

export interface FloatType {
  readonly kind: 'float';
  readonly name: string;
  readonly size: number;
  readonly align: number;
}

export interface PointerType {
  readonly kind: 'ptr';
  readonly to: Type;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly of: Type;
  /** null: `[]`, or a count that is no constant. */
  readonly count: number | null;
}

export interface VectorType {
  readonly kind: 'vector';
  readonly of: Type;
  readonly count: number;
  readonly size: number;
  readonly align: number;
}

export interface QualifiedType {
  readonly kind: 'qualified';
  /** Of `qualifier`, or-ed. */
  readonly qualifiers: number;
  readonly of: Type;
}

export const qualifier = { const: 1, volatile: 2, restrict: 4, atomic: 8 } as const;

/** `aligned` on a type that is neither a record nor an enum. */
export interface AlignedType {
  readonly kind: 'aligned';
  readonly of: Type;
  readonly align: number;
}

/** `btf_type_tag` */
export interface TagType {
  readonly kind: 'tag';
  readonly tag: string;
  readonly of: Type;
}

export interface FunctionType {
  readonly kind: 'function';
  readonly returns: Type;
  readonly params: readonly Param[];
  readonly variadic: boolean;
}

export interface Param {
  readonly name: string | null;
  readonly type: Type;
}

export interface RecordType {
  readonly kind: 'struct' | 'union';
  readonly name: string | null;
  /** null until its body is closed. */
  fields: readonly Field[] | null;
  size: number;
  align: number;
  userAlign: boolean;
  /** Its body ends with an array without a count, so nothing tells how long one is. */
  flexible: boolean;
  /** Number of its definition, -1 while there is none. */
  index: number;
}

export interface Field {
  readonly name: string | null;
  readonly type: Type;
  /** From the start of the record. */
  readonly bitOffset: number;
  readonly bitSize: number | null;
  readonly align: number;
}

export interface EnumType {
  readonly kind: 'enum';
  readonly name: string | null;
  values: readonly { readonly name: string; readonly value: bigint }[] | null;
  size: number;
  align: number;
  userAlign: boolean;
  /** The integer type that it is in expressions; null while it is only declared. */
  underlying: IntegerType | null;
  index: number;
}

export interface TypedefType {
  readonly kind: 'typedef';
  readonly name: string;
  readonly type: Type;
  readonly index: number;
}

export const voidType: VoidType = { kind: 'void' };

export function pointerTo(to: Type): PointerType {
  return { kind: 'ptr', to };
}

/** Qualifiers of an array are those of its elements. */
export function qualified(type: Type, qualifiers: number): Type {
  if (qualifiers === 0) return type;
  if (type.kind === 'qualified') return (type.qualifiers | qualifiers) === type.qualifiers ? type : { kind: 'qualified', qualifiers: type.qualifiers | qualifiers, of: type.of };
  if (type.kind === 'array') return { kind: 'array', of: qualified(type.of, qualifiers), count: type.count };
  return { kind: 'qualified', qualifiers, of: type };
}

/** Takes off typedefs, qualifiers, alignments and tags. */
export function under(type: Type): Exclude<Type, QualifiedType | AlignedType | TagType | TypedefType> {
  let at = type;
  for (;;) {
    if (at.kind === 'typedef') at = at.type;
    else if (at.kind === 'qualified' || at.kind === 'aligned' || at.kind === 'tag') at = at.of;
    else return at;
  }
}

/** Takes off the qualifiers of the outermost type; through typedefs when there are any behind them. */
export function unqualified(type: Type): Type {
  if (type.kind === 'qualified') return unqualified(type.of);
  if (type.kind !== 'typedef') return type;
  const inner = unqualified(type.type);
  return inner === type.type ? type : inner;
}

/** Every qualifier of the outermost type. */
export function qualifiersOf(type: Type): number {
  let found = 0;
  let at = type;
  for (;;) {
    if (at.kind === 'qualified') found |= at.qualifiers;
    if (at.kind === 'typedef') at = at.type;
    else if (at.kind === 'qualified' || at.kind === 'aligned' || at.kind === 'tag') at = at.of;
    else return found;
  }
}

/** As the parameter of a function, or as the value of an expression: arrays and functions become pointers. */
export function decayed(type: Type): Type {
  const at = under(type);
  if (at.kind === 'array') return pointerTo(at.of);
  return at.kind === 'function' ? pointerTo(type) : type;
}
