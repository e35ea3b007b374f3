// Everything that differs between two kernels, or what of it a name asks for: which things came, went and changed.
import type { Definition, DefinitionKind } from '../ctype/ctype.ts';
import { loadDefinition, type Difference, type Lone, type LoneDefinition, type LoneEvent, type Wanted } from '../index/difference.ts';
import type { ImageTypes } from '../index/reader.ts';
import { compareDefinitions, compareSyscalls, type DefinitionDifference, type PrototypeDifference } from './diff.ts';
import type { Both } from './diffrecord.ts';
import { compareRawTracepoints, compareTracepoints, type Comparable, type TracepointDifference } from './difftracepoint.ts';

/** Kinds of things, in order of listings. `constant`: a value of an enum without a name. */
export const thingKinds = ['struct', 'union', 'enum', 'constant', 'typedef', 'function', 'variable', 'tracepoint', 'rawtracepoint', 'syscall'] as const;

export type ThingKind = (typeof thingKinds)[number];

export type Change = Came | Went | Changed;

interface Thing {
  readonly kind: ThingKind;
  /** `system:name` for tracepoints. */
  readonly name: string;
}

interface Came extends Thing {
  readonly status: 'added';
  /** Image of the later kernel; '' for tracepoints and system calls. */
  readonly image: string;
  /** The earlier kernel had others of that name, and has them still. */
  readonly variant: boolean;
}

interface Went extends Thing {
  readonly status: 'removed';
  readonly image: string;
  readonly variant: boolean;
  /** A function that is there, without a prototype. */
  readonly untyped?: true;
}

export interface Changed extends Thing {
  readonly status: 'changed';
  readonly image: Both<string>;
  readonly difference: ThingDifference;
}

export type ThingDifference =
  | DefinitionDifference
  | { readonly kind: 'constant'; readonly value: Both<bigint> }
  | ({ readonly kind: 'tracepoint' } & TracepointDifference)
  | ({ readonly kind: 'rawtracepoint' | 'syscall' } & PrototypeDifference);

/** What is asked for. */
export interface Question {
  readonly kinds: readonly ThingKind[];
  /** undefined: all names. */
  readonly glob: string | undefined;
  /** Of a tracepoint; undefined: all. */
  readonly system: string | undefined;
}

export interface Compared {
  /** Sorted by kind, in order of `thingKinds`, then name. */
  readonly changes: readonly Change[];
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

/** @param difference of the catalog that has both kernels */
export function compareKernels(before: ImageTypes, after: ImageTypes, difference: Difference, question: Question): Compared {
  return difference.together(() => new Comparison(before, after, difference, question).run());
}

/** Raw tracepoints are typedefs of BTF: include/trace/bpf_probe.h. */
const rawPrefix = 'btf_trace_';

class Comparison {
  readonly #changes: Change[] = [];
  readonly #notes: string[] = [];
  readonly #wanted: Wanted;

  constructor(
    readonly before: ImageTypes,
    readonly after: ImageTypes,
    readonly difference: Difference,
    readonly question: Question,
  ) {
    this.#wanted = { kinds: definitionKinds(question.kinds), glob: question.glob, vmlinuxOnly: this.#oneHasNoModules() };
  }

