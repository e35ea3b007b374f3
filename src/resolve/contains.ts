// Which structs and unions have a type inside them, as a member or nested in members, and where it lies first.
import type { CType, Member, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import type { Types } from '../ctype/types.ts';
import type { Holding, HoldingMember, HoldingRecord } from '../index/holding.ts';
import { kindNumber } from '../index/kinds.ts';
import type { Ids } from '../index/search.ts';

export interface Containment {
  /** From the record to the nearest member of the type: `__sk_common.skc_node`, `heads[0]`. */
  readonly path: string;
  /** Of that member, from the start of the record. */
  readonly bitOffset: number;
  /** Members of the type, at any depth; arrays count once. */
  readonly places: number;
}

/** Where definitions that have some types inside have them. */
export class Containers {
  readonly #found = new Map<number, Nearest | undefined>();
  readonly #targets: ReadonlySet<number>;

  /** @param targets expressions, leaves */
  constructor(
    readonly holding: Holding,
    targets: Ids,
  ) {
    this.#targets = new Set(targets);
  }

  /** The name of a type on the way has several definitions: which one is meant, only the definitions themselves tell. */
  uncertain(record: HoldingRecord): boolean {
    return this.#nearest(record)?.uncertain === true;
  }

  of(record: HoldingRecord): Containment | undefined {
    const nearest = this.#nearest(record);
    return nearest && { path: this.#path(nearest), bitOffset: nearest.bitOffset, places: nearest.places };
  }

  #nearest(record: HoldingRecord): Nearest | undefined {
    const { definition } = record;
    const known = this.#found.get(definition);
    if (known !== undefined || this.#found.has(definition)) return known;
    this.#found.set(definition, undefined);
    let best: Nearest | undefined;
    let places = 0;
    let uncertain = false;
    for (const member of record.members) {
      const way = this.#through(member);
      if (way === undefined) continue;
      places += way.places;
      uncertain ||= way.uncertain;
      if (best === undefined || isNearer(way, best)) best = way;
    }
    if (best === undefined) return undefined;
    const found = best.places === places && best.uncertain === uncertain ? best : { ...best, places, uncertain };
    this.#found.set(definition, found);
    return found;
  }

  #through(member: HoldingMember): Nearest | undefined {
    let inArray = false;
    let uncertain = false;
    let { type } = member;
    while (!this.#targets.has(type)) {
      const made = this.holding.types.get(type);
      if (made === undefined) return this.#into(member, type, inArray, uncertain);
      inArray ||= made.kind === kindNumber.array;
      uncertain ||= made.several;
      type = made.of;
    }
    return { member, array: false, inner: undefined, bitOffset: member.bitOffset, depth: 0, places: 1, uncertain };
  }

  #into(member: HoldingMember, leaf: number, array: boolean, uncertain: boolean): Nearest | undefined {
    const records = this.holding.leaves.get(leaf) ?? [];
    const inner = records.find((each) => this.#nearest(each) !== undefined);
    const nearest = inner && this.#nearest(inner);
    if (inner === undefined || nearest === undefined) return undefined;
    const { depth, places, bitOffset } = nearest;
    return {
      member, array, inner, places, bitOffset: member.bitOffset + bitOffset, depth: depth + (member.name === '' ? 0 : 1), uncertain: uncertain || inner.several || nearest.uncertain,
    };
  }

  #path({ member, array, inner }: Nearest): string {
    const { name } = member;
    const next = inner && this.#nearest(inner);
    return next === undefined ? name : `${name}${array ? '[0]' : ''}${name === '' ? '' : '.'}${this.#path(next)}`;
  }
}

/** Of two that are as near, the one that is declared first. */
function isNearer(way: Nearest, best: Nearest): boolean {
  if (way.depth !== best.depth) return way.depth < best.depth;
  return way.bitOffset === best.bitOffset ? way.member.position < best.member.position : way.bitOffset < best.bitOffset;
}

interface Nearest {
  readonly member: HoldingMember;
  readonly array: boolean;
  /** What the member is of, undefined where it is of the type itself. */
  readonly inner: HoldingRecord | undefined;
  readonly bitOffset: number;
  /** Named members that it goes through: 0 where the type is a member of the record itself. */
  readonly depth: number;
  readonly places: number;
  readonly uncertain: boolean;
}

/** The same of single definitions, by their members' own types. */
export class Contents {
  readonly #found = new Map<RecordDefinition, Placed | undefined>();

  constructor(
    readonly types: Types,
    readonly isTarget: (type: CType) => boolean,
  ) {}

  of(record: RecordDefinition): Placed | undefined {
    if (this.#found.has(record)) return this.#found.get(record);
    this.#found.set(record, undefined);
    const ways = record.members.flatMap((member) => this.#through(member) ?? []);
    const [first, ...others] = ways.sort((a, b) => a.depth - b.depth || a.bitOffset - b.bitOffset);
    const found = first && { ...first, places: others.reduce((sum, each) => sum + each.places, first.places) };
    this.#found.set(record, found);
    return found;
  }

  #through(member: Member): Placed | undefined {
    let array = false;
    let type = member.type;
    while (!this.isTarget(type)) {
      if (type.kind === 'array') array = true;
      if (type.kind === 'typedef') {
        const definition = this.types.definition(type);
        if (definition?.kind !== 'typedef') return undefined;
        type = definition.type;
      } else if ('of' in type) {
        type = type.of;
      } else {
        return this.#into(member, type, array);
      }
    }
    return { path: member.name ?? '', bitOffset: member.bitOffset, depth: 0, places: 1 };
  }

  #into(member: Member, type: CType, array: boolean): Placed | undefined {
    const record = recordOf(this.types, type);
    const found = record && this.of(record);
    if (found === undefined) return undefined;
    const name = member.name === null ? '' : `${member.name}${array ? '[0]' : ''}.`;
    return { ...found, path: name + found.path, bitOffset: member.bitOffset + found.bitOffset, depth: found.depth + (member.name === null ? 0 : 1) };
  }
}

interface Placed extends Containment {
  readonly depth: number;
}
