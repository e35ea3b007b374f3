// Register allocation: linear scan over live ranges with holes (Poletto and Sarkar 1999; Wimmer and Mössenböck 2005), copies coalesced first.
// A register that finds no place is kept in the frame, the code is written anew around that, and the scan starts again.
import { append } from '../../base/append.ts';
import type { Ranges } from './live.ts';
import { isVirtual, join, liveRanges, overlap } from './live.ts';
import type { MBlock, MEnd, MFunc, MInst, Reg } from './mir.ts';
import { endReads, isConstant, isMove, reads, withRegisters, writes } from './mir.ts';
import { spill } from './spill.ts';

/** The function over the machine's registers; the frame has grown by what was spilled. */
export function allocate(func: MFunc): MFunc {
  let current = func;
  const kept: Kept = { reloads: new Set(), temporaries: new Set() };
  for (;;) {
    const ranges = liveRanges(current);
    const bundles = coalesce(current, ranges, kept);
    const places = scan(current, bundles, ranges, kept);
    if (places.spilled.length === 0) return assign(current, places.registers);
    current = spill(current, places.spilled.map(({ members, ranges: where }) => ({ members, ranges: where })), kept);
  }
}

/** Registers that spilling made. */
export interface Kept {
  /** Filled from the frame, read by one or a few instructions; they are split again rather than stored. */
  readonly reloads: Set<Reg>;
  /** Live from one instruction to the next: never spilled. */
  readonly temporaries: Set<Reg>;
}

/** Virtual registers that share a machine register because copies join them. */
interface Bundle {
  readonly members: readonly Reg[];
  readonly ranges: Ranges;
}

interface Move {
  readonly dst: Reg;
  readonly src: Reg;
  readonly weight: number;
}

const scratchOrder: readonly Reg[] = [5, 4, 3, 2, 1, 0, 6, 7, 8, 9];

function movesOf(func: MFunc): Move[] {
  const moves = func.blocks.flatMap((block) =>
    block.insts.filter(({ insn }) => isMove(insn)).map(({ insn }) => ({ dst: insn.dst, src: insn.src, weight: 10 ** Math.min(block.depth, 6) })),
  );
  return moves.sort((a, b) => b.weight - a.weight);
}

function coalesce(func: MFunc, ranges: ReadonlyMap<Reg, Ranges>, kept: Kept): Bundle[] {
  const bundles = new Map<Reg, Bundle>();
  for (const [reg, where] of ranges) if (isVirtual(reg)) bundles.set(reg, { members: [reg], ranges: where });
  for (const { dst, src } of movesOf(func)) {
    const [a, b] = [bundles.get(dst), bundles.get(src)];
    if (!a || !b || a === b || fixed(kept, dst) || fixed(kept, src) || overlap(a.ranges, b.ranges)) continue;
    const both = { members: [...a.members, ...b.members], ranges: join(a.ranges, b.ranges) };
    for (const member of both.members) bundles.set(member, both);
  }
  return [...new Set(bundles.values())];
}

function fixed(kept: Kept, reg: Reg): boolean {
  return kept.reloads.has(reg) || kept.temporaries.has(reg);
}

interface Places {
  readonly registers: ReadonlyMap<Reg, Reg>;
  readonly spilled: readonly Bundle[];
}

function scan(func: MFunc, bundles: readonly Bundle[], ranges: ReadonlyMap<Reg, Ranges>, kept: Kept): Places {
  const weights = weigh(func);
  const hints = hintsOf(func);
  const avoided = avoidedBy(func);
  const weight = (bundle: Bundle): number => weightOf(bundle, weights, kept);
  /** What stands in each machine register. */
  const taken = new Map<Reg, Bundle[]>(scratchOrder.map((reg) => [reg, []]));
  const registers = new Map<Reg, Reg>();
  const spilled: Bundle[] = [];
  const inWay = (reg: Reg, bundle: Bundle): Bundle[] => (taken.get(reg) ?? []).filter((other) => overlap(other.ranges, bundle.ranges));
  const place = (bundle: Bundle, reg: Reg): void => {
    taken.get(reg)?.push(bundle);
    for (const member of bundle.members) registers.set(member, reg);
  };
  for (const bundle of [...bundles].sort((a, b) => start(a) - start(b))) {
    const possible = scratchOrder.filter((reg) => !overlap(ranges.get(reg) ?? [], bundle.ranges));
    const free = possible.filter((reg) => inWay(reg, bundle).length === 0);
    if (free.length > 0) {
      place(bundle, best(free, bundle, hints, avoided, registers));
      continue;
    }
    const cost = (reg: Reg): number => inWay(reg, bundle).reduce((sum, other) => sum + weight(other), 0);
    const cheapest = possible.reduce<{ reg: Reg; cost: number } | undefined>((least, reg) => {
      const candidate = { reg, cost: cost(reg) };
      return least && least.cost <= candidate.cost ? least : candidate;
    }, undefined);
    if (cheapest === undefined || cheapest.cost >= weight(bundle)) {
      if (weight(bundle) === Infinity) throw new Error(`codegen: ${func.name}: no register is left`);
      spilled.push(bundle);
      continue;
    }
    const evicted = new Set(inWay(cheapest.reg, bundle));
    spilled.push(...evicted);
    taken.set(cheapest.reg, (taken.get(cheapest.reg) ?? []).filter((other) => !evicted.has(other)));
    place(bundle, cheapest.reg);
  }
  return { registers, spilled };
}

