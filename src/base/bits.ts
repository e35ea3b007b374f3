// Two's complement on bigint and alignment on number.

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** The low `bits` bits, read as unsigned. */
export function toUnsigned(value: bigint, bits = 64): bigint {
  return BigInt.asUintN(bits, value);
}

/** The low `bits` bits, read as signed. */
export function toSigned(value: bigint, bits = 64): bigint {
  return BigInt.asIntN(bits, value);
}
