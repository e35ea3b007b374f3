// Extensions and masks that change nothing go: values that are known to be narrow, and bits that nobody looks at.
import type { Op, ValueId } from '../ir/ir.ts';
import type { Define } from './evaluate.ts';
import { constantOf } from './evaluate.ts';
import type { Rule } from './simplify.ts';

export const widths: Rule = {
  name: 'widths',
  visit: ({ op, type }, edit) => {
    const same = unchanged(op, edit.definition);
    if (same !== undefined) return same;
    const narrower = looksAt(op, edit.definition);
    return narrower && edit.emit(narrower, type);
  },
};

/** The same operation on a value of which it sees all that there is to see. */
function looksAt(op: Op, define: Define): Op | undefined {
  if (op.kind === 'store') {
    const value = seen(op.value, 8 * op.size, define);
    return value === op.value ? undefined : { ...op, value };
  }
  const bits = bitsSeen(op, define);
  if (bits === undefined || (op.kind !== 'extend' && op.kind !== 'binary')) return undefined;
  const a = seen(op.a, bits, define);
  return a === op.a ? undefined : { ...op, a };
}

/** How many of the lowest bits of its first operand matter. */
function bitsSeen(op: Op, define: Define): number | undefined {
  if (op.kind === 'extend') return op.bits;
  const constant = op.kind === 'binary' ? constantOf(define, op.b) : undefined;
  if (op.kind !== 'binary' || constant === undefined) return undefined;
  if (op.fn === 'and') return BigInt.asUintN(64, constant).toString(2).length;
  return op.fn === 'shl' ? 64 - Number(constant & 63n) : undefined;
}

/** The operand, when the operation leaves it as it is. */
function unchanged(op: Op, define: Define): ValueId | undefined {
  if (op.kind === 'extend' && define(op.a)?.type === 'scalar') {
    const wide = unsignedBits(op.a, define);
    if (op.signed ? wide < op.bits || signedBits(op.a, define) <= op.bits : wide <= op.bits) return op.a;
  }
  if (op.kind === 'binary' && op.fn === 'and' && define(op.a)?.type === 'scalar') {
    const mask = constantOf(define, op.b);
    const kept = mask === undefined ? 0 : onesBelow(BigInt.asUintN(64, mask));
    if (kept > 0 && unsignedBits(op.a, define) <= kept) return op.a;
  }
  return undefined;
}

/** How many of the lowest bits are all 1. */
function onesBelow(mask: bigint): number {
  let bits = 0;
  while (((mask >> BigInt(bits)) & 1n) === 1n) bits++;
  return bits;
}

/** What a reader of the low `bits` may read instead. */
function seen(id: ValueId, bits: number, define: Define): ValueId {
  const op = define(id)?.op;
  if (op?.kind === 'extend' && op.bits >= bits && define(op.a)?.type === 'scalar') return seen(op.a, bits, define);
  if (op?.kind === 'binary' && op.fn === 'and' && define(op.a)?.type === 'scalar') {
    const mask = constantOf(define, op.b);
    if (mask !== undefined && onesBelow(BigInt.asUintN(64, mask)) >= bits) return seen(op.a, bits, define);
  }
  return id;
}

const deepest = 6;

/** The value is less than 2 to that power, read as unsigned. Knows only what the verifier knows too. */
export function unsignedBits(id: ValueId, define: Define, depth = 0): number {
  const op = define(id)?.op;
  if (!op || depth > deepest) return 64;
  const of = (value: ValueId): number => unsignedBits(value, define, depth + 1);
  switch (op.kind) {
    case 'const':
      return op.value === 0n ? 0 : BigInt.asUintN(64, op.value).toString(2).length;
    case 'load':
    case 'probeRead':
      return op.signed ? 64 : 8 * op.size;
    case 'extend':
      return op.signed ? 64 : Math.min(op.bits, of(op.a));
    case 'bswap':
      return op.bits;
    case 'compare':
      return 1;
    case 'select':
      return Math.max(of(op.a), of(op.b));
    case 'phi':
      return Math.max(...op.inputs.map((input) => of(input.value)));
    case 'binary':
      return binaryBits(op, of, define);
    default:
      return 64;
  }
}

function binaryBits({ fn, a, b }: Extract<Op, { kind: 'binary' }>, of: (value: ValueId) => number, define: Define): number {
  const constant = constantOf(define, b);
  const count = constant === undefined ? undefined : Number(constant & 63n);
  switch (fn) {
    case 'and':
      return Math.min(of(a), of(b));
    case 'or':
    case 'xor':
      return Math.max(of(a), of(b));
    case 'add':
      return Math.min(64, Math.max(of(a), of(b)) + 1);
    case 'mul':
      return Math.min(64, of(a) + of(b));
    case 'shl':
      return count === undefined ? 64 : Math.min(64, of(a) + count);
    case 'lshr':
      return count === undefined ? of(a) : Math.max(0, of(a) - count);
    case 'udiv':
    case 'umod':
      return of(a);
    case 'sub':
    case 'ashr':
      return 64;
  }
}

/** The value is the sign extension of that many bits. */
function signedBits(id: ValueId, define: Define, depth = 0): number {
  const op = define(id)?.op;
  if (!op || depth > deepest) return 64;
  if (op.kind === 'load' || op.kind === 'probeRead') return op.signed ? 8 * op.size : Math.min(64, 8 * op.size + 1);
  if (op.kind === 'extend') return op.signed ? Math.min(op.bits, signedBits(op.a, define, depth + 1)) : op.bits + 1;
  if (op.kind === 'select') return Math.max(signedBits(op.a, define, depth + 1), signedBits(op.b, define, depth + 1));
  if (op.kind === 'phi') return Math.max(...op.inputs.map((input) => signedBits(input.value, define, depth + 1)));
  if (op.kind === 'const') return [8, 16, 32].find((bits) => BigInt.asIntN(bits, op.value) === op.value) ?? 64;
  return 64;
}
