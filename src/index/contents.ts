// What a set of images has, of many definitions at once, for reading a whole kernel: a million small objects would cost more than the rows.
import { DefinitionTable } from './definitiontable.ts';
import { ExpressionTable } from './expressiontable.ts';
import { kindNumber } from './kinds.ts';
import { definitionPacks, readPacks } from './packs.ts';
import type { Possession } from './possessions.ts';
import type { Statements } from './statements.ts';

/** Rows of a set of definitions, by their numbers; functions and variables are read when they are first asked for. */
export class Contents {
  readonly expressions: ExpressionTable;
  readonly types: DefinitionTable;
  readonly #rows = new Map<number, BareRow>();
  readonly #values = new Map<number, string>();
  readonly #loaded = new Set<number>();

  constructor(
    readonly statements: Statements,
    readonly possessions: readonly Possession[],
  ) {
    this.types = new DefinitionTable(readPacks(statements, definitionPacks, blocksOf(possessions, definitionPacks.bits)));
    this.expressions = new ExpressionTable(statements);
  }

  /** Reads all functions or variables. */
  load(kinds: readonly number[]): void {
    const missing = kinds.filter((kind) => !this.#loaded.has(kind));
    for (const kind of missing) this.#loaded.add(kind);
    if (missing.length > 0) this.#loadRows(missing);
  }

  /** 0 for one of a kind that was not loaded. */
  kind(definition: number): number {
    return this.types.kind(definition) || (this.#rows.get(definition)?.kind ?? 0);
  }

  name(definition: number): string | null {
    return this.types.has(definition) ? this.types.name(definition) : (this.#rows.get(definition)?.name ?? null);
  }

  /** Expression of a typedef, function or variable. */
  type(definition: number): number {
    return this.types.has(definition) ? this.types.extent(definition) : (this.#rows.get(definition)?.type ?? 0);
  }

  /** Of enums: name and value for each; values are decimal texts, for they have 64 bits. */
  values(definition: number): readonly string[] {
    const known = this.#values.get(definition);
    const text = known ?? this.statements.get<readonly [string | null]>(`SELECT group_concat(${valueColumns}) FROM enumerator e WHERE e."enum" = ?`, definition)?.[0];
    return parseList(text) as readonly string[];
  }

  /** Reads the values of all enums; without this each is read when it is asked for. */
  loadValues(): void {
    const sql = `SELECT id.value, (SELECT group_concat(${valueColumns}) FROM enumerator e WHERE e."enum" = id.value) FROM json_each(?) id`;
    const enums = idsOf(this.possessions).filter((id) => this.types.kind(id) === kindNumber.enum);
    for (const [id, text] of this.statements.all<readonly [number, string | null]>(sql, JSON.stringify(enums))) this.#values.set(id, text ?? '');
  }

  #loadRows(kinds: readonly number[]): void {
    // The + keeps SQLite from the index by kind: it would go through all kernels' definitions for every run of ids.
    const sql = `SELECT group_concat(d.id || ',' || d.kind || ',' || json_quote(d.name) || ',' || ifnull(d.type, 0))
      FROM json_each(?) run CROSS JOIN definition d ON d.id BETWEEN run.value ->> 0 AND run.value ->> 1 WHERE +d.kind IN (${kinds.join(', ')})`;
    for (const runs of slices(runsOf(idsOf(this.possessions), 16), manyRuns)) {
      const flat = parseList(this.statements.get<readonly [string | null]>(sql, JSON.stringify(runs))?.[0]);
      for (let at = 0; at < flat.length; at += 4) {
        this.#rows.set(flat[at] as number, { kind: flat[at + 1] as number, name: flat[at + 2] as string, type: flat[at + 3] as number });
      }
    }
  }
}

/** A function or variable. */
interface BareRow {
  readonly kind: number;
  readonly name: string;
  readonly type: number;
}

/** Rising, each once. */
function idsOf(possessions: readonly Possession[]): readonly number[] {
  let last = 0;
  for (const { definitions } of possessions) for (const id of definitions) if (id > last) last = id;
  const wanted = new Uint8Array(last + 1);
  for (const { definitions } of possessions) for (const id of definitions) wanted[id] = 1;
  const ids: number[] = [];
  for (let id = 1; id <= last; id++) if (wanted[id] === 1) ids.push(id);
  return ids;
}

/** The blocks in which any of them are, each once. */
function blocksOf(possessions: readonly Possession[], bits: number): readonly number[] {
  const blocks = new Set<number>();
  let last = -1;
  for (const { definitions } of possessions) {
    for (let at = 0; at < definitions.length; at++) {
      const definition = definitions[at] ?? 0;
      if (definition === 0 || definition >> bits === last) continue;
      last = definition >> bits;
      blocks.add(last);
    }
  }
  return [...blocks].sort((a, b) => a - b);
}

/** Stretches of rising ids; a gap of up to `gap` costs less than a further search. */
function runsOf(ids: readonly number[], gap: number): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  let run: [number, number] | undefined;
  for (const id of ids) {
    if (run !== undefined && id - run[1] <= gap && id - run[0] < longRun) run[1] = id;
    else runs.push((run = [id, id]));
  }
  return runs;
}

const valueColumns = "json_quote(e.name) || ',\"' || e.value || '\"'";

const longRun = 4096;
const manyRuns = 1024;

function* slices<T>(all: readonly T[], size: number): IterableIterator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

function parseList(text: string | null | undefined): readonly (string | number | null)[] {
  return JSON.parse(`[${text ?? ''}]`) as readonly (string | number | null)[];
}
