// After registers are chosen: empty and equal blocks go, short detours are taken before the branch, straight lines become one block.
import { append } from '../../base/append.ts';
import type { LooseBlock } from './order.ts';
import { order } from './order.ts';
import { liveIn } from './live.ts';
import type { MBlock, MEnd, MFunc } from './mir.ts';
import { endReads, endTargets, isCall, reads, retarget, writes } from './mir.ts';

/** Each step is a whole pass over the blocks; they go round until none has anything left to do. */
const steps: readonly ((blocks: readonly MBlock[], func: MFunc) => readonly LooseBlock[] | undefined)[] = [skipEmpty, mergeEqual, takeEarly, concatenate, shareTails];

export function tidy(func: MFunc): MFunc {
  let blocks = order(func.blocks);
  for (let changed = true; changed; ) {
    changed = false;
    for (const step of steps) {
      const next = step(blocks, { ...func, blocks });
      if (next === undefined) continue;
      blocks = order(next);
      changed = true;
    }
  }
  return { ...func, blocks };
}

/** A jump to a block that only jumps goes where that one goes; a branch whose ways are one is a jump. */
function skipEmpty(blocks: readonly MBlock[]): readonly LooseBlock[] | undefined {
  const final = (id: number): number => {
    const seen = new Set<number>();
    let at = id;
    for (let block = blocks[at]; block?.end.kind === 'jump' && block.insts.length === 0 && !seen.has(at); block = blocks[at]) {
      seen.add(at);
      at = block.end.to;
    }
    return at;
  };
  let changed = false;
  const ends = blocks.map(({ end }): MEnd => {
    const next = retarget(end, final);
    const moved = endTargets(end).some((to, index) => to !== endTargets(next)[index]);
    const one = next.kind === 'branch' && next.then === next.else;
    changed ||= moved || one;
    return one ? { kind: 'jump', to: next.then, span: next.span } : next;
  });
  return changed ? blocks.map((block, index) => ({ ...block, end: ends[index] ?? block.end })) : undefined;
}

/** Blocks that do the same are one. */
function mergeEqual(blocks: readonly MBlock[]): readonly LooseBlock[] | undefined {
  const first = new Map<string, number>();
  const same = new Map<number, number>();
  for (const block of blocks) {
    const key = `${block.insts.map(textOf).join()} ${JSON.stringify({ ...block.end, span: 0 })}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, block.id);
    else if (block.id !== 0) same.set(block.id, known);
  }
  if (same.size === 0) return undefined;
  return blocks.map((block) => ({ ...block, end: retarget(block.end, (to) => same.get(to) ?? to) }));
}

/** Blocks that end alike and go on alike: the second jumps into the first one's end. */
function shareTails(blocks: readonly MBlock[]): readonly LooseBlock[] | undefined {
  const groups = new Map<string, MBlock[]>();
  for (const block of blocks) {
    if (block.end.kind === 'branch' || block.insts.length === 0) continue;
    const key = block.end.kind === 'exit' ? 'exit' : `to ${block.end.to}`;
    append(groups, key, block);
  }
  for (const group of groups.values()) {
    const tails = new Map<string, MBlock>();
    for (const block of group) {
      const last = block.insts.at(-1);
      const twin = last && tails.get(textOf(last));
      if (last && !twin) tails.set(textOf(last), block);
      if (!twin) continue;
      const length = commonTail(block, twin);
      // An exit costs nothing to jump to; elsewhere the jump takes the place of one that is there.
      if (length === block.insts.length && length === twin.insts.length) continue;
      return split(blocks, block, twin, length);
    }
  }
  return undefined;
}

function commonTail(a: MBlock, b: MBlock): number {
  let length = 0;
  for (;;) {
    const [x, y] = [a.insts.at(-1 - length), b.insts.at(-1 - length)];
    if (!x || !y || textOf(x) !== textOf(y)) return length;
    length++;
  }
}

function split(blocks: readonly MBlock[], block: MBlock, twin: MBlock, length: number): readonly LooseBlock[] {
  const tail: LooseBlock = { label: `${twin.label}.tail`, insts: twin.insts.slice(twin.insts.length - length), end: twin.end };
  const led = (each: MBlock): LooseBlock => ({ ...each, insts: each.insts.slice(0, each.insts.length - length), end: { kind: 'jump', to: blocks.length, span: each.end.span } });
  return [...blocks.map((each) => (each === block || each === twin ? led(each) : each)), tail];
}

function textOf({ insn, symbol }: MBlock['insts'][number]): string {
  return `${insn.code} ${insn.dst} ${insn.src} ${insn.off} ${insn.imm} ${insn.wide} ${symbol === undefined ? '' : JSON.stringify(symbol)}`;
}

/** A block on one way of a branch that only fills registers: they are filled before the branch when the other way does not miss them. */
function takeEarly(blocks: readonly MBlock[], func: MFunc): readonly LooseBlock[] | undefined {
  const live = liveIn(func);
  const entries = countEntries(blocks);
  for (const block of blocks) {
    const { end } = block;
    if (end.kind !== 'branch') continue;
    for (const [way, other] of [[end.then, end.else], [end.else, end.then]] as const) {
      const detour = blocks[way];
      if (!detour || detour.end.kind !== 'jump' || detour.insts.length === 0 || detour.insts.length > 2 || entries[way] !== 1) continue;
      const kept = new Set([...endReads(end), ...(live[other] ?? [])]);
      const harmless = detour.insts.every((inst) => harmlessFill(inst) && writes(inst).every((reg) => !kept.has(reg)));
      if (!harmless) continue;
      const jumpOn = detour.end.to;
      // It pays when the way is then a mere jump that the branch can make itself.
      if (jumpOn === other || entries[jumpOn] !== 1) {
        const early: LooseBlock = { ...block, insts: [...block.insts, ...detour.insts] };
        return blocks.map((each) => (each === block ? early : each === detour ? { ...each, insts: [] } : each));
      }
    }
  }
  return undefined;
}

function harmlessFill(inst: MBlock['insts'][number]): boolean {
  const { insn } = inst;
  return !isCall(insn) && [0xbf, 0xb7, 0xbc, 0xb4].includes(insn.code) && reads(inst).length <= 1;
}

/** A block whose only way on is the only way into the next one takes that in. */
function concatenate(blocks: readonly MBlock[]): readonly LooseBlock[] | undefined {
  const entries = countEntries(blocks);
  const joined: (LooseBlock | undefined)[] = [...blocks];
  let changed = false;
  for (const block of blocks) {
    let at = joined[block.id];
    while (at?.end.kind === 'jump' && at.end.to !== block.id && at.end.to !== 0 && entries[at.end.to] === 1) {
      const next: LooseBlock | undefined = joined[at.end.to];
      if (next === undefined) break;
      joined[at.end.to] = undefined;
      at = { label: at.label, insts: [...at.insts, ...next.insts], end: next.end };
      joined[block.id] = at;
      changed = true;
    }
  }
  // Holes are no longer reached; ids stay positions.
  return changed ? joined.map((block, id) => block ?? { label: 'gone', insts: [], end: { kind: 'jump', to: id, span: { start: 0, end: 0 } } }) : undefined;
}

function countEntries(blocks: readonly MBlock[]): number[] {
  const entries = blocks.map(() => 0);
  for (const { end } of blocks) for (const to of endTargets(end)) entries[to] = (entries[to] ?? 0) + 1;
  return entries;
}
