// A better order for the members of a struct: the same members with fewer unused bytes, as `pahole -R` proposes one. Only a hint:
// BTF does not record alignment that was asked for, and why members stand together (first ones, groups that are copied) is written nowhere.
import type { Member, RecordDefinition } from '../ctype/ctype.ts';
import { strip, type Types } from '../ctype/types.ts';
import { cachelineSize, type Layout, type Layouts } from './layout.ts';

export interface Reorganized {
  /** The struct with its members in the new order and at their new places. */
  readonly record: RecordDefinition;
  readonly layout: Layout;
  /** Bytes that it is smaller by; 0 where no better order was found: then it is the struct as it was. */
  readonly savedBytes: number;
  /** Cachelines that it covers less when it starts at one. */
  readonly savedCachelines: number;
  /** Members, in their new order, that stand behind another member than before. */
  readonly moved: readonly string[];
}

/** Unions, packed structs, and what has no holes and no padding come back as they are. */
export function reorganize(layouts: Layouts, layout: Layout): Reorganized {
  const { record } = layout;
  if (record.kind === 'union' || layout.packed) return unchanged(layout);
  const blocks = blocksOf(layouts, layout);
  const alignment = Math.max(1, layout.forcedAlignment, ...blocks.map((block) => block.alignment));
  const orders = [fillHoles(blocks), byAlignment(blocks)].map((order) => place(order, alignment)).filter((placed) => placed.size < record.size);
  const [best] = orders.sort((a, b) => a.size - b.size || movedBetween(blocks, a.blocks).length - movedBetween(blocks, b.blocks).length);
  if (best === undefined) return unchanged(layout);
  const reordered: RecordDefinition = { ...identity(record), kind: record.kind, name: record.name, size: best.size, members: best.blocks.flatMap((block, index) => shift(block, best.starts[index] ?? 0)) };
  return {
    record: reordered,
    layout: layouts.of(reordered),
    savedBytes: record.size - best.size,
    savedCachelines: Math.ceil(record.size / cachelineSize) - Math.ceil(best.size / cachelineSize),
    moved: movedBetween(blocks, best.blocks).map(({ label }) => label),
  };
}

/** Members that keep their distance: one ordinary member, or bitfields that share storage. Bytes. */
interface Block {
  readonly members: readonly Member[];
  readonly label: string;
  readonly start: number;
  readonly size: number;
  readonly alignment: number;
  /** A flexible array, or a struct that ends with one: it stays the last. */
  readonly last: boolean;
}

function unchanged(layout: Layout): Reorganized {
  return { record: layout.record, layout, savedBytes: 0, savedCachelines: 0, moved: [] };
}

function identity({ id, image, variant, variants }: RecordDefinition): Pick<RecordDefinition, 'id' | 'image' | 'variant' | 'variants'> {
  return { id, image, variant, variants };
}

function blocksOf(layouts: Layouts, layout: Layout): readonly Block[] {
  const blocks: Block[] = [];
  let group: Layout['members'][number][] = [];
  const close = (): void => {
    const [first] = group;
    const end = group.at(-1);
    if (first === undefined || end === undefined) return;
    const alignment = Math.max(...group.map(({ type }) => layouts.alignment(type)));
    const start = Math.floor(first.bitOffset / 8 / alignment) * alignment;
    const size = Math.ceil((end.bitOffset + (end.bitSize ?? 0)) / 8) - start;
    blocks.push({ members: group, label: first.name ?? '{...}', start, size, alignment, last: false });
    group = [];
  };
  for (const [index, member] of layout.members.entries()) {
    if (member.bitSize !== null) {
      group.push(member);
      continue;
    }
    close();
    const alignment = Math.max(layouts.alignment(member.type), member.forcedAlignment);
    const last = index === layout.members.length - 1 && endsOpen(layouts.types, member);
    blocks.push({ members: [member], label: member.name ?? '{...}', start: member.bitOffset / 8, size: member.size, alignment, last });
  }
  close();
  return blocks;
}

function endsOpen(types: Types, member: Member, depth = 0): boolean {
  const under = strip(types, member.type);
  if (under.kind === 'array') return under.count === 0;
  if ((under.kind !== 'struct' && under.kind !== 'union') || depth > 16) return false;
  const record = types.definition(under);
  const inner = record?.kind === 'struct' ? record.members.slice(-1) : record?.kind === 'union' ? record.members : [];
  return inner.some((each) => endsOpen(types, each, depth + 1));
}

/** In the order as it is, but into each hole goes the biggest of the later members that fits. */
function fillHoles(blocks: readonly Block[]): readonly Block[] {
  const rest = blocks.filter((block) => !block.last);
  const order: Block[] = [];
  for (let at = 0; rest.length > 0; ) {
    const [next] = rest;
    if (next === undefined) break;
    const gap = roundUp(at, next.alignment) - at;
    const fits = rest.filter((block, index) => index > 0 && block.size > 0 && roundUp(at, block.alignment) + block.size <= at + gap);
    const biggest = fits.sort((a, b) => b.size - a.size)[0];
    const chosen = gap > 0 && biggest !== undefined ? biggest : next;
    rest.splice(rest.indexOf(chosen), 1);
    order.push(chosen);
    at = roundUp(at, chosen.alignment) + chosen.size;
  }
  return [...order, ...blocks.filter((block) => block.last)];
}

/** The widest alignment first: between such members there are no holes. Members of no size keep their place in front of the next. */
function byAlignment(blocks: readonly Block[]): readonly Block[] {
  const movable = blocks.filter((block) => !block.last).map((block) => block);
  return [...movable.sort((a, b) => b.alignment - a.alignment), ...blocks.filter((block) => block.last)];
}

interface PlacedBlocks {
  readonly blocks: readonly Block[];
  readonly starts: readonly number[];
  readonly size: number;
}

function place(blocks: readonly Block[], alignment: number): PlacedBlocks {
  const starts: number[] = [];
  let end = 0;
  for (const block of blocks) {
    const start = roundUp(end, block.alignment);
    starts.push(start);
    end = start + block.size;
  }
  return { blocks, starts, size: roundUp(end, alignment) };
}

function shift(block: Block, start: number): readonly Member[] {
  return block.members.map((member) => ({ name: member.name, type: member.type, bitSize: member.bitSize, bitOffset: member.bitOffset + (start - block.start) * 8 }));
}

/** Blocks that follow another one than before, those whose predecessor moved away not counted. */
function movedBetween(before: readonly Block[], after: readonly Block[]): readonly Block[] {
  const kept = new Set(longestKept(after.map((block) => before.indexOf(block))));
  return after.filter((block) => !kept.has(before.indexOf(block)));
}

/** The longest run of numbers that ascend, not necessarily side by side. */
function longestKept(numbers: readonly number[]): readonly number[] {
  const lengths: number[] = [];
  const previous: number[] = [];
  let best = -1;
  for (const [index, number] of numbers.entries()) {
    lengths[index] = 1;
    previous[index] = -1;
    for (let earlier = 0; earlier < index; earlier++) {
      if ((numbers[earlier] ?? 0) >= number || (lengths[earlier] ?? 0) + 1 < (lengths[index] ?? 0)) continue;
      lengths[index] = (lengths[earlier] ?? 0) + 1;
      previous[index] = earlier;
    }
    if (best < 0 || (lengths[index] ?? 0) >= (lengths[best] ?? 0)) best = index;
  }
  const kept: number[] = [];
  for (let at = best; at >= 0; at = previous[at] ?? -1) kept.push(numbers[at] ?? 0);
  return kept;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
