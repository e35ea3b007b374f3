// How a record must be declared so that a C compiler lays it out as the kernel has it: whether it is packed, and which unnamed
// bitfields fill the gaps that the compiler would not leave by itself. BTF records neither packing nor alignment, only the outcome.
import type { CType, Member, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import { sizeOf, strip, type Types } from '../ctype/types.ts';

export interface Shape {
  readonly packed: boolean;
  /** Bytes, as the compiler will see it. */
  readonly alignment: number;
  /** In front of each member, and one more for the end. */
  readonly pads: readonly (readonly Pad[])[];
}

/** An unnamed bitfield. */
export interface Pad {
  readonly type: 'char' | 'short' | 'int' | 'long';
  readonly bits: number;
}

const padTypes: readonly { readonly type: Pad['type']; readonly bits: number }[] = [
  { type: 'long', bits: 64 },
  { type: 'int', bits: 32 },
  { type: 'short', bits: 16 },
  { type: 'char', bits: 8 },
];

/** Computes shapes and keeps them, since records contain each other. The rules are those of the System V ABI's bit-fields, as GCC and Clang have them. */
export class Shapes {
  readonly #shapes = new WeakMap<RecordDefinition, Shape>();

  constructor(readonly types: Types) {}

  of(record: RecordDefinition): Shape {
    const known = this.#shapes.get(record);
    if (known !== undefined) return known;
    // A record that contains itself is broken data: it ends here.
    this.#shapes.set(record, { packed: true, alignment: 1, pads: [] });
    const shape = this.#natural(record) ?? this.#packed(record);
    this.#shapes.set(record, shape);
    return shape;
  }

  /** Bytes that a type is aligned to when nothing is said about it. */
  alignment(type: CType): number {
    const under = strip(this.types, type);
    if (under.kind === 'array') return this.alignment(under.of);
    if (under.kind === 'ptr') return this.types.pointerSize;
    const record = recordOf(this.types, under);
    if (record !== undefined) return this.of(record).alignment;
    return Math.max(1, sizeOf(this.types, under));
  }

  /** Without packing; undefined where something lies where an unpacked record cannot have it. */
  #natural(record: RecordDefinition): Shape | undefined {
    const { members } = record;
    const alignments = members.map((member) => this.alignment(member.type));
    const alignment = Math.max(1, ...alignments);
    if (record.size % alignment !== 0) return undefined;
    if (record.kind === 'union') return this.#union(record, alignment);
    const fill = new Filler(alignment);
    for (const [at, member] of members.entries()) {
      if (!fill.member(member, sizeOf(this.types, member.type), alignments[at] ?? 1)) return undefined;
    }
    return fill.end(record.size, alignment) ? { packed: false, alignment, pads: fill.pads } : undefined;
  }

  #packed(record: RecordDefinition): Shape {
    if (record.kind === 'union') return { ...this.#union(record, 1), packed: true };
    const fill = new Filler(1);
    for (const member of record.members) fill.packedMember(member, sizeOf(this.types, member.type));
    fill.end(record.size, 1);
    return { packed: true, alignment: 1, pads: fill.pads };
  }

  /** The pads of a union make one more member, as long as it is. */
  #union(record: RecordDefinition, alignment: number): Shape {
    const biggest = Math.max(0, ...record.members.map((member) => (member.bitSize === null ? sizeOf(this.types, member.type) : Math.ceil(member.bitSize / 8))));
    const own = Math.ceil(biggest / alignment) * alignment;
    return { packed: false, alignment, pads: own === record.size ? [] : [padding(0, record.size * 8, alignment)] };
  }
}

/** Goes over the members as a compiler does. Bits. */
class Filler {
  readonly pads: Pad[][] = [];
  #at = 0;

  /** @param alignment bytes, of the record: no pad is of a type that would raise it */
  constructor(readonly alignment: number) {}

  /** False where the compiler cannot be brought to put it there. */
  member({ bitOffset, bitSize }: Member, size: number, alignment: number): boolean {
    if (bitSize !== null) return this.#bitfield(bitOffset, bitSize, size * 8);
    if (bitOffset % (alignment * 8) !== 0) return false;
    return this.#fill(bitOffset, (at) => roundUp(at, alignment * 8), bitOffset + size * 8);
  }

  packedMember({ bitOffset, bitSize }: Member, size: number): void {
    const step = bitSize === null ? 8 : 1;
    this.#fill(bitOffset, (at) => roundUp(at, step), bitOffset + (bitSize ?? size * 8));
  }

  /** False where the record is smaller than what is in it. */
  end(size: number, alignment: number): boolean {
    return this.#fill(size * 8, (at) => roundUp(at, alignment * 8), size * 8);
  }

  /** A bitfield does not lie across a border of its type. */
  #bitfield(start: number, width: number, unit: number): boolean {
    const place = (at: number): number => (Math.floor(at / unit) === Math.floor((at + width - 1) / unit) ? at : roundUp(at, unit));
    return place(start) === start && this.#fill(start, place, start + width);
  }

  /** Pads until what comes next lies at `target` by itself. */
  #fill(target: number, place: (at: number) => number, end: number): boolean {
    const pads: Pad[] = [];
    if (place(this.#at) > target) return false;
    while (place(this.#at) < target) {
      const pad = nextPad(this.#at, target, this.alignment);
      pads.push(pad);
      this.#at += pad.bits;
    }
    this.pads.push(pads);
    this.#at = end;
    return true;
  }
}

function padding(from: number, to: number, alignment: number): Pad[] {
  const pads: Pad[] = [];
  for (let at = from; at < to; at += pads.at(-1)?.bits ?? to) pads.push(nextPad(at, to, alignment));
  return pads;
}

/** The biggest unit that starts here; up to the end of the byte where none does. */
function nextPad(at: number, target: number, alignment: number): Pad {
  const unit = padTypes.find(({ bits }) => bits <= alignment * 8 && at % bits === 0 && target - at >= bits);
  return unit ?? { type: 'char', bits: Math.min(8 - (at % 8), target - at) };
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
