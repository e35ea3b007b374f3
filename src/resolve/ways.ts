// Ways from one type to another along members: embedded ones and pointers. The nearest come first: fewest pointers, then fewest members,
// then the lowest offsets, then what is declared first. No way goes through a type twice, so that lists, parents and owners do not lead in circles.
import { append } from '../base/append.ts';
import type { CType, RecordDefinition } from '../ctype/ctype.ts';
import { strip, type Types } from '../ctype/types.ts';
import type { Leads, Step } from '../index/leads.ts';

export interface Way {
  /** Behind the start: `f_inode->i_sb`, `files->fdt->fd[0]->f_inode`. */
  readonly path: string;
  /** Of the last member. */
  readonly type: CType;
  /** Named members on the way. */
  readonly members: number;
  /** Bytes in each object on the way; one more than pointers are followed, one less where the way ends with a pointer to the type. */
  readonly offsets: readonly number[];
  /** Pointers on the way, that to the type itself counted. */
  readonly hops: number;
}

export interface WaysOptions {
  /** At most so many ways. */
  readonly max: number;
  /** At most so many pointers on a way. */
  readonly hops: number;
}

/**
 * Over few pointers first: more of the kernel is read as long as more ways are wanted.
 * @param start, targets rows of definitions
 */
export function ways(leads: Leads, start: number, targets: readonly number[], { max, hops }: WaysOptions): readonly (readonly Step[])[] {
  const graph = new Graph(leads, start, targets);
  for (let within = 0; ; within++) {
    graph.reach(within);
    const found = new Search(graph, new Set(targets), { max, hops: within }).from(start);
    if (found.length >= max || within === hops) return found;
  }
}

/** The members on all ways of so many pointers: those that leave what is near the start, and those that arrive at what is near the end. */
class Graph {
  /** By definition. */
  readonly #leaving = new Map<number, Step[]>();
  readonly #arriving = new Map<number, Step[]>();
  readonly #from: Surroundings;
  readonly #to: Surroundings;

  constructor(leads: Leads, start: number, targets: readonly number[]) {
    this.#from = new Surroundings([start], (definitions) => leads.leaving(definitions), ({ to }) => to);
    this.#to = new Surroundings(targets, (definitions) => leads.arriving(definitions), ({ record }) => record);
  }

