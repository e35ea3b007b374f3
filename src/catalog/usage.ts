// What a script takes from a kernel: wrappers around the two interfaces that the compiler asks, which write down what it looked at.
import type { CType, Definition, DefinitionKind, DefinitionOf, EnumDefinition, Member, RecordDefinition, Ref } from '../ctype/ctype.ts';
import type { Argument, Probe, ProbeDetail, Probes, ProviderName } from '../ctype/probes.ts';
import type { Types } from '../ctype/types.ts';

/** A question for attach points, and what was found. */
export interface AskedProbes {
  readonly provider: ProviderName;
  readonly scope: string | undefined;
  readonly name: string;
  readonly found: readonly Probe[];
}

export interface UsedProbe {
  readonly probe: Probe;
  /** Names of the arguments whose types were asked for. */
  readonly arguments: ReadonlySet<string>;
  readonly returns: boolean;
}

export interface UsedRecord {
  readonly record: RecordDefinition;
  readonly types: Types;
  /** Its size mattered. */
  readonly size: boolean;
}

export class Usage {
  readonly #members = new Set<string>();
  readonly #records = new Map<string, { record: RecordDefinition; types: Types; size: boolean }>();
  readonly #probes = new Map<string, { probe: Probe; arguments: Set<string>; returns: boolean }>();
  readonly #asked = new Map<string, AskedProbes>();
  readonly #enumerators = new Set<string>();
  readonly #constants = new Set<string>();

  /** Questions for attach points, each once. */
  get asked(): readonly AskedProbes[] {
    return [...this.#asked.values()];
  }

  get probes(): readonly UsedProbe[] {
    return [...this.#probes.values()];
  }

  /** Structs and unions with names that were looked at. */
  get records(): readonly UsedRecord[] {
    return [...this.#records.values()];
  }

  /** Values of enums, by name. */
  get enumerators(): ReadonlySet<string> {
    return this.#enumerators;
  }

  /** Macros of the kernel's headers, by name. */
  get constants(): ReadonlySet<string> {
    return this.#constants;
  }

  usesMember(record: RecordDefinition, index: number): boolean {
    return this.#members.has(memberKey(record, index));
  }

  /** The same types; what is asked of them is written down. */
  types(base: Types): Types {
    const wrapped = new Map<Definition, Definition>();
    const wrap = <D extends Definition>(definition: D): D => {
      const known = wrapped.get(definition) ?? this.#definition(definition, base);
      wrapped.set(definition, known);
      return known as D;
    };
    return {
      pointerSize: base.pointerSize,
      find: <K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] => base.find(kind, name).map((each) => wrap(each)),
      definition: (ref: Ref): Definition | undefined => {
        const found = base.definition(ref);
        return found && wrap(found);
      },
      enumerators: (name) => {
        const found = base.enumerators(name);
        if (found.length > 0) this.#enumerators.add(name);
        return found.map(({ of, enumerator }): { of: EnumDefinition; enumerator: typeof enumerator } => ({ of: wrap(of), enumerator }));
      },
      constant: (name) => {
        const found = base.constant(name);
        if (found !== undefined) this.#constants.add(name);
        return found;
      },
      macro: (name) => base.macro(name),
      memberAliases: (name) => base.memberAliases(name),
      near: (kind, name, limit) => base.near(kind, name, limit),
    };
  }

  /** The same probes; what is asked of them is written down. */
  probesOf(base: Probes): Probes {
    const details = new Map<ProbeDetail, ProbeDetail>();
    return {
      match: (provider, scope, name) => {
        const found = base.match(provider, scope, name);
        this.#asked.set(`${provider}:${scope ?? ''}:${name}`, { provider, scope, name, found });
        return found;
      },
      detail: (probe) => {
        const detail = base.detail(probe);
        const known = details.get(detail) ?? this.#detail(probe, detail);
        details.set(detail, known);
        return known;
      },
      unavailable: (provider) => base.unavailable?.(provider),
      near: (provider, scope, name, limit) => base.near(provider, scope, name, limit),
    };
  }

  #definition(definition: Definition, types: Types): Definition {
    if (definition.kind !== 'struct' && definition.kind !== 'union') return definition;
    const { size, members, ...rest } = definition;
    const used = { record: definition, types, size: false };
    if (definition.name !== null) this.#records.set(recordKey(definition), this.#records.get(recordKey(definition)) ?? used);
    const noteSize = (): void => {
      const known = this.#records.get(recordKey(definition));
      if (known !== undefined) known.size = true;
    };
    const noted = members.map((member, index) => this.#member(definition, member, index));
    return {
      ...rest,
      members: noted,
      get size(): number {
        noteSize();
        return size;
      },
    } as typeof definition;
  }

  /** Look-ups compare names of all members; only of the right one they read the type. */
  #member(record: RecordDefinition, { name, type, bitOffset, bitSize }: Member, index: number): Member {
    const note = (): void => {
      this.#members.add(memberKey(record, index));
    };
    return {
      name, bitOffset, bitSize,
      get type(): CType {
        note();
        return type;
      },
    };
  }

  #detail(probe: Probe, detail: ProbeDetail): ProbeDetail {
    const used = { probe, arguments: new Set<string>(), returns: false };
    this.#probes.set(`${probe.provider}:${probe.scope}:${probe.name}`, used);
    const { returns, arguments: args, ...rest } = detail;
    return {
      ...rest,
      arguments: args.map(({ type, ...argument }): Argument => ({
        ...argument,
        get type(): CType {
          used.arguments.add(argument.name);
          return type;
        },
      })),
      get returns(): CType | undefined {
        used.returns = true;
        return returns;
      },
    };
  }
}

function recordKey({ kind, name, image, id }: RecordDefinition): string {
  return `${kind} ${name ?? ''} ${image} ${id ?? ''}`;
}

function memberKey(record: RecordDefinition, index: number): string {
  return `${recordKey(record)} ${index}`;
}
