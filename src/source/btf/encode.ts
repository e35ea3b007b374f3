// Writes definitions as BTF (Documentation/bpf/btf.rst): what headers say goes into the catalog by the same door as what a kernel says of itself.
import { BtfSections } from '../../bpf/btf.ts';
import type { CType, Definition, EnumDefinition, FunctionType, IntType, RecordDefinition, Ref } from '../../ctype/ctype.ts';
import { unreachable } from '../../base/unreachable.ts';
import { kindOf } from './kinds.ts';

/**
 * Raw BTF of the definitions, in their order: the first has id 1. Per-CPU variables are left out, their sections are not known.
 * @param position index of the definition that a leaf means; undefined for one that is only declared
 */
export function encodeTypes(definitions: readonly Definition[], position: (ref: Ref) => number | undefined): Uint8Array {
  return new Encoder(definitions.filter(({ kind }) => kind !== 'variable').length === definitions.length ? definitions : refuse(), position).bytes();
}

function refuse(): never {
  throw new TypeError('variables have no place in BTF without their sections');
}

class Encoder {
  readonly #sections = new BtfSections();
  /** Types without a definition of their own, by what they are; their ids follow those of the definitions. */
  readonly #derived = new Map<string, number>();
  readonly #derivedWords: (readonly number[])[] = [];

  constructor(
    readonly definitions: readonly Definition[],
    readonly position: (ref: Ref) => number | undefined,
  ) {}

  bytes(): Uint8Array {
    const { words } = this.#sections;
    for (const definition of this.definitions) for (const word of this.#definition(definition)) words.push(word);
    for (const derived of this.#derivedWords) for (const word of derived) words.push(word);
    return this.#sections.bytes();
  }

  #definition(definition: Definition): readonly number[] {
    const name = this.#sections.string(definition.name ?? '');
    switch (definition.kind) {
      case 'struct':
      case 'union':
        return [name, ...this.#record(definition)];
      case 'enum':
        return [name, ...this.#enum(definition)];
      case 'typedef':
        return [name, info(kindOf.TYPEDEF, 0), this.#type(definition.type)];
      case 'function':
        return [name, info(kindOf.FUNC, linkageGlobal), this.#type(definition.type)];
      case 'variable':
        return refuse();
      default:
        return unreachable(definition);
    }
  }

  /** With bitfields the offset word holds the width, too (kind_flag). */
  #record({ kind, size, members }: RecordDefinition): number[] {
    const bitfields = members.some(({ bitSize }) => bitSize !== null);
    const words = [info(kind === 'struct' ? kindOf.STRUCT : kindOf.UNION, members.length, bitfields), size];
    for (const { name, type, bitOffset, bitSize } of members) {
      words.push(this.#sections.string(name ?? ''), this.#type(type), bitfields ? ((bitSize ?? 0) << 24) | bitOffset : bitOffset);
    }
    return words;
  }

  #enum({ size, signed, values }: EnumDefinition): number[] {
    const wide = size > 4;
    const words = [info(wide ? kindOf.ENUM64 : kindOf.ENUM, values.length, signed), size];
    for (const { name, value } of values) {
      words.push(this.#sections.string(name), Number(BigInt.asUintN(32, value)));
      if (wide) words.push(Number(BigInt.asUintN(32, value >> 32n)));
    }
    return words;
  }

  /** The id of a type; 0 for void. */
  #type(type: CType): number {
    switch (type.kind) {
      case 'void':
        return 0;
      case 'int':
        return this.#derive([this.#sections.string(type.name), info(kindOf.INT, 0), type.size, (encoding(type) << 24) | (8 * type.size)]);
      case 'float':
        return this.#derive([this.#sections.string(type.name), info(kindOf.FLOAT, 0), type.size]);
      case 'ptr':
        return this.#derive([0, info(kindOf.PTR, 0), this.#type(type.to)]);
      case 'array':
        return this.#derive([0, info(kindOf.ARRAY, 0), 0, this.#type(type.of), this.#type(indexType), type.count]);
      case 'const':
      case 'volatile':
      case 'restrict':
        return this.#derive([0, info(qualifiers[type.kind], 0), this.#type(type.of)]);
      case 'tag':
        return this.#derive([this.#sections.string(type.tag), info(kindOf.TYPE_TAG, 0), this.#type(type.of)]);
      case 'function':
        return this.#prototype(type);
      default:
        return this.#leaf(type);
    }
  }

  /** A variadic one ends with a parameter that has neither name nor type. */
  #prototype({ returns, params, variadic }: FunctionType): number {
    const words = params.flatMap(({ name, type }) => [this.#sections.string(name ?? ''), this.#type(type)]);
    return this.#derive([0, info(kindOf.FUNC_PROTO, params.length + (variadic ? 1 : 0)), this.#type(returns), ...words, ...(variadic ? [0, 0] : [])]);
  }

  /** What is only declared: FWD, and for enums one without values, as compilers write it. */
  #leaf(ref: Ref): number {
    const position = this.position(ref);
    if (position !== undefined) return position + 1;
    const name = this.#sections.string(ref.name ?? '');
    if (ref.kind === 'enum') return this.#derive([name, info(kindOf.ENUM, 0), 4]);
    if (ref.kind === 'typedef') return this.#derive([name, info(kindOf.TYPEDEF, 0), 0]);
    return this.#derive([name, info(kindOf.FWD, 0, ref.kind === 'union')]);
  }

  #derive(words: readonly number[]): number {
    const whole = words.length === 2 ? [...words, 0] : words;
    const key = whole.join();
    const known = this.#derived.get(key);
    if (known !== undefined) return known;
    this.#derivedWords.push(whole);
    const id = this.definitions.length + this.#derivedWords.length;
    this.#derived.set(key, id);
    return id;
  }
}

/** BTF_FUNC_GLOBAL */
const linkageGlobal = 1;

const qualifiers = { const: kindOf.CONST, volatile: kindOf.VOLATILE, restrict: kindOf.RESTRICT } as const;

/** What compilers name the type of an index; 4 bytes as in BTF made by pahole. */
const indexType: IntType = { kind: 'int', name: '__ARRAY_SIZE_TYPE__', size: 4, signed: false, encoding: 'int' };

/** BTF_INT_SIGNED, BTF_INT_CHAR, BTF_INT_BOOL: gcc's kernels say of char only that it is signed, and of bool that it is one. */
function encoding({ signed, encoding: form }: IntType): number {
  return form === 'bool' ? 4 : signed ? 1 : 0;
}

function info(kind: number, vlen: number, flag = false): number {
  return ((flag ? 1 << 31 : 0) | (kind << 24) | vlen) >>> 0;
}
