// Definitions of an image that is read as a whole: they know where the table has them, and make of it what they are asked for.
import type { Enumerator, Member } from '../ctype/ctype.ts';

/** Which one of its name a definition is. */
export interface Variant {
  readonly variant: number;
  readonly variants: number;
}

class Whole {
  constructor(
    readonly id: number,
    readonly image: string,
    readonly place: Variant,
  ) {}

  get variant(): number {
    return this.place.variant;
  }

  get variants(): number {
    return this.place.variants;
  }
}

/** Most structs are asked for their size only, and a whole kernel's members are too many to keep: they are made whenever they are asked for. */
export class WholeRecord extends Whole {
  constructor(
    id: number,
    image: string,
    place: Variant,
    readonly kind: 'struct' | 'union',
    readonly name: string | null,
    readonly size: number,
    readonly read: () => readonly Member[],
  ) {
    super(id, image, place);
  }

  get members(): readonly Member[] {
    return this.read();
  }
}

/** Most enums are types of members, of which the size is asked: values are read when they are wanted. */
export class WholeEnum extends Whole {
  readonly kind = 'enum';
  #values: readonly Enumerator[] | undefined;

  constructor(
    id: number,
    image: string,
    place: Variant,
    readonly name: string | null,
    readonly size: number,
    readonly signed: boolean,
    readonly read: () => readonly Enumerator[],
  ) {
    super(id, image, place);
  }

  get values(): readonly Enumerator[] {
    this.#values ??= this.read();
    return this.#values;
  }
}
