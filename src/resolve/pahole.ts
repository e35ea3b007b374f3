// Layouts as text, byte for byte as pahole 1.24 prints a class read from BTF.
import type { CType, EnumDefinition, FunctionType, QualifiedType, RecordDefinition } from '../ctype/ctype.ts';
import type { Types } from '../ctype/types.ts';
import { cachelineSize, type Layout, type Layouts, type MemberLayout } from './layout.ts';
import { spell, spellParameters } from './spelling.ts';

/**
 * The text of one struct or union, with the line end after its last line.
 * @param typedef name of the typedef that an anonymous one is printed for
 */
export function paholeText(layouts: Layouts, record: RecordDefinition, typedef?: string): string {
  const page = new Page(layouts);
  const place = { indent: 0, base: 0, type: typeWidth, name: record.kind === 'struct' ? nameWidth : nameWidth - 2, inUnion: false, atEnd: false, summary: true };
  return typedef === undefined ? `${page.record(record, place, '')};\n` : `typedef ${page.record(record, place, ` ${typedef}`)};\n`;
}

/** Columns of a member's type and name, before its comment. */
const typeWidth = 26;
const nameWidth = 23;
/** What a nested body takes from the type column: the tab it is indented by. */
const tabWidth = 8;

interface Place {
  readonly indent: number;
  /** Bytes from the start of the outermost record. */
  readonly base: number;
  readonly type: number;
  readonly name: number;
  readonly inUnion: boolean;
  /** Whether the member stands behind others, at the end of its struct. */
  readonly atEnd: boolean;
  /** Whether comments with the sums stand at the end of a struct's body. */
  readonly summary: boolean;
}

/** Sums over the members of one struct, for the comments at its end. */
interface Totals {
  bytes: number;
  bits: number;
  holes: number;
  bitHoles: number;
  holeBytes: number;
  holeBits: number;
  paddings: number;
  paddingBytes: number;
  alignments: number;
  alignmentHoles: number;
  alignmentHoleBytes: number;
}

class Page {
  readonly #types: Types;
  readonly #layouts: Layouts;
  /** Number of the cacheline that the last boundary comment announced. */
  #cacheline = 0;

  constructor(layouts: Layouts) {
    this.#layouts = layouts;
    this.#types = layouts.types;
  }

  /** The body in braces, attributes and `suffix` behind it, without semicolon and line end. */
  record(record: RecordDefinition, place: Place, suffix: string): string {
    const layout = this.#layouts.of(record);
    const head = record.name === null ? record.kind : `${record.kind} ${record.name}`;
    const inner = { ...place, indent: place.indent + 1, summary: false };
    const body = record.kind === 'struct' ? this.#structBody(layout, inner, place.summary) : this.#unionBody(layout, inner);
    const attributes = `${this.#packed(record)}${suffix}${aligned(layout.forcedAlignment)}`;
    return `${head} {\n${body}${tabs(place.indent)}}${attributes}`;
  }

