// What one kernel of a catalog has and another has not: definitions are stored by content, so equal ones are equal rows and need no look.
import type { Definition, DefinitionKind } from '../ctype/ctype.ts';
import { openForReading, type Database } from './database.ts';
import { kindNames, kindNumber } from './kinds.ts';
import type { ImageTypes, KernelInfo } from './reader.ts';
import { headersImage } from './sight.ts';
import { globPrefix, prefixEnd, Statements } from './statements.ts';
import { Symbols } from './symbols.ts';

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
    const places = wanted.glob === undefined ? this.#lonePlaces(here, there, wanted) : this.#namedPlaces(here, there, wanted, wanted.glob);
    const kinds = new Set<string>(wanted.kinds);
    return places.sort((a, b) => a.image - b.image || a.id - b.id).flatMap(({ definition, image, id }) => {
      const [number = 0, name = null] = this.#statements.get<readonly [number, string | null]>('SELECT kind, name FROM definition WHERE id = ?', definition) ?? [];
      const kind = kindNames[number];
      return kinds.has(kind ?? '') ? [{ kind: kind as DefinitionKind, name, definition, image: images.get(image) ?? '', imageId: image, id }] : [];
    });
  }

  /** All of them: the blocks of both kernels are laid beside each other, which is many times faster than the view that shows them one by one. */
  #lonePlaces(here: KernelInfo, there: KernelInfo, wanted: Wanted): Place[] {
    const known = new Uint8Array(1 + (this.#statements.get<readonly [number | null]>('SELECT max(id) FROM definition')?.[0] ?? 0));
    for (const { definition } of this.#places(there, wanted)) known[definition] = 1;
    return [...this.#places(here, wanted)].filter(({ definition }) => known[definition] === 0);
  }

  *#places(kernel: KernelInfo, wanted: Wanted): IterableIterator<Place> {
    const rows = this.#statements.all<readonly [number, number, number, string]>(
      `SELECT image, base, first, ids FROM image_block x WHERE kernel = ?${inImages('x', [...imagesOf(kernel, wanted).keys()], wanted)}`, kernel.id,
    );
    for (const [image, base, first, ids] of rows) {
      for (let at = 0; at < ids.length; at++) {
        const code = ids.charCodeAt(at);
        if (code > 1) yield { definition: first + at, image, id: base + code - 2 };
      }
    }
  }

  #namedPlaces(here: KernelInfo, there: KernelInfo, wanted: Wanted, glob: string): Place[] {
    const one = (kernel: KernelInfo): Place[] => this.#statements.all<readonly [number, number, number]>(
      `SELECT d.id, x.image, x.btf_id FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id
       WHERE d.name >= ? AND d.name < ? AND d.name GLOB ? AND d.kind IN (${wanted.kinds.map((kind) => kindNumber[kind]).join(', ')})${inImages('x', [...imagesOf(kernel, wanted).keys()], wanted)}`,
      kernel.id, globPrefix(glob), prefixEnd(globPrefix(glob)), glob,
    ).map(([definition, image, id]) => ({ definition, image, id }));
    const known = new Set(one(there).map(({ definition }) => definition));
    return one(here).filter(({ definition }) => !known.has(definition));
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

  /** Names of system calls that only one side has with these arguments, or at all. */
  syscalls(before: KernelInfo, after: KernelInfo, glob: string): Lone<string> {
    const one = (here: KernelInfo, there: KernelInfo): readonly string[] => this.#statements
      .all<readonly [string]>(
        'SELECT x.name FROM syscall x WHERE x.kernel = ? AND x.name GLOB ? AND NOT EXISTS (SELECT 1 FROM syscall y WHERE y.kernel = ? AND y.name = x.name AND y.signature = x.signature) ORDER BY x.name',
        here.id, glob, there.id,
      )
      .map(([name]) => name);
    return this.#statements.together(() => ({ before: one(before, after), after: one(after, before) }));
  }

  /** Whether the catalog knows system calls of a kernel. */
  hasSyscalls(kernel: KernelInfo): boolean {
    return this.#statements.get('SELECT 1 FROM syscall WHERE kernel = ? LIMIT 1', kernel.id) !== undefined;
  }

  /** The names among those given that the kernel's symbol table has. */
  symbols(kernel: KernelInfo, names: readonly string[]): ReadonlySet<string> {
    const known = this.#statements.together(() => new Symbols(this.#statements, kernel.id).named(names));
    return new Set(known.flatMap(([name, , present]) => (present === 1 ? [name] : [])));
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
    return types.definition({ kind, name, key: `${imageId}/${definition}:${id}` });
  }
  const found: readonly Definition[] = types.find(kind, name ?? '');
  return found.find((each) => each.id === id && each.image === image) ?? types.byId(id, image);
}

/** An image has a definition under a BTF id. */
interface Place {
  readonly definition: number;
  readonly image: number;
  readonly id: number;
}

function imagesOf(kernel: KernelInfo, { vmlinuxOnly }: Wanted): ReadonlyMap<number, string> {
  return new Map(kernel.images.filter(({ name }) => !vmlinuxOnly || name === 'vmlinux' || name === headersImage).map(({ id, name }) => [id, name]));
}

function inImages(table: string, images: readonly number[], { vmlinuxOnly }: Wanted): string {
  return vmlinuxOnly ? ` AND ${table}.image IN (${images.join(', ')})` : '';
}