  /** A member on a way of so many pointers leaves what fewer lead to, or arrives at what fewer lead on from. */
  reach(hops: number): void {
    while (this.#from.hops + this.#to.hops + 1 < hops) {
      if (this.#from.edge <= this.#to.edge) this.#from.widen((step) => !this.#to.has(step.to) && this.#add(step));
      else this.#to.widen((step) => !this.#from.has(step.record) && this.#add(step));
    }
  }

  leaving(definition: number): readonly Step[] {
    return this.#leaving.get(definition) ?? [];
  }

  arriving(definition: number): readonly Step[] {
    return this.#arriving.get(definition) ?? [];
  }

  #add(step: Step): void {
    append(this.#leaving, step.record, step);
    append(this.#arriving, step.to, step);
  }
}

/** What some definitions are surrounded by, in one direction. */
class Surroundings {
  /** All is read within so many pointers. */
  hops = -1;
  readonly #read = new Set<number>();
  /** What was come upon, by the pointers to it. */
  readonly #found: number[][];

  constructor(
    readonly center: readonly number[],
    readonly read: (definitions: readonly number[]) => readonly Step[],
    readonly end: (step: Step) => number,
  ) {
    this.#found = [[...center]];
  }

  /** How much there is to read next. */
  get edge(): number {
    return this.#unread(this.hops + 1).length;
  }

  has(definition: number): boolean {
    return this.#read.has(definition);
  }

  /** By a pointer; what is embedded lies as near as what it is in. */
  widen(visit: (step: Step) => void): void {
    this.hops++;
    for (let next = this.#unread(this.hops); next.length > 0; next = this.#unread(this.hops)) {
      for (const definition of next) this.#read.add(definition);
      for (const step of this.read(next)) {
        visit(step);
        (this.#found[this.hops + step.hops] ??= []).push(this.end(step));
      }
    }
  }

  #unread(hops: number): readonly number[] {
    return [...new Set(this.#found[hops])].filter((definition) => !this.#read.has(definition));
  }
}

/** A way as far as it is known. */
interface Partial {
  readonly at: number;
  readonly steps: readonly Step[];
  /** With what is left at least. */
  readonly cost: number;
}

/** Best first, with the exact distance that is left as the bound: only what leads to the target is looked at. */
class Search {
  readonly #left: ReadonlyMap<number, number>;

  constructor(
    readonly graph: Graph,
    readonly targets: ReadonlySet<number>,
    readonly options: WaysOptions,
  ) {
    this.#left = distances(graph, targets);
  }

  from(start: number): readonly (readonly Step[])[] {
    const found: { readonly steps: readonly Step[]; readonly cost: number }[] = [];
    const open = new Heap<Partial>((a, b) => a.cost - b.cost);
    this.#extend(open, { at: start, steps: [], cost: 0 });
    for (let taken = 0; taken < patience; taken++) {
      const way = open.pop();
      const worst = found[this.options.max - 1]?.cost;
      if (way === undefined || (worst !== undefined && way.cost > worst)) break;
      if (this.targets.has(way.at)) found.push(way);
      else this.#extend(open, way);
    }
    return found.map(({ steps }) => steps).sort(inRank).slice(0, this.options.max);
  }

  #extend(open: Heap<Partial>, way: Partial): void {
    const passed = way.steps.reduce((sum, step) => sum + costOf(step), 0);
    for (const step of this.graph.leaving(way.at)) {
      const left = this.targets.has(step.to) ? 0 : this.#left.get(step.to);
      const cost = passed + costOf(step) + (left ?? 0);
      const again = step.to === way.at || way.steps.some(({ record }) => record === step.to);
      if (left === undefined || cost >= (this.options.hops + 1) * hopCost || (again && !this.targets.has(step.to))) continue;
      open.push({ at: step.to, steps: [...way.steps, step], cost });
    }
  }
}

/** Ways that are looked at before giving up on more. */
const patience = 20_000;

const hopCost = 1000;

function costOf({ hops, named }: Step): number {
  return hops * hopCost + (named ? 1 : 0);
}

/** By definition: the cost of the nearest way to one of the targets. */
function distances(graph: Graph, targets: ReadonlySet<number>): ReadonlyMap<number, number> {
  const known = new Map<number, number>();
  const open = new Heap<{ readonly at: number; readonly cost: number }>((a, b) => a.cost - b.cost);
  for (const target of targets) open.push({ at: target, cost: 0 });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (known.has(next.at)) continue;
    known.set(next.at, next.cost);
    for (const step of graph.arriving(next.at)) {
      if (!known.has(step.record)) open.push({ at: step.record, cost: next.cost + costOf(step) });
    }
  }
  return known;
}

function inRank(a: readonly Step[], b: readonly Step[]): number {
  const cost = (steps: readonly Step[]): number => steps.reduce((sum, step) => sum + costOf(step), 0);
  const byCost = cost(a) - cost(b);
  if (byCost !== 0) return byCost;
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at]?.bitOffset ?? 0) - (b[at]?.bitOffset ?? 0) || (a[at]?.position ?? 0) - (b[at]?.position ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Follows the steps through the definitions themselves. undefined where a name on the way means another type than the table could tell.
 * @param reaches whether a record is what the way should end at
 */
export function follow(types: Types, start: RecordDefinition, steps: readonly Step[], reaches: (record: RecordDefinition) => boolean): Way | undefined {
  let record = start;
  let path = '';
  let joint = '';
  let members = 0;
  let hops = 0;
  let last: CType = { kind: 'void' };
  const offsets = [0];
  for (const { position } of steps) {
    const member = record.members[position];
    if (member === undefined) return undefined;
    offsets.push((offsets.pop() ?? 0) + Math.floor(member.bitOffset / 8));
    last = member.type;
    if (member.name !== null) {
      path += joint + member.name;
      joint = '.';
      members++;
    }
    const inside = within(types, member.type);
    if (inside === undefined) return undefined;
    path += '[0]'.repeat(inside.indexes);
    hops += inside.pointers;
    if (inside.pointers > 0) joint = '->';
    for (let pointer = 0; pointer < inside.pointers; pointer++) offsets.push(0);
    record = inside.record;
  }
  if (!reaches(record)) return undefined;
  return { path, type: last, members, hops, offsets: (steps.at(-1)?.hops ?? 0) > 0 ? offsets.slice(0, -1) : offsets };
}

/** The struct or union that a type leads to, through arrays and pointers: all but the last pointer are indexed. */
function within(types: Types, type: CType): { readonly record: RecordDefinition; readonly indexes: number; readonly pointers: number } | undefined {
  let indexes = 0;
  let pointers = 0;
  for (let at = strip(types, type), depth = 0; depth < 16; depth++) {
    if (at.kind === 'struct' || at.kind === 'union') {
      const record = types.definition(at);
      if (record?.kind !== 'struct' && record?.kind !== 'union') return undefined;
      return { record, indexes: indexes + Math.max(0, pointers - 1), pointers };
    }
    if (at.kind === 'array') indexes++;
    else if (at.kind === 'ptr') pointers++;
    else return undefined;
    at = strip(types, at.kind === 'array' ? at.of : at.to);
  }
  return undefined;
}

class Heap<T> {
  readonly #items: T[] = [];

  constructor(readonly order: (a: T, b: T) => number) {}

  push(item: T): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#compare(at, parent) >= 0) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): T | undefined {
    const [top] = this.#items;
    const last = this.#items.pop();
    if (this.#items.length === 0 || last === undefined) return top;
    this.#items[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < this.#items.length && this.#compare(left, least) < 0) least = left;
      if (right < this.#items.length && this.#compare(right, least) < 0) least = right;
      if (least === at) return top;
      this.#swap(at, least);
      at = least;
    }
  }

  #compare(a: number, b: number): number {
    const first = this.#items[a];
    const second = this.#items[b];
    return first === undefined || second === undefined ? 0 : this.order(first, second);
  }

  #swap(a: number, b: number): void {
    const first = this.#items[a];
    const second = this.#items[b];
    if (first === undefined || second === undefined) return;
    this.#items[a] = second;
    this.#items[b] = first;
  }
}
