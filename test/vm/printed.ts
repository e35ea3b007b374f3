// Takes apart what a tracer printed, and is strict about it: every character has its place.
import { expect } from 'vitest';

export interface Entry {
  /** Without the @. */
  readonly map: string;
  /** Between the brackets; undefined for a map without keys. */
  readonly key: string | undefined;
  /** On the line of the name; empty for a histogram. */
  readonly value: string;
  /** Label → count, in the order printed; empty for anything but a histogram. */
  readonly buckets: ReadonlyMap<string, number>;
}

export interface Printed {
  /** What was printed while it ran. */
  readonly lines: readonly string[];
  /** The maps at the end. */
  readonly entries: readonly Entry[];
}

/** Lines, two blank ones, and the maps. */
export function printed(stdout: string): Printed {
  const [whole, lines = '', maps = ''] = /^((?:[^\n]+\n)*)\n\n([^]*)$/.exec(stdout) ?? [];
  if (whole === undefined) throw new Error('no two blank lines before the maps');
  return { lines: lines === '' ? [] : lines.trimEnd().split('\n'), entries: entries(maps) };
}

const entry = /@(\w*)(?:\[([^]*?)\])?:(?: ([^\n]*)\n|\n((?:[^\n]+\n)+)\n)/y;

function entries(text: string): readonly Entry[] {
  const found: Entry[] = [];
  entry.lastIndex = 0;
  for (let at = 0; at < text.length; at = entry.lastIndex) {
    const match = entry.exec(text);
    if (!match) throw new Error(`no map: ${JSON.stringify(text.slice(at, at + 200))}`);
    const [, map = '', key, value = '', rows = ''] = match;
    found.push({ map, key, value, buckets: histogram(rows) });
  }
  return found;
}

/** Label in 16 columns, count in 8, bar in 52: the largest count is 52 marks, the others are cut down to whole ones. */
function histogram(rows: string): ReadonlyMap<string, number> {
  const buckets = new Map([...rows.matchAll(/^(\S.*?) +([0-9]+) \|/gm)].map(([, label = '', count]) => [label, Number(count)]));
  const most = Math.max(...buckets.values());
  const marks = (count: number): string => '@'.repeat(Math.trunc((count / most) * 52)).padEnd(52);
  expect(rows).toBe([...buckets].map(([label, count]) => `${label.padEnd(16)}${String(count).padStart(8)} |${marks(count)}|\n`).join(''));
  return buckets;
}

/** Labels of hist() from the first to the last: every power of two between is there. */
export function powers(first: number, last: number): readonly string[] {
  const label = (power: number): string => `${2 ** (power % 10)}${['', 'K', 'M', 'G'][Math.floor(power / 10)] ?? ''}`;
  return Array.from({ length: last - first }, (_, n) => `[${label(first + n)}, ${label(first + n + 1)})`);
}

/** `name+offset` of each line of a stack. */
export function frames(stack: string): readonly string[] {
  const [whole] = /^(?: {8}[\w.]+\+[0-9]+\n)*$/.exec(stack) ?? [];
  if (whole === undefined) throw new Error(`no stack: ${JSON.stringify(stack)}`);
  return whole === '' ? [] : whole.trim().split(/\n {8}/);
}

/** Of `name+offset`. */
export function names(stack: readonly string[]): readonly string[] {
  return stack.map((frame) => frame.replace(/\+[0-9]+$/, ''));
}

export function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** Elements of a map stand in the order of their values. */
export function expectAscending(values: readonly number[]): void {
  expect(values).toEqual(values.toSorted((a, b) => a - b));
}
