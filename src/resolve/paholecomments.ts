// The comments between and behind the members of a struct, as pahole 1.24 words them.
import { plural } from '../base/plural.ts';
import type { Layout, MemberLayout } from './layout.ts';

/** Lines of a body; comments in a row form a group with an empty line before and after it. */
export class Body {
  readonly #indent: string;
  #inGroup = false;

  /** @param out what the lines are added to, in pieces */
  constructor(
    readonly out: string[],
    indent: number,
  ) {
    this.#indent = tabs(indent);
  }

  line(text: string): void {
    this.out.push(this.#indent, text, '\n');
  }

  comment(comment: string): void {
    if (!this.#inGroup) this.out.push('\n');
    this.#inGroup = true;
    this.out.push(this.#indent, '/* ', comment, ' */\n');
  }

  /** The next comment starts a group of its own. */
  newGroup(): void {
    this.#inGroup = false;
  }

  endGroup(): void {
    if (this.#inGroup) this.out.push('\n');
    this.#inGroup = false;
  }

  holes(hole: number, bitHole: number): void {
    if (bitHole !== 0) this.comment(`XXX ${plural(bitHole, 'bit')} hole, try to pack`);
    if (hole > 0) this.comment(`XXX ${plural(hole, 'byte')} hole, try to pack`);
  }

  /** Says where the storage of a bitfield overlaps a neighbour; `unitSize` is that of the biggest type in the last unit. */
  combined(last: MemberLayout, unitSize: number, member: MemberLayout): void {
    if (unitSize === 0) return;
    const startsField = last.bitSize === null && member.bitSize !== null;
    if (member.offset < last.offset || (member.offset === last.offset && startsField)) {
      this.comment('Bitfield combined with previous fields');
    } else if (member.offset > last.offset && member.offset - last.offset < unitSize) {
      this.comment('Bitfield combined with next fields');
    }
  }

  /** The unnamed bitfield that a C compiler needs to leave the same hole. @param type in its column */
  fillBitHole(last: MemberLayout, member: MemberLayout, type: string): void {
    if (member.offset === last.offset) {
      this.line(`${type}:${last.bitHole};`);
      return;
    }
    this.newGroup();
    this.comment('Force alignment to the next boundary:');
    this.line(`${type}:0;`);
  }
}

/** Sums over the members of one struct. */
export class Totals {
  bytes = 0;
  bits = 0;
  holes = 0;
  bitHoles = 0;
  holeBytes = 0;
  holeBits = 0;
  paddings = 0;
  paddingBytes = 0;
  alignments = 0;
  alignmentHoles = 0;
  alignmentHoleBytes = 0;

  /** @param hole in front of it @param padding unused bytes at its end */
  add(hole: number, member: MemberLayout, padding: number): void {
    if (member.bitSize === null) this.bytes += member.size;
    else this.bits += member.bitSize;
    if (padding > 0) {
      this.paddings++;
      this.paddingBytes += padding;
    }
    if (member.forcedAlignment > 0) {
      this.alignments++;
      if (hole > 0) this.alignmentHoles++;
      this.alignmentHoleBytes += hole;
    }
    this.gap(member.hole, member.bitHole);
  }

  gap(hole: number, bitHole: number): void {
    if (hole > 0) this.holes++;
    if (bitHole > 0) this.bitHoles++;
    this.holeBytes += hole;
    this.holeBits += bitHole;
  }
}

/**
 * The comments behind the last member, with an empty line before them.
 * @param base bytes from the start of the outermost record
 */
export function summary(body: Body, layout: Layout, totals: Totals, cacheline: number, base: number): void {
  const { size } = layout.record;
  body.newGroup();
  body.comment(`size: ${size}, cachelines: ${Math.ceil(size / cacheline)}, members: ${layout.members.length}`);
  if (totals.holeBytes > 0 || totals.holeBits > 0) {
    if (totals.bytes > 0) {
      body.comment(`sum members: ${totals.bytes}${totals.holeBytes > 0 ? `, holes: ${totals.holes}, sum holes: ${totals.holeBytes}` : ''}`);
    }
    if (totals.bits > 0) {
      const holes = totals.holeBits > 0 ? `, bit holes: ${totals.bitHoles}, sum bit holes: ${totals.holeBits} bits` : ` (${Math.floor(totals.bits / 8)} bytes)`;
      body.comment(`sum bitfield members: ${totals.bits} bits${holes}`);
    }
  }
  if (layout.padding > 0) body.comment(`padding: ${layout.padding}`);
  if (totals.paddings > 0) body.comment(`paddings: ${totals.paddings}, sum paddings: ${totals.paddingBytes}`);
  if (layout.bitPadding > 0) body.comment(`bit_padding: ${layout.bitPadding} bits`);
  if (totals.alignments > 0) {
    const holes = totals.alignmentHoles > 0 ? `, forced holes: ${totals.alignmentHoles}, sum forced holes: ${totals.alignmentHoleBytes}` : '';
    body.comment(`forced alignments: ${totals.alignments}${holes}`);
  }
  const last = (base + size) % cacheline;
  if (last !== 0) body.comment(`last cacheline: ${last} bytes`);
}

/** No deeper than pahole indents. */
export function tabs(count: number): string {
  return '\t'.repeat(Math.min(count, 16));
}
