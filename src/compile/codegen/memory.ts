// `zero` and `copy` become stores and loads of the widest sizes that alignment allows; long ones become one call of probe_read_kernel,
// which copies between any two places of the kernel, and which zeroes its target when the source cannot be read (address 0).
import type { AccessSize, Func, Op, ValueId } from '../ir/ir.ts';
import type { Edit } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';

/** Most stores of one `zero`, and pairs of load and store of one `copy`, before a call is shorter. */
const maxStores = 12;
const maxCopies = 6;

/** All slots that are left lie on the BPF stack, where accesses must be aligned. */
export function expandMemory(func: Func): Func {
  return rewrite(func, ({ id, op }, edit) => {
    if (op.kind === 'zero') zero(op, edit);
    else if (op.kind === 'copy') copy(op, edit);
    else return undefined;
    // Nobody reads the result; the instruction is gone.
    return id;
  });
}

function zero({ base, offset, size }: Extract<Op, { kind: 'zero' }>, edit: Edit): void {
  const pieces = cut(offset, size, alignment(base, edit));
  const nothing = constant(0, edit);
  if (pieces.length > maxStores) return call(base, offset, size, nothing, edit);
  for (const piece of pieces) edit.emit({ kind: 'store', base, offset: piece.offset, size: piece.size, value: nothing }, 'none');
}

function copy({ to, toOffset, from, fromOffset, size }: Extract<Op, { kind: 'copy' }>, edit: Edit): void {
  const aligned = Math.min(alignment(to, edit), alignment(from, edit));
  const skew = aligned > 8 ? 1 << 30 : common(toOffset, fromOffset);
  const pieces = cut(toOffset, size, Math.min(aligned, skew));
  if (pieces.length > maxCopies) return call(to, toOffset, size, moved(from, fromOffset, edit), edit);
  for (const piece of pieces) {
    const value = edit.emit({ kind: 'load', base: from, offset: piece.offset - toOffset + fromOffset, size: piece.size, signed: false });
    edit.emit({ kind: 'store', base: to, offset: piece.offset, size: piece.size, value }, 'none');
  }
}

function call(to: ValueId, offset: number, size: number, from: ValueId, edit: Edit): void {
  edit.emit({ kind: 'helper', name: 'probe_read_kernel', args: [moved(to, offset, edit), constant(size, edit), from] }, 'none');
}

interface Piece {
  readonly offset: number;
  readonly size: AccessSize;
}

/** Cuts a range into accesses, each aligned to its size as far as `aligned` asks. */
function cut(offset: number, size: number, aligned: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = offset; at < offset + size; ) {
    const fits = ([8, 4, 2, 1] as const).find((each) => each <= offset + size - at && (aligned > 8 || (at % each === 0 && each <= aligned))) ?? 1;
    pieces.push({ offset: at, size: fits });
    at += fits;
  }
  return pieces;
}

/** Any access will do: memory that is not the stack may be accessed unaligned on the machines that we know. */
const anywhere = 16;

/** To how many bytes the base is known to be aligned. */
function alignment(base: ValueId, edit: Edit, seen: ReadonlySet<ValueId> = new Set()): number {
  if (seen.has(base)) return anywhere;
  const of = (id: ValueId): number => alignment(id, edit, new Set([...seen, base]));
  const op = edit.definition(base)?.op;
  if (op?.kind === 'slot' || op?.kind === 'param') return 8;
  if (op?.kind === 'phi') return Math.min(...op.inputs.map((input) => of(input.value)));
  if (op?.kind === 'select') return Math.min(of(op.a), of(op.b));
  if (op?.kind !== 'binary') return anywhere;
  const under = of(op.a);
  if (under === anywhere) return anywhere;
  const distance = edit.definition(op.b)?.op;
  return distance?.kind === 'const' ? Math.min(under, common(Number(distance.value), 0)) : 1;
}

/** The largest of 8, 4, 2, 1 that divides the distance between two offsets. */
function common(a: number, b: number): number {
  return [8, 4, 2].find((each) => (a - b) % each === 0) ?? 1;
}

function moved(base: ValueId, offset: number, edit: Edit): ValueId {
  if (offset === 0) return base;
  return edit.emit({ kind: 'binary', fn: 'add', a: base, b: constant(offset, edit) }, 'memory');
}

function constant(value: number, edit: Edit): ValueId {
  return edit.emit({ kind: 'const', value: BigInt(value) });
}
