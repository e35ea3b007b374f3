// Names that several definitions have: the one that a script chose (`struct foo#2`, `struct foo@module`), and the ones that it may mean where it did not.
import { UsageError } from '../../base/errors.ts';
import type { CType, Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, Ref, RefKind } from '../../ctype/ctype.ts';
import type { NamedMacro, Types } from '../../ctype/types.ts';
import type { TypeChoice } from '../lang/ast.ts';
import { printChoice } from '../lang/printer.ts';

export type Meaning =
  | { readonly kind: 'found'; readonly ref: Ref }
  /** `there`: what has that name; empty when nothing has. */
  | { readonly kind: 'missing'; readonly there: readonly Definition[] };

/** Of one script: all its programs share it, so that what one program chose is known where a map is laid out. */
export class Choices {
  readonly #views = new Map<string | null, ChosenTypes>();
  readonly #refs = new Map<string, Ref>();
  readonly #candidates = new Map<string, readonly Definition[]>();

  constructor(readonly typesOf: (module: string | null) => Types) {}

  /** Types as a program with probes in that module sees them; null: vmlinux. */
  view(module: string | null): ChosenTypes {
    let view = this.#views.get(module);
    if (view === undefined) {
      view = new ChosenTypes(this.typesOf(module), module, this);
      this.#views.set(module, view);
    }
    return view;
  }

  /** What a leaf that was made here may mean, the first of them being what it is taken for; undefined for other leaves. */
  behind(ref: Ref): readonly Definition[] | undefined {
    return typeof ref.key === 'string' ? this.#candidates.get(ref.key) : undefined;
  }

  /** A leaf that means one of these. @param name as messages spell it */
  refer(kind: RefKind, name: string, where: string, candidates: readonly Definition[]): Ref {
    const key = `${mark}${where} ${kind} ${name}`;
    const ref = this.#refs.get(key) ?? { kind, name, key };
    this.#refs.set(key, ref);
    this.#candidates.set(key, candidates);
    return ref;
  }
}

/** Keys of the leaves that are made here. */
const mark = 'choice:';

export class ChosenTypes implements Types {
  readonly pointerSize: number;
  readonly #base: Types;
  readonly #module: string | null;
  readonly #choices: Choices;

  constructor(base: Types, module: string | null, choices: Choices) {
    this.pointerSize = base.pointerSize;
    this.#base = base;
    this.#module = module;
    this.#choices = choices;
  }

  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    return this.#base.find(kind, name);
  }

  definition(ref: Ref): Definition | undefined {
    return this.#choices.behind(ref)?.[0] ?? this.#base.definition(ref);
  }

  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[] {
    return this.#base.enumerators(name);
  }

  constant(name: string): { readonly value: bigint; readonly header: string } | undefined {
    return this.#base.constant(name);
  }

  macro(name: string): NamedMacro | undefined {
    return this.#base.macro(name);
  }

  memberAliases(name: string): readonly string[] {
    return this.#base.memberAliases(name);
  }

  near(kind: DefinitionKind, name: string, limit: number): readonly string[] {
    return this.#base.near(kind, name, limit);
  }

  /** What a name of the script means here. */
  meaning(kind: RefKind, name: string, choice: TypeChoice | undefined): Meaning {
    const there = this.#inSight(this.find(kind, name));
    if (choice === undefined) {
      if (there.length === 0) return { kind: 'missing', there };
      return { kind: 'found', ref: there.length === 1 ? { kind, name, key: null } : this.#choices.refer(kind, name, this.#module ?? '', there) };
    }
    const pool = choice.image === null ? there : this.#ofImage(kind, name, choice.image);
    const chosen = pool.filter((each) => choice.variant === null || each.variant === choice.variant);
    if (chosen.length === 0) return { kind: 'missing', there: pool.length > 0 ? pool : there };
    return { kind: 'found', ref: this.#choices.refer(kind, `${name}${printChoice(choice)}`, this.#module ?? '', chosen) };
  }

  /** The definitions that a leaf may mean where the script chose none of several: at least two, or nothing. */
  candidates(ref: Ref): readonly Definition[] {
    const found = this.#choices.behind(ref) ?? [];
    return found.length > 1 ? found : [];
  }

  /** A module's own come before those of vmlinux; those of other modules are equally far. */
  #inSight<D extends Definition>(found: readonly D[]): readonly D[] {
    const first = found[0]?.image;
    const near = first === this.#module || first === 'vmlinux' || first === 'script';
    return near ? found.filter((each) => each.image === first) : found;
  }

  #ofImage(kind: RefKind, name: string, image: string): readonly Definition[] {
    try {
      return this.#choices.typesOf(image === 'vmlinux' ? null : image).find(kind, name).filter((each) => each.image === image);
    } catch (error) {
      // The kernel has no such module; the complaint lists those that have the name.
      if (error instanceof UsageError) return [];
      throw error;
    }
  }
}

/** The leaf that a type ends in, typedefs of one meaning followed: the name that may mean several things. */
export function leafOf(types: ChosenTypes, type: CType): Ref | undefined {
  let at = type;
  for (let hops = 0; hops < 64; hops++) {
    if (at.kind === 'const' || at.kind === 'volatile' || at.kind === 'restrict' || at.kind === 'tag' || at.kind === 'array') {
      at = at.of;
      continue;
    }
    if (at.kind !== 'struct' && at.kind !== 'union' && at.kind !== 'enum' && at.kind !== 'typedef') return undefined;
    if (at.kind !== 'typedef' || types.candidates(at).length > 0) return at;
    const definition = types.definition(at);
    if (definition?.kind !== 'typedef') return undefined;
    at = definition.type;
  }
  return undefined;
}

/** The ways to name each of them: `struct foo#1 (24 bytes), struct foo#2 (32 bytes)`. */
export function choicesText(definitions: readonly Definition[]): string {
  const images = new Set(definitions.map((each) => each.image)).size > 1;
  return definitions.map((each) => {
    const tag = each.kind === 'typedef' ? '' : `${each.kind} `;
    const choice = printChoice({ image: images ? each.image : null, variant: images && each.variants === 1 ? null : each.variant });
    return `${tag}${each.name ?? ''}${choice}${'size' in each ? ` (${each.size} bytes)` : ''}`;
  }).join(', ');
}
