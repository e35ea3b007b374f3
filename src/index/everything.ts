// Everything that a kernel's images define, in order of their BTF ids. One question reads a row at a time; this reads the tables in a few scans.
import type { CType, Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, Member, Ref } from '../ctype/ctype.ts';
import type { NamedMacro, Types } from '../ctype/types.ts';
import { Contents } from './contents.ts';
import { Expressions, type LeafMaker } from './expressions.ts';
import { kindNames, kindNumber } from './kinds.ts';
import { readPossessions, type Possession } from './possessions.ts';
import { readRecordSizes, type RecordSize } from './recordsizes.ts';
import { Settlements, type Settled } from './settlements.ts';
import type { Scope, Sight } from './sight.ts';
import type { Statements } from './statements.ts';
import { WholeEnum, WholeRecord, type Variant } from './wholes.ts';

export class Everything {
  readonly settlements: Settlements;
  readonly #images = new Map<number, WholeImage>();
  #read: Read | undefined;

  /**
   * @param types answers what is not about definitions
   * @param only the image to read, with those that it stands on; undefined: all images
   */
  constructor(
    readonly statements: Statements,
    readonly sight: Sight,
    readonly types: Types,
    readonly only: Scope | undefined,
  ) {
    this.settlements = new Settlements(statements);
  }

  get contents(): Contents {
    return this.#all().contents;
  }

  #all(): Read {
    if (this.#read !== undefined) return this.#read;
    const wanted = this.only === undefined ? undefined : new Set([...chain(this.only)].map((scope) => scope.id));
    const possessions = new Map(this.#keys().flatMap((key) => [...readPossessions(this.statements, key, wanted)]));
    this.#read = { possessions, contents: new Contents(this.statements, [...possessions.values()]) };
    return this.#read;
  }

  /** What the images' definitions are kept under. */
  #keys(): readonly number[] {
    return [...new Set(this.only === undefined ? [this.sight.kernel.id] : [...chain(this.only)].map((scope) => this.sight.keyOf(scope.id)))];
  }

