// `btfly check --kernel '6.*'`: on which kernels of the catalogs a script compiles, and what is wrong with it on the others.
import type { Diagnostic } from '../base/diagnostic.ts';
import { UsageError } from '../base/errors.ts';
import { globMatcher } from '../base/glob.ts';
import { openCatalog, type Catalog, type KernelInfo } from '../index/reader.ts';
import { compileOn, type ScriptRequest } from './compile.ts';
import { catalogsOf, locationOf, OpenKernel, type KernelChoice } from './kernel.ts';

export interface CheckedKernel {
  readonly name: string;
  readonly arch: string | null;
  /** Errors, warnings and notes, in order of the script. */
  readonly diagnostics: readonly Diagnostic[];
  /** There is no error. */
  readonly works: boolean;
}

/**
 * By name, numbers in it as numbers: 6.2 before 6.12. A kernel that stands in several catalogs is the first one's.
 * Throws UsageError where no name matches.
 * @param glob of names, as `btfly kernels` lists them
 */
export async function* checkKernels(glob: string, request: ScriptRequest, choice: KernelChoice): AsyncIterableIterator<CheckedKernel> {
  const catalogs = catalogsOf(choice).flatMap((path) => openCatalog(path) ?? []);
  try {
    for (const { catalog, kernel } of kernelsLike(catalogs, glob)) {
      choice.progress?.(`compiling for ${kernel.name}`);
      const opened = new OpenKernel(catalog, catalog.image({ kernel: { id: kernel.id } }));
      const { diagnostics } = await compileOn(opened, request, locationOf(choice));
      yield { name: kernel.name, arch: kernel.arch, diagnostics, works: !diagnostics.some(({ severity }) => severity === 'error') };
    }
  } finally {
    choice.progress?.('');
    for (const catalog of catalogs) catalog.close();
  }
}

function kernelsLike(catalogs: readonly Catalog[], glob: string): readonly { readonly catalog: Catalog; readonly kernel: KernelInfo }[] {
  const all = catalogs.flatMap((catalog) => catalog.kernels().map((kernel) => ({ catalog, kernel })));
  const matches = globMatcher(glob);
  const found = new Map(all.filter(({ kernel }) => matches(kernel.name)).toReversed().map((each) => [`${each.kernel.name} ${each.kernel.buildId ?? ''}`, each]));
  if (found.size === 0) throw new UsageError(`no kernel of the catalog is called like '${glob}'`, `there are: ${all.map(({ kernel }) => kernel.name).join(', ')}`);
  const { compare } = new Intl.Collator('en', { numeric: true });
  return [...found.values()].sort((a, b) => compare(a.kernel.name, b.kernel.name));
}
