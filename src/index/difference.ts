// What one kernel of a catalog has and another has not: definitions are stored by content, so equal ones are equal rows and need no look.
import type { Definition, DefinitionKind } from '../ctype/ctype.ts';
import { openForReading, type Database } from './database.ts';
import { kindNames, kindNumber } from './kinds.ts';
import type { ImageTypes, KernelInfo } from './reader.ts';
import { globPrefix, prefixEnd, Statements } from './statements.ts';

/** A definition of one side that the other side has not like that. */
export interface LoneDefinition {
  readonly kind: DefinitionKind;
  /** null for anonymous ones. */
  readonly name: string | null;
  /** The same for definitions of equal content. */
  readonly definition: number;
  readonly image: string;
  /** Row of the image. */
  readonly imageId: number;
  readonly id: number;
}

/** An event of one side whose fields or print format the other side has not like that, or which it has not at all. */
export interface LoneEvent {
  /** Empty where the kernel's types alone tell of it. */
  readonly system: string;
  readonly name: string;
}

/** Which things are compared. */
export interface Wanted {
  readonly kinds: readonly DefinitionKind[];
  /** Of their names; undefined: all, the anonymous ones too. */
  readonly glob: string | undefined;
  /** Only what vmlinux has, without the modules. */
  readonly vmlinuxOnly: boolean;
}

export interface Lone<T> {
  readonly before: readonly T[];
  readonly after: readonly T[];
}

/** Compares kernels that stand in one catalog. */
export class Difference {
  readonly #db: Database;
  readonly #statements: Statements;

  /** @param path the catalog's file. Throws like `openCatalog`. */
  constructor(path: string) {
    const db = openForReading(path);
    if (db === undefined) throw new RangeError(`${path}: no catalog`);
    this.#db = db;
    this.#statements = new Statements(db);
  }

  close(): void {
    this.#db.close();
  }

  /** Runs questions of this object under one lock: taking it costs more than most of them. */
  together<T>(ask: () => T): T {
    return this.#statements.together(ask);
  }

