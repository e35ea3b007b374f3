// A `Types` that knows a script's own C definitions first and asks the kernel's for the rest.
import type { DiagnosticSink } from '../../../base/diagnostic.ts';
import type { CType, Definition, DefinitionKind, DefinitionOf, EnumDefinition, Enumerator, RecordDefinition, Ref, RefKind } from '../../../ctype/ctype.ts';
import { pointerTo, voidType } from '../../../ctype/ctype.ts';
import { nearest } from '../../../ctype/suggest.ts';
import { sizeOf, strip, type NamedMacro, type Types } from '../../../ctype/types.ts';
import { unreachable } from '../../../base/unreachable.ts';
import type { CDeclaration, CField, CTypeName, Preamble } from '../ast.ts';
import { baseType, wellKnownTypedef } from './basetypes.ts';
import { layOut, type RecordLayout, type Unplaced } from './layout.ts';

/**
 * The script's definitions (image `script`) in front of `base`, those of its headers behind it.
 * With a sink, members whose size is not known are complained about there; without one they count as empty.
 */
export function scriptTypes(preamble: Preamble, base: Types, sink?: DiagnosticSink): Types {
  if (preamble.types.length === 0 && preamble.included.length === 0) return base;
  const types = new ScriptTypes(preamble, base, sink);
  if (sink !== undefined) types.checkAll();
  return types;
}

/** Keys of the leaves that were made here. */
const mark = 'script:';

class ScriptTypes implements Types {
  readonly pointerSize: number;
  /** Kind and name → declaration; the last definition of a name wins. */
  readonly #own: ReadonlyMap<string, CDeclaration>;
  readonly #included: ReadonlyMap<string, CDeclaration>;
  readonly #keys = new Map<CDeclaration, string>();
  readonly #byKey = new Map<string, CDeclaration>();
  readonly #made = new Map<CDeclaration, Definition>();
  readonly #layouts = new Map<CDeclaration, RecordLayout>();
  /** Records with a member whose size is not known. */
  readonly #incomplete = new Set<CDeclaration>();
  /** Records that are being laid out: one that holds itself has no size. */
  readonly #busy = new Set<CDeclaration>();

  constructor(
    readonly preamble: Preamble,
    readonly base: Types,
    readonly sink: DiagnosticSink | undefined,
  ) {
    this.pointerSize = base.pointerSize;
    this.#own = byName(preamble.types);
    this.#included = byName(preamble.included);
  }

  checkAll(): void {
    for (const declaration of this.preamble.types) this.#make(declaration);
  }

  find<K extends DefinitionKind>(kind: K, name: string): readonly DefinitionOf<K>[] {
    const own = this.#own.get(`${kind} ${name}`);
    if (own !== undefined) return [this.#make(own)].filter(isKind(kind));
    const known = this.base.find(kind, name);
    if (known.length > 0) return known;
    return [this.#fromHeader(kind, name)].filter((each) => each !== undefined).filter(isKind(kind));
  }

  /** A header's definition, unless a part of it is not known: then its layout would be a guess. */
  #fromHeader(kind: DefinitionKind, name: string): Definition | undefined {
    const declaration = this.#included.get(`${kind} ${name}`);
    if (declaration === undefined) return undefined;
    const made = this.#make(declaration);
    return this.#incomplete.has(declaration) ? undefined : made;
  }

  definition(ref: Ref): Definition | undefined {
    if (typeof ref.key === 'string' && ref.key.startsWith(mark)) {
      const declaration = this.#byKey.get(ref.key);
      return declaration === undefined ? undefined : this.#make(declaration);
    }
    if (ref.key !== null || ref.name === null) return this.base.definition(ref);
    const own = this.#own.get(`${ref.kind} ${ref.name}`);
    if (own !== undefined) return this.#make(own);
    return this.base.definition(ref) ?? this.#fromHeader(ref.kind, ref.name);
  }

  enumerators(name: string): readonly { readonly of: EnumDefinition; readonly enumerator: Enumerator }[] {
    const own = this.#enumerators(this.preamble.types, name);
    if (own.length > 0) return own;
    const known = this.base.enumerators(name);
    return known.length > 0 ? known : this.#enumerators(this.preamble.included, name);
  }

  constant(name: string): { readonly value: bigint; readonly header: string } | undefined {
    return this.base.constant(name);
  }

  macro(name: string): NamedMacro | undefined {
    return this.base.macro(name);
  }

  memberAliases(name: string): readonly string[] {
    return this.base.memberAliases(name);
  }

  near(kind: DefinitionKind, name: string, limit: number): readonly string[] {
    const own = [...this.#own.values()].filter((each) => kindOf(each) === kind).flatMap((each) => each.name ?? []);
    return nearest(name, [...own, ...this.base.near(kind, name, limit)], limit);
  }

  #enumerators(declarations: readonly CDeclaration[], name: string): { of: EnumDefinition; enumerator: Enumerator }[] {
    return allEnums(declarations)
      .filter((each) => each.values.some((value) => value.name === name))
      .flatMap((each) => {
        const of = this.#make(each);
        const enumerator = of.kind === 'enum' ? of.values.find((value) => value.name === name) : undefined;
        return of.kind === 'enum' && enumerator !== undefined ? [{ of, enumerator }] : [];
      });
  }

  #make(declaration: CDeclaration): Definition {
    const known = this.#made.get(declaration);
    if (known !== undefined) return known;
    const made = this.#build(declaration);
    this.#made.set(declaration, made);
    return made;
  }

