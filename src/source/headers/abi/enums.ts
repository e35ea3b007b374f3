// Sizes and signs of enums, as gcc chooses them without -fshort-enums (all our ABIs).

export interface EnumForm {
  /** Bytes; 16 where no type of 8 holds all values. */
  readonly size: number;
  readonly signed: boolean;
}

/** int or unsigned int, a wider type where a value needs it; the smallest one that holds all of them when packed. */
export function enumForm(values: Iterable<bigint>, packed: boolean): EnumForm {
  let [least, most] = [0n, 0n];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const signed = least < 0n;
  const fits = (size: number): boolean => {
    const bits = BigInt(8 * size - (signed ? 1 : 0));
    return most < 1n << bits && least >= -(1n << bits);
  };
  return { size: (packed ? [1, 2, 4, 8] : [4, 8]).find(fits) ?? 16, signed };
}
