// Macros of kernel headers: rows by content, and one bit for each kernel that has them, for a kernel has twenty thousand.
import type { NamedMacro } from '../ctype/types.ts';
import { Bulk } from './bulk.ts';
import type { Database } from './database.ts';
import { globPrefix, prefixEnd, type Statements } from './statements.ts';

/** What is kept of a macro. */
export type MacroFact = { readonly name: string; /** As `#include` names it: `linux/socket.h`. */ readonly header: string } & MacroContent;

export type MacroContent =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'function'; readonly params: readonly string[]; readonly body: string }
  /** Another name for a member: `__sk_common.skc_family`. */
  | { readonly kind: 'alias'; readonly path: string };

/** In `macro_block`: what comes with this program. */
export const shippedKernel = 0;

/** Inside the writer's transaction: what the kernel had before is taken away. Returns how many it has now. */
export function mergeMacros(db: Database, kernel: number, macros: Iterable<MacroFact>): number {
  const known = new Map<string, number>();
  let last = 0;
  for (const row of db.prepare<[], StoredRow>('SELECT id, name, header, kind, value, unsigned, params, text FROM macro').raw().safeIntegers().iterate() as IterableIterator<StoredRow>) {
    const [id, ...rest] = row;
    known.set(rest.join('\0'), Number(id));
    last = Math.max(last, Number(id));
  }
  const bits = new Map<number, bigint>();
  const out = new Bulk(db, 'macro', ['id', 'name', 'header', 'kind', 'value', 'unsigned', 'params', 'text']);
  let count = 0;
  for (const macro of macros) {
    const columns = columnsOf(macro);
    const key = columns.join('\0');
    let id = known.get(key);
    if (id === undefined) {
      id = ++last;
      known.set(key, id);
      out.add(id, ...columns);
    }
    bits.set(id >>> blockBits, (bits.get(id >>> blockBits) ?? 0n) | (1n << BigInt(id & 63)));
    count++;
  }
  out.end();
  forgetMacros(db, kernel);
  const blocks = new Bulk(db, 'macro_block', ['kernel', 'block', 'bits']);
  for (const [block, set] of bits) blocks.add(kernel, block, BigInt.asIntN(64, set));
  blocks.end();
  return count;
}

/** The macros themselves stay, until `sweepMacros`. */
export function forgetMacros(db: Database, kernel: number): void {
  db.prepare('DELETE FROM macro_block WHERE kernel = ?').run(kernel);
}

/** Takes away what no kernel has. */
export function sweepMacros(db: Database): void {
  db.exec('DELETE FROM macro WHERE id NOT IN (SELECT macro FROM kernel_macro)');
}

/** db/005 shifts by the same. */
const blockBits = 6;

type StoredRow = readonly [id: bigint, name: string, header: string, kind: string, value: bigint | null, unsigned: bigint | null, params: string | null, text: string | null];

type Columns = readonly [name: string, header: string, kind: string, value: bigint | null, unsigned: number | null, params: string | null, text: string | null];

function columnsOf(macro: MacroFact): Columns {
  const { name, header, kind } = macro;
  switch (kind) {
    case 'integer':
      return [name, header, kind, BigInt.asIntN(64, macro.value), macro.value > maxSigned ? 1 : null, null, null];
    case 'string':
      return [name, header, kind, null, null, null, macro.text];
    case 'function':
      return [name, header, kind, null, null, macro.params.join(' '), macro.body];
    case 'alias':
      return [name, header, kind, null, null, null, macro.path];
  }
}

/** Above it SQLite's integer would be negative: such values are marked as unsigned. */
const maxSigned = 2n ** 63n - 1n;

type MacroRow = readonly [name: string, header: string, kind: MacroContent['kind'], value: bigint | null, unsigned: bigint | null, params: string | null, text: string | null];

const columns = 'm.name, m.header, m.kind, m.value, m.unsigned, m.params, m.text';

/** The macros of one kernel, by name. */
export class KernelMacros {
  constructor(
    readonly statements: Statements,
    readonly kernel: number,
  ) {}

  integer(name: string): { readonly value: bigint; readonly header: string } | undefined {
    const found = this.#named(name);
    return found?.kind === 'integer' ? { value: found.value, header: found.header } : undefined;
  }

  /** Strings and function-like ones. */
  other(name: string): NamedMacro | undefined {
    const found = this.#named(name);
    if (found?.kind === 'string') return { kind: 'string', text: found.text, header: found.header };
    return found?.kind === 'function' ? { kind: 'function', params: found.params, body: found.body, header: found.header } : undefined;
  }

  /** Paths that a member's other name may stand for: the kernel's own, then those that come with the program. */
  aliases(name: string): readonly string[] {
    const rows = this.statements.all<readonly [string]>(
      `SELECT m.text FROM macro m JOIN kernel_macro x ON x.macro = m.id WHERE m.name = ? AND m.kind = 'alias' AND x.kernel IN (?, ${shippedKernel}) ORDER BY x.kernel DESC, m.id`, name, this.kernel,
    );
    return [...new Set(rows.map(([path]) => path))];
  }

  /** Sorted by name; of what no kernel has of its own nothing. */
  match(glob: string): readonly MacroFact[] {
    const prefix = globPrefix(glob);
    return this.statements.allWide<MacroRow>(
      `SELECT ${columns} FROM macro m JOIN kernel_macro x ON x.macro = m.id WHERE x.kernel = ? AND m.name >= ? AND m.name < ? AND m.name GLOB ? ORDER BY m.name`,
      this.kernel, prefix, prefixEnd(prefix), glob,
    ).map(factOf);
  }

  #named(name: string): MacroFact | undefined {
    const [row] = this.statements.allWide<MacroRow>(`SELECT ${columns} FROM macro m JOIN kernel_macro x ON x.macro = m.id WHERE m.name = ? AND x.kernel = ?`, name, this.kernel);
    return row && factOf(row);
  }
}

function factOf([name, header, kind, value, unsigned, params, text]: MacroRow): MacroFact {
  const defined = { name, header };
  switch (kind) {
    case 'integer':
      return { ...defined, kind, value: unsigned === null ? (value ?? 0n) : BigInt.asUintN(64, value ?? 0n) };
    case 'string':
      return { ...defined, kind, text: text ?? '' };
    case 'function':
      return { ...defined, kind, params: params === null || params === '' ? [] : params.split(' '), body: text ?? '' };
    case 'alias':
      return { ...defined, kind, path: text ?? '' };
  }
}
