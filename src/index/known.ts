// Rows of the catalog by content, for as long as one transaction: what was met once is not looked for again, and what is new gets its number here.
import type { Database, Statement } from './database.ts';
import { HashTable, grown, hashKey } from './hashtable.ts';

export class KnownRows {
  readonly #expressions = new Ids();
  readonly #definitions = new Ids();
  readonly #byHash: Statement | undefined;
  readonly #byContent: Statement | undefined;
  readonly #byType: Statement | undefined;
  #lastExpression: number;
  #lastDefinition: number;

  /** @param empty the catalog had no types before this transaction: nothing needs to be looked for, and there are no indexes to look in */
  constructor(db: Database, empty: boolean) {
    this.#lastExpression = lastId(db, 'expression');
    this.#lastDefinition = lastId(db, 'definition');
    if (empty) return;
    this.#byHash = db.prepare('SELECT id FROM expression WHERE hash = ?').pluck();
    this.#byContent = db.prepare('SELECT id FROM definition WHERE kind = ? AND name IS ? AND hash = ?').pluck();
    this.#byType = db.prepare('SELECT id FROM definition WHERE kind = ? AND name IS ? AND type = ?').pluck();
  }

  /** 0 when the catalog does not have it. */
  expression(high: number, low: number): number {
    const known = this.#expressions.get(high, low);
    if (known !== 0 || this.#byHash === undefined) return known;
    return this.#expressions.put(high, low, this.#byHash.get(hashKey(high, low)));
  }

  newExpression(high: number, low: number): number {
    return this.#expressions.put(high, low, ++this.#lastExpression);
  }

  /**
   * Records and enums are known by name and hash, others by name and type. 0 when the catalog does not have it.
   * @param name made only when it is needed
   * @param type the row of its type expression; -1 for records and enums, 0 where that is new itself
   */
  definition(high: number, low: number, kind: number, name: () => string | null, type: number): number {
    const known = this.#definitions.get(high, low);
    if (known !== 0 || this.#byContent === undefined || this.#byType === undefined || type === 0) return known;
    const row: unknown = type < 0 ? this.#byContent.get(kind, name(), hashKey(high, low)) : this.#byType.get(kind, name(), type);
    return this.#definitions.put(high, low, row);
  }

  newDefinition(high: number, low: number): number {
    return this.#definitions.put(high, low, ++this.#lastDefinition);
  }
}

/** Numbers of rows by hash; 0 for none. */
class Ids {
  readonly #table = new HashTable(4096);
  #ids = new Uint32Array(4096);

  get(high: number, low: number): number {
    const row = this.#table.find(high, low);
    return row < 0 ? 0 : (this.#ids[row] ?? 0);
  }

  put(high: number, low: number, id: unknown): number {
    if (typeof id !== 'number') return 0;
    const row = this.#table.add(high, low);
    if (row >= this.#ids.length) this.#ids = grown(this.#ids, 2 * this.#ids.length);
    this.#ids[row] = id;
    return id;
  }
}

function lastId(db: Database, table: string): number {
  const last = db.prepare(`SELECT max(id) FROM ${table}`).pluck().get();
  return typeof last === 'number' ? last : 0;
}
