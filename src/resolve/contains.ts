// Which structs and unions have a type inside them, as a member or nested in members, and where it lies first.
import type { CType, Member, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import type { Types } from '../ctype/types.ts';
import { kindNumber } from '../index/kinds.ts';
import { Chains } from '../index/numberrows.ts';
import type { Ids } from '../index/search.ts';
import type { Edges, TypeTable } from '../index/typetable.ts';

export interface Containment {
  /** From the record to the nearest member of the type: `__sk_common.skc_node`, `heads[0]`. */
  readonly path: string;
  /** Of that member, from the start of the record. */
  readonly bitOffset: number;
  /** Members of the type, at any depth; arrays count once. */
  readonly places: number;
}

/** The kinds of types that hold what they are made of. */
export const holdingKinds = ['array', 'const', 'volatile', 'tag'] as const;

/** Definitions that have one of some types inside, anonymous records not excepted. */
export class Containers {
  /** By expression: it is of the type or holds it. */
  readonly #holders: Uint8Array;
  readonly #targets: Uint8Array;
  readonly #edges: Edges;
  readonly #byType: Chains;
  /** By definition: its members that hold the type. */
  readonly #members = new Map<number, number[]>();
  readonly #found = new Map<number, Nearest | undefined>();

  /**
   * @param holders expressions that hold one of the targets, those of other kernels not excepted; the table needs no others
   * @param targets expressions, leaves
   */
  constructor(
    readonly table: TypeTable,
    holders: Ids,
    readonly targets: Ids,
  ) {
    this.#holders = new Uint8Array(table.size);
    this.#targets = new Uint8Array(table.size);
    for (const target of targets) this.#targets[target] = 1;
    this.#edges = table.edges(holders);
    this.#byType = new Chains(table.size, this.#edges.count);
    for (let edge = 0; edge < this.#edges.count; edge++) this.#byType.add(this.#edges.type(edge), edge);
    this.#spread();
  }

  definitions(): Ids {
    return [...this.#members.keys()];
  }

  /** The name of a type on the way has several definitions: which one is meant, only the definitions themselves tell. */
  uncertain(record: number): boolean {
    return this.#nearest(record)?.uncertain === true;
  }

  of(record: number): Containment | undefined {
    const nearest = this.#nearest(record);
    return nearest && { path: this.#path(nearest), bitOffset: nearest.bitOffset, places: nearest.places };
  }

  /** From the type outward. */
  #spread(): void {
    for (const stack = [...this.targets]; stack.length > 0; ) {
      const type = stack.pop() ?? 0;
      if (this.#holders[type] === 1) continue;
      this.#holders[type] = 1;
      this.table.eachMadeOf(type, (made) => stack.push(made));
      this.#byType.each(type, (edge) => {
        const record = this.#edges.record(edge);
        const known = this.#members.get(record);
        if (known === undefined) this.#members.set(record, [edge]);
        else known.push(edge);
        const leaf = this.table.leafOf(record);
        if (leaf !== undefined) stack.push(leaf);
      });
    }
  }

  #nearest(record: number): Nearest | undefined {
    if (this.#found.has(record)) return this.#found.get(record);
    this.#found.set(record, undefined);
    let best: Nearest | undefined;
    let places = 0;
    let uncertain = false;
    for (const edge of this.#members.get(record) ?? []) {
      const way = this.#through(edge);
      if (way === undefined) continue;
      places += way.places;
      uncertain ||= way.uncertain;
      if (best === undefined || this.#isNearer(way, best)) best = way;
    }
    const found = best && { ...best, places, uncertain };
    this.#found.set(record, found);
    return found;
  }

  #through(edge: number): Nearest | undefined {
    let array = false;
    let uncertain = false;
    let type = this.#edges.type(edge);
    while (this.#targets[type] === 0) {
      if (this.table.kind(type) === kindNumber.array) array = true;
      const only = this.table.madeFrom(type);
      const inside = only === 0 ? this.table.inside(type) : undefined;
      const holding = inside === undefined ? only : inside.find((each) => this.#holders[each] === 1);
      if (holding === undefined) return this.#into(edge, type, { array, uncertain });
      if (inside !== undefined && inside.length > 1) uncertain = true;
      type = holding;
    }
    return { edge, array: false, inner: 0, bitOffset: this.#edges.bitOffset(edge), depth: 0, places: 1, uncertain };
  }

  #into(edge: number, leaf: number, { array, uncertain }: { readonly array: boolean; readonly uncertain: boolean }): Nearest | undefined {
    const definitions = this.table.definitionsOf(leaf);
    const inner = definitions.find((each) => this.#nearest(each) !== undefined);
    const nearest = inner === undefined ? undefined : this.#nearest(inner);
    if (inner === undefined || nearest === undefined) return undefined;
    const { depth, places, bitOffset } = nearest;
    return {
      edge, array, inner, places, bitOffset: this.#edges.bitOffset(edge) + bitOffset, depth: depth + (this.#edges.name(edge) === '' ? 0 : 1),
      uncertain: uncertain || definitions.length > 1 || nearest.uncertain,
    };
  }

  /** Of two that are as near, the one that is declared first. */
  #isNearer(way: Nearest, best: Nearest): boolean {
    if (way.depth !== best.depth) return way.depth < best.depth;
    return way.bitOffset === best.bitOffset ? this.#edges.position(way.edge) < this.#edges.position(best.edge) : way.bitOffset < best.bitOffset;
  }

  #path({ edge, array, inner }: Nearest): string {
    const name = this.#edges.name(edge);
    const next = inner === 0 ? undefined : this.#nearest(inner);
    return next === undefined ? name : `${name}${array ? '[0]' : ''}${name === '' ? '' : '.'}${this.#path(next)}`;
  }
}

interface Nearest {
  readonly edge: number;
  readonly array: boolean;
  /** Definition that the member is of, 0 where it is of the type itself. */
  readonly inner: number;
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
