// Types that a text uses without defining them: a script's struct may hold `struct list_head` and `u32` of the kernel that it is for.
import { baseType, wellKnownTypedef } from '../../../ctype/basetypes.ts';
import type { CType, Definition, FunctionType as CFunctionType, IntType, Member, Ref } from '../../../ctype/ctype.ts';
import type { Types } from '../../../ctype/types.ts';
import type { Target } from './target.ts';
import { pointerTo, qualified, qualifier, voidType, type EnumType, type Field, type FunctionType, type IntegerType, type RecordType, type Type } from './types.ts';

/** Asked only for names that nothing read so far has, where a type, a size or a value is wanted. Of what it answers nothing becomes a definition. */
export class Outside {
  readonly #typedefs = new Map<string, Type | undefined>();
  /** Of records and enums that are not found by their name. */
  readonly #refs = new WeakMap<RecordType | EnumType, Ref>();

  constructor(
    readonly types: Types,
    readonly target: Target,
  ) {}

  typedef(name: string): Type | undefined {
    if (!this.#typedefs.has(name)) this.#typedefs.set(name, this.#typedef(name));
    return this.#typedefs.get(name);
  }

  #typedef(name: string): Type | undefined {
    const [definition] = this.types.find('typedef', name);
    if (definition !== undefined) return { kind: 'typedef', name, type: this.#type(definition.type), index: -1 };
    const base = wellKnownTypedef(name);
    return base === undefined ? undefined : this.#type(base);
  }

  /** An enumerator, or a macro that is an integer. */
  value(name: string): bigint | undefined {
    return this.types.enumerators(name)[0]?.enumerator.value ?? this.types.constant(name)?.value;
  }

  /** Gives a record that was only mentioned its members, its size and its alignment; false where nobody knows them. */
  complete(record: RecordType): boolean {
    const definition = this.#definition(record);
    if (definition?.kind !== 'struct' && definition?.kind !== 'union') return false;
    record.fields = definition.members.map((member) => this.#field(member));
    record.size = definition.size;
    record.align = alignOfRecord(record);
    return true;
  }

  completeEnum(of: EnumType): boolean {
    const definition = this.#definition(of);
    if (definition?.kind !== 'enum') return false;
    of.values = definition.values;
    of.size = definition.size;
    of.align = definition.size;
    of.underlying = this.target.integerOfSize(definition.size, definition.signed);
    return true;
  }

  #definition(of: RecordType | EnumType): Definition | undefined {
    const ref = this.#refs.get(of);
    if (ref !== undefined) return this.types.definition(ref);
    return of.name === null ? undefined : this.types.find(of.kind, of.name)[0];
  }

  #field({ name, type: of, bitOffset, bitSize }: Member): Field {
    const type = this.#type(of);
    this.target.sizeOf(type);
    return { name, type, bitOffset, bitSize, align: this.target.alignOf(type) };
  }

  #type(type: CType): Type {
    switch (type.kind) {
      case 'void':
        return voidType;
      case 'int':
        return this.target.named(type.name) ?? integerOf(type);
      case 'float':
        return { kind: 'float', name: type.name, size: type.size, align: Math.min(type.size, 16) };
      case 'ptr':
        return pointerTo(this.#type(type.to));
      case 'array':
        return { kind: 'array', of: this.#type(type.of), count: type.count };
      case 'const':
      case 'volatile':
      case 'restrict':
        return qualified(this.#type(type.of), qualifier[type.kind]);
      case 'tag':
        return { kind: 'tag', tag: type.tag, of: this.#type(type.of) };
      case 'function':
        return this.#function(type);
      case 'typedef':
        return this.#named(type);
      case 'enum':
        return this.#remembered({ kind: 'enum', name: type.name, values: null, size: 4, align: 4, userAlign: false, underlying: null, index: -1 }, type);
      default:
        return this.#remembered({ kind: type.kind, name: type.name, fields: null, size: 0, align: 1, userAlign: false, flexible: false, index: -1 }, type);
    }
  }

  #named(ref: Ref): Type {
    const name = ref.name ?? '';
    const definition = this.types.definition(ref);
    if (definition?.kind === 'typedef') return { kind: 'typedef', name, type: this.#type(definition.type), index: -1 };
    return this.#type(baseType(name) ?? voidType);
  }

  #remembered<T extends RecordType | EnumType>(type: T, ref: Ref): T {
    this.#refs.set(type, ref);
    return type;
  }

  #function({ returns, params, variadic }: CFunctionType): FunctionType {
    return { kind: 'function', returns: this.#type(returns), params: params.map(({ name, type }) => ({ name, type: this.#type(type) })), variadic };
  }
}

/** Debug information has no alignments: what the members ask for, as far as offsets and size agree with it. */
function alignOfRecord({ fields, size }: RecordType): number {
  const plain = (fields ?? []).filter(({ bitSize }) => bitSize === null);
  if (plain.some(({ bitOffset, align }) => bitOffset % (8 * align) !== 0)) return 1;
  let align = Math.max(1, ...(plain.length > 0 ? plain : (fields ?? [])).map((field) => field.align));
  while (size % align !== 0) align /= 2;
  return align;
}

function integerOf(type: IntType): IntegerType {
  return { ...type, align: type.size, rank: rankOf(type.size) };
}

function rankOf(size: number): number {
  return { 1: 1, 2: 2, 4: 3, 8: 4 }[size] ?? 6;
}