  run(): Compared {
    if (this.#wanted.kinds.length > 0) this.#definitions(this.#lone(this.#wanted));
    if (this.#asks('rawtracepoint') && this.#wanted.glob !== undefined) this.#definitions(this.#lone({ ...this.#wanted, kinds: ['typedef'], glob: rawPrefix + this.#wanted.glob }));
    if (this.#asks('constant') && this.#wanted.glob !== undefined) this.#constantNamed(this.#wanted.glob, { before: 'vmlinux', after: 'vmlinux' });
    if (this.#asks('tracepoint')) this.#tracepoints();
    if (this.#asks('syscall')) this.#syscalls();
    const rank = new Map(thingKinds.map((kind, index) => [kind, index]));
    const changes = this.#changes.sort((a, b) => (rank.get(a.kind) ?? 0) - (rank.get(b.kind) ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return { changes, notes: this.#notes };
  }

  #asks(kind: ThingKind): boolean {
    return this.question.kinds.includes(kind);
  }

  #oneHasNoModules(): boolean {
    const without = [this.before, this.after].filter(({ kernel }) => kernel.images.length === 1);
    if (without.length === 1) this.#notes.push(`${without[0]?.kernel.name ?? ''} stands in the catalog without modules: those of the other kernel are left out`);
    return without.length > 0;
  }

  #lone(wanted: Wanted): Lone<LoneDefinition> {
    return this.difference.definitions(this.before.kernel, this.after.kernel, wanted);
  }

  #definitions(lone: Lone<LoneDefinition>): void {
    const anonymousEnums: { before: LoneDefinition[]; after: LoneDefinition[] } = { before: [], after: [] };
    const groups = new Map<string, { before: LoneDefinition[]; after: LoneDefinition[] }>();
    const sort = (rows: readonly LoneDefinition[], side: 'before' | 'after'): void => {
      for (const row of rows) {
        // Anonymous records are compared as parts of what holds them.
        if (row.name === null && row.kind === 'enum') anonymousEnums[side].push(row);
        if (row.name === null) continue;
        const key = `${row.kind} ${row.name}`;
        const group = groups.get(key) ?? { before: [], after: [] };
        groups.set(key, group);
        if (!group[side].some(({ definition }) => definition === row.definition)) group[side].push(row);
      }
    };
    sort(lone.before, 'before');
    sort(lone.after, 'after');
    for (const group of groups.values()) this.#group(group.before, group.after);
    this.#constants(anonymousEnums);
    this.#markUntyped();
  }

  /** Definitions of one name that only one of the kernels has like that: those of one image belong together, then in order. */
  #group(before: readonly LoneDefinition[], after: readonly LoneDefinition[]): void {
    const left = [...before];
    const right: LoneDefinition[] = [];
    const pairs: [LoneDefinition, LoneDefinition][] = [];
    for (const row of after) {
      const same = left.findIndex(({ image }) => image === row.image);
      if (same < 0) right.push(row);
      else pairs.push([...left.splice(same, 1), row] as [LoneDefinition, LoneDefinition]);
    }
    while (left.length > 0 && right.length > 0) pairs.push([...left.splice(0, 1), ...right.splice(0, 1)] as [LoneDefinition, LoneDefinition]);
    for (const [a, b] of pairs) this.#pair(a, b);
    for (const row of left) this.#alone(row, 'removed');
    for (const row of right) this.#alone(row, 'added');
  }

  #pair(a: LoneDefinition, b: LoneDefinition): void {
    const one = loadDefinition(this.before, a);
    const other = loadDefinition(this.after, b);
    if (one === undefined || other === undefined) throw new RangeError(`catalog: ${a.kind} ${a.name ?? ''} is not there`);
    const difference = this.#compare(one, other);
    if (difference === undefined) return;
    this.#changes.push({ ...this.#thing(b), status: 'changed', image: { before: a.image, after: b.image }, difference });
  }

