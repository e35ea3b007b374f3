// Size and holes of every struct or union with a name, without reading members: one statement, columns of numbers.
import { kindNumber } from './kinds.ts';
import { blockBits } from './membership.ts';
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
  const starts = startsOf(ids);
  const placed = new Map(images.map((image): [number, number[]] => [image, []]));
  for (const block of blocks) {
    const first = block[2];
    const text = block[3];
    const offset = block[1] - 2;
    const places = placed.get(block[0]) ?? [];
    for (let row = starts.get(first >> blockBits) ?? ids.length, at = 0; row < ids.length && at < text.length; row++) {
      at = (ids[row] ?? 0) - first;
      // See membership.ts: a character is an id, counted from the row's lowest, plus 2; 1 is none, NaN outside of the text.
      const code = text.charCodeAt(at);
      if (!(code > 1)) continue;
      if (holes[row] === notKnown) return undefined;
      places.push((offset + code) * rowLimit + row);
    }
  }
  const order: RecordSize[] = [];
  for (const places of placed.values()) {
    for (const place of Float64Array.from(places).sort()) {
      const row = place % rowLimit;
      order.push({ name: names[row] ?? '', size: sizes[row] ?? 0, holes: holes[row] ?? 0 });
    }
  }
  return order;
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

/** Definitions in a row of image_block at most. */
const blockSize = 1 << blockBits;

/** The first row of each block. @param ids rising */
function startsOf(ids: readonly number[]): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  for (let row = 0, last = -1; row < ids.length; row++) {
    const block = (ids[row] ?? 0) >> blockBits;
    if (block === last) continue;
    starts.set(block, row);
    last = block;
  }
  return starts;
}
