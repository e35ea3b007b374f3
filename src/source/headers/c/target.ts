// The base types of an ABI, and sizes and alignments of everything made of them.
import type { Types } from '../../../ctype/types.ts';
import type { Abi, BaseTypeName } from '../abi/abi.ts';
import { Outside } from './outside.ts';
import { pointerTo, qualifier, under, type FloatType, type IntegerType, type RecordType, type Type } from './types.ts';

export interface TargetOptions {
  readonly abi: Abi;
  /** `-funsigned-char` */
  readonly unsignedChar: boolean;
  /** `-fshort-wchar` */
  readonly shortWchar: boolean;
  /** What names mean that the text does not define. */
  readonly known?: Types | undefined;
}

interface Pair {
  readonly signed: IntegerType;
  readonly unsigned: IntegerType;
}

export class Target {
  readonly abi: Abi;
  readonly char: IntegerType;
  readonly chars: Pair;
  readonly shorts: Pair;
  readonly ints: Pair;
  readonly longs: Pair;
  readonly longLongs: Pair;
  readonly int128s: Pair;
  readonly bool: IntegerType;
  readonly size: IntegerType;
  readonly difference: IntegerType;
  readonly wide: IntegerType;
  readonly outside: Outside | undefined;
  readonly #floats = new Map<string, FloatType>();
  /** All pairs by rank, char first. */
  readonly #pairs: readonly Pair[];

  constructor({ abi, unsignedChar, shortWchar, known }: TargetOptions) {
    this.abi = abi;
    this.outside = known === undefined ? undefined : new Outside(known, this);
    const integer = (name: string, of: BaseTypeName, rank: number, signed: boolean, encoding: IntegerType['encoding'] = 'int'): IntegerType => ({ kind: 'int', name, ...abi.types[of], signed, encoding, rank });
    const pair = (signed: string, unsigned: string, of: BaseTypeName, rank: number, encoding: IntegerType['encoding'] = 'int'): Pair => ({
      signed: integer(signed, of, rank, true, encoding), unsigned: integer(unsigned, of, rank, false, encoding),
    });
    this.char = integer('char', 'char', 1, abi.charSigned && !unsignedChar, 'char');
    this.chars = pair('signed char', 'unsigned char', 'char', 1, 'char');
    this.shorts = pair('short int', 'short unsigned int', 'short int', 2);
    this.ints = pair('int', 'unsigned int', 'int', 3);
    this.longs = pair('long int', 'long unsigned int', 'long int', 4);
    this.longLongs = pair('long long int', 'long long unsigned int', 'long long int', 5);
    this.int128s = pair('__int128', '__int128 unsigned', '__int128', 6);
    this.bool = integer('_Bool', '_Bool', 0, false, 'bool');
    this.#pairs = [this.chars, this.shorts, this.ints, this.longs, this.longLongs, this.int128s];
    this.size = this.#named(abi.sizeType);
    this.difference = this.#named(abi.differenceType);
    this.wide = shortWchar ? this.shorts.unsigned : this.#named(abi.wideType);
  }

