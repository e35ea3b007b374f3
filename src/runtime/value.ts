// What programs hand over, decoded: the model that both printers print.
// Text is a byte string: one character (U+0000 to U+00FF) a byte, since what the kernel holds need not be UTF-8.

export type Value =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** `name` is undefined for a value that no enumerator has. */
  | { readonly kind: 'enum'; readonly value: bigint; readonly name: string | undefined }
  | { readonly kind: 'pointer'; readonly value: bigint }
  /** `trailer` is what stands behind a text that was cut short, else empty. */
  | { readonly kind: 'string'; readonly text: string; readonly trailer: string }
  | { readonly kind: 'buffer'; readonly bytes: Uint8Array }
  /** What prints as text and nothing else: symbols, stacks, addresses, times, user names. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'array' | 'tuple'; readonly elements: readonly Value[] }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [name: string, value: Value])[] }
  | { readonly kind: 'none' };

/** What a map's element may hold besides. */
export type ElementValue =
  | Value
  | { readonly kind: 'stats'; readonly count: bigint; readonly average: bigint; readonly total: bigint }
  | { readonly kind: 'hist'; readonly buckets: readonly Bucket[] };

/** One line of a histogram. `min` and `max` are inclusive; undefined where the bucket has no such end. */
export interface Bucket {
  readonly label: string;
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
  readonly count: bigint;
}

/** A map as it is printed. */
export interface MapModel {
  readonly name: string;
  /** What JSON calls it. */
  readonly type: 'map' | 'hist' | 'stats';
  /** False: the one element is the map's value. */
  readonly keyed: boolean;
  /** In the order of printing. */
  readonly elements: readonly MapElement[];
}

export interface MapElement {
  /** The parts of the key: several for a tuple; none where the map has no key. */
  readonly key: readonly Value[];
  readonly value: ElementValue;
}

/** undefined for what is no number. */
export function numberOf(value: Value): bigint | undefined {
  switch (value.kind) {
    case 'int':
    case 'enum':
    case 'pointer':
      return value.value;
    case 'bool':
      return value.value ? 1n : 0n;
    default:
      return undefined;
  }
}

/** UTF-8 bytes of an ordinary text (a file's name, a line of the script) as a byte string; literals in a Spec are byte strings already. */
export function byteString(text: string): string {
  return ascii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

 
const ascii = /^[\x00-\x7f]*$/;
