// Numbers of the `kind` columns, the same for type expressions and definitions. They are stored: append only.
import { kindOf } from '../source/btf/kinds.ts';

export const kindNumber = {
  void: 0, int: 1, float: 2, ptr: 3, array: 4, const: 5, volatile: 6, restrict: 7, tag: 8, prototype: 9,
  struct: 10, union: 11, enum: 12, typedef: 13, function: 14, variable: 15,
} as const;

export type KindName = keyof typeof kindNumber;

/** By number. */
export const kindNames: readonly KindName[] = [
  'void', 'int', 'float', 'ptr', 'array', 'const', 'volatile', 'restrict', 'tag', 'prototype',
  'struct', 'union', 'enum', 'typedef', 'function', 'variable',
];

/** BTF kinds that are definitions; as types they are leaves. */
export const leafKind: Readonly<Record<number, number>> = {
  [kindOf.STRUCT]: kindNumber.struct,
  [kindOf.UNION]: kindNumber.union,
  [kindOf.ENUM]: kindNumber.enum,
  [kindOf.ENUM64]: kindNumber.enum,
  [kindOf.TYPEDEF]: kindNumber.typedef,
  [kindOf.FUNC]: kindNumber.function,
  [kindOf.VAR]: kindNumber.variable,
};

/** BTF kinds that wrap one type and say nothing else. */
export const wrapKind: Readonly<Record<number, number>> = {
  [kindOf.PTR]: kindNumber.ptr,
  [kindOf.CONST]: kindNumber.const,
  [kindOf.VOLATILE]: kindNumber.volatile,
  [kindOf.RESTRICT]: kindNumber.restrict,
};
