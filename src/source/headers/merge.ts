// Facts of several texts of one tree as those of one: what the first has not, or could not read, comes from the later ones.
import type { Definition, DefinitionKind, Ref } from '../../ctype/ctype.ts';
import type { DefinitionTable, HeaderDefinition, HeaderFacts, MacroTable } from './facts.ts';
import { mapped } from './leaves.ts';
import { HeaderTypes } from './types.ts';

/** @param wanted files that the first could not read whole: only their definitions are taken over, with what they stand on */
export function mergeFacts(first: HeaderFacts, second: HeaderFacts, wanted: ReadonlySet<string>): HeaderFacts {
  const definitions = new Merged(first.definitions, second, wanted);
  const macros = mergeMacros(first.macros, second.macros);
  const problems = [...first.problems.filter(({ place }) => !wanted.has(place.file)), ...second.problems];
  return { types: new HeaderTypes(definitions, macros, first.types.pointerSize), definitions, macros, problems, files: [...new Set([...first.files, ...second.files])] };
}

function mergeMacros(first: MacroTable, second: MacroTable): MacroTable {
  return {
    names: () => new Set([...first.names(), ...second.names()]),
    find: (name) => first.find(name) ?? second.find(name),
  };
}

class Merged implements DefinitionTable {
  /** Indices in the second table that are taken over, in order; their own are those behind the first table's. */
  readonly #taken: number[] = [];
  /** Index in the second table → index here. */
  readonly #moved = new Map<number, number>();
  readonly #made: HeaderDefinition[] = [];

  constructor(
    readonly first: DefinitionTable,
    readonly second: HeaderFacts,
    wanted: ReadonlySet<string>,
  ) {
    const known = firstOfName(first);
    const { definitions } = second;
    for (let index = 0; index < definitions.length; index++) {
      const name = definitions.name(index);
      if (name !== null && !known.has(`${definitions.kind(index)} ${name}`) && wanted.has(definitions.at(index).file)) this.#take(index, known);
    }
  }

  /** With what it stands on, unless the first has that by its name. */
  #take(start: number, known: ReadonlyMap<string, number>): void {
    const open = [start];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (this.#moved.has(index)) continue;
      this.#moved.set(index, this.first.length + this.#taken.length);
      this.#taken.push(index);
      for (const leaf of leavesOf(this.second.definitions.at(index).definition)) {
        if (typeof leaf.key !== 'number' || this.#moved.has(leaf.key)) continue;
        const there = leaf.name === null ? undefined : known.get(`${leaf.kind} ${leaf.name}`);
        if (there === undefined) open.push(leaf.key);
        else this.#moved.set(leaf.key, there);
      }
    }
  }

  get length(): number {
    return this.first.length + this.#taken.length;
  }

  kind(index: number): DefinitionKind {
    return index < this.first.length ? this.first.kind(index) : this.second.definitions.kind(this.#source(index));
  }

  name(index: number): string | null {
    return index < this.first.length ? this.first.name(index) : this.second.definitions.name(this.#source(index));
  }

  file(index: number): string {
    return index < this.first.length ? this.first.file(index) : this.second.definitions.file(this.#source(index));
  }

  at(index: number): HeaderDefinition {
    if (index < this.first.length) return this.first.at(index);
    const known = this.#made[index - this.first.length];
    if (known !== undefined) return known;
    const { definition, ...rest } = this.second.definitions.at(this.#source(index));
    const made = { definition: mapped(definition, (ref) => (typeof ref.key === 'number' ? { ...ref, key: this.#moved.get(ref.key) ?? null } : ref)), ...rest };
    this.#made[index - this.first.length] = made;
    return made;
  }

  #source(index: number): number {
    const source = this.#taken[index - this.first.length];
    if (source === undefined) throw new RangeError(`no definition ${index}, there are ${this.length}`);
    return source;
  }
}

function firstOfName(table: DefinitionTable): Map<string, number> {
  const known = new Map<string, number>();
  for (let index = 0; index < table.length; index++) {
    const name = table.name(index);
    if (name !== null && !known.has(`${table.kind(index)} ${name}`)) known.set(`${table.kind(index)} ${name}`, index);
  }
  return known;
}

function leavesOf(definition: Definition): readonly Ref[] {
  const leaves: Ref[] = [];
  mapped(definition, (ref) => {
    leaves.push(ref);
    return ref;
  });
  return leaves;
}
