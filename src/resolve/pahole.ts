// Layouts as text, byte for byte as pahole 1.24 prints a class read from BTF. What it prints otherwise is in test/resolve/paholedifferences.ts.
import { plural } from '../base/plural.ts';
import type { CType, EnumDefinition, FunctionType, QualifiedType, RecordDefinition } from '../ctype/ctype.ts';
import type { Types } from '../ctype/types.ts';
import type { Layout, Layouts, MemberLayout } from './layout.ts';
import { Body, summary, tabs, Totals } from './paholecomments.ts';
import { spell, spellParameters } from './spelling.ts';

export interface PaholeStyle {
  /** Offsets and sizes in hexadecimal: pahole's `--hex`. */
  readonly hex?: boolean | undefined;
  /** Embedded structs and unions with their members, typedefs with what they stand for: pahole's `-E`. */
  readonly expand?: boolean | undefined;
}

/** Columns of a member's type and name, before its comment. */
const typeWidth = 26;
const nameWidth = 23;
const expandedNameWidth = 55;
/** What a nested body takes from the type column: the tab it is indented by. */
const tabWidth = 8;

/** Where a body stands. */
interface Place {
  readonly indent: number;
  /** Bytes from the start of the outermost record to this one. */
  readonly base: number;
  /** Behind a pointer: nothing in it lies in the outermost record, and every body counts from its own start. */
  readonly behindPointer: boolean;
  /** Columns. */
  readonly type: number;
  readonly name: number;
  /** Inside a union, however deep. */
  readonly inUnion: boolean;
  /** Whether comments with the sums stand at the end of a struct's body. */
  readonly summary: boolean;
}

/** Of the members of a body. */
interface Inside extends Place {
  readonly arounds: Map<CType, Around | null>;
}

/** Prints structs and unions in one style. */
export class PaholePrinter {
  readonly #types: Types;
  readonly #layouts: Layouts;
  readonly #expand: boolean;
  readonly #hex: boolean;
  readonly #number: (value: number, width: number) => string;
  /** By bytes: in their columns, most are asked for again and again. */
  readonly #offsets = new Array<string | undefined>(manyNumbers);
  readonly #sizes = new Array<string | undefined>(manyNumbers);
  /** What stands before and behind a member's name, by indent and width of the column, and by type: thousands of members share one. null where a body does. */
  readonly #around = new Map<number, Map<CType, Around | null>>();
  /** Number of the cacheline that the last boundary comment announced. */
  #cacheline = 0;

  constructor(layouts: Layouts, style: PaholeStyle = {}) {
    this.#layouts = layouts;
    this.#types = layouts.types;
    this.#expand = style.expand === true;
    this.#hex = style.hex === true;
    this.#number = this.#hex ? hexadecimal : decimal;
  }

  /** With the line end after its last line. @param typedef name of the typedef that an anonymous record is printed for */
  text(record: RecordDefinition, typedef?: string): string {
    this.#cacheline = 0;
    const name = this.#expand ? expandedNameWidth : record.kind === 'struct' ? nameWidth : nameWidth - 2;
    const place = { indent: 0, base: 0, behindPointer: false, type: typeWidth, name, inUnion: false, summary: true };
    const out: string[] = [];
    if (typedef !== undefined) out.push('typedef ');
    this.#record(out, this.#layouts.of(record), place, typedef === undefined ? '' : ` ${typedef}`);
    out.push(';\n');
    return out.join('');
  }

  /** The body in braces, attributes and `suffix` behind it, without semicolon and line end. */
  #record(out: string[], layout: Layout, place: Place, suffix: string): void {
    const { record } = layout;
    const indent = place.indent + 1;
    const inner = { ...place, indent, inUnion: place.inUnion || record.kind === 'union', arounds: this.#arounds(indent, place.type) };
    if (record.name === null) out.push(record.kind, ' {\n');
    else out.push(record.kind, ' ', record.name, ' {\n');
    if (record.kind === 'struct') this.#structBody(out, layout, inner);
    else this.#unionBody(out, layout, inner);
    out.push(tabs(place.indent), '}', layout.packed ? packedAttribute : '', suffix, aligned(layout.forcedAlignment));
  }