  #unionBody(layout: Layout, place: Place): string {
    const cacheline = this.#cacheline;
    let text = '';
    for (const member of layout.members) {
      text += `${tabs(place.indent)}${this.#member(member, { ...place, inUnion: true })}\n`;
      this.#cacheline = cacheline;
    }
    return text;
  }

  #structBody(layout: Layout, place: Place, summary: boolean): string {
    const totals = sumOf(layout);
    const comments = new Comments(place.indent);
    if (layout.leadingBitHole > 0) comments.add(`XXX ${plural(layout.leadingBitHole, 'bit')} hole, try to pack`);
    if (layout.leadingHole > 0) comments.add(`XXX ${plural(layout.leadingHole, 'byte')} hole, try to pack`);
    let last: MemberLayout | undefined;
    let lastSize = 0;
    for (const member of layout.members) {
      if (last && member.offset !== last.offset) this.#boundary(comments, place, member);
      if (last) combined(comments, last, lastSize, member);
      if (last && last.bitHole > 0 && member.bitInUnit !== null) fillBitHole(comments, last, member, place);
      comments.endGroup();
      comments.line(this.#member(member, { ...place, atEnd: last !== undefined && member === layout.members.at(-1) }));
      this.#after(comments, member, totals);
      const sameUnit = last?.offset === member.offset && last.bitInUnit !== null && member.bitInUnit !== null;
      lastSize = sameUnit ? Math.max(lastSize, member.size) : member.size;
      last = member;
    }
    if (summary) comments.text += summaryOf(layout, totals, place);
    return comments.text;
  }

  /** The comments that follow a member: padding inside it and holes behind it. */
  #after(comments: Comments, member: MemberLayout, totals: Totals): void {
    const record = this.#recordOf(member.member.type);
    const padding = record?.kind === 'struct' ? this.#layouts.of(record).padding : 0;
    if (padding > 0) {
      totals.paddings++;
      totals.paddingBytes += padding;
      comments.add(`XXX last struct has ${plural(padding, 'byte')} of padding`);
    }
    if (member.bitHole !== 0) comments.add(`XXX ${plural(member.bitHole, 'bit')} hole, try to pack`);
    if (member.hole > 0) comments.add(`XXX ${plural(member.hole, 'byte')} hole, try to pack`);
  }

  #boundary(comments: Comments, place: Place, member: MemberLayout): void {
    const offset = place.base + member.offset;
    const cacheline = Math.floor(offset / cachelineSize);
    if (cacheline <= this.#cacheline) return;
    this.#cacheline = cacheline;
    const past = offset % cachelineSize;
    const ago = past === 0 ? '' : ` was ${plural(past, 'byte')} ago`;
    comments.endGroup();
    comments.line(`/* --- cacheline ${cacheline} boundary (${offset - past} bytes)${ago} --- */`);
  }

  #member(layout: MemberLayout, place: Place): string {
    const { member } = layout;
    const offset = place.base + layout.offset;
    const bits = member.bitSize === null ? '' : `:${member.bitSize}`;
    const tail = `${bits}${aligned(layout.forcedAlignment)};`;
    const at = { ...place, base: offset };
    const unit = layout.bitInUnit === null ? '' : `:${String(layout.bitInUnit).padStart(2)}`;
    const comment = `/* ${column(offset)}${unit} ${String(layout.size).padStart(unit === '' ? 5 : 2)} */`;
    const inline = this.#inline(member.type);
    if (inline) {
      const name = member.name === null ? '' : ` ${member.name}`;
      const counted = (member.name?.length ?? -1) + this.#packed(inline).length + aligned(layout.forcedAlignment).length;
      // A negative width of printf pads on the other side.
      const gap = ' '.repeat(Math.max(1, Math.abs(place.type + place.name - counted - 3)));
      return `${this.#anonymous(inline, at, '')}${name}${tail}${gap}${comment}`;
    }
    const text = `${this.#declare(member.type, member.name ?? '', at)}${tail}`;
    const gap = ' '.repeat(Math.max(1, place.type + place.name - text.length));
    return `${text}${gap}${comment}`;
  }

  /** A type in its column and a name behind it; the bodies of anonymous types are printed in place. */
  #declare(type: CType, name: string, place: Place): string {
    const inline = this.#inline(type);
    if (inline) return this.#anonymous(inline, place, name === '' ? '' : ` ${name}`);
    switch (type.kind) {
      case 'const':
      case 'volatile':
        return this.#qualified(type, name, place);
      case 'array':
        return `${this.#declare(type.of, name, place)}[${type.count === 0 && place.atEnd && !place.inUnion ? '' : type.count}]`;
      case 'function':
        return functionText(type, name, place.type);
      case 'ptr':
        if (type.to.kind === 'function') return functionText(type.to, `(*${name})`, place.type);
        if (this.#inline(type.to)) return this.#declare(type.to, `* ${name}`, { ...place, base: 0, type: place.type - tabWidth });
        break;
      case 'struct':
      case 'union':
      case 'enum':
        return `${type.kind} ${(type.name ?? '').padEnd(Math.abs(place.type - type.kind.length - 1))} ${name}`;
      default:
    }
    return `${spell(type).padEnd(Math.abs(place.type))} ${name}`;
  }

  /** A volatile type is spelled as a whole, except where that would lose its dimensions or its body. */
  #qualified(type: QualifiedType, name: string, place: Place): string {
    if (type.of.kind === 'array' && type.of.count === 0) return this.#declare(type.of, name, place);
    const whole = type.kind === 'volatile' && type.of.kind !== 'array' && !this.#inline(type.of);
    if (whole) return `${spell(type).padEnd(Math.abs(place.type))} ${name}`;
    const rest = { ...place, type: place.type - type.kind.length - 1, summary: true };
    return `${type.kind} ${this.#declare(type.of, name, rest)}`;
  }

  #anonymous(definition: RecordDefinition | EnumDefinition, place: Place, suffix: string): string {
    if (definition.kind === 'enum') return enumText(definition, place.indent, suffix);
    return this.record(definition, { ...place, type: place.type - tabWidth }, suffix);
  }

  #packed(definition: RecordDefinition | EnumDefinition): string {
    return definition.kind !== 'enum' && this.#layouts.of(definition).packed ? packedAttribute : '';
  }

  /** The definition of an anonymous struct, union or enum that is a member's own type. */
  #inline(type: CType): RecordDefinition | EnumDefinition | undefined {
    if (type.kind !== 'struct' && type.kind !== 'union' && type.kind !== 'enum') return undefined;
    if (type.name !== null) return undefined;
    const definition = this.#types.definition(type);
    return definition?.kind === 'struct' || definition?.kind === 'union' || definition?.kind === 'enum' ? definition : undefined;
  }

  #recordOf(type: CType): RecordDefinition | undefined {
    if (type.kind !== 'struct' && type.kind !== 'union') return undefined;
    const definition = this.#types.definition(type);
    return definition?.kind === 'struct' || definition?.kind === 'union' ? definition : undefined;
  }
}