  #named(name: string): IntegerType {
    const found = this.named(name);
    if (found === undefined) throw new RangeError(`no type '${name}'`);
    return found;
  }

  /** As DWARF spells it: `long unsigned int`. */
  named(name: string): IntegerType | undefined {
    if (name === this.bool.name) return this.bool;
    if (name === this.char.name) return this.char;
    return this.#pairs.flatMap(({ signed, unsigned }) => [signed, unsigned]).find((each) => each.name === name);
  }

  get pointerSize(): number {
    return this.abi.pointerSize;
  }

  /** @param name as DWARF spells it: `double`, `complex float` */
  float(name: string, of: BaseTypeName, complex: boolean): FloatType {
    const known = this.#floats.get(name);
    if (known !== undefined) return known;
    const { size, align } = this.abi.types[of];
    const made: FloatType = { kind: 'float', name, size: complex ? 2 * size : size, align };
    this.#floats.set(name, made);
    return made;
  }

  /** The other one of the pair. */
  withSign(type: IntegerType, signed: boolean): IntegerType {
    const pair = this.#pairs[type.rank - 1];
    return pair === undefined ? type : signed ? pair.signed : pair.unsigned;
  }

  /** The integer type of that size that `mode` and enums take. */
  integerOfSize(size: number, signed: boolean): IntegerType {
    const { abi } = this;
    const pair = size === 8 ? (abi.doubleIntType === 'long int' ? this.longs : this.longLongs) : { 1: this.chars, 2: this.shorts, 4: this.ints }[size] ?? this.int128s;
    return signed ? pair.signed : pair.unsigned;
  }

  /** The type of a constant with that value: int when it fits. */
  integerFor(value: bigint): IntegerType {
    const { signed } = this.ints;
    if (BigInt.asIntN(8 * signed.size, value) === value) return signed;
    return value < 0n || BigInt.asIntN(64, value) === value ? this.longLongs.signed : this.longLongs.unsigned;
  }

  /** Integer promotion (C11 6.3.1.1); of what is no integer, undefined. */
  integer(type: Type): IntegerType | undefined {
    const at = under(type);
    if (at.kind === 'enum') return at.underlying ?? this.ints.unsigned;
    return at.kind === 'int' ? at : undefined;
  }

  promoted(type: IntegerType): IntegerType {
    return type.rank < 3 ? this.ints.signed : type;
  }

  /** Usual arithmetic conversions of two promoted types (C11 6.3.1.8). */
  common(a: IntegerType, b: IntegerType): IntegerType {
    if (a.signed === b.signed) return a.rank >= b.rank ? a : b;
    const [unsigned, signed] = a.signed ? [b, a] : [a, b];
    if (unsigned.rank >= signed.rank) return unsigned;
    return signed.size > unsigned.size ? signed : this.withSign(signed, false);
  }

  /** Bytes; undefined for types that are not complete. void and functions are 1, as gcc has them. */
  sizeOf(type: Type): number | undefined {
    const at = under(type);
    switch (at.kind) {
      case 'void':
      case 'function':
        return 1;
      case 'ptr':
        return this.abi.pointerSize;
      case 'array': {
        const size = at.count === null ? undefined : this.sizeOf(at.of);
        return size === undefined || at.count === null ? undefined : size * at.count;
      }
      case 'struct':
      case 'union':
        return this.#isComplete(at) ? at.size : undefined;
      case 'enum':
        return at.underlying !== null || this.outside?.completeEnum(at) === true ? at.size : undefined;
      default:
        return at.size;
    }
  }

  #isComplete(record: RecordType): boolean {
    return record.fields !== null || this.outside?.complete(record) === true;
  }

  /** Bytes, outside of records: `__alignof__(type)`. */
  alignOf(type: Type): number {
    let at = type;
    for (;;) {
      switch (at.kind) {
        case 'typedef':
          at = at.type;
          break;
        case 'qualified':
          if ((at.qualifiers & qualifier.atomic) !== 0) return this.#atomicAlign(at.of);
          at = at.of;
          break;
        case 'array':
        case 'tag':
          at = at.of;
          break;
        case 'void':
        case 'function':
          return 1;
        case 'ptr':
          return this.abi.pointerSize;
        case 'struct':
        case 'union':
          this.#isComplete(at);
          return at.align;
        default:
          return at.align;
      }
    }
  }

  /** An atomic is aligned to its size, if there are instructions for it. */
  #atomicAlign(of: Type): number {
    const size = this.sizeOf(of) ?? 1;
    const align = this.alignOf(of);
    return (size & (size - 1)) === 0 && size <= 2 * this.abi.pointerSize ? Math.max(size, align) : align;
  }

  /** `_Alignof(type)`: what it has at least everywhere, in records too. */
  leastAlignOf(type: Type): number {
    const { largestMemberAlign } = this.abi;
    const align = this.alignOf(type);
    return largestMemberAlign === null || !this.isWide(type) || this.hasUserAlign(type) ? align : Math.min(align, largestMemberAlign);
  }

  /** An `aligned` somewhere in it decided its alignment. */
  hasUserAlign(type: Type): boolean {
    let at = type;
    for (;;) {
      if (at.kind === 'typedef') at = at.type;
      else if (at.kind === 'qualified' || at.kind === 'array' || at.kind === 'tag') at = at.of;
      else return at.kind === 'aligned' || ((at.kind === 'struct' || at.kind === 'union' || at.kind === 'enum') && at.userAlign);
    }
  }

  /** Elements that the machine handles as integers or doubles of 8 bytes, small records among them; not atomic ones. */
  isWide(type: Type): boolean {
    let at = type;
    for (;;) {
      if (at.kind === 'typedef') at = at.type;
      else if (at.kind === 'qualified' && (at.qualifiers & qualifier.atomic) !== 0) return false;
      else if (at.kind === 'qualified' || at.kind === 'array' || at.kind === 'tag' || at.kind === 'aligned') at = at.of;
      else if (at.kind === 'struct' || at.kind === 'union') return at.size === 8 && at.align === 8 && !at.flexible;
      else return (at.kind === 'int' || at.kind === 'enum' || at.kind === 'float' || at.kind === 'vector') && at.align === 8;
    }
  }

  /** What `__builtin_va_list` stands for; its struct is handed to `define`. */
  vaList(define: (name: string, fields: readonly { readonly name: string; readonly type: Type }[]) => RecordType): Type {
    const { kind, name, members } = this.abi.vaList;
    if (kind === 'pointer') return pointerTo(this.char);
    const fields = members.map((member) => ({ name: member.name, type: member.type === 'pointer' ? pointerTo({ kind: 'void' }) : member.type === 'int' ? this.ints.signed : this.ints.unsigned }));
    const record = define(name, fields);
    return kind === 'array' ? { kind: 'array', of: record, count: 1 } : record;
  }
}
