// Types out of headers, by name: the same questions as to a catalog.
import { append } from '../../base/append.ts';
import type { Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, Ref } from '../../ctype/ctype.ts';
import { nearest } from '../../ctype/suggest.ts';
import type { NamedMacro, Types } from '../../ctype/types.ts';
import type { DefinitionTable, MacroTable } from './facts.ts';

export class HeaderTypes implements Types {
  /** Of all kinds; most names are those of one. */
  readonly #indices = new Map<string, number | number[]>();
  #enumerators: Map<string, { readonly of: EnumDefinition; readonly enumerator: Enumerator }[]> | undefined;

  constructor(
    readonly table: DefinitionTable,
    readonly macros: MacroTable,
    readonly pointerSize: number,
  ) {
    for (let index = 0; index < table.length; index++) {
      const name = table.name(index);
      if (name === null) continue;
      const known = this.#indices.get(name);
      if (known === undefined) this.#indices.set(name, index);
      else if (typeof known === 'number') this.#indices.set(name, [known, index]);
      else known.push(index);
    }
  }

  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    const found: DefinitionOf<K>[] = [];
    const known = this.#indices.get(name) ?? [];
    for (const index of typeof known === 'number' ? [known] : known) {
      if (this.table.kind(index) !== kind) continue;
      const { definition } = this.table.at(index);
      if (isKind(definition, kind)) found.push(definition);
    }
    return found;
  }

  definition(ref: Ref): Definition | undefined {
    if (typeof ref.key === 'number') return ref.key < this.table.length ? this.table.at(ref.key).definition : undefined;
    return ref.name === null ? undefined : this.find(ref.kind, ref.name)[0];
  }

  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[] {
    this.#enumerators ??= this.#everyEnumerator();
    return this.#enumerators.get(name) ?? [];
  }

  constant(name: string): { readonly value: bigint; readonly header: string } | undefined {
    const macro = this.macros.find(name);
    return macro?.kind === 'integer' ? { value: macro.value, header: macro.file } : undefined;
  }

  macro(name: string): NamedMacro | undefined {
    const macro = this.macros.find(name);
    if (macro?.kind === 'string') return { kind: 'string', text: macro.text, header: macro.file };
    return macro?.kind === 'function' ? { kind: 'function', params: macro.params, body: macro.body, header: macro.file } : undefined;
  }

  memberAliases(name: string): readonly string[] {
    const macro = this.macros.find(name);
    return macro?.kind === 'alias' ? [macro.path] : [];
  }

  near(kind: DefinitionKind, name: string, limit: number): readonly string[] {
    return nearest(name, this.#names(kind), limit);
  }

  *#names(kind: DefinitionKind): Generator<string> {
    for (const [name, known] of this.#indices) if ((typeof known === 'number' ? [known] : known).some((index) => this.table.kind(index) === kind)) yield name;
  }

  #everyEnumerator(): Map<string, { readonly of: EnumDefinition; readonly enumerator: Enumerator }[]> {
    const all = new Map<string, { readonly of: EnumDefinition; readonly enumerator: Enumerator }[]>();
    for (let index = 0; index < this.table.length; index++) {
      if (this.table.kind(index) !== 'enum') continue;
      const of = this.table.at(index).definition;
      if (of.kind !== 'enum') continue;
      for (const enumerator of of.values) append(all, enumerator.name, { of, enumerator });
    }
    return all;
  }
}

export function isKind<K extends DefinitionKind>(definition: Definition, kind: K): definition is Definition & DefinitionOf<K> {
  return definition.kind === kind;
}
