// The comments between and behind the members of a struct, as pahole 1.24 words them.
import type { Layout } from './layout.ts';

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

  /** Says where the storage of a bitfield overlaps the member before it; `unitSize` is the size of the biggest type in that one's unit. */
  combined(layout: Layout, at: number, unitSize: number): void {
    if (unitSize === 0) return;
    const before = layout.offset(at - 1);
    const offset = layout.offset(at);
    const startsField = layout.bitSize(at - 1) === null && layout.bitSize(at) !== null;
    if (offset < before || (offset === before && startsField)) {
      this.comment('Bitfield combined with previous fields');
    } else if (offset > before && offset - before < unitSize) {
      this.comment('Bitfield combined with next fields');
    }
  }

  /** The unnamed bitfield that a C compiler needs to leave the same hole in front of a member. @param type in its column */
  fillBitHole(layout: Layout, at: number, type: string): void {
    if (layout.offset(at) === layout.offset(at - 1)) {
      this.line(`${type}:${layout.bitHole(at - 1)};`);
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
  alignments = 0;
  alignmentHoles = 0;
  alignmentHoleBytes = 0;

  /** @param paddings how many members have unused bytes at their end, and how many bytes */
  constructor(
    layout: Layout,
    readonly paddings: number,
    readonly paddingBytes: number,
  ) {
    let hole = layout.leadingHole;
    let bitHole = layout.leadingBitHole;
    for (let at = 0; at < layout.count; at++) {
      this.#gap(hole, bitHole);
      if (layout.forcedAlignmentOf(at) > 0) {
        this.alignments++;
        if (hole > 0) this.alignmentHoles++;
        this.alignmentHoleBytes += hole;
      }
      const bits = layout.bitSize(at);
      if (bits === null) this.bytes += layout.size(at);
      else this.bits += bits;
      hole = layout.hole(at);
      bitHole = layout.bitHole(at);
    }
    this.#gap(hole, bitHole);
  }

  #gap(hole: number, bitHole: number): void {
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
  body.comment(`size: ${size}, cachelines: ${Math.ceil(size / cacheline)}, members: ${layout.count}`);
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

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** No deeper than pahole indents. */
export function tabs(count: number): string {
  return '\t'.repeat(Math.min(count, 16));
}
