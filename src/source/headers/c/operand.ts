// Values of expressions, as far as they are known without running anything.
import { decayed, unqualified, type Type } from './types.ts';

export class Operand {
  constructor(
    /** Of an object: its declared type, not decayed. */
    readonly type: Type,
    /** Of integers and pointers that are constants; in the range of the type. */
    readonly value: bigint | undefined,
    /** Of floating constants. */
    readonly real: number | undefined = undefined,
    /** It lies in memory. */
    readonly object = false,
    /** Where an object lies, when that is a constant: `((struct s *)0)->m`. */
    readonly address: bigint | undefined = undefined,
    /** Width of a bitfield. */
    readonly bits: number | null = null,
    /** `__alignof__` of a member knows more than its type. */
    readonly align: number | null = null,
    /** What a string literal holds, without the zero at its end. */
    readonly text: string | undefined = undefined,
  ) {}
}

export function constant(type: Type, value: bigint | undefined): Operand {
  return new Operand(type, value);
}

export function unknown(type: Type): Operand {
  return new Operand(type, undefined);
}

export function realConstant(type: Type, real: number | undefined): Operand {
  return new Operand(type, undefined, real);
}

export function object(type: Type, address: bigint | undefined): Operand {
  return new Operand(type, undefined, undefined, true, address);
}

export function member(type: Type, address: bigint | undefined, bits: number | null, align: number | null): Operand {
  return new Operand(type, undefined, undefined, true, address, bits, align);
}

export function stringLiteral(type: Type, text: string): Operand {
  return new Operand(type, undefined, undefined, true, undefined, null, null, text);
}

/** A pointer, into a string literal perhaps. */
export function pointer(type: Type, value: bigint | undefined, text: string | undefined): Operand {
  return new Operand(type, value, undefined, false, undefined, null, null, text);
}

/** What an operand is as a value: arrays and functions become pointers, qualifiers go (C11 6.3.2.1). */
export function valueOf(operand: Operand): Operand {
  if (!operand.object) return operand;
  const type = decayed(operand.type);
  if (type !== operand.type) return pointer(type, operand.address, operand.text);
  return new Operand(unqualified(type), undefined, undefined, false, undefined, operand.bits);
}
