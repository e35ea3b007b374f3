// What a number means in an enum: the name of a value, or the flags that make it up.
import type { EnumDefinition } from '../ctype/ctype.ts';

export interface EnumValue {
  readonly value: bigint;
  /** Enumerators that have this very value. */
  readonly names: readonly string[];
  /** Where none has: single bits that make it up, lowest first; empty where the enum is none of flags. */
  readonly flags: readonly string[];
  /** What no flag covers. */
  readonly rest: bigint;
}

/** What a value means; for a negative one of an enum without sign, the pattern of its bits. */
export function enumValue(definition: EnumDefinition, value: bigint): EnumValue {
  const width = definition.size * 8;
  const wanted = definition.signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
  const names = definition.values.filter((each) => each.value === wanted).map(({ name }) => name);
  if (names.length > 0 || wanted <= 0n || !areFlags(definition)) return { value: wanted, names, flags: [], rest: names.length > 0 ? 0n : wanted };
  const bits = definition.values.filter((each) => isBit(each.value) && (each.value & wanted) !== 0n);
  const first = bits.filter((each, at) => bits.findIndex((other) => other.value === each.value) === at).sort((a, b) => (a.value < b.value ? -1 : 1));
  return { value: wanted, names, flags: first.map(({ name }) => name), rest: first.reduce((rest, each) => rest & ~each.value, wanted) };
}

/** `TCP_ESTABLISHED`, `A|B`, `A|0x40`; the number itself where the enum does not know it. */
export function enumValueText({ value, names, flags, rest }: EnumValue): string {
  if (names.length > 0) return names.join(' = ');
  if (flags.length === 0) return String(value);
  return [...flags, ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join('|');
}

/** `3`, `0x41`, `-1`, or names of the enum with `|` between them; undefined for anything else. */
export function readEnumValue(definition: EnumDefinition, text: string): bigint | undefined {
  const parts = text.split('|').map((part) => {
    const word = part.trim();
    if (/^-?(?:0x[0-9a-f]+|\d+)$/i.test(word)) return word.startsWith('-') ? -BigInt(word.slice(1)) : BigInt(word);
    return definition.values.find(({ name }) => name === word)?.value;
  });
  return parts.reduce<bigint | undefined>((sum, part) => (sum === undefined || part === undefined ? undefined : sum | part), 0n);
}

/** An enum of flags has two single bits or more, more of them than of other values, and does not just count up: 1, 2, 3. */
function areFlags({ values }: EnumDefinition): boolean {
  const positive = new Set(values.map(({ value }) => value).filter((value) => value > 0n));
  const bits = [...positive].filter(isBit);
  const counting = positive.has(3n) && positive.has(1n) && positive.has(2n);
  return bits.length >= 2 && bits.length * 2 > positive.size && !(counting && !positive.has(4n)) && !(counting && positive.has(5n));
}

function isBit(value: bigint): boolean {
  return value > 0n && (value & (value - 1n)) === 0n;
}