  /** vmlinux first, then modules in order of their names. */
  *images(): IterableIterator<WholeImage> {
    for (const scope of this.#scopes()) yield this.image(scope);
  }

  /** See recordsizes.ts. */
  sizes(kinds: readonly ('struct' | 'union')[]): readonly RecordSize[] | undefined {
    return readRecordSizes(this.statements, this.#keys(), this.#scopes().map(({ id }) => id), kinds);
  }

  #scopes(): readonly Scope[] {
    return this.only === undefined ? [...this.sight.scopes.values()].sort(inOrder) : [this.only];
  }

  image(scope: Scope): WholeImage {
    const known = this.#images.get(scope.id);
    if (known !== undefined) return known;
    const base = scope.base && this.image(scope.base);
    const made = new WholeImage(this, scope, base, this.#all().possessions.get(scope.id) ?? nothing);
    // A module stands alone: what it read is forgotten with it.
    if (scope.base === undefined) this.#images.set(scope.id, made);
    return made;
  }
}

interface Read {
  /** By row of the image. */
  readonly possessions: ReadonlyMap<number, Possession>;
  readonly contents: Contents;
}

/** What a layout needs. */
const typeKinds: readonly number[] = [kindNumber.struct, kindNumber.union, kindNumber.enum, kindNumber.typedef];

const nothing: Possession = { first: 0, definitions: new Uint32Array(0) };

function* chain(scope: Scope): IterableIterator<Scope> {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.base) yield at;
}

function inOrder(a: Scope, b: Scope): number {
  if ((a.base === undefined) !== (b.base === undefined)) return a.base === undefined ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** A leaf whose meaning is looked up when it is first asked for. */
interface Slot {
  readonly kind: number;
  readonly name: string | null;
  /** Of an anonymous one. */
  readonly definition: number;
  readonly target: number | undefined;
}

/** One image of them. Its types are asked like those of any image; leaves have numbers for keys. */
export class WholeImage implements Types {
  readonly pointerSize: number;
  readonly #everything: Everything;
  readonly #scope: Scope;
  readonly #base: WholeImage | undefined;
  readonly #possession: Possession;
  /** Those that others refer to, by BTF id - first. */
  readonly #made: (Definition | undefined)[];
  /** The first BTF id by kind and name, and all of them where there are several. */
  readonly #named = new Map<number, Map<string, number>>();
  readonly #variants = new Map<number, Map<string, number[]>>();
  /** The first BTF id of an anonymous definition, by its row. */
  readonly #anonymous = new Map<number, number>();
  readonly #expressions: Expressions;
  readonly #slots: Slot[] = [];
  readonly #resolved: (Definition | null | undefined)[] = [];

  constructor(everything: Everything, scope: Scope, base: WholeImage | undefined, possession: Possession) {
    this.#everything = everything;
    this.pointerSize = everything.types.pointerSize;
    this.#scope = scope;
    this.#base = base;
    this.#possession = possession;
    // An array that grows from its end would be a hash table.
    this.#made = new Array<Definition | undefined>(possession.definitions.length);
    this.#expressions = new Expressions(everything.contents.expressions, this.#leafMaker());
    this.#index(typeKinds);
  }

  /** `vmlinux` or the module's name. */
  get name(): string {
    return this.#scope.name;
  }

  /** The image's own definitions, without its base's. */
  *definitions(kinds: readonly DefinitionKind[]): IterableIterator<Definition> {
    const numbers = new Set<number>(kinds.map((kind) => kindNumber[kind]));
    const more = [...numbers].filter((kind) => !typeKinds.includes(kind));
    if (more.length > 0) {
      this.#everything.contents.load(more);
      this.#index(more);
    }
    if (numbers.has(kindNumber.enum)) this.#everything.contents.loadValues();
    const { first, definitions } = this.#possession;
    for (let at = 0; at < definitions.length; at++) {
      const definition = definitions[at] ?? 0;
      // What nobody refers to is not kept.
      if (numbers.has(this.#everything.contents.kind(definition))) yield this.#made[at] ?? this.#make(first + at, definition);
    }
  }

  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    const own = this.#ids(kindNumber[kind], name).map((id) => this.#byId(id)).filter((each) => each !== undefined);
    return [...(own as DefinitionOf<K>[]), ...(this.#base?.find(kind, name) ?? [])];
  }

  definition(ref: Ref): Definition | undefined {
    if (typeof ref.key !== 'number') return ref.name === null ? undefined : this.find(ref.kind, ref.name)[0];
    let definition = this.#resolved[ref.key];
    if (definition === undefined) {
      const slot = this.#slots[ref.key];
      definition = (slot && this.#resolve(slot)) ?? null;
      this.#resolved[ref.key] = definition;
    }
    return definition ?? undefined;
  }

  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[] {
    return this.#everything.types.enumerators(name);
  }

  constant(name: string): { readonly value: bigint; readonly header: string } | undefined {
    return this.#everything.types.constant(name);
  }

  macro(name: string): NamedMacro | undefined {
    return this.#everything.types.macro(name);
  }

  memberAliases(name: string): readonly string[] {
    return this.#everything.types.memberAliases(name);
  }

  near(kind: DefinitionKind, name: string, limit: number): readonly string[] {
    return this.#everything.types.near(kind, name, limit);
  }

  #index(kinds: readonly number[]): void {
    for (const kind of kinds) {
      this.#named.set(kind, new Map());
      this.#variants.set(kind, new Map());
    }
    const { contents } = this.#everything;
    const { first, definitions } = this.#possession;
    for (let at = 0; at < definitions.length; at++) {
      const definition = definitions[at] ?? 0;
      const kind = contents.kind(definition);
      if (!kinds.includes(kind)) continue;
      const name = contents.name(definition);
      if (name !== null) this.#addName(kind, name, first + at);
      else if (!this.#anonymous.has(definition)) this.#anonymous.set(definition, first + at);
    }
  }

  #addName(kind: number, name: string, id: number): void {
    const names = this.#named.get(kind);
    const before = names?.get(name);
    if (before === undefined) {
      names?.set(name, id);
      return;
    }
    const several = this.#variants.get(kind)?.get(name);
    if (several === undefined) this.#variants.get(kind)?.set(name, [before, id]);
    else several.push(id);
  }

  #ids(kind: number, name: string): readonly number[] {
    const several = this.#variants.get(kind)?.get(name);
    if (several !== undefined) return several;
    const id = this.#named.get(kind)?.get(name);
    return id === undefined ? [] : [id];
  }

  #leafMaker(): LeafMaker {
    return (kind, name, definition, target) => ({ kind, name, key: this.#slots.push({ kind: kindNumber[kind], name, definition, target }) - 1 });
  }

  /** The image's own definitions, else its base's; the one that is asked for, else the first. */
  #resolve(slot: Slot): Definition | undefined {
    const { kind, name, definition, target } = slot;
    if (target === 0) return undefined;
    const id = target ?? (name === null ? this.#anonymous.get(definition) : this.#named.get(kind)?.get(name));
    const own = id === undefined ? undefined : this.#byId(id);
    if (own !== undefined || this.#base === undefined) return own;
    return this.#base.#resolve(slot);
  }

  #byId(id: number): Definition | undefined {
    const at = id - this.#possession.first;
    const known = this.#made[at];
    if (known !== undefined) return known;
    const definition = this.#possession.definitions[at];
    if (definition === undefined || this.#everything.contents.kind(definition) === 0) return undefined;
    const made = this.#make(id, definition);
    this.#made[at] = made;
    return made;
  }

  #make(id: number, definition: number): Definition {
    const { contents } = this.#everything;
    const kind = contents.kind(definition);
    const name = contents.name(definition);
    const ids = name === null ? undefined : this.#variants.get(kind)?.get(name);
    const place = ids === undefined ? only : { variant: 1 + ids.indexOf(id), variants: ids.length };
    const kindName = kindNames[kind];
    if (kindName === 'struct' || kindName === 'union') return new WholeRecord(id, this.#scope.name, place, kindName, name, contents.types.extent(definition), () => this.#members(id, definition));
    if (kindName === 'enum') return new WholeEnum(id, this.#scope.name, place, name, contents.types.extent(definition), contents.types.signed(definition), () => this.#values(definition));
    const defined = { id, image: this.#scope.name, ...place };
    const type = this.#expressions.type(contents.type(definition), this.#settled(id)?.get(0));
    switch (kindName) {
      case 'typedef':
        return { kind: 'typedef', name: name ?? '', type, ...defined };
      case 'function':
        return { kind: 'function', name: name ?? '', type: asFunction(type), ...defined };
      case 'variable':
        return { kind: 'variable', name: name ?? '', type, offset: this.#offset(id), ...defined };
      default:
        throw new RangeError(`catalog: a definition of kind ${kind}`);
    }
  }

  #members(id: number, definition: number): readonly Member[] {
    return this.#everything.contents.types.members(definition, this.#expressions, this.#settled(id));
  }

  #settled(id: number): Settled | undefined {
    return this.#everything.settlements.of(this.#scope.id, id);
  }

  #values(definition: number): readonly Enumerator[] {
    const { contents } = this.#everything;
    const signed = contents.types.signed(definition);
    const flat = contents.values(definition);
    const values: Enumerator[] = [];
    for (let at = 0; at < flat.length; at += 2) {
      const value = BigInt(flat[at + 1] ?? 0);
      values.push({ name: flat[at] ?? '', value: signed ? value : BigInt.asUintN(64, value) });
    }
    return values;
  }

  #offset(id: number): number {
    return this.#everything.statements.get<readonly [number]>('SELECT "offset" FROM variable WHERE image = ? AND btf_id = ?', this.#scope.id, id)?.[0] ?? 0;
  }
}

const only: Variant = { variant: 1, variants: 1 };

function asFunction(type: CType): DefinitionOf<'function'>['type'] {
  if (type.kind !== 'function') throw new RangeError(`catalog: a function whose type is ${type.kind}`);
  return type;
}
