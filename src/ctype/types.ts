// The question-and-answer interface to a set of types: one image of the catalog, a BTF file, a script's own definitions.
// The compiler, the resolver and the printers see types only through it. Answers are lazy: nothing is read that nobody asked for.
import type { CType, Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, Ref } from './ctype.ts';

export interface Types {
  /** Size of a pointer in bytes, 4 or 8. */
  readonly pointerSize: number;

  /**
   * All definitions of that kind and name in sight, the most specific image first (module before vmlinux). Empty when there is none.
   * Several from one image are variants: the caller must not pick one silently.
   */
  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[];

  /**
   * What a leaf means where it stands. undefined: the name is only declared, never defined (BTF_KIND_FWD).
   * A leaf with a null key answers like `find`, and undefined when that is empty; the first one when several.
   */
  definition(ref: Ref): Definition | undefined;

  /** Every enumerator of that name with the enum that has it; several enums may share a name (`Opt_gid`). */
  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[];

  /** The value of an object-like macro of the kernel's headers (`AF_INET`), with the header it stands in. */
  constant(name: string): { readonly value: bigint; readonly header: string } | undefined;

  /** A macro of the kernel's headers that is no integer. */
  macro(name: string): NamedMacro | undefined;

  /** What headers call by another name (`sk_family`): paths of members that the name may stand for, where they exist. */
  memberAliases(name: string): readonly string[];

  /** Names of that kind that are close to a misspelt one, best first, at most `limit`. */
  near(kind: DefinitionKind, name: string, limit: number): readonly string[];
}

export type NamedMacro =
  /** Text without quotes, escapes resolved. */
  | { readonly kind: 'string'; readonly text: string; readonly header: string }
  /** An expression of its parameters, other macros in it expanded; C text. */
  | { readonly kind: 'function'; readonly params: readonly string[]; readonly body: string; readonly header: string };

/** Follows typedefs, qualifiers and type tags to the type underneath. A leaf that is only declared ends the walk. */
export function strip(types: Types, type: CType): CType {
  let at = type;
  for (let hops = 0; hops < 64; hops++) {
    if (at.kind === 'const' || at.kind === 'volatile' || at.kind === 'restrict' || at.kind === 'tag') {
      at = at.of;
    } else if (at.kind === 'typedef') {
      const definition = types.definition(at);
      if (definition?.kind !== 'typedef') return at;
      at = definition.type;
    } else {
      return at;
    }
  }
  return at;
}

/** Size in bytes; 0 for void, functions and types that are only declared. */
export function sizeOf(types: Types, type: CType): number {
  const under = strip(types, type);
  switch (under.kind) {
    case 'int':
    case 'float':
      return under.size;
    case 'ptr':
      return types.pointerSize;
    case 'array':
      return under.count * sizeOf(types, under.of);
    case 'struct':
    case 'union':
    case 'enum': {
      const definition = types.definition(under);
      return definition !== undefined && 'size' in definition ? definition.size : 0;
    }
    default:
      return 0;
  }
}
