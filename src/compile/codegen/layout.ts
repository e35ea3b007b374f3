// One function's instructions in a row: blocks fall through where they can, jumps get distances, and those that reach too far are relayed
// (offsets have 16 bits before instruction set v4).
import { exit, jump, jumpAlways, jumpImm } from '../../bpf/asm.ts';
import type { Insn, JumpOp } from '../../bpf/insn.ts';
import { slots } from '../../bpf/insn.ts';
import type { Span } from '../../base/span.ts';
import type { MBlock, MEnd, MInst, MSymbol } from './mir.ts';

export interface Placed {
  readonly insn: Insn;
  readonly span: Span;
  readonly symbol?: MSymbol;
}

type Item =
  | { readonly kind: 'label'; readonly label: number }
  | { readonly kind: 'insn'; readonly insn: Insn; readonly span: Span; readonly symbol?: MSymbol | undefined; readonly target?: number };

/** Slots that a jump reaches, a little less than the 16 bits allow. */
const reach = 32_000;

export function layout(blocks: readonly MBlock[]): Placed[] {
  const bare = new Set(blocks.filter((block) => block.insts.length === 0 && block.end.kind === 'exit').map((block) => block.id));
  let items = blocks.flatMap((block, index) => blockItems(block, blocks[index + 1]?.id, bare));
  for (let labels = blocks.length; ; ) {
    const relayed = relay(items, labels);
    if (relayed === undefined) break;
    ({ items, labels } = relayed);
  }
  const positions = place(items);
  return items.flatMap((item, index): Placed[] => {
    if (item.kind === 'label') return [];
    const { insn, span, symbol, target } = item;
    const off = target === undefined ? insn.off : (positions.labels.get(target) ?? 0) - (positions.items[index] ?? 0) - 1;
    return [{ insn: { ...insn, off }, span, ...(symbol === undefined ? {} : { symbol }) }];
  });
}

/** @param bare blocks that only end the function: that is done here instead of jumping there */
function blockItems(block: MBlock, next: number | undefined, bare: ReadonlySet<number>): Item[] {
  const insts = block.insts.map(({ insn, span, symbol }: MInst): Item => ({ kind: 'insn', insn, span, symbol }));
  return [{ kind: 'label', label: block.id }, ...insts, ...endItems(block.end, next, bare)];
}

function endItems(end: MEnd, next: number | undefined, bare: ReadonlySet<number>): Item[] {
  const goOn = (to: number): Item => (bare.has(to) ? { kind: 'insn', insn: exit(), span: end.span } : goto(to, end.span));
  if (end.kind === 'exit') return [{ kind: 'insn', insn: exit(), span: end.span }];
  if (end.kind === 'jump') return end.to === next ? [] : [goOn(end.to)];
  if (end.then === next && inverted[end.op] !== undefined) return [conditional(end, inverted[end.op] ?? end.op, end.else)];
  const taken = conditional(end, end.op, end.then);
  return end.else === next ? [taken] : [taken, goOn(end.else)];
}

function conditional(end: Extract<MEnd, { kind: 'branch' }>, op: JumpOp, target: number): Item {
  const insn = end.src === undefined ? jumpImm(op, end.dst, end.imm, 0, end.width) : jump(op, end.dst, end.src, 0, end.width);
  return { kind: 'insn', insn, span: end.span, target };
}

function goto(target: number, span: Span): Item {
  return { kind: 'insn', insn: jumpAlways(0), span, target };
}

const inverted: Readonly<Partial<Record<JumpOp, JumpOp>>> = {
  jeq: 'jne', jne: 'jeq', jgt: 'jle', jle: 'jgt', jge: 'jlt', jlt: 'jge', jsgt: 'jsle', jsle: 'jsgt', jsge: 'jslt', jslt: 'jsge',
};

function place(items: readonly Item[]): { readonly items: readonly number[]; readonly labels: ReadonlyMap<number, number> } {
  const labels = new Map<number, number>();
  let at = 0;
  const positions = items.map((item) => {
    const here = at;
    if (item.kind === 'label') labels.set(item.label, here);
    else at += slots(item.insn);
    return here;
  });
  return { items: positions, labels };
}

/** Shortens the first jump that reaches too far by a jump half way; undefined when there is none. */
function relay(items: readonly Item[], labels: number): { items: Item[]; labels: number } | undefined {
  const positions = place(items);
  const distance = (item: Item, index: number): number =>
    item.kind === 'insn' && item.target !== undefined ? (positions.labels.get(item.target) ?? 0) - (positions.items[index] ?? 0) : 0;
  const far = items.findIndex((item, index) => Math.abs(distance(item, index)) > reach);
  const item = items[far];
  if (item?.kind !== 'insn' || item.target === undefined) return undefined;
  const from = positions.items[far] ?? 0;
  const aim = distance(item, far) > 0 ? from + reach - 500 : from - reach + 500;
  const stop = items.findIndex((_, index) => (positions.items[index] ?? 0) >= aim);
  const [island, over] = [labels, labels + 1];
  const station: Item[] = [goto(over, item.span), { kind: 'label', label: island }, goto(item.target, item.span), { kind: 'label', label: over }];
  const shortened = items.with(far, { ...item, target: island });
  return { items: [...shortened.slice(0, stop), ...station, ...shortened.slice(stop)], labels: labels + 2 };
}
