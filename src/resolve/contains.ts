// Which structs and unions have a type inside them, as a member or nested in members, and where it lies first.
import type { CType, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import type { Types } from '../ctype/types.ts';
import { kindNumber } from '../index/kinds.ts';
import { Chains } from '../index/numberrows.ts';
import type { Ids } from '../index/search.ts';
import type { Edge, TypeTable } from '../index/typetable.ts';

export interface Containment {
  /** From the record to the nearest member of the type: `__sk_common.skc_node`, `heads[0]`. */
  readonly path: string;
  /** Of that member, from the start of the record. */
  readonly bitOffset: number;
  /** Expression: type of that member. */
  readonly type: number;
  /** Named members that it goes through: 0 where the type is a member of the record itself. */
  readonly depth: number;
  /** Members of the type, at any depth; arrays count once. */
  readonly places: number;
  /** A name on the way has several definitions: which one is meant, only the definitions themselves tell. */
  readonly uncertain: boolean;
}

/** The kinds of types that hold what they are made of. */
export const holdingKinds = ['array', 'const', 'volatile', 'tag'] as const;

/**
 * Definitions that have one of the types inside, anonymous records and those of that type's name themselves not excepted.
 * @param targets expressions, leaves
 */
export function containing(table: TypeTable, targets: Ids): ReadonlyMap<number, Containment> {
  const walk = new Containers(table, targets);
  walk.spread();
  return walk.result();
}

class Containers {
  /** By expression: it is of the type or holds it. */
  readonly #holders: Uint8Array;
  readonly #targets: Uint8Array;
  readonly #edges: readonly Edge[];
  readonly #byType: Chains;
  readonly #members = new Map<number, Edge[]>();
  readonly #found = new Map<number, Containment | undefined>();

  constructor(
    readonly table: TypeTable,
    readonly targets: Ids,
  ) {
    this.#holders = new Uint8Array(table.size);
    this.#targets = new Uint8Array(table.size);
    for (const target of targets) this.#targets[target] = 1;
    this.#edges = table.edges(this.#holding());
    this.#byType = new Chains(table.size, this.#edges.length);
    for (const [index, edge] of this.#edges.entries()) this.#byType.add(edge.type, index);
  }

  /** From the type outward. */
  spread(): void {
    for (const stack = [...this.targets]; stack.length > 0; ) {
      const type = stack.pop() ?? 0;
      if (this.#holders[type] === 1) continue;
      this.#holders[type] = 1;
      stack.push(...this.table.madeOf(type));
      for (const index of this.#byType.of(type)) {
        const edge = this.#edges[index];
        if (edge === undefined) continue;
        const known = this.#members.get(edge.record);
        if (known === undefined) this.#members.set(edge.record, [edge]);
        else known.push(edge);
        const leaf = this.table.leafOf(edge.record);
        if (leaf !== undefined) stack.push(leaf);
      }
    }
  }

  result(): ReadonlyMap<number, Containment> {
    const all = new Map<number, Containment>();
    for (const record of this.#members.keys()) {
      const found = this.#of(record);
      if (found !== undefined) all.set(record, found);
    }
    return all;
  }

  /** Every type that may hold a struct or union. */
  #holding(): Ids {
    const seen = new Uint8Array(this.table.size);
    const all: number[] = [];
    for (const stack = [...this.table.leaves(), ...this.targets]; stack.length > 0; ) {
      const type = stack.pop() ?? 0;
      if (seen[type] === 1) continue;
      seen[type] = 1;
      all.push(type);
      stack.push(...this.table.madeOf(type));
    }
    return all;
  }

  #of(record: number): Containment | undefined {
    if (this.#found.has(record)) return this.#found.get(record);
    this.#found.set(record, undefined);
    const ways = (this.#members.get(record) ?? []).sort((a, b) => a.position - b.position).flatMap((edge) => this.#through(edge));
    const [first, ...others] = ways.sort((a, b) => a.depth - b.depth || a.bitOffset - b.bitOffset);
    const found = first && {
      ...first,
      places: others.reduce((sum, each) => sum + each.places, first.places),
      uncertain: ways.some((each) => each.uncertain),
    };
    this.#found.set(record, found);
    return found;
  }

  #through(edge: Edge): Containment[] {
    let array = false;
    let uncertain = false;
    let type = edge.type;
    while (this.#targets[type] === 0) {
      if (this.table.kind(type) === kindNumber.array) array = true;
      const inside = this.table.inside(type);
      const holding = inside.find((each) => this.#holders[each] === 1);
      if (holding === undefined) return this.#into(edge, type, { array, uncertain });
      if (inside.length > 1) uncertain = true;
      type = holding;
    }
    return [{ path: edge.name, bitOffset: edge.bitOffset, type: edge.type, depth: 0, places: 1, uncertain }];
  }

  #into(edge: Edge, leaf: number, { array, uncertain }: { readonly array: boolean; readonly uncertain: boolean }): Containment[] {
    const definitions = this.table.definitionsOf(leaf);
    const inner = definitions.flatMap((each) => this.#of(each) ?? []);
    const [first] = inner;
    if (first === undefined) return [];
    const name = edge.name === '' ? '' : `${edge.name}${array ? '[0]' : ''}.`;
    return [{
      ...first,
      path: name + first.path,
      bitOffset: edge.bitOffset + first.bitOffset,
      depth: first.depth + (edge.name === '' ? 0 : 1),
      uncertain: uncertain || definitions.length > 1 || first.uncertain,
    }];
  }
}

/** The same of one definition, by its members' own types. */
export function contains(types: Types, record: RecordDefinition, isTarget: (type: CType) => boolean, depth = 0): Omit<Containment, 'type' | 'uncertain'> | undefined {
  const ways = record.members.flatMap((member) => {
    let array = false;
    let type = member.type;
    while (!isTarget(type)) {
      if (type.kind === 'array') array = true;
      if (type.kind === 'typedef') {
        const definition = types.definition(type);
        if (definition?.kind !== 'typedef') return [];
        type = definition.type;
      } else if ('of' in type) {
        type = type.of;
      } else {
        const inner = depth < 64 ? recordOf(types, type) : undefined;
        const found = inner && contains(types, inner, isTarget, depth + 1);
        if (found === undefined) return [];
        const name = member.name === null ? '' : `${member.name}${array ? '[0]' : ''}.`;
        return [{ ...found, path: name + found.path, bitOffset: member.bitOffset + found.bitOffset, depth: found.depth + (member.name === null ? 0 : 1) }];
      }
    }
    return [{ path: member.name ?? '', bitOffset: member.bitOffset, depth: 0, places: 1 }];
  });
  const [first, ...others] = ways.sort((a, b) => a.depth - b.depth || a.bitOffset - b.bitOffset);
  return first && { ...first, places: others.reduce((sum, each) => sum + each.places, first.places) };
}
