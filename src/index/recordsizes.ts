// Size and holes of every struct or union with a name, without reading members: one statement, columns of numbers.
import { kindNumber } from './kinds.ts';
import type { Statements } from './statements.ts';

export interface RecordSize {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Stretches of unused bytes between members. */
  readonly holes: number;
}

/**
 * Image after image, in each in the order of the BTF ids; undefined where the catalog does not know the holes of some.
 * @param kernels keys of image_block
 */
export function readRecordSizes(statements: Statements, kernels: readonly number[], images: readonly number[], kinds: readonly ('struct' | 'union')[]): readonly RecordSize[] | undefined {
  const wanted = new Set(images);
  const blocks = kernels
    .flatMap((kernel) => statements.all<Block>('SELECT image, base, first, ids FROM image_block WHERE kernel = ? ORDER BY block', kernel))
    .filter(([image]) => wanted.has(image));
  const { ids, sizes, holes, names } = readRows(statements, runsOf(blocks), kinds);
  const placed = new Map(images.map((image): [number, number[]] => [image, []]));
  for (const [image, base, first, text] of blocks) {
    const places = placed.get(image) ?? [];
    for (let row = lowerBound(ids, first); row < ids.length && (ids[row] ?? 0) < first + text.length; row++) {
      // See membership.ts: a character is an id, counted from the row's lowest, plus 2; 1 is none.
      const code = text.charCodeAt((ids[row] ?? 0) - first);
      if (code < 2) continue;
      if (holes[row] === notKnown) return undefined;
      places.push((base + code - 2) * rowLimit + row);
    }
  }
  const order = [...placed.values()].flatMap((places) => [...Float64Array.from(places).sort()]);
  return order.map((place) => place % rowLimit).map((row) => ({ name: names[row] ?? '', size: sizes[row] ?? 0, holes: holes[row] ?? 0 }));
}

type Block = readonly [image: number, base: number, first: number, ids: string];

/** More than there are records in a catalog. */
const rowLimit = 2 ** 26;

const notKnown = -1;

interface Rows {
  /** Rising. */
  readonly ids: readonly number[];
  readonly sizes: readonly number[];
  readonly holes: readonly number[];
  readonly names: readonly string[];
}

function readRows(statements: Statements, runs: readonly (readonly [number, number])[], kinds: readonly ('struct' | 'union')[]): Rows {
  // The + keeps SQLite from the index by kind: it would go through all kernels' definitions for every run of ids.
  const row = statements.get<readonly (string | null)[]>(
    `SELECT group_concat(d.id), group_concat(ifnull(d.size, 0)), group_concat(CASE d.kind WHEN ${kindNumber.union} THEN 0 ELSE ifnull(d.holes, ${notKnown}) END), group_concat(d.name, char(10))
     FROM json_each(?) run CROSS JOIN definition d ON d.id BETWEEN run.value ->> 0 AND run.value ->> 1 WHERE +d.kind IN (${kinds.map((kind) => kindNumber[kind]).join(', ')}) AND d.name IS NOT NULL`,
    JSON.stringify(runs),
  );
  const numbers = (text: string | null | undefined): readonly number[] => JSON.parse(`[${text ?? ''}]`) as readonly number[];
  return { ids: numbers(row?.[0]), sizes: numbers(row?.[1]), holes: numbers(row?.[2]), names: row?.[3]?.split('\n') ?? [] };
}

/** Ranges of definitions, in whole blocks: neighbours are mostly of one kernel. */
function runsOf(blocks: readonly Block[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  let run: [number, number] | undefined;
  for (const [, , first] of blocks) {
    const start = first - (first % blockSize);
    const end = start + blockSize - 1;
    if (run !== undefined && start >= run[0] && start <= run[1] + blockSize) run[1] = Math.max(run[1], end);
    else runs.push((run = [start, end]));
  }
  return runs;
}

/** Definitions in a row of image_block at most: see membership.ts. */
const blockSize = 64;

/** The first place with at least that number. */
function lowerBound(rising: readonly number[], least: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