  #recordText(layout: Layout, place: Place, suffix: string): string {
    const out: string[] = [];
    this.#record(out, layout, place, suffix);
    return out.join('');
  }

  #unionBody(out: string[], layout: Layout, place: Inside): void {
    const cacheline = this.#cacheline;
    for (const member of layout.members) {
      this.#member(out, member, place, false);
      this.#cacheline = cacheline;
    }
  }

  #structBody(out: string[], layout: Layout, place: Inside): void {
    const body = new Body(out, place.indent);
    const totals = new Totals();
    totals.gap(layout.leadingHole, layout.leadingBitHole);
    body.holes(layout.leadingHole, layout.leadingBitHole);
    const { members } = layout;
    let last: MemberLayout | undefined;
    let unitSize = 0;
    for (const member of members) {
      const sameUnit = last?.offset === member.offset && last.bitSize !== null && member.bitSize !== null;
      if (last !== undefined) {
        if (member.offset !== last.offset) this.#boundary(body, place.base + member.offset);
        body.combined(last, unitSize, member);
        if (last.bitHole > 0 && member.bitSize !== null) body.fillBitHole(last, member, this.#declare(member.type, '', place, 0, false));
      }
      body.endGroup();
      // A flexible array: behind others, at the end of its struct.
      this.#member(out, member, place, last !== undefined && member === members[members.length - 1]);
      const padding = member.type.kind === 'struct' ? this.#paddingIn(member.type) : 0;
      if (padding > 0) body.comment(`XXX last struct has ${plural(padding, 'byte')} of padding`);
      body.holes(member.hole, member.bitHole);
      totals.add(last?.hole ?? layout.leadingHole, member, padding);
      unitSize = sameUnit ? Math.max(unitSize, member.size) : member.size;
      last = member;
    }
    if (place.summary) summary(body, layout, totals, this.#layouts.cacheline, place.base);
  }

  #boundary(body: Body, offset: number): void {
    const { cacheline } = this.#layouts;
    if (offset < (this.#cacheline + 1) * cacheline) return;
    const line = Math.floor(offset / cacheline);
    this.#cacheline = line;
    const past = offset % cacheline;
    const ago = past === 0 ? '' : ` was ${plural(past, 'byte')} ago`;
    body.endGroup();
    body.line(`/* --- cacheline ${line} boundary (${offset - past} bytes)${ago} --- */`);
  }

  #member(out: string[], member: MemberLayout, place: Inside, flexible: boolean): void {
    const { type, name, bitSize, forcedAlignment } = member;
    const tail = bitSize === null && forcedAlignment === 0 ? ';' : `${bitSize === null ? '' : `:${bitSize}`}${aligned(forcedAlignment)};`;
    const offset = place.base + member.offset;
    const width = place.type + place.name - tail.length;
    const known = place.arounds.get(type);
    const around = known === undefined ? this.#aroundName(type, place) : known;
    if (around !== null && !(flexible && around.open)) {
      out.push(around.before, name ?? '', around.after, tail, gapText(width - around.width - (name?.length ?? 0)));
    } else if (isTag(type)) {
      const direct = this.#tag(type, name, place, offset);
      const counted = (name?.length ?? -1) + (direct.packed ? packedAttribute.length : 0) + aligned(forcedAlignment).length;
      // A negative width of printf pads on the other side.
      const gap = direct.inline ? Math.abs(place.type + place.name - counted - 3) : width - direct.text.length;
      out.push(tabs(place.indent), direct.text, tail, gapText(gap));
    } else {
      const text = this.#declare(type, name ?? '', place, offset, flexible);
      out.push(tabs(place.indent), text, tail, gapText(width - text.length));
    }
    this.#comment(out, offset, member);
  }

  /** null where a body stands in the type. */
  #aroundName(type: CType, place: Inside): Around | null {
    const [before, after] = this.#hasBody(type) ? [] : this.#declare(type, nameMark, place, 0, false).split(nameMark);
    const made = before === undefined || after === undefined ? null : { before: tabs(place.indent) + before, after, width: before.length + after.length, open: type.kind !== 'ptr' && after.endsWith('[0]') };
    place.arounds.set(type, made);
    return made;
  }

  #arounds(indent: number, type: number): Map<CType, Around | null> {
    const key = indent * 0x1_0000 + type;
    let known = this.#around.get(key);
    if (known === undefined) this.#around.set(key, (known = new Map()));
    return known;
  }

  #hasBody(type: CType): boolean {
    switch (type.kind) {
      case 'struct':
      case 'union':
      case 'enum':
        return this.#bodyInPlace(type as TagType) !== undefined;
      case 'const':
      case 'volatile':
      case 'array':
        return this.#hasBody(type.of);
      case 'ptr':
        return isTag(type.to) && type.to.name === null && this.#body(type.to) !== undefined;
      case 'typedef': {
        const definition = this.#expand ? this.#types.definition(type) : undefined;
        return definition?.kind === 'typedef' && this.#hasBody(definition.type);
      }
      default:
        return false;
    }
  }

  /** What stands behind its beginning, and the end of the line. */
  #comment(out: string[], offset: number, { size, bitInUnit }: MemberLayout): void {
    const number = this.#number;
    if (bitInUnit !== null) out.push(number(offset, 5), ':', number(bitInUnit, 2), ' ', number(size, 2), ' */\n');
    else if (offset >= manyNumbers || size >= manyNumbers) out.push(number(offset, 5), ' ', number(size, 5), ' */\n');
    else out.push((this.#offsets[offset] ??= number(offset, 5)), (this.#sizes[size] ??= ` ${number(size, 5)} */\n`));
  }

  /** A member whose type is itself a struct, union or enum: the name stands behind the attributes of its body. */
  #tag(type: TagType, name: string | null, place: Place, offset: number): { readonly text: string; readonly inline: boolean; readonly packed: boolean } {
    const definition = this.#bodyInPlace(type);
    if (definition === undefined) return { text: column(type.kind, type.name ?? '', place.type, name ?? ''), inline: false, packed: false };
    const layout = definition.kind === 'enum' ? undefined : this.#layouts.of(definition);
    const text = layout === undefined ? this.#inPlace(definition, place, offset, '') : this.#recordText(layout, nested(place, offset), '');
    if (type.name === null) return { text: name === null ? text : `${text} ${name}`, inline: true, packed: layout?.packed === true };
    return { text: `${text}${name ?? ''}`, inline: false, packed: false };
  }

  /** A type in its column and a name behind it; bodies that have no name, or are to be expanded, are printed in place. */
  #declare(type: CType, name: string, place: Place, base: number, flexible: boolean): string {
    if (this.#expand && type.kind === 'typedef') return this.#expanded(type, name, place, base, flexible);
    if (isTag(type)) {
      const definition = this.#bodyInPlace(type);
      return definition === undefined ? column(type.kind, type.name ?? '', place.type, name) : this.#inPlace(definition, place, base, name === '' ? '' : ` ${name}`);
    }
    switch (type.kind) {
      case 'const':
      case 'volatile':
        return this.#qualified(type, name, place, base, flexible);
      case 'array':
        return `${this.#declare(type.of, name, place, base, flexible)}[${type.count === 0 && flexible && !place.inUnion ? '' : type.count}]`;
      case 'function':
        return functionText(type, name, place.type);
      case 'ptr':
        if (type.to.kind === 'function') return functionText(type.to, `(*${name})`, place.type);
        if (isTag(type.to) && type.to.name === null && this.#body(type.to) !== undefined) {
          return this.#declare(type.to, `* ${name}`, { ...place, behindPointer: true, type: place.type - tabWidth }, 0, flexible);
        }
        break;
      default:
    }
    return `${spell(type).padEnd(Math.abs(place.type))} ${name}`;
  }

  /** What typedefs on the way stand for, in front. */
  #expanded(type: CType, name: string, place: Place, base: number, flexible: boolean): string {
    const names: string[] = [];
    let at = type;
    while (at.kind === 'typedef' && names.length < 64) {
      const definition = this.#types.definition(at);
      if (definition?.kind !== 'typedef') break;
      names.push(definition.name);
      at = definition.type;
    }
    return `/* typedef ${names.join(' -> ')} */ ${this.#declare(at, name, place, base, flexible)}`;
  }

  /** Behind `const` typedefs stay as they are, and a body in the outermost struct has its sums. */
  #qualified(type: QualifiedType, name: string, place: Place, base: number, flexible: boolean): string {
    const { kind, of } = type;
    if (of.kind === 'array' && of.count === 0) return this.#declare(of, name, place, base, flexible);
    const rest = { ...place, type: place.type - kind.length - 1 };
    const definition = isTag(of) ? this.#bodyInPlace(of) : undefined;
    if (definition?.kind === 'enum') return `${kind} ${enumText(definition, place.indent, ` ${name}`, this.#hex)}`;
    if (definition !== undefined) return `${kind} ${this.#recordText(this.#layouts.of(definition), { ...nested(rest, base), summary: place.summary }, name === '' ? '' : ` ${name}`)}`;
    // A volatile type is spelled as a whole, except where that would lose its dimensions.
    if (kind === 'volatile' && of.kind !== 'array') return `${spell(type).padEnd(Math.abs(place.type))} ${name}`;
    if (of.kind === 'typedef') return `${kind} ${spell(of).padEnd(Math.abs(rest.type))} ${name}`;
    return `${kind} ${this.#declare(of, name, rest, base, flexible)}`;
  }

  #inPlace(definition: RecordDefinition | EnumDefinition, place: Place, base: number, suffix: string): string {
    if (definition.kind === 'enum') return enumText(definition, place.indent, suffix, this.#hex);
    return this.#recordText(this.#layouts.of(definition), nested(place, base), suffix);
  }

  #bodyInPlace(type: TagType): RecordDefinition | EnumDefinition | undefined {
    return type.name === null || (this.#expand && type.kind !== 'enum') ? this.#body(type) : undefined;
  }

  /** The definition of a struct, union or enum, where it is more than declared. */
  #body(type: TagType): RecordDefinition | EnumDefinition | undefined {
    const definition = this.#types.definition(type);
    return definition?.kind === 'struct' || definition?.kind === 'union' || definition?.kind === 'enum' ? definition : undefined;
  }

  /** Unused bytes at the end of a struct that is a member. */
  #paddingIn(type: CType): number {
    if (type.kind !== 'struct') return 0;
    const definition = this.#types.definition(type);
    return definition?.kind === 'struct' ? this.#layouts.padding(definition) : 0;
  }
}