  #build(declaration: CDeclaration): Definition {
    const origin = { id: null, image: 'script', variant: 1, variants: 1 };
    switch (declaration.kind) {
      case 'record': {
        const { members, size } = this.#layout(declaration);
        return { ...origin, kind: declaration.tag, name: declaration.name, size, members };
      }
      case 'enum':
        return { ...origin, kind: 'enum', name: declaration.name, values: declaration.values, ...enumForm(declaration) };
      case 'typedef':
        return { ...origin, kind: 'typedef', name: declaration.name, type: this.#type(declaration.type) };
      default:
        return unreachable(declaration);
    }
  }

  #layout(declaration: CDeclaration & { readonly kind: 'record' }): RecordLayout {
    const known = this.#layouts.get(declaration);
    if (known !== undefined) return known;
    if (this.#busy.has(declaration)) return { members: [], size: 0, align: 1 };
    this.#busy.add(declaration);
    const unplaced = declaration.members.map((field) => this.#unplaced(declaration, field));
    this.#busy.delete(declaration);
    const layout = layOut(declaration.tag, unplaced, declaration.packed, declaration.align);
    this.#layouts.set(declaration, layout);
    return layout;
  }

  #unplaced(record: CDeclaration, field: CField): Unplaced {
    const type = this.#type(field.type);
    const under = strip(this, type);
    const size = sizeOf(this, type);
    if (size === 0 && !this.#mayBeEmpty(under)) this.#complain(field, under);
    if ((size === 0 && !this.#mayBeEmpty(under)) || this.#isIncomplete(under)) this.#incomplete.add(record);
    return { name: field.name, type, bits: field.bits, size, align: this.#align(type), packed: field.packed, wanted: field.align };
  }

  /** Arrays without elements, and records without members. */
  #mayBeEmpty(type: CType): boolean {
    if (type.kind === 'array') return type.count === 0 || this.#mayBeEmpty(strip(this, type.of));
    if (type.kind !== 'struct' && type.kind !== 'union') return false;
    const definition = this.definition(type);
    return definition !== undefined && !this.#isBusy(type);
  }

  /** A record of ours with a member whose size is not known, or an array of them. */
  #isIncomplete(type: CType): boolean {
    if (type.kind === 'array') return this.#isIncomplete(strip(this, type.of));
    if (type.kind !== 'struct' && type.kind !== 'union') return false;
    const declaration = this.#declaration(type);
    return declaration !== undefined && this.#incomplete.has(declaration);
  }

  #isBusy(ref: Ref): boolean {
    const declaration = ref.key === null ? this.#own.get(`${ref.kind} ${ref.name}`) : this.#byKey.get(String(ref.key));
    return declaration !== undefined && this.#busy.has(declaration);
  }

  /** Of the script's own text only: nobody can mend a header. */
  #complain(field: CField, type: CType): void {
    if (this.preamble.included.some((each) => this.#busy.has(each))) return;
    const what = type.kind === 'typedef' ? `unknown type name '${type.name}'` : `member '${field.name ?? ''}' has incomplete type '${describe(type)}'`;
    this.sink?.error('incomplete-type', field.span, what);
  }

  #type(name: CTypeName): CType {
    switch (name.kind) {
      case 'named':
        return this.#named(name);
      case 'inline':
        return { kind: kindOf(name.declaration), name: null, key: this.#key(name.declaration) };
      case 'pointer':
        return pointerTo(this.#type(name.to));
      case 'array':
        return { kind: 'array', of: this.#type(name.of), count: name.count };
      case 'function':
        return { kind: 'function', returns: voidType, params: [], variadic: false };
      default:
        return unreachable(name);
    }
  }

  /** Own definitions are referred to by key, for the kernel may have others of that name. */
  #named({ tag, name }: CTypeName & { readonly kind: 'named' }): CType {
    const kind = tag ?? 'typedef';
    const own = this.#own.get(`${kind} ${name}`);
    if (own !== undefined) return { kind, name, key: this.#key(own) };
    if (tag !== null) return { kind, name, key: null };
    const base = baseType(name);
    if (base !== undefined) return base;
    const known = this.base.find('typedef', name).length > 0 || this.#included.has(`typedef ${name}`);
    return (known ? undefined : wellKnownTypedef(name)) ?? { kind: 'typedef', name, key: null };
  }

  #key(declaration: CDeclaration): string {
    const known = this.#keys.get(declaration);
    if (known !== undefined) return known;
    const key = `${mark}${this.#keys.size}`;
    this.#keys.set(declaration, key);
    this.#byKey.set(key, declaration);
    return key;
  }

  /** Alignment in bytes. */
  #align(type: CType): number {
    const under = strip(this, type);
    switch (under.kind) {
      case 'array':
        return this.#align(under.of);
      case 'struct':
      case 'union': {
        const declaration = this.#declaration(under);
        if (declaration?.kind === 'record') return this.#layout(declaration).align;
        const definition = this.definition(under);
        return definition?.kind === 'struct' || definition?.kind === 'union' ? this.#alignOfRecord(definition) : 1;
      }
      default:
        return Math.max(1, sizeOf(this, under));
    }
  }

  #declaration(ref: Ref): CDeclaration | undefined {
    if (typeof ref.key === 'string' && ref.key.startsWith(mark)) return this.#byKey.get(ref.key);
    if (ref.key !== null || this.base.definition(ref) !== undefined) return undefined;
    return this.#included.get(`${ref.kind} ${ref.name}`);
  }

  /** Debug information has no alignments: what the members ask for, as far as offsets and size agree with it. */
  #alignOfRecord(definition: RecordDefinition): number {
    let align = Math.max(1, ...definition.members.filter((member) => member.bitSize === null).map((member) => this.#align(member.type)));
    const agrees = (): boolean => definition.size % align === 0;
    const packed = definition.members.some((member) => member.bitSize === null && member.bitOffset % (8 * this.#align(member.type)) !== 0);
    if (packed) return 1;
    while (!agrees()) align /= 2;
    return align;
  }
}

function byName(declarations: readonly CDeclaration[]): ReadonlyMap<string, CDeclaration> {
  return new Map(declarations.map((each) => [`${kindOf(each)} ${each.name ?? ''}`, each]));
}

function kindOf(declaration: CDeclaration): RefKind {
  return declaration.kind === 'record' ? declaration.tag : declaration.kind;
}

function isKind<K extends DefinitionKind>(kind: K): (definition: Definition) => definition is DefinitionOf<K> {
  return (definition): definition is DefinitionOf<K> => definition.kind === kind;
}

/** Enums of the declarations, those without a name inside records too. */
function allEnums(declarations: readonly CDeclaration[]): (CDeclaration & { readonly kind: 'enum' })[] {
  return declarations.flatMap((each) => {
    if (each.kind === 'enum') return [each];
    if (each.kind === 'typedef') return each.type.kind === 'inline' ? allEnums([each.type.declaration]) : [];
    return each.members.flatMap((member) => (member.type.kind === 'inline' ? allEnums([member.type.declaration]) : []));
  });
}

/** gcc's choice: int or unsigned int, 8 bytes where a value needs them, the smallest that fits when packed. */
function enumForm({ values, packed }: CDeclaration & { readonly kind: 'enum' }): { size: number; signed: boolean } {
  const signed = values.some(({ value }) => value < 0n);
  const fits = (size: number): boolean => values.every(({ value }) => (signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value)) === value);
  return { size: (packed ? [1, 2, 4] : [4]).find(fits) ?? 8, signed };
}

function describe(type: CType): string {
  if (type.kind === 'struct' || type.kind === 'union' || type.kind === 'enum') return `${type.kind} ${type.name ?? '{...}'}`;
  return type.kind;
}