/** Lines of a body; comments in a row form a group with an empty line before and after it. */
class Comments {
  text = '';
  #inGroup = false;

  constructor(readonly indent: number) {}

  line(text: string): void {
    this.text += `${tabs(this.indent)}${text}\n`;
  }

  add(comment: string): void {
    if (!this.#inGroup) this.text += '\n';
    this.#inGroup = true;
    this.line(`/* ${comment} */`);
  }

  /** The next comment starts a group of its own. */
  newGroup(): void {
    this.#inGroup = false;
  }

  endGroup(): void {
    if (this.#inGroup) this.text += '\n';
    this.#inGroup = false;
  }
}

/** Says where the storage of a bitfield overlaps a neighbour; `lastSize` is that of the biggest type in the last unit. */
function combined(comments: Comments, last: MemberLayout, lastSize: number, member: MemberLayout): void {
  if (lastSize === 0) return;
  const startsField = last.bitInUnit === null && member.bitInUnit !== null;
  if (member.offset < last.offset || (member.offset === last.offset && startsField)) {
    comments.add('Bitfield combined with previous fields');
  } else if (member.offset > last.offset && member.offset - last.offset < lastSize) {
    comments.add('Bitfield combined with next fields');
  }
}

/** The unnamed bitfield that a C compiler needs to leave the same hole. */
function fillBitHole(comments: Comments, last: MemberLayout, member: MemberLayout, place: Place): void {
  const type = spell(member.member.type).padEnd(Math.abs(place.type));
  if (member.offset === last.offset) {
    comments.line(`${type} :${last.bitHole};`);
    return;
  }
  comments.newGroup();
  comments.add('Force alignment to the next boundary:');
  comments.line(`${type} :0;`);
}

function sumOf(layout: Layout): Totals {
  const totals: Totals = {
    bytes: 0, bits: 0, holes: 0, bitHoles: 0, holeBytes: 0, holeBits: 0, paddings: 0, paddingBytes: 0,
    alignments: 0, alignmentHoles: 0, alignmentHoleBytes: 0,
  };
  let gap = { hole: layout.leadingHole, bitHole: layout.leadingBitHole };
  const count = () => {
    if (gap.hole > 0) totals.holes++;
    if (gap.bitHole > 0) totals.bitHoles++;
    totals.holeBytes += gap.hole;
    totals.holeBits += gap.bitHole;
  };
  for (const member of layout.members) {
    count();
    if (member.forcedAlignment > 0) {
      totals.alignments++;
      if (gap.hole > 0) totals.alignmentHoles++;
      totals.alignmentHoleBytes += gap.hole;
    }
    if (member.member.bitSize === null) totals.bytes += member.size;
    else totals.bits += member.member.bitSize;
    gap = member;
  }
  count();
  return totals;
}

function summaryOf(layout: Layout, totals: Totals, { indent, base }: Place): string {
  const { size, members } = layout.record;
  const lines = [`size: ${size}, cachelines: ${Math.ceil(size / cachelineSize)}, members: ${members.length}`];
  if (totals.holeBytes > 0 || totals.holeBits > 0) {
    if (totals.bytes > 0) {
      lines.push(`sum members: ${totals.bytes}${totals.holeBytes > 0 ? `, holes: ${totals.holes}, sum holes: ${totals.holeBytes}` : ''}`);
    }
    if (totals.bits > 0) {
      const holes = totals.holeBits > 0 ? `, bit holes: ${totals.bitHoles}, sum bit holes: ${totals.holeBits} bits` : ` (${Math.floor(totals.bits / 8)} bytes)`;
      lines.push(`sum bitfield members: ${totals.bits} bits${holes}`);
    }
  }
  if (layout.padding > 0) lines.push(`padding: ${layout.padding}`);
  if (totals.paddings > 0) lines.push(`paddings: ${totals.paddings}, sum paddings: ${totals.paddingBytes}`);
  if (layout.bitPadding > 0) lines.push(`bit_padding: ${layout.bitPadding} bits`);
  if (totals.alignments > 0) {
    const holes = totals.alignmentHoles > 0 ? `, forced holes: ${totals.alignmentHoles}, sum forced holes: ${totals.alignmentHoleBytes}` : '';
    lines.push(`forced alignments: ${totals.alignments}${holes}`);
  }
  const last = (base + size) % cachelineSize;
  if (last !== 0) lines.push(`last cacheline: ${last} bytes`);
  return `\n${lines.map((line) => `${tabs(indent)}/* ${line} */\n`).join('')}`;
}

function functionText(type: FunctionType, name: string, width: number): string {
  return `${spell(type.returns).padEnd(Math.abs(width))} ${name}(${spellParameters(type)})`;
}

/** An enumeration with its values in one column. */
export function enumText(definition: EnumDefinition, indent: number, suffix: string): string {
  const width = Math.max(0, ...definition.values.map((each) => each.name.length));
  const head = definition.name === null ? 'enum' : `enum ${definition.name}`;
  const lines = definition.values.map((each) => `${tabs(indent + 1)}${each.name.padEnd(width)} = ${each.value},\n`);
  return `${head} {\n${lines.join('')}${tabs(indent)}}${definition.size < 4 ? packedAttribute : ''}${suffix}`;
}

const packedAttribute = ' __attribute__((__packed__))';

function aligned(alignment: number): string {
  return alignment === 0 ? '' : ` __attribute__((__aligned__(${alignment})))`;
}

function column(value: number): string {
  return String(value).padStart(5);
}

function tabs(count: number): string {
  return '\t'.repeat(count);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