  definitions(before: KernelInfo, after: KernelInfo, wanted: Wanted): Lone<LoneDefinition> {
    return this.#statements.together(() => ({
      before: this.#definitions(before, after, wanted), after: this.#definitions(after, before, wanted),
    }));
  }

  #definitions(here: KernelInfo, there: KernelInfo, wanted: Wanted): readonly LoneDefinition[] {
    const images = imagesOf(here, wanted);
    const other = [...imagesOf(there, wanted).keys()];
    const kinds = wanted.kinds.map((kind) => kindNumber[kind]).join(', ');
    const lacking = `NOT EXISTS (SELECT 1 FROM image_definition y WHERE y.kernel = ? AND y.definition = x.definition${inImages('y', other, wanted)})`;
    const mine = `d.kind IN (${kinds})${inImages('x', [...images.keys()], wanted)}`;
    const columns = 'SELECT d.kind, d.name, d.id, x.image, x.btf_id';
    const order = 'ORDER BY d.kind, d.name, x.image, x.btf_id';
    const rows = wanted.glob === undefined
      ? this.#statements.all<LoneRow>(
        `${columns} FROM image_definition x CROSS JOIN definition d ON d.id = x.definition WHERE x.kernel = ? AND ${mine} AND ${lacking} ${order}`, here.id, there.id,
      )
      : this.#statements.all<LoneRow>(
        `${columns} FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id WHERE d.name >= ? AND d.name < ? AND d.name GLOB ? AND ${mine} AND ${lacking} ${order}`,
        here.id, globPrefix(wanted.glob), prefixEnd(globPrefix(wanted.glob)), wanted.glob, there.id,
      );
    return rows.map(([kind, name, definition, image, id]) => ({ kind: kindNames[kind] as DefinitionKind, name, definition, image: images.get(image) ?? '', imageId: image, id }));
  }

  /** @param bySystem whether events of one name in two systems are two events; false where one side does not know the systems */
  events(before: KernelInfo, after: KernelInfo, system: string, name: string, wanted: Wanted, bySystem: boolean): Lone<LoneEvent> {
    const one = (here: KernelInfo, there: KernelInfo): readonly LoneEvent[] => this.#statements
      .all<readonly [string, string]>(
        `SELECT DISTINCT x.system, x.name FROM event x WHERE x.kernel = ? AND x.system GLOB ? AND x.name GLOB ?${inImages('x', [...imagesOf(here, wanted).keys()], wanted)}
         AND NOT EXISTS (SELECT 1 FROM event y WHERE y.kernel = ? AND y.name = x.name AND y.format = x.format${bySystem ? ' AND y.system = x.system' : ''}) ORDER BY x.system, x.name`,
        here.id, system, name, there.id,
      )
      .map(([foundSystem, foundName]) => ({ system: foundSystem, name: foundName }));
    return this.#statements.together(() => ({ before: one(before, after), after: one(after, before) }));
  }

  /** From where a kernel's events are known; empty when it has none. */
  eventSources(kernel: KernelInfo): ReadonlySet<string> {
    const rows = this.#statements.all<readonly [string]>('SELECT DISTINCT source FROM event WHERE kernel = ?', kernel.id);
    return new Set(rows.map(([source]) => source));
  }

  /** The names among those given that the kernel's symbol table has. */
  symbols(kernel: KernelInfo, names: readonly string[]): ReadonlySet<string> {
    const sql = 'SELECT name FROM symbol WHERE kernel = ? AND name = ? AND present = 1 LIMIT 1';
    return this.#statements.together(() => new Set(names.filter((name) => this.#statements.get(sql, kernel.id, name) !== undefined)));
  }

  /** Values that a name has among the enumerators of a kernel, each once. */
  enumeratorValues(kernel: KernelInfo, name: string): readonly bigint[] {
    const rows = this.#statements.allWide<readonly [bigint, bigint | null]>(
      'SELECT DISTINCT e.value, d.signed FROM enumerator e CROSS JOIN definition d ON d.id = e."enum" WHERE e.name = ? AND EXISTS (SELECT 1 FROM image_definition x WHERE x.kernel = ? AND x.definition = d.id)',
      name, kernel.id,
    );
    return [...new Set(rows.map(([value, signed]) => (signed === 1n ? value : BigInt.asUintN(64, value))))];
  }

  /** Of definitions that one side lacks: whether the other has one of that kind and name all the same. */
  hasName(kernel: KernelInfo, kind: DefinitionKind, name: string): boolean {
    const sql = 'SELECT 1 FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id WHERE d.kind = ? AND d.name = ? LIMIT 1';
    return this.#statements.get(sql, kernel.id, kindNumber[kind], name) !== undefined;
  }
}

/** The definition itself. */
export function loadDefinition(types: ImageTypes, { kind, name, definition, image, imageId, id }: LoneDefinition): Definition | undefined {
  if (kind === 'struct' || kind === 'union' || kind === 'enum' || kind === 'typedef') {
    return types.definition({ kind, name, key: name === null ? `${imageId}/${definition}` : `${imageId}:${id}` });
  }
  const found: readonly Definition[] = types.find(kind, name ?? '');
  return found.find((each) => each.id === id && each.image === image) ?? types.byId(id, image);
}

type LoneRow = readonly [kind: number, name: string | null, definition: number, image: number, id: number];

function imagesOf(kernel: KernelInfo, { vmlinuxOnly }: Wanted): ReadonlyMap<number, string> {
  return new Map(kernel.images.filter(({ name }) => !vmlinuxOnly || name === 'vmlinux').map(({ id, name }) => [id, name]));
}

function inImages(table: string, images: readonly number[], { vmlinuxOnly }: Wanted): string {
  return vmlinuxOnly ? ` AND ${table}.image IN (${images.join(', ')})` : '';
}
