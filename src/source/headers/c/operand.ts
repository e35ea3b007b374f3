// Values of expressions, as far as they are known without running anything.
import { decayed, unqualified, type Type } from './types.ts';

export interface Operand {
  /** Of an object: its declared type, not decayed. */
  readonly type: Type;
  /** Of integers and pointers that are constants. */
  readonly value: bigint | undefined;
  /** Of floating constants. */
  readonly real: number | undefined;
  /** Where an object lies, when that is a constant: `((struct s *)0)->m`. */
  readonly address: bigint | undefined;
  readonly object: boolean;
  /** Width of a bitfield. */
  readonly bits: number | null;
  /** `__alignof__` of a member knows more than its type. */
  readonly align: number | null;
  /** What a string literal holds, without the zero at its end. */
  readonly text: string | undefined;
}

const nothing = { value: undefined, real: undefined, address: undefined, object: false, bits: null, align: null, text: undefined } as const;

/** @param value in the range of the type */
export function constant(type: Type, value: bigint | undefined): Operand {
  return { ...nothing, type, value };
}

export function unknown(type: Type): Operand {
  return { ...nothing, type };
}

export function realConstant(type: Type, real: number | undefined): Operand {
  return { ...nothing, type, real };
}

export function object(type: Type, address: bigint | undefined): Operand {
  return { ...nothing, type, address, object: true };
}

export function member(type: Type, address: bigint | undefined, bits: number | null, align: number | null): Operand {
  return { ...nothing, type, address, object: true, bits, align };
}

export function stringLiteral(type: Type, text: string): Operand {
  return { ...nothing, type, text, object: true };
}

/** What an operand is as a value: arrays and functions become pointers, qualifiers go (C11 6.3.2.1). */
export function valueOf(operand: Operand): Operand {
  if (!operand.object) return operand;
  const type = decayed(operand.type);
  if (type !== operand.type) return { ...nothing, type, value: operand.address, text: operand.text };
  return { ...nothing, type: unqualified(type), bits: operand.bits, value: undefined };
}
