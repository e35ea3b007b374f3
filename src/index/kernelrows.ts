// A kernel's rows in the catalog while it is written: itself, its images, what was read into each.
import { UsageError } from '../base/errors.ts';
import type { Database, Statement } from './database.ts';
import type { KernelIdentity } from './identity.ts';
import type { ImageKey } from './mergetypes.ts';
import type { SourceKind } from './reader.ts';
import { forgetSymbols } from './symbols.ts';

/** What a source row says besides its kind. */
export interface SourceRow {
  readonly origin: string;
  readonly digest: string;
  readonly stamp: string | null;
}

/** The vmlinux image with that build-id, else with that very BTF and no other build-id. */
export function findVmlinux(db: Database, buildId: string | null, btfHash: string | null): ImageKey | undefined {
  const byId = db.prepare<[string | null], ImageKey>('SELECT kernel, id FROM image WHERE base IS NULL AND build_id = ?').get(buildId);
  if (byId !== undefined) return byId;
  return db
    .prepare<[string | null, string | null], ImageKey>(
      'SELECT kernel, id FROM image WHERE base IS NULL AND btf_hash = ? AND (build_id IS NULL OR ? IS NULL) ORDER BY id',
    )
    .get(btfHash, buildId);
}

export function kernelName(db: Database, kernel: number): string | undefined {
  return db.prepare<[number], string>('SELECT name FROM kernel WHERE id = ?').pluck().get(kernel);
}

export function hasSource(db: Database, image: number, kind: SourceKind, digest: string): boolean {
  return db.prepare('SELECT 1 FROM source WHERE image = ? AND kind = ? AND digest = ?').get(image, kind, digest) !== undefined;
}

/** A kernel that has no types of its own yet, of which its headers told: what comes of the same release is its vmlinux. */
function findWithoutTypes(db: Database, { release, arch }: KernelIdentity): ImageKey | undefined {
  return db
    .prepare<[string | null, string | null], ImageKey>(
      `SELECT i.kernel, i.id FROM kernel k JOIN image i ON i.kernel = k.id AND i.base IS NULL
       WHERE k.release = ? AND i.build_id IS NULL AND i.btf_hash IS NULL AND coalesce(k.arch = ?, 1) AND NOT EXISTS (SELECT 1 FROM source s WHERE s.image = i.id AND s.kind = 'btf')`,
    )
    .get(release, arch);
}

/** Inside the writer's transaction. */
export class KernelRows {
  readonly vmlinux: ImageKey;
  readonly #findModule: (name: string) => { id: number; build_id: string | null; btf_hash: string | null } | undefined;
  readonly #addModule: Statement;
  readonly #addSource: Statement;

  /**
   * Finds the kernel by its vmlinux, or makes it.
   * @param found its vmlinux where somebody has looked already; null: it is new
   */
  constructor(
    readonly db: Database,
    readonly identity: KernelIdentity,
    btf: { readonly hash: string | null; readonly pointerSize: number },
    found?: ImageKey | null,
  ) {
    const known = found === null ? undefined : (found ?? findVmlinux(db, identity.buildId, btf.hash) ?? findWithoutTypes(db, identity));
    this.vmlinux = known === undefined ? this.#insert(btf.pointerSize) : { kernel: known.kernel, id: known.id };
    if (btf.hash !== null) {
      db.prepare('UPDATE image SET btf_hash = ?, pointer_size = ?, build_id = coalesce(build_id, ?) WHERE id = ?').run(btf.hash, btf.pointerSize, identity.buildId, this.vmlinux.id);
    }
    db.prepare('UPDATE kernel SET release = coalesce(release, ?), arch = coalesce(arch, ?) WHERE id = ?').run(identity.release, identity.arch, this.vmlinux.kernel);
    const find = db.prepare<[number, string], { id: number; build_id: string | null; btf_hash: string | null }>(
      'SELECT id, build_id, btf_hash FROM image WHERE kernel = ? AND name = ? AND base IS NOT NULL',
    );
    this.#findModule = (name) => find.get(this.vmlinux.kernel, name);
    this.#addModule = db.prepare('INSERT INTO image (kernel, name, base, build_id, btf_hash, pointer_size) VALUES (?, ?, ?, ?, ?, (SELECT pointer_size FROM image WHERE id = ?))');
    this.#addSource = db.prepare('INSERT OR REPLACE INTO source (image, kind, origin, digest, stamp, read_at, count) VALUES (?, ?, ?, ?, ?, ?, ?)');
  }