function start(bundle: Bundle): number {
  return bundle.ranges[0]?.from ?? 0;
}

/** How often registers are read and written, loops counting tenfold. */
function weigh(func: MFunc): ReadonlyMap<Reg, number> {
  const weights = new Map<Reg, number>();
  const add = (reg: Reg, weight: number): void => void weights.set(reg, (weights.get(reg) ?? 0) + weight);
  for (const block of func.blocks) {
    const weight = 10 ** Math.min(block.depth, 6);
    for (const inst of block.insts) for (const reg of [...reads(inst), ...writes(inst)]) add(reg, weight);
    for (const reg of endReads(block.end)) add(reg, weight);
  }
  return weights;
}

/** What it costs to spill: uses over length, so that long idle values go first. */
function weightOf(bundle: Bundle, weights: ReadonlyMap<Reg, number>, kept: Kept): number {
  if (bundle.members.some((member) => kept.temporaries.has(member))) return Infinity;
  const uses = bundle.members.reduce((sum, member) => sum + (weights.get(member) ?? 0), 0);
  const length = bundle.ranges.reduce((sum, range) => sum + range.to - range.from, 0);
  return uses / (length + 8);
}

/** Registers that each register is copied to or from. */
function hintsOf(func: MFunc): ReadonlyMap<Reg, readonly Move[]> {
  const hints = new Map<Reg, Move[]>();
  for (const move of movesOf(func)) {
    for (const reg of [move.dst, move.src]) append(hints, reg, move);
  }
  return hints;
}

/** Registers filled with constants on one way of a branch, and those that the branch reads: apart, the constants can be filled in before it. */
function avoidedBy(func: MFunc): ReadonlyMap<Reg, readonly Reg[]> {
  const avoided = new Map<Reg, readonly Reg[]>();
  for (const { end } of func.blocks) {
    for (const to of end.kind === 'branch' ? [end.then, end.else] : []) {
      const detour = func.blocks[to];
      if (detour?.end.kind !== 'jump' || detour.insts.length > 2) continue;
      for (const { insn } of detour.insts) if (isConstant(insn)) avoided.set(insn.dst, [...(avoided.get(insn.dst) ?? []), ...endReads(end)]);
    }
  }
  return avoided;
}

/** The free register that saves most copies; of equals the first. */
function best(
  free: readonly Reg[], bundle: Bundle, hints: ReadonlyMap<Reg, readonly Move[]>, avoided: ReadonlyMap<Reg, readonly Reg[]>, registers: ReadonlyMap<Reg, Reg>,
): Reg {
  const saved = new Map<Reg, number>();
  for (const other of bundle.members.flatMap((member) => avoided.get(member) ?? [])) {
    const reg = registers.get(other);
    if (reg !== undefined) saved.set(reg, -0.5);
  }
  for (const member of bundle.members) {
    for (const { dst, src, weight } of hints.get(member) ?? []) {
      const other = dst === member ? src : dst;
      const reg = isVirtual(other) ? registers.get(other) : other;
      if (reg !== undefined) saved.set(reg, (saved.get(reg) ?? 0) + weight);
    }
  }
  return free.reduce((chosen, reg) => ((saved.get(reg) ?? 0) > (saved.get(chosen) ?? 0) ? reg : chosen));
}

/** Writes the chosen registers into the code; copies that became idle go. */
function assign(func: MFunc, registers: ReadonlyMap<Reg, Reg>): MFunc {
  const of = (reg: Reg): Reg => (isVirtual(reg) ? (registers.get(reg) ?? 0) : reg);
  const insts = (block: MBlock): MInst[] =>
    block.insts.map((inst) => withRegisters(inst, of, of)).filter(({ insn }) => !(isMove(insn) && insn.dst === insn.src));
  const end = (at: MEnd): MEnd => (at.kind === 'branch' ? { ...at, dst: of(at.dst), src: at.src === undefined ? undefined : of(at.src) } : at);
  return { ...func, blocks: func.blocks.map((block) => ({ ...block, insts: insts(block), end: end(block.end) })) };
}
