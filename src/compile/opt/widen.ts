// Two stores side by side become one: a narrow value and the zeros behind it, or two constants.
import type { Func, Inst, Op, ValueId } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import type { Define } from './evaluate.ts';
import { constantOf } from './evaluate.ts';
import type { Place } from './roots.ts';
import { overlaps, placeOf } from './roots.ts';
import { unsignedBits } from './widths.ts';

export function widen(func: Func): Func {
  const defined = new Map(definitions(func));
  const define: Define = (id) => defined.get(id);
  let values = func.values;
  let changed = false;
  const blocks = func.blocks.map((block) => {
    const insts: (Inst | undefined)[] = [...block.insts];
    for (let at = 0; at < insts.length; at++) {
      const pair = partner(insts, at, define);
      const [first, second] = [insts[pair ?? -1], insts[at]];
      const op = pair === undefined || !first || !second ? undefined : together(first.op, second.op, define);
      if (op === undefined || pair === undefined || !second) continue;
      const value: Inst = { id: values++, op: op.value, type: 'scalar', span: second.span };
      defined.set(value.id, value);
      const wide: Inst = { ...second, id: values++, op: { ...op.store, value: op.kept ?? value.id } };
      insts[pair] = undefined;
      insts.splice(at, 1, ...(op.kept === undefined ? [value, wide] : [wide]));
      changed = true;
      at = -1;
    }
    return { ...block, insts: insts.filter((inst) => inst !== undefined) };
  });
  return changed ? { ...func, values, blocks } : func;
}

/** A store's part of memory; zeros count as stores of 0. */
interface Piece {
  readonly base: ValueId;
  readonly offset: number;
  readonly size: number;
  /** Undefined for zeros. */
  readonly value: ValueId | undefined;
}

function pieceOf(op: Op): Piece | undefined {
  if (op.kind === 'store') return { base: op.base, offset: op.offset, size: op.size, value: op.value };
  const whole = op.kind === 'zero' && [1, 2, 4].includes(op.size) && op.offset % op.size === 0;
  return op.kind === 'zero' && whole ? { base: op.base, offset: op.offset, size: op.size, value: undefined } : undefined;
}

/** The nearest store before that fits beside this one, when nothing in between looks at or changes either. */
function partner(insts: readonly (Inst | undefined)[], at: number, define: Define): number | undefined {
  const here = insts[at];
  const piece = here && pieceOf(here.op);
  if (!piece || piece.size > 4) return undefined;
  for (let back = at - 1; back >= 0; back--) {
    const other = insts[back];
    if (!other) continue;
    const beside = pieceOf(other.op);
    if (beside && beside.base === piece.base && beside.size === piece.size && adjacent(piece, beside)) return back;
    if (touches(other.op, piece, define)) return undefined;
  }
  return undefined;
}

function adjacent(a: Piece, b: Piece): boolean {
  const from = Math.min(a.offset, b.offset);
  return Math.abs(a.offset - b.offset) === a.size && from % (2 * a.size) === 0;
}

/** Whether the instruction may read or write the pair of places. */
function touches(op: Op, { base, offset, size }: Piece, define: Define): boolean {
  const place = (id: ValueId, distance: number): Place => {
    const at = placeOf(id, define);
    return { ...at, offset: at.offset === undefined ? undefined : at.offset + distance };
  };
  const mine = place(base, offset - size);
  switch (op.kind) {
    case 'load':
    case 'store':
    case 'atomicAdd':
    case 'zero':
      return overlaps(mine, 3 * size, place(op.base, op.offset), op.size);
    case 'copy':
      return overlaps(mine, 3 * size, place(op.to, op.toOffset), op.size) || overlaps(mine, 3 * size, place(op.from, op.fromOffset), op.size);
    case 'helper':
      return op.args.some((arg) => overlaps(mine, 3 * size, placeOf(arg, define), Number.MAX_SAFE_INTEGER) && define(arg)?.type !== 'scalar');
    case 'call':
    case 'kfunc':
      return true;
    default:
      return false;
  }
}

interface Together {
  readonly store: Extract<Op, { kind: 'store' }>;
  /** The value that is there already, or the constant to be made. */
  readonly kept: ValueId | undefined;
  readonly value: Op;
}

function together(one: Op, other: Op, define: Define): Together | undefined {
  const [a, b] = [pieceOf(one), pieceOf(other)];
  if (!a || !b) return undefined;
  const [low, high] = a.offset < b.offset ? [a, b] : [b, a];
  const size = (2 * low.size) as 2 | 4 | 8;
  const store = { kind: 'store' as const, base: low.base, offset: low.offset, size, value: 0 };
  const [lowValue, highValue] = [constant(low, define), constant(high, define)];
  if (lowValue !== undefined && highValue !== undefined) {
    const value = BigInt.asIntN(8 * size, (highValue << BigInt(8 * low.size)) | BigInt.asUintN(8 * low.size, lowValue));
    return BigInt.asIntN(32, value) === value ? { store, kept: undefined, value: { kind: 'const', value } } : undefined;
  }
  const narrow = highValue === 0n && low.value !== undefined && unsignedBits(low.value, define) <= 8 * low.size;
  return narrow ? { store, kept: low.value, value: { kind: 'const', value: 0n } } : undefined;
}

function constant({ value }: Piece, define: Define): bigint | undefined {
  return value === undefined ? 0n : constantOf(define, value);
}
