// Function names of kernels about which BTF does not say all: a name is a row for all kernels, and an image has a digit for each that it knows. The view
// `symbol` shows them one by one.
import { Bulk } from './bulk.ts';
import type { Database } from './database.ts';
import { globPrefix, prefixEnd, type Statements } from './statements.ts';

/** Names a row; db/006 shifts by the same. */
const blockBits = 6;

/** What of a name is known in an image. */
export type SymbolFact = 'present' | 'traceable';

/** The digit of a name: 3 × what the symbol table says + what ftrace says, each 0 for nothing, 1 for no, 2 for yes. */
const weight: Readonly<Record<SymbolFact, number>> = { present: 3, traceable: 1 };

/** `present`: the symbol table has it; `traceable`: ftrace lists it. null where that was not read. */
export type SymbolRow = readonly [name: string, image: number, present: number | null, traceable: number | null];

/** Those of one kernel, read as they are asked for. */
export class Symbols {
  readonly #blocks = new Map<number, readonly StatesRow[]>();
  #all = false;

  constructor(
    readonly statements: Statements,
    readonly kernel: number,
  ) {}

  /** Sorted by name. */
  match(glob: string): readonly SymbolRow[] {
    const prefix = globPrefix(glob);
    // With a +: else SQLite prepares the statement anew for every glob.
    return this.#known(this.statements.all<NameRow>('SELECT name, id FROM symbol_name WHERE name >= ? AND name < ? AND +name GLOB ?', prefix, prefixEnd(prefix), glob));
  }

  named(names: readonly string[]): readonly SymbolRow[] {
    return this.#known(this.statements.all<NameRow>('SELECT name, id FROM symbol_name WHERE name IN (SELECT value FROM json_each(?))', JSON.stringify(names)));
  }

  #known(names: readonly NameRow[]): readonly SymbolRow[] {
    if (names.length > manyNames) this.#readAll();
    const rows: SymbolRow[] = [];
    // By index: a listing of all is run once, and taking tuples apart costs as much as reading them until V8 has compiled it.
    for (const name of names) {
      for (const states of this.#block(name[1] >> blockBits)) {
        const state = states[2].charCodeAt(name[1] - states[1]) - zero;
        // NaN before the first and behind the last.
        if (state > 0) rows.push([name[0], states[0], present[state] ?? null, traceable[state] ?? null]);
      }
    }
    return rows;
  }

  #block(block: number): readonly StatesRow[] {
    let rows = this.#blocks.get(block);
    if (rows === undefined) {
      rows = this.#all ? [] : this.statements.all<StatesRow>('SELECT image, first, states FROM symbol_block WHERE kernel = ? AND block = ? ORDER BY image', this.kernel, block);
      this.#blocks.set(block, rows);
    }
    return rows;
  }

  #readAll(): void {
    if (this.#all) return;
    this.#all = true;
    const blocks = new Map<number, StatesRow[]>();
    for (const [block, ...row] of this.statements.all<readonly [number, ...StatesRow]>('SELECT block, image, first, states FROM symbol_block WHERE kernel = ? ORDER BY block, image', this.kernel)) {
      const rows = blocks.get(block);
      if (rows === undefined) blocks.set(block, [row]);
      else rows.push(row);
    }
    for (const [block, rows] of blocks) this.#blocks.set(block, rows);
  }
}

type NameRow = readonly [name: string, id: number];
type StatesRow = readonly [image: number, first: number, states: string];

/** For more of them all blocks are read at once. */
const manyNames = 256;

const zero = '0'.charCodeAt(0);

/** By digit. */
const present: readonly (number | null)[] = [null, null, null, 0, 0, 0, 1, 1, 1];
const traceable: readonly (number | null)[] = [null, 0, 1, null, 0, 1, null, 0, 1];

/** Inside the writer's transaction. */
export class SymbolSets {
  #ids: Map<string, number> | undefined;
  #next = 0;

  constructor(readonly db: Database) {}