  /** `known`: this very build was there before; `fresh`: it has nothing yet. Throws UsageError when that is another build, unless it is to be replaced. */
  module(name: string, identity: { readonly buildId: string | null; readonly hash: string }, replace: boolean): ImageKey & { readonly known: boolean; readonly fresh: boolean } {
    const { kernel, id: base } = this.vmlinux;
    // A build-id says it all; rows of modules are many, and a hash is long.
    const hash = identity.buildId === null ? identity.hash : null;
    const found = this.#findModule(name);
    if (found === undefined) return { kernel, id: Number(this.#addModule.run(kernel, name, base, identity.buildId, hash, base).lastInsertRowid), known: false, fresh: true };
    const same = found.build_id === null || identity.buildId === null ? found.btf_hash === null || found.btf_hash === identity.hash : found.build_id === identity.buildId;
    if (!same && !replace) {
      throw new UsageError(`${this.identity.name} has another build of module ${name} already (build-id ${found.build_id ?? 'not known'}, this one ${identity.buildId ?? 'not known'})`, '--force replaces it');
    }
    if (!same) this.db.prepare('UPDATE image SET build_id = ?, btf_hash = ? WHERE id = ?').run(identity.buildId, hash, found.id);
    return { kernel, id: found.id, known: same, fresh: false };
  }

  /** Images of the kernel's modules by name. */
  modules(): ReadonlyMap<string, ImageKey> {
    const { kernel } = this.vmlinux;
    const rows = this.db.prepare<[number], { id: number; name: string }>('SELECT id, name FROM image WHERE kernel = ? AND base IS NOT NULL').all(kernel);
    return new Map(rows.map(({ id, name }) => [name, { kernel, id }]));
  }

  read(image: ImageKey, kind: SourceKind, source: SourceRow, count: number): void {
    this.#addSource.run(image.id, kind, source.origin, source.digest, source.stamp, new Date().toISOString(), count);
  }

  /** The same was read from elsewhere, or from a file that was touched: it need not be opened next time. */
  seen(image: ImageKey, source: SourceRow): void {
    this.db.prepare("UPDATE source SET origin = ?, stamp = ? WHERE image = ? AND kind = 'btf'").run(source.origin, source.stamp, image.id);
  }

  /** Takes away what an image has from a source; shared definitions and formats stay. */
  forget(image: ImageKey, kind: SourceKind): void {
    for (const sql of forgetting[kind]) this.db.prepare(sql).run(image);
    this.db.prepare('DELETE FROM source WHERE image = ? AND kind = ?').run(image.id, kind);
  }

  touch(): void {
    this.db.prepare('UPDATE kernel SET indexed_at = ? WHERE id = ?').run(new Date().toISOString(), this.vmlinux.kernel);
  }

  #insert(pointerSize: number): ImageKey {
    const { name, arch, buildId, release } = this.identity;
    const kernel = this.db.prepare('INSERT INTO kernel (name, arch, release, indexed_at) VALUES (?, ?, ?, ?)').run(name, arch, release, new Date().toISOString());
    const image = this.db.prepare("INSERT INTO image (kernel, name, build_id, pointer_size) VALUES (?, 'vmlinux', ?, ?)").run(kernel.lastInsertRowid, buildId, pointerSize);
    return { kernel: Number(kernel.lastInsertRowid), id: Number(image.lastInsertRowid) };
  }
}

const events = (source: string): readonly string[] => [
  `DELETE FROM event WHERE kernel = @kernel AND image = @id AND source = '${source}'`,
  'DELETE FROM event_candidate WHERE kernel = @kernel AND image = @id',
];

/** With an image's `kernel` and `id`. Its blocks of definitions are replaced when the new ones are written (membership.ts). Events that tracefs told of modules stand with vmlinux's source. */
const forgetting: Readonly<Record<SourceKind, readonly string[]>> = {
  btf: [
    'DELETE FROM settlement WHERE image = @id',
    'DELETE FROM variable WHERE image = @id',
    'DELETE FROM tag WHERE image = @id',
    ...events('btf'),
  ],
  tracefs: ["DELETE FROM event WHERE kernel = @kernel AND source = 'tracefs'", "DELETE FROM syscall WHERE kernel = @kernel AND source = 'tracefs'"],
  image: [...events('image'), "DELETE FROM syscall WHERE kernel = @kernel AND source = 'image' AND (SELECT base FROM image WHERE id = @id) IS NULL"],
  kallsyms: [forgetSymbols('present')],
  functions: [forgetSymbols('traceable')],
  headers: ['DELETE FROM settlement WHERE image = @id'],
  macros: ['DELETE FROM macro_block WHERE kernel = @kernel'],
};
