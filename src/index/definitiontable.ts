// Structs, unions, enums and typedefs out of the packs, as columns; names are cut out of one text when one is asked for.
import type { Column } from './columns.ts';
import { textOf, type DefinitionPack } from './packs.ts';

/** Structs, unions, enums and typedefs, and the members of all of them one behind the other. */
export class DefinitionTable {
  /** By row of a member: its type's expression, its place in bits, and the width of a bitfield plus 1, 0 for what is none. */
  readonly memberTypes: Uint32Array;
  readonly memberOffsets: Float64Array;
  readonly memberWidths: Uint16Array;
  /** By definition: its row, 0 for none. */
  readonly #rows: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #signed: Uint8Array;
  readonly #extents: Float64Array;
  readonly #names: Names;
  /** By row: its first member. The row behind the last has the end. */
  readonly #members: Uint32Array;
  readonly #memberNames: Names;

  constructor(packs: readonly (readonly [first: number, pack: DefinitionPack])[]) {
    let rows = 1;
    let members = 0;
    let last = 0;
    for (const [first, { at, memberType }] of packs) {
      rows += at.length;
      members += memberType.length;
      last = Math.max(last, first + (at[at.length - 1] ?? 0));
    }
    this.#rows = new Uint32Array(last + 1);
    this.#kinds = new Uint8Array(rows);
    this.#signed = new Uint8Array(rows);
    this.#extents = new Float64Array(rows);
    this.#members = new Uint32Array(rows + 1);
    this.memberTypes = new Uint32Array(members);
    this.memberOffsets = new Float64Array(members);
    this.memberWidths = new Uint16Array(members);
    const text = new TextOfPacks();
    this.#names = new Names(text, rows);
    this.#memberNames = new Names(text, members);
    this.#read(packs, text);
  }

  has(definition: number): boolean {
    return this.#row(definition) !== 0;
  }

  /** 0 for none. */
  kind(definition: number): number {
    return this.#kinds[this.#row(definition)] ?? 0;
  }

  name(definition: number): string | null {
    return this.#names.of(this.#row(definition));
  }

  /** Bytes; of a typedef the expression that it stands for. */
  extent(definition: number): number {
    return this.#extents[this.#row(definition)] ?? 0;
  }

  signed(definition: number): boolean {
    return this.#signed[this.#row(definition)] === 1;
  }

  /** The row of its first member; the others are behind it. */
  firstMember(definition: number): number {
    return this.#members[this.#row(definition)] ?? 0;
  }

  members(definition: number): number {
    const row = this.#row(definition);
    return (this.#members[row + 1] ?? 0) - (this.#members[row] ?? 0);
  }

  /** @param member a row */
  memberName(member: number): string | null {
    return this.#memberNames.of(member);
  }

  #row(definition: number): number {
    return this.#rows[definition] ?? 0;
  }

  #read(packs: readonly (readonly [number, DefinitionPack])[], text: TextOfPacks): void {
    let row = 1;
    let member = 0;
    for (const [first, pack] of packs) {
      this.#kinds.set(pack.kind, row);
      this.#signed.set(pack.signed, row);
      this.#extents.set(pack.extent, row);
      this.memberTypes.set(pack.memberType, member);
      this.memberOffsets.set(pack.memberOffset, member);
      this.memberWidths.set(pack.memberWidth, member);
      const count = pack.at.length;
      const start = text.add(pack.text);
      const end = this.#names.add(row, pack.names, 0, count, start);
      this.#memberNames.add(member, pack.names, count, pack.names.length, end);
      for (let at = 0; at < count; at++) {
        this.#rows[first + (pack.at[at] ?? 0)] = row;
        this.#members[row++] = member;
        member += pack.members[at] ?? 0;
      }
    }
    this.#members[row] = member;
  }
}

/** All texts as one: what is cut out of it costs nothing until it is looked at. */
class TextOfPacks {
  readonly #texts: string[] = [];
  #length = 0;
  #joined = '';

  /** Returns where it begins. */
  add(bytes: Column): number {
    const text = textOf(bytes);
    this.#texts.push(text);
    this.#length += text.length;
    return this.#length - text.length;
  }

  slice(start: number, length: number): string {
    if (this.#texts.length > 0) this.#joined += this.#texts.splice(0).join('');
    return this.#joined.slice(start, start + length);
  }
}

/** Names by row, null for none. */
class Names {
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;

  constructor(
    readonly text: TextOfPacks,
    rows: number,
  ) {
    this.#starts = new Uint32Array(rows);
    this.#lengths = new Uint32Array(rows);
  }

  /** Lengths of one name behind the other, from `start` in the text. Returns where the last one ends. */
  add(row: number, lengths: Column, from: number, to: number, start: number): number {
    let end = start;
    for (let at = from; at < to; at++, row++) {
      const length = lengths[at] ?? 0;
      this.#starts[row] = end;
      this.#lengths[row] = length;
      end += length;
    }
    return end;
  }

  of(row: number): string | null {
    const length = this.#lengths[row] ?? 0;
    return length === 0 ? null : this.text.slice(this.#starts[row] ?? 0, length);
  }
}
