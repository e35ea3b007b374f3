// Numbers of the `kind` columns, the same for type expressions and definitions. They are stored: append only.

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