  #compare(a: Definition, b: Definition): ThingDifference | undefined {
    if (!isRaw(b)) return compareDefinitions(this.before, a, this.after, b);
    const name = b.name.slice(rawPrefix.length);
    const raw = { before: this.before.rawTracepoint(name), after: this.after.rawTracepoint(name) };
    const prototypes = raw.before && raw.after && compareRawTracepoints(raw.before, raw.after);
    return prototypes && { kind: 'rawtracepoint', ...prototypes };
  }

  #alone(row: LoneDefinition, status: 'added' | 'removed'): void {
    const other = status === 'added' ? this.before : this.after;
    const variant = this.difference.hasName(other.kernel, row.kind, row.name ?? '');
    this.#changes.push({ ...this.#thing(row), status, image: row.image, variant });
  }

  #thing({ kind, name }: LoneDefinition): Thing {
    if (kind === 'typedef' && name?.startsWith(rawPrefix) === true) return { kind: 'rawtracepoint', name: name.slice(rawPrefix.length) };
    return { kind, name: name ?? '' };
  }

  /** A value counts by its name: it may have come into an enum that has one. */
  #constants(enums: Lone<LoneDefinition>): void {
    const values = (types: ImageTypes, rows: readonly LoneDefinition[]): ReadonlyMap<string, string> => new Map(rows.flatMap((row) => {
      const of = loadDefinition(types, row);
      return of?.kind === 'enum' ? of.values.map(({ name }) => [name, row.image] as const) : [];
    }));
    const before = values(this.before, enums.before);
    const after = values(this.after, enums.after);
    for (const name of new Set([...before.keys(), ...after.keys()])) this.#constantNamed(name, { before: before.get(name) ?? 'vmlinux', after: after.get(name) ?? 'vmlinux' });
  }

  #constantNamed(name: string, image: Both<string>): void {
    const a = this.difference.enumeratorValues(this.before.kernel, name);
    const b = this.difference.enumeratorValues(this.after.kernel, name);
    const lone = { before: a.find((value) => !b.includes(value)), after: b.find((value) => !a.includes(value)) };
    this.#constant(name, lone, image, { before: a.length > 0, after: b.length > 0 });
  }

  #constant(name: string, { before, after }: Both<bigint | undefined>, image: Both<string>, known: Both<boolean>): void {
    const thing = { kind: 'constant', name } as const;
    if (before !== undefined && after !== undefined) this.#changes.push({ ...thing, status: 'changed', image, difference: { kind: 'constant', value: { before, after } } });
    else if (before !== undefined) this.#changes.push({ ...thing, status: 'removed', image: image.before, variant: known.after });
    else if (after !== undefined) this.#changes.push({ ...thing, status: 'added', image: image.after, variant: known.before });
  }

  #markUntyped(): void {
    const gone = this.#changes.filter((each): each is Went => each.kind === 'function' && each.status === 'removed' && !each.variant);
    const there = this.difference.symbols(this.after.kernel, gone.map(({ name }) => name));
    for (const [index, change] of this.#changes.entries()) {
      if (change.kind === 'function' && change.status === 'removed' && there.has(change.name)) this.#changes[index] = { ...change, untyped: true };
    }
  }

  #tracepoints(): void {
    const sources = { before: this.difference.eventSources(this.before.kernel), after: this.difference.eventSources(this.after.kernel) };
    for (const [side, { kernel }] of [['before', this.before], ['after', this.after]] as const) {
      if (sources[side].size > 0) continue;
      this.#notes.push(`${kernel.name} stands in the catalog without tracepoint events: their fields are not compared`);
      return;
    }
    const bySystem = !sources.before.has('btf') && !sources.after.has('btf');
    const lone = this.difference.events(this.before.kernel, this.after.kernel, this.question.system ?? '*', this.question.glob ?? '*', this.#wanted, bySystem);
    const key = ({ system, name }: LoneEvent): string => (bySystem ? `${system}:${name}` : name);
    const same = [...sources.before].join() === [...sources.after].join();
    const comparable = { types: bySystem || same, printFormats: same };
    const after = new Map(lone.after.map((event) => [key(event), event]));
    for (const event of lone.before) {
      const other = after.get(key(event));
      after.delete(key(event));
      if (other === undefined) this.#changes.push({ kind: 'tracepoint', name: title(event), status: 'removed', image: '', variant: false });
      else this.#tracepoint(event, other, comparable);
    }
    for (const event of after.values()) this.#changes.push({ kind: 'tracepoint', name: title(event), status: 'added', image: '', variant: false });
  }

  #tracepoint(a: LoneEvent, b: LoneEvent, comparable: Comparable): void {
    const before = this.before.tracepoint(a.system, a.name);
    const after = this.after.tracepoint(b.system, b.name);
    const difference = before && after && compareTracepoints(before, after, comparable);
    if (difference === undefined) return;
    this.#changes.push({ kind: 'tracepoint', name: title(b), status: 'changed', image: { before: '', after: '' }, difference: { kind: 'tracepoint', ...difference } });
  }

  /** Where both kernels are known by them. */
  #syscalls(): void {
    const [before, after] = [this.before.kernel, this.after.kernel];
    const without = [before, after].filter((kernel) => !this.difference.hasSyscalls(kernel));
    if (without.length === 1) this.#notes.push(`${without[0]?.name ?? ''} stands in the catalog without system calls: they are not compared`);
    if (without.length > 0) return;
    const lone = this.difference.syscalls(before, after, this.question.glob ?? '*');
    const thing = { kind: 'syscall', image: '', variant: false } as const;
    for (const name of lone.before) {
      const [a, b] = [this.before.syscall(name), this.after.syscall(name)];
      if (b === undefined) this.#changes.push({ ...thing, name, status: 'removed' });
      const difference = a && b && compareSyscalls(a, b);
      if (difference !== undefined) this.#changes.push({ kind: 'syscall', name, status: 'changed', image: { before: '', after: '' }, difference: { kind: 'syscall', ...difference } });
    }
    for (const name of lone.after) if (this.before.syscall(name) === undefined) this.#changes.push({ ...thing, name, status: 'added' });
  }
}

function title({ system, name }: LoneEvent): string {
  return `${system === '' ? '*' : system}:${name}`;
}

function isRaw(definition: Definition): definition is Extract<Definition, { kind: 'typedef' }> {
  return definition.kind === 'typedef' && definition.name.startsWith(rawPrefix);
}

/** Definitions that hold what is asked for. */
function definitionKinds(kinds: readonly ThingKind[]): readonly DefinitionKind[] {
  return kinds.filter((kind) => kind !== 'constant' && kind !== 'tracepoint' && kind !== 'rawtracepoint' && kind !== 'syscall');
}
