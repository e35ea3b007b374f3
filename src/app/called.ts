// The kernel that a person means, over all catalogs in sight: a name, a number of `btfly kernels`, a release, the beginning of a name (6.1, 6.1.0-56), a build-id.
import { UsageError } from '../base/errors.ts';
import { openCatalog, type Catalog, type KernelInfo } from '../index/reader.ts';

export interface Called {
  /** The caller closes it. */
  readonly catalog: Catalog;
  readonly kernel: KernelInfo;
}

/**
 * The whole of a name in any catalog wins over the beginning of one in an earlier catalog; a kernel that stands in several is the first catalog's.
 * Throws UsageError, with the kernels that it may mean or that there are, where it is none or several.
 * @param paths catalogs, the one that wins first
 */
export function kernelCalled(paths: readonly string[], text: string): Called {
  const catalogs = paths.flatMap((path) => openCatalog(path) ?? []);
  try {
    const found = catalogs.map((catalog) => ({ catalog, ...catalog.kernelsCalled(text) }));
    const best = found.some(({ exact }) => exact) ? found.filter(({ exact }) => exact) : found;
    const all = best.flatMap(({ catalog, kernels }) => kernels.map((kernel) => ({ catalog, kernel })));
    const [first, ...others] = all;
    if (first === undefined) throw notThere(catalogs, text);
    if (others.some(({ catalog, kernel }) => catalog === first.catalog || kernel.name !== first.kernel.name)) throw several(all, text);
    for (const catalog of catalogs) if (catalog !== first.catalog) catalog.close();
    return first;
  } catch (error) {
    for (const catalog of catalogs) catalog.close();
    throw error;
  }
}

function several(all: readonly Called[], text: string): UsageError {
  return new UsageError(`'${text}' may mean several kernels`, `they are: ${list(all)}`);
}

function notThere(catalogs: readonly Catalog[], text: string): UsageError {
  const all = catalogs.flatMap((catalog) => catalog.kernels().map((kernel) => ({ catalog, kernel })));
  return new UsageError(`no kernel '${text}' in the catalog`, all.length === 0 ? 'the catalog is empty: btfly index FILE reads a kernel into it' : `there are: ${list(all)}`);
}

function list(all: readonly Called[]): string {
  const places = new Set(all.map(({ catalog }) => catalog.path)).size > 1;
  return all.map(({ catalog, kernel: { id, name } }) => `${id}: ${name}${places ? ` in ${catalog.path}` : ''}`).join(', ');
}