/** The place of a body inside a body. */
function nested(place: Place, base: number): Place {
  return { ...place, base: place.behindPointer ? 0 : base, type: place.type - tabWidth, summary: false };
}

/** A declaration without its name. */
interface Around {
  /** From the start of the line. */
  readonly before: string;
  readonly after: string;
  /** Of `before` and `after`, without the indent. */
  readonly width: number;
  /** It ends with a dimension of zero, which is none at the end of a struct. */
  readonly open: boolean;
}

/** Numbers below are kept as text. */
const manyNumbers = 4096;

/** No name has it. */
const nameMark = '\0';

type TagType = Extract<CType, { kind: 'struct' | 'union' | 'enum' | 'typedef' }> & { readonly kind: 'struct' | 'union' | 'enum' };

function isTag(type: CType): type is TagType {
  return type.kind === 'struct' || type.kind === 'union' || type.kind === 'enum';
}

function column(kind: string, typeName: string, width: number, name: string): string {
  return `${kind} ${typeName.padEnd(Math.abs(width - kind.length - 1))} ${name}`;
}

function functionText(type: FunctionType, name: string, width: number): string {
  return `${spell(type.returns).padEnd(Math.abs(width))} ${name}(${spellParameters(type)})`;
}

/** An enumeration with its values in one column. */
export function enumText(definition: EnumDefinition, indent: number, suffix: string, hex = false): string {
  const width = Math.max(0, ...definition.values.map((each) => each.name.length));
  const head = definition.name === null ? 'enum' : `enum ${definition.name}`;
  const lines = definition.values.map((each) => `${tabs(indent + 1)}${each.name.padEnd(width)} = ${hex ? hexadecimal(BigInt.asUintN(8 * Math.max(4, definition.size), each.value), 0) : each.value},\n`);
  return `${head} {\n${lines.join('')}${tabs(indent)}}${definition.size < 4 ? packedAttribute : ''}${suffix}`;
}

const packedAttribute = ' __attribute__((__packed__))';

function aligned(alignment: number): string {
  return alignment === 0 ? '' : ` __attribute__((__aligned__(${alignment})))`;
}

/** At least one blank, and the beginning of a comment. */
function gapText(count: number): string {
  return gaps[Math.max(1, count)] ?? `${' '.repeat(count)}/* `;
}

const gaps: readonly string[] = Array.from({ length: 128 }, (_, count) => `${' '.repeat(count)}/* `);

function decimal(value: number, width: number): string {
  return String(value).padStart(width);
}

/** printf's `%#x`: a zero has no 0x. */
function hexadecimal(value: number | bigint, width: number): string {
  return (value === 0 || value === 0n ? '0' : `0x${value.toString(16)}`).padStart(width);
}
