// Definitions as compilable C, the way libbpf's btf_dump writes them (`bpftool btf dump format c`, `bpftrace -lv 'struct X'`).
import type { CType, Definition, EnumDefinition, RecordDefinition } from '../ctype/ctype.ts';
import { declarationWith, leafText, type Leaf } from '../ctype/print.ts';
import { sizeOf, strip, type Types } from '../ctype/types.ts';
import { unreachable } from '../base/unreachable.ts';

/** The whole definition with its semicolon, no line end: `struct sigval {\n\tint …\n};`. */
export function cDefinition(types: Types, definition: Definition): string {
  return `${new Writer(types).definition(definition)};`;
}

/** Unnamed bitfields that fill a gap are made of these. */
const pads: readonly { readonly name: string; readonly bits: number }[] = [
  { name: 'long', bits: 64 },
  { name: 'int', bits: 32 },
  { name: 'short', bits: 16 },
  { name: 'char', bits: 8 },
];

class Writer {
  /** Bytes, 1 for packed ones; records contain each other many times over. */
  readonly #alignments = new Map<RecordDefinition, number>();

  constructor(readonly types: Types) {}

  definition(definition: Definition): string {
    switch (definition.kind) {
      case 'struct':
      case 'union':
        return this.#record(definition, 0);
      case 'enum':
        return this.#enum(definition, 0);
      case 'typedef':
        return `typedef ${this.#declare(definition.type, definition.name, 0)}`;
      case 'function':
      case 'variable':
        return this.#declare(definition.type, definition.name, 0);
      default:
        return unreachable(definition);
    }
  }

  #record(record: RecordDefinition, level: number): string {
    const packed = this.#isPacked(record);
    let text = `${record.kind}${record.name === null ? '' : ` ${record.name}`} {`;
    let end = 0;
    let afterBitfield = false;
    for (const member of record.members) {
      const bitfield = member.bitSize !== null;
      const alignment = packed ? 1 : this.#alignment(member.type);
      text += this.#padding(end, member.bitOffset, alignment, afterBitfield && bitfield, level + 1);
      text += `\n${tabs(level + 1)}${this.#declare(member.type, member.name ?? '', level + 1)}${bitfield ? `: ${member.bitSize}` : ''};`;
      end = member.bitOffset + (member.bitSize ?? sizeOf(this.types, member.type) * 8);
      afterBitfield = bitfield;
    }
    if (record.kind === 'struct') {
      text += this.#padding(end, record.size * 8, packed ? 1 : this.#recordAlignment(record), false, level + 1);
    }
    text += record.members.length > 0 || record.size > 0 ? `\n${tabs(level)}}` : '}';
    return packed ? `${text} __attribute__((packed))` : text;
  }

  /**
   * Fills the gap between two bit offsets, leaving to the compiler what its alignment rules fill by themselves: first up to a boundary
   * of the biggest type that has one in the gap, then whole units of it, then the smallest type that takes the rest.
   */
  #padding(from: number, to: number, alignment: number, betweenBitfields: boolean, level: number): string {
    if (from >= to) return '';
    const lines: string[] = [];
    const unit = pads.find((pad) => roundUp(from, pad.bits) <= to) ?? { name: 'char', bits: 8 };
    const boundary = roundUp(from, unit.bits);
    let at = from;
    if (boundary > at && boundary <= to) {
      const missed = boundary === to ? roundUp(at, alignment * 8) !== boundary : to - boundary <= boundary - at;
      if (betweenBitfields) lines.push(`${unit.name}: ${boundary - at};`);
      else if (missed) lines.push(`${unit.name}: 0;`);
      at = boundary;
    }
    for (; to - at >= unit.bits; at += unit.bits) lines.push(`${unit.name}: ${unit.bits};`);
    const rest = to - at;
    const smallest = pads.findLast((pad) => pad.bits >= rest);
    if (rest > 0 && smallest) lines.push(`${smallest.name}: ${rest};`);
    return lines.map((line) => `\n${tabs(level)}${line}`).join('');
  }

  #enum(definition: EnumDefinition, level: number): string {
    const suffix = definition.size === 8 ? (definition.signed ? 'LL' : 'ULL') : '';
    const values = definition.values.map((each) => `\n${tabs(level + 1)}${each.name} = ${each.value}${suffix},`);
    const head = `enum${definition.name === null ? '' : ` ${definition.name}`}`;
    const mode = { 1: 'byte', 2: 'HI' }[definition.size];
    return `${head} {${values.join('')}\n${tabs(level)}}${mode === undefined ? '' : ` __attribute__((mode(${mode})))`}`;
  }

  #declare(type: CType, name: string, level: number): string {
    return declarationWith(type, name, (leaf) => this.#leaf(leaf, level));
  }

  #leaf(leaf: Leaf, level: number): string {
    if ('key' in leaf && leaf.name === null) {
      const body = this.types.definition(leaf);
      if (body?.kind === 'struct' || body?.kind === 'union') return this.#record(body, level);
      if (body?.kind === 'enum') return this.#enum(body, level);
    }
    return leafText(leaf);
  }

  /** A member off its alignment, or a size that the alignment does not divide. */
  #isPacked(record: RecordDefinition): boolean {
    const alignments = record.members.map((member) => this.#alignment(member.type));
    const off = record.members.some((member, index) => member.bitSize === null && member.bitOffset % (8 * (alignments[index] ?? 1)) !== 0);
    return off || record.size % Math.max(1, ...alignments) !== 0;
  }

  #recordAlignment(record: RecordDefinition): number {
    const known = this.#alignments.get(record);
    if (known !== undefined) return known;
    const alignment = this.#isPacked(record) ? 1 : Math.max(1, ...record.members.map((member) => this.#alignment(member.type)));
    this.#alignments.set(record, alignment);
    return alignment;
  }

  #alignment(type: CType): number {
    const under = strip(this.types, type);
    if (under.kind === 'array') return this.#alignment(under.of);
    if (under.kind === 'struct' || under.kind === 'union') {
      const record = this.types.definition(under);
      return record?.kind === 'struct' || record?.kind === 'union' ? this.#recordAlignment(record) : 1;
    }
    return Math.max(1, Math.min(this.types.pointerSize, sizeOf(this.types, under)));
  }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function tabs(count: number): string {
  return '\t'.repeat(count);
}
