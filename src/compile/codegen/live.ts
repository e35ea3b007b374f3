// Where registers are live: dataflow over blocks, then ranges over the linear order of instructions.
// Instruction i reads at position 2i and writes at 2i + 1; the end of a block counts as an instruction.
import type { MBlock, MFunc, Reg } from './mir.ts';
import { endReads, endTargets, firstVirtual, reads, writes } from './mir.ts';

/** Half open. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Ascending, disjoint. */
export type Ranges = readonly Range[];

/** Registers that hold something wanted at the start of each block. */
export function liveIn(func: MFunc): readonly ReadonlySet<Reg>[] {
  const live = func.blocks.map(() => new Set<Reg>());
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of func.blocks.toReversed()) {
      const now = before(block, liveOut(block, live));
      const known = live[block.id];
      if (known && now.size !== known.size) {
        live[block.id] = now;
        changed = true;
      }
    }
  }
  return live;
}

export function liveOut(block: MBlock, live: readonly ReadonlySet<Reg>[]): Set<Reg> {
  const out = new Set<Reg>();
  for (const to of endTargets(block.end)) for (const reg of live[to] ?? []) out.add(reg);
  return out;
}

function before(block: MBlock, live: Set<Reg>): Set<Reg> {
  for (const reg of endReads(block.end)) live.add(reg);
  for (const inst of block.insts.toReversed()) {
    for (const reg of writes(inst)) live.delete(reg);
    for (const reg of reads(inst)) live.add(reg);
  }
  return live;
}

/** Position of the first instruction of each block, and behind them that of the end. */
export function blockStarts(func: MFunc): number[] {
  const starts = [0];
  for (const block of func.blocks) starts.push((starts.at(-1) ?? 0) + 2 * (block.insts.length + 1));
  return starts;
}

/** Live ranges of all registers, the machine's own among them: those are taken where calls destroy them or arguments are made ready. */
export function liveRanges(func: MFunc): ReadonlyMap<Reg, Ranges> {
  const live = liveIn(func);
  const starts = blockStarts(func);
  const ranges = new Map<Reg, Range[]>();
  for (const block of func.blocks.toReversed()) addBlock(block, starts[block.id] ?? 0, liveOut(block, live), ranges);
  for (const [reg, list] of ranges) ranges.set(reg, list.reverse());
  return ranges;
}

/** Walks the block backwards; ranges are collected from the last to the first. */
function addBlock(block: MBlock, start: number, out: ReadonlySet<Reg>, ranges: Map<Reg, Range[]>): void {
  const end = start + 2 * (block.insts.length + 1);
  /** Where the value that is live now is wanted last. */
  const until = new Map<Reg, number>();
  for (const reg of out) until.set(reg, end);
  const read = (reg: Reg, at: number): void => {
    if (!until.has(reg)) until.set(reg, at + 1);
  };
  const close = (reg: Reg, from: number, to: number): void => {
    const list = ranges.get(reg);
    const last = list?.at(-1);
    if (list && last && last.from <= to) list[list.length - 1] = { from, to: Math.max(to, last.to) };
    else if (list) list.push({ from, to });
    else ranges.set(reg, [{ from, to }]);
  };
  for (const reg of endReads(block.end)) read(reg, end - 2);
  block.insts.toReversed().forEach((inst, back) => {
    const at = start + 2 * (block.insts.length - 1 - back);
    for (const reg of writes(inst)) {
      close(reg, at + 1, until.get(reg) ?? at + 2);
      until.delete(reg);
    }
    for (const reg of reads(inst)) read(reg, at);
  });
  for (const [reg, to] of until) close(reg, start, to);
}

export function overlap(a: Ranges, b: Ranges): boolean {
  let [i, j] = [0, 0];
  for (let [x, y] = [a[0], b[0]]; x !== undefined && y !== undefined; [x, y] = [a[i], b[j]]) {
    if (x.from < y.to && y.from < x.to) return true;
    if (x.to <= y.to) i++;
    else j++;
  }
  return false;
}

/** Both together; where they touch they become one. */
export function join(a: Ranges, b: Ranges): Ranges {
  const all = [...a, ...b].sort((x, y) => x.from - y.from);
  const joined: Range[] = [];
  for (const range of all) {
    const last = joined.at(-1);
    if (last && last.to >= range.from) joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else joined.push(range);
  }
  return joined;
}

export function isVirtual(reg: Reg): boolean {
  return reg >= firstVirtual;
}
