// The C part of a script: its own definitions, what its headers say, and what is known of the kernel, as one set of types.
import type { CPart, CProblem } from '../../ctype/cpart.ts';
import type { Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, Ref } from '../../ctype/ctype.ts';
import { nearest } from '../../ctype/suggest.ts';
import type { NamedMacro, Types } from '../../ctype/types.ts';
import type { HeaderFacts } from './facts.ts';
import { mapped } from './leaves.ts';
import type { Problem } from './tokens.ts';
import { isKind } from './types.ts';
import { plainConfig, type HeaderArch, type HeaderConfig } from './tree/config.ts';

/** What places in a script's own text are called. */
export const scriptName = '<script>';

/** Where there are no headers of a kernel. */
export function scriptConfig(arch: HeaderArch): HeaderConfig {
  return { ...plainConfig(arch), msExtensions: true, defines: annotations };
}

/** What include/linux/compiler_types.h makes of the kernel's own words, for definitions that were copied out of its headers. */
const annotations = [
  '__packed=__attribute__((packed))', '__aligned(x)=__attribute__((aligned(x)))', ...['__user', '__rcu', '__percpu', '__iomem', '__force', '__bitwise', '__randomize_layout'].map((word) => `${word}=`),
];

/**
 * @param facts of a text whose name is `scriptName`
 * @param folders where headers are looked for: places are named without them
 */
export function partOf(facts: HeaderFacts, folders: readonly string[]): CPart {
  const own = ownDefinitions(facts);
  return {
    problems: facts.problems.map((problem) => problemOf(problem, (path) => nameOf(path, folders))),
    definitions: own.flatMap((index) => {
      const name = facts.definitions.name(index);
      return name === null ? [] : [{ kind: facts.definitions.kind(index), name, line: facts.definitions.at(index).line }];
    }),
    isDefined: (macro) => facts.macros.find(macro) !== undefined,
    types: (known) => new ScriptTypes(facts, own, known),
  };
}

function ownDefinitions({ definitions }: HeaderFacts): readonly number[] {
  const own: number[] = [];
  for (let index = 0; index < definitions.length; index++) if (definitions.file(index) === scriptName) own.push(index);
  return own;
}

/** What is wrong in a header stands at the #include that leads there. */
function problemOf({ place, severity, message, missing: isMissing }: Problem, name: (path: string) => string): CProblem {
  const { file, line, column, included } = place;
  const outermost = included.at(-1);
  const missing = isMissing === true;
  if (file === scriptName || outermost?.file !== scriptName) return { severity, message, line, column, headers: file === scriptName ? [] : [`${name(file)}:${line}`], missing };
  const headers = [{ file, line }, ...included.slice(0, -1)].map((each) => `${name(each.file)}:${each.line}`);
  return { severity, message, line: outermost.line, column: 1, headers, missing };
}

/** As an #include names it. */
function nameOf(path: string, folders: readonly string[]): string {
  const folder = folders.find((each) => path.startsWith(`${each}/`));
  return folder === undefined ? path : path.slice(folder.length + 1);
}

/** Keys of the leaves that were made here. */
const mark = 'script:';

/**
 * The script's definitions (image `script`) in front of what is known, those of its headers (image `headers`) behind it:
 * of two that have a name in common the kernel's own is the right one, and of those that agree it does not matter.
 */
class ScriptTypes implements Types {
  readonly pointerSize: number;
  /** Kind and name → index. */
  readonly #own = new Map<string, number>();
  readonly #ownIndices: ReadonlySet<number>;
  readonly #made = new Map<number, Definition>();

  constructor(
    readonly facts: HeaderFacts,
    own: readonly number[],
    readonly known: Types,
  ) {
    this.pointerSize = known.pointerSize;
    this.#ownIndices = new Set(own);
    for (const index of own) this.#own.set(`${facts.definitions.kind(index)} ${facts.definitions.name(index) ?? ''}`, index);
  }

  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    const own = this.#own.get(`${kind} ${name}`);
    if (own !== undefined) return [this.#at(own)].filter((each) => isKind(each, kind));
    const known = this.known.find(kind, name);
    return known.length > 0 ? known : this.facts.types.find(kind, name).map((each) => this.#marked(each)).filter((each) => isKind(each, kind));
  }

  definition(ref: Ref): Definition | undefined {
    if (typeof ref.key === 'string' && ref.key.startsWith(mark)) return this.#at(Number(ref.key.slice(mark.length)));
    if (ref.key !== null || ref.name === null) return this.known.definition(ref);
    const own = this.#own.get(`${ref.kind} ${ref.name}`);
    return own === undefined ? (this.known.definition(ref) ?? this.find(ref.kind, ref.name)[0]) : this.#at(own);
  }

  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[] {
    const own = [...this.#ownIndices].flatMap((index) => (this.facts.definitions.kind(index) === 'enum' ? [this.#at(index)] : [])).flatMap((of) => {
      const enumerator = of.kind === 'enum' ? of.values.find((each) => each.name === name) : undefined;
      return of.kind === 'enum' && enumerator !== undefined ? [{ of, enumerator }] : [];
    });
    if (own.length > 0) return own;
    const known = this.known.enumerators(name);
    return known.length > 0 ? known : this.facts.types.enumerators(name);
  }

  constant(name: string): { readonly value: bigint; readonly header: string } | undefined {
    return this.known.constant(name) ?? this.facts.types.constant(name);
  }

  macro(name: string): NamedMacro | undefined {
    return this.known.macro(name) ?? this.facts.types.macro(name);
  }

  memberAliases(name: string): readonly string[] {
    return [...new Set([...this.facts.types.memberAliases(name), ...this.known.memberAliases(name)])];
  }

  near(kind: DefinitionKind, name: string, limit: number): readonly string[] {
    const own = [...this.#own.keys()].flatMap((key) => (key.startsWith(`${kind} `) ? [key.slice(kind.length + 1)] : []));
    return nearest(name, [...own, ...this.known.near(kind, name, limit)], limit);
  }

  #at(index: number): Definition {
    const known = this.#made.get(index);
    if (known !== undefined) return known;
    const marked = this.#marked(this.facts.definitions.at(index).definition);
    const made = this.#ownIndices.has(index) ? { ...marked, image: 'script' } : marked;
    this.#made.set(index, made);
    return made;
  }

  /** Its leaves are told apart from those of what is known. */
  #marked(definition: Definition): Definition {
    return mapped(definition, (ref) => (typeof ref.key === 'number' ? { ...ref, key: `${mark}${ref.key}` } : ref));
  }
}
