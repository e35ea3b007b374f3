// The order of keys: numbers by value, text byte by byte, the first part of a tuple most significant.
import { valueText } from './print/valuetext.ts';
import { numberOf, type Value } from './value.ts';

export function compareKeys(a: readonly Value[], b: readonly Value[]): number {
  for (const [at, value] of a.entries()) {
    const other = b[at];
    const order = other === undefined ? 1 : compareValues(value, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareValues(a: Value, b: Value): number {
  if (a.kind === 'tuple' && b.kind === 'tuple') return compareKeys(a.elements, b.elements);
  const [x, y] = [numberOf(a) ?? valueText(a), numberOf(b) ?? valueText(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
