// Structs, unions, enums and typedefs out of the packs, as columns.
import type { Member } from '../ctype/ctype.ts';
import type { Expressions } from './expressions.ts';
import { namesOf, type DefinitionPack } from './packs.ts';
import type { Settled } from './settlements.ts';

/** Structs, unions, enums and typedefs, and the members of all of them one behind the other. */
export class DefinitionTable {
  /** By row of a member: its type's expression, its place in bits, and the width of a bitfield plus 1, 0 for what is none. */
  readonly #memberTypes: Uint32Array;
  readonly #memberOffsets: Float64Array;
  readonly #memberWidths: Uint16Array;
  /** By definition: its row, 0 for none. */
  readonly #rows: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #signed: Uint8Array;
  readonly #extents: Float64Array;
  readonly #names: (string | null)[];
  /** By row: its first member. The row behind the last has the end. */
  readonly #members: Uint32Array;
  readonly #memberNames: (string | null)[];

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
    this.#memberTypes = new Uint32Array(members);
    this.#memberOffsets = new Float64Array(members);
    this.#memberWidths = new Uint16Array(members);
    this.#names = new Array<string | null>(rows);
    this.#memberNames = new Array<string | null>(members);
    this.#read(packs);
  }

  has(definition: number): boolean {
    return this.#row(definition) !== 0;
  }

  /** 0 for none. */
  kind(definition: number): number {
    return this.#kinds[this.#row(definition)] ?? 0;
  }

  name(definition: number): string | null {
    return this.#names[this.#row(definition)] ?? null;
  }

  /** Bytes; of a typedef the expression that it stands for. */
  extent(definition: number): number {
    return this.#extents[this.#row(definition)] ?? 0;
  }

  signed(definition: number): boolean {
    return this.#signed[this.#row(definition)] === 1;
  }

  members(definition: number, expressions: Expressions, settled: Settled | undefined): readonly Member[] {
    const row = this.#row(definition);
    const first = this.#members[row] ?? 0;
    const end = this.#members[row + 1] ?? 0;
    const members: Member[] = [];
    for (let at = first; at < end; at++) {
      const type = expressions.type(this.#memberTypes[at] ?? 0, settled?.get(at - first));
      const width = this.#memberWidths[at] ?? 0;
      members.push({ name: this.#memberNames[at] ?? null, type, bitOffset: this.#memberOffsets[at] ?? 0, bitSize: width === 0 ? null : width - 1 });
    }
    return members;
  }

  #row(definition: number): number {
    return this.#rows[definition] ?? 0;
  }

  #read(packs: readonly (readonly [number, DefinitionPack])[]): void {
    let row = 1;
    let member = 0;
    for (const [first, pack] of packs) {
      this.#kinds.set(pack.kind, row);
      this.#signed.set(pack.signed, row);
      this.#extents.set(pack.extent, row);
      this.#memberTypes.set(pack.memberType, member);
      this.#memberOffsets.set(pack.memberOffset, member);
      this.#memberWidths.set(pack.memberWidth, member);
      const names = namesOf(pack);
      const count = pack.at.length;
      for (let at = 0; at < pack.memberType.length; at++) this.#memberNames[member + at] = names[count + at] ?? null;
      for (let at = 0; at < count; at++) {
        this.#rows[first + (pack.at[at] ?? 0)] = row;
        this.#names[row] = names[at] ?? null;
        this.#members[row++] = member;
        member += pack.members[at] ?? 0;
      }
    }
    this.#members[row] = member;
  }
}
