// A `Types` over definitions written by hand. Leaves with a null key answer by name; a definition is reached by a key that `keyed` names.
import type { Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, Ref } from '../../src/ctype/ctype.ts';
import { nearest } from '../../src/ctype/suggest.ts';
import type { NamedMacro, Types } from '../../src/ctype/types.ts';

export interface MemoryTypes {
  readonly definitions: readonly Definition[];
  /** Definitions that leaves reach by key: the anonymous ones, and the variants of an ambiguous name. */
  readonly keyed?: Readonly<Record<string, Definition>>;
  readonly constants?: Readonly<Record<string, { value: bigint; header: string }>>;
  readonly macros?: Readonly<Record<string, NamedMacro>>;
  /** Name → paths. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
}

export function memoryTypes({ definitions, keyed = {}, constants = {}, macros = {}, aliases = {} }: MemoryTypes): Types {
  const ofKind = <K extends DefinitionKind>(kind: K) => definitions.filter((each): each is DefinitionOf<K> => each.kind === kind);
  return {
    pointerSize: 8,
    find: (kind, name) => ofKind(kind).filter((each) => each.name === name),
    definition(ref: Ref) {
      if (ref.key !== null) return keyed[String(ref.key)];
      return definitions.find((each) => each.kind === ref.kind && each.name === ref.name);
    },
    enumerators(name) {
      const found: { of: EnumDefinition; enumerator: Enumerator }[] = [];
      for (const of of ofKind('enum')) {
        for (const enumerator of of.values) if (enumerator.name === name) found.push({ of, enumerator });
      }
      return found;
    },
    constant: (name) => constants[name],
    macro: (name) => macros[name],
    memberAliases: (name) => aliases[name] ?? [],
    near: (kind, name, limit) => nearest(name, ofKind(kind).flatMap((each) => each.name ?? []), limit),
  };
}