  /** What an image has now, to be changed and written. */
  image(kernel: number, image: number): SymbolSet {
    const states = new Map<number, number>();
    const rows = this.db.prepare<[number, number], [number, string]>('SELECT first, states FROM symbol_block WHERE kernel = ? AND image = ?').raw();
    for (const [first, digits] of rows.all(kernel, image)) {
      for (let at = 0; at < digits.length; at++) if (digits.charCodeAt(at) > zero) states.set(first + at, digits.charCodeAt(at) - zero);
    }
    return new SymbolSet(this, kernel, image, states);
  }

  /** Numbers of names; new ones are put in, in their order: what stands together in one kernel does so in the next. */
  ids(names: Iterable<string>): readonly number[] {
    const known = (this.#ids ??= this.#read());
    const all = [...names];
    const added = [...new Set(all.filter((name) => !known.has(name)))].sort();
    const out = new Bulk(this.db, 'symbol_name', ['name', 'id']);
    for (const name of added) {
      out.add(name, this.#next);
      known.set(name, this.#next++);
    }
    out.end();
    return all.map((name) => known.get(name) ?? 0);
  }

  /** Numbers of those names that have one. */
  knownIds(names: Iterable<string>): ReadonlySet<number> {
    const known = (this.#ids ??= this.#read());
    return new Set([...names].flatMap((name) => known.get(name) ?? []));
  }

  #read(): Map<string, number> {
    const rows = this.db.prepare<[], [string, number]>('SELECT name, id FROM symbol_name').raw().all();
    this.#next = rows.reduce((next, [, id]) => Math.max(next, id + 1), 0);
    return new Map(rows);
  }
}

/** The names of one image. */
export class SymbolSet {
  constructor(
    readonly sets: SymbolSets,
    readonly kernel: number,
    readonly image: number,
    /** By the name's number. */
    readonly states: Map<number, number>,
  ) {}

  set(names: Iterable<string>, fact: SymbolFact, value: boolean): void {
    for (const id of this.sets.ids(names)) this.setId(id, fact, value);
  }

  setId(id: number, fact: SymbolFact, value: boolean): void {
    const other = fact === 'present' ? (this.states.get(id) ?? 0) % 3 : Math.floor((this.states.get(id) ?? 0) / 3) * 3;
    this.states.set(id, other + weight[fact] * (value ? 2 : 1));
  }

  write(): void {
    this.sets.db.prepare('DELETE FROM symbol_block WHERE kernel = ? AND image = ?').run(this.kernel, this.image);
    const out = new Bulk(this.sets.db, 'symbol_block', ['kernel', 'block', 'image', 'first', 'states']);
    const blocks = new Map<number, number[]>();
    for (const id of [...this.states.keys()].sort((a, b) => a - b)) {
      const ids = blocks.get(id >> blockBits);
      if (ids === undefined) blocks.set(id >> blockBits, [id]);
      else ids.push(id);
    }
    for (const [block, ids] of blocks) {
      const first = ids[0] ?? 0;
      const last = ids.at(-1) ?? first;
      out.add(this.kernel, block, this.image, first, Array.from({ length: last - first + 1 }, (_, at) => this.states.get(first + at) ?? 0).join(''));
    }
    out.end();
  }
}

/** SQL that takes away what an image, `@kernel` and `@id`, knows of one kind. */
export function forgetSymbols(fact: SymbolFact): string {
  const changes = Array.from({ length: 9 }, (_, digit) => [digit, fact === 'present' ? digit % 3 : digit - (digit % 3)] as const).filter(([from, to]) => from !== to);
  const states = changes.reduce((text, [from, to]) => `replace(${text}, '${from}', '${to}')`, 'states');
  return `UPDATE symbol_block SET states = ${states} WHERE kernel = @kernel AND image = @id`;
}

/** Takes away names that no image has. */
export function sweepSymbols(db: Database): void {
  const used = new Set<number>();
  for (const [first, states] of db.prepare<[], [number, string]>('SELECT first, states FROM symbol_block').raw().all()) {
    for (let at = 0; at < states.length; at++) if (states.charCodeAt(at) > zero) used.add(first + at);
  }
  const unused = db.prepare<[], [string, number]>('SELECT name, id FROM symbol_name').raw().all().filter(([, id]) => !used.has(id));
  const remove = db.prepare('DELETE FROM symbol_name WHERE name = ?');
  for (const [name] of unused) remove.run(name);
}
