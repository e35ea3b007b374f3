// Strength reduction: multiplication, division and remainder by powers of 2 become shifts and masks.
import type { BinaryFn } from '../ir/ir.ts';
import { constantOf } from './evaluate.ts';
import type { Rule } from './simplify.ts';

export const strength: Rule = {
  name: 'strength',
  visit: ({ op, type }, edit) => {
    if (op.kind !== 'binary') return undefined;
    const factor = constantOf(edit.definition, op.b);
    const cheaper = factor === undefined ? undefined : reduced[op.fn]?.(factor);
    if (cheaper === undefined) return undefined;
    return edit.emit({ kind: 'binary', fn: cheaper.fn, a: op.a, b: edit.emit({ kind: 'const', value: cheaper.with }) }, type);
  },
};

interface Cheaper {
  readonly fn: BinaryFn;
  readonly with: bigint;
}

const reduced: Readonly<Partial<Record<BinaryFn, (factor: bigint) => Cheaper | undefined>>> = {
  mul: (factor) => shift('shl', factor),
  udiv: (factor) => shift('lshr', factor),
  umod: (factor) => (log2(factor) === undefined ? undefined : { fn: 'and', with: BigInt.asIntN(64, BigInt.asUintN(64, factor) - 1n) }),
};

function shift(fn: BinaryFn, factor: bigint): Cheaper | undefined {
  const bits = log2(factor);
  return bits === undefined ? undefined : { fn, with: BigInt(bits) };
}

/** Of a power of 2, read as unsigned. */
function log2(value: bigint): number | undefined {
  const unsigned = BigInt.asUintN(64, value);
  return unsigned !== 0n && (unsigned & (unsigned - 1n)) === 0n ? unsigned.toString(2).length - 1 : undefined;
}
