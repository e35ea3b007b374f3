// Definitions of an image that is read as a whole: they know where the table has them, and make of it what they are asked for.
import { memberList, type MemberColumns } from '../ctype/columns.ts';
import type { CType, Enumerator, Member } from '../ctype/ctype.ts';
import type { DefinitionTable } from './definitiontable.ts';
import type { Expressions, SettledLeaves } from './expressions.ts';
import type { Settled } from './settlements.ts';

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

/** Most structs are asked for their size only: members stay in columns. */
export class WholeRecord extends Whole {
  readonly #columns: MemberColumns;
  #members: readonly Member[] | undefined;

  constructor(
    id: number,
    image: string,
    place: Variant,
    readonly kind: 'struct' | 'union',
    readonly name: string | null,
    readonly size: number,
    columns: MemberColumns,
  ) {
    super(id, image, place);
    this.#columns = columns;
  }

  get columns(): MemberColumns {
    return this.#columns;
  }

  get members(): readonly Member[] {
    this.#members ??= memberList(this.#columns);
    return this.#members;
  }
}

export class WholeMembers implements MemberColumns {
  constructor(
    readonly table: DefinitionTable,
    readonly first: number,
    readonly count: number,
    readonly expressions: Expressions,
    readonly settled: Settled | undefined,
  ) {}

  name(at: number): string | null {
    return this.table.memberName(this.first + at);
  }

  type(at: number): CType {
    const expression = this.table.memberTypes[this.first + at] ?? 0;
    return this.settled === undefined ? this.expressions.type(expression) : typeOf(this.expressions, expression, this.settled.get(at));
  }

  bitOffset(at: number): number {
    return this.table.memberOffsets[this.first + at] ?? 0;
  }

  bitSize(at: number): number | null {
    const width = this.table.memberWidths[this.first + at] ?? 0;
    return width === 0 ? null : width - 1;
  }
}

export function typeOf(expressions: Expressions, expression: number, leaves: SettledLeaves | undefined): CType {
  return leaves === undefined ? expressions.type(expression) : expressions.settledType(expression, leaves);
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
