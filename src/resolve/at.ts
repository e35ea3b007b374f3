// What lies at a byte of a struct or union: the members that enclose it, outer before inner, and what they end at. In a union every
// alternative is followed; beside bitfields and between members the unused bits and bytes are named.
import type { CType, Member, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import { sizeOf, strip, type Types } from '../ctype/types.ts';

export interface Place {
  readonly record: RecordDefinition;
  /** Bytes that were asked for. */
  readonly offset: number;
  readonly width: number;
  /** Members and array elements that have some of them, outer before inner. */
  readonly members: readonly Enclosing[];
  /** Where that ends, in order of members; several in unions, beside bitfields, and where the bytes span members. */
  readonly ends: readonly End[];
}

export interface Enclosing {
  /** From the start of the record: `se.load.weight`, `comm[5]`; null for an anonymous member. */
  readonly path: string | null;
  readonly type: CType;
  /** Bytes from the start of the record; of a bitfield, of its first byte. */
  readonly offset: number;
  /** Bytes, of the declared type. */
  readonly size: number;
  /** Of a bitfield: bits from the start of the record, and width. */
  readonly bitOffset?: number;
  readonly bitSize?: number;
}

/** Offsets are bytes from the start of the record that was asked for, `bitOffset` is in bits. */
export type End =
  | { readonly kind: 'member'; readonly member: Enclosing; readonly path: string; readonly bytes: Span }
  | { readonly kind: 'bitfield'; readonly member: Enclosing; readonly path: string; readonly bits: Span }
  | { readonly kind: 'hole'; readonly after: string | null; readonly before: string; readonly gap: Span; readonly bytes: Span }
  | { readonly kind: 'padding'; readonly of: RecordDefinition; readonly after: string | null; readonly gap: Span; readonly bytes: Span }
  | { readonly kind: 'unused bits'; readonly after: string | null; readonly gap: Span; readonly bits: Span }
  | { readonly kind: 'past the end'; readonly by: number };

/** From `start`, `size` of them. */
export interface Span {
  readonly start: number;
  readonly size: number;
}

/**
 * @param offset bytes from the start of the record
 * @param width how many bytes are looked at
 */
export function placeAt(types: Types, record: RecordDefinition, offset: number, width = 1): Place {
  const walk = new Walk(types, offset, width);
  walk.record(record, 0, '');
  walk.flexible(record);
  if (walk.ends.length === 0) walk.ends.push({ kind: 'past the end', by: offset - record.size });
  return { record, offset, width, members: walk.members, ends: walk.ends };
}

class Walk {
  readonly members: Enclosing[] = [];
  readonly ends: End[] = [];
  /** Bits. */
  readonly #wanted: Span;

  constructor(
    readonly types: Types,
    readonly offset: number,
    readonly width: number,
  ) {
    this.#wanted = { start: offset * 8, size: width * 8 };
  }

  /** @param base bytes from the start of what was asked for */
  record(record: RecordDefinition, base: number, prefix: string): void {
    let free = base * 8;
    let after: string | null = null;
    for (const member of record.members) {
      const start = base * 8 + member.bitOffset;
      const size = member.bitSize ?? sizeOf(this.types, member.type) * 8;
      const name = this.#nameIn(member, prefix);
      if (record.kind === 'struct' && start > free) this.#gap(record, { start: free, size: start - free }, after, name);
      if (overlap({ start, size }, this.#wanted).size > 0) this.#member(member, start, prefix);
      if (start + size > free) {
        free = start + size;
        after = name;
      }
    }
    const end = (base + record.size) * 8;
    if (end > free) this.#gap(record, { start: free, size: end - free }, after, null);
  }

  /** The elements of an array without a length lie behind, or in the padding of, the record that ends with it. */
  flexible(record: RecordDefinition): void {
    const found = this.#flexibleIn(record, 0, '', 0);
    if (found === undefined || this.offset < found.offset) return;
    const size = sizeOf(this.types, found.of);
    const index = Math.floor((this.offset - found.offset) / size);
    if (size === 0 || this.offset + this.width > found.offset + (index + 1) * size) return;
    this.members.push({ path: found.path, type: found.type, offset: found.offset, size: 0 });
    this.#element(found.of, found.offset + index * size, `${found.path}[${index}]`);
  }

  #nameIn(member: Member, prefix: string): string {
    return member.name === null ? this.#firstNamed(member, prefix, 0) : prefix + member.name;
  }

  /** What an anonymous member is called by in "after X". */
  #firstNamed(member: Member, prefix: string, depth: number): string {
    const inner = recordOf(this.types, member.type)?.members.at(-1);
    if (inner === undefined || depth > maxDepth) return `${prefix}{...}`;
    return inner.name === null ? this.#firstNamed(inner, prefix, depth + 1) : prefix + inner.name;
  }

  /** @param start bits from the start of what was asked for */
  #member(member: Member, start: number, prefix: string): void {
    const size = sizeOf(this.types, member.type);
    const path = member.name === null ? null : prefix + member.name;
    const offset = Math.floor(start / 8);
    if (member.bitSize !== null) {
      const enclosing: Enclosing = { path, type: member.type, offset, size, bitOffset: start, bitSize: member.bitSize };
      this.members.push(enclosing);
      this.ends.push({ kind: 'bitfield', member: enclosing, path: path ?? '', bits: overlap({ start, size: member.bitSize }, this.#wanted) });
      return;
    }
    const enclosing: Enclosing = { path, type: member.type, offset, size };
    this.members.push(enclosing);
    this.#into(enclosing, path ?? '', path === null ? prefix : `${path}.`);
  }

  #into(enclosing: Enclosing, path: string, prefix: string): void {
    const { type, offset, size } = enclosing;
    const record = recordOf(this.types, type);
    if (record !== undefined && record.size > 0) {
      this.record(record, offset, prefix);
      return;
    }
    const under = strip(this.types, type);
    const bytes = overlap({ start: offset, size }, { start: this.offset, size: this.width });
    if (under.kind === 'array' && size > 0) {
      const each = size / under.count;
      const index = Math.floor((bytes.start - offset) / each);
      if (bytes.start + bytes.size <= offset + (index + 1) * each) {
        this.#element(under.of, offset + index * each, `${path}[${index}]`);
        return;
      }
    }
    this.ends.push({ kind: 'member', member: enclosing, path, bytes });
  }

  #element(type: CType, offset: number, path: string): void {
    const enclosing: Enclosing = { path, type, offset, size: sizeOf(this.types, type) };
    this.members.push(enclosing);
    this.#into(enclosing, path, `${path}.`);
  }

  /** Bits without a member: to the end of a byte and from the start of one they are unused bits, between that unused bytes. */
  #gap(record: RecordDefinition, gap: Span, after: string | null, before: string | null): void {
    const end = gap.start + gap.size;
    const firstByte = Math.min(end, Math.ceil(gap.start / 8) * 8);
    const lastByte = Math.max(firstByte, Math.floor(end / 8) * 8);
    this.#unusedBits({ start: gap.start, size: firstByte - gap.start }, after);
    const whole = { start: firstByte / 8, size: (lastByte - firstByte) / 8 };
    const bytes = overlap(whole, { start: this.offset, size: this.width });
    if (bytes.size > 0) this.ends.push(before === null ? { kind: 'padding', of: record, after, gap: whole, bytes } : { kind: 'hole', after, before, gap: whole, bytes });
    this.#unusedBits({ start: lastByte, size: end - lastByte }, after);
  }

  #unusedBits(gap: Span, after: string | null): void {
    const bits = overlap(gap, this.#wanted);
    if (bits.size > 0) this.ends.push({ kind: 'unused bits', after, gap, bits });
  }

  #flexibleIn(record: RecordDefinition, base: number, prefix: string, depth: number): { path: string; type: CType; of: CType; offset: number } | undefined {
    for (const member of record.members.slice(record.kind === 'struct' ? -1 : 0)) {
      const under = strip(this.types, member.type);
      const path = prefix + (member.name ?? '');
      const offset = base + member.bitOffset / 8;
      if (under.kind === 'array' && under.count === 0 && member.name !== null) return { path, type: member.type, of: under.of, offset };
      const inner = recordOf(this.types, under);
      const found = inner && depth < maxDepth ? this.#flexibleIn(inner, offset, member.name === null ? prefix : `${path}.`, depth + 1) : undefined;
      if (found) return found;
    }
    return undefined;
  }
}

/** Records nest at most some ten deep; a definition that contains itself is broken data. */
const maxDepth = 64;

function overlap(a: Span, b: Span): Span {
  const start = Math.max(a.start, b.start);
  return { start, size: Math.max(0, Math.min(a.start + a.size, b.start + b.size) - start) };
}
