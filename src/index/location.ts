// Where catalogs are looked for: --db, BTFLY_DB, /var/lib/btfly/catalog.db, the user's cache folder.
import { join } from 'node:path';

export interface LocationOptions {
  /** `--db FILE`. */
  readonly db?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Effective user id. */
  readonly uid: number;
}

export const systemCatalog = '/var/lib/btfly/catalog.db';

/** Catalogs to read, the first that has the kernel wins; one only where the user named it. */
export function catalogsToRead(options: LocationOptions): readonly string[] {
  const named = options.db ?? nonEmpty(options.env.BTFLY_DB);
  return named === undefined ? [systemCatalog, userCatalog(options)] : [named];
}

/** The catalog that an index writes to. `shared`: for everybody on the machine, world-readable. */
export function catalogToWrite(options: LocationOptions): { readonly path: string; readonly shared: boolean } {
  const named = options.db ?? nonEmpty(options.env.BTFLY_DB);
  if (named !== undefined) return { path: named, shared: false };
  return options.uid === 0 ? { path: systemCatalog, shared: true } : { path: userCatalog(options), shared: false };
}

function userCatalog(options: LocationOptions): string {
  return join(cacheFolder(options), 'catalog.db');
}

/** Where what was read of headers that scripts include is kept. */
export function headerCache(options: LocationOptions): string {
  return join(cacheFolder(options), 'headers');
}

/** Where answers are kept that took long to find. */
export function answerCache(options: LocationOptions): string {
  return join(cacheFolder(options), 'answers');
}

/** XDG Base Directory Specification: `$XDG_CACHE_HOME`, else `~/.cache`. */
function cacheFolder(options: LocationOptions): string {
  return join(nonEmpty(options.env.XDG_CACHE_HOME) ?? join(options.home, '.cache'), 'btfly');
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
