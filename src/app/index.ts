// `btfly index` and `btfly kernels`: fills the catalog, says what is in it, takes kernels out of it.
import type { NotSupported } from '../base/errors.ts';
import { kernelFs } from '../base/kernelfs.ts';
import type { Progress } from '../index/ingest.ts';
import { ingestKernel } from '../index/ingest.ts';
import type { KernelReport } from '../index/kernelindex.ts';
import { catalogToWrite } from '../index/location.ts';
import type { Catalog, ImageInfo, KernelInfo, SourceKind } from '../index/reader.ts';
import { openCatalog } from '../index/reader.ts';
import { removeKernel, type Removed } from '../index/remove.ts';
import { ingestSources } from '../index/sources.ts';
import { partsOf } from '../source/image/parts.ts';
import { splitSource } from '../source/image/split.ts';
import { kernelCalled } from './called.ts';
import { interruptible } from './interrupt.ts';
import { catalogsOf, locationOf } from './kernel.ts';

export interface IndexRequest {
  /** --db */
  readonly db?: string | undefined;
  /** Files, packages and folders; none: the running kernel. */
  readonly sources: readonly string[];
  /** What to call the kernel. */
  readonly name?: string | undefined;
  /** Read again what is there. */
  readonly force?: boolean | undefined;
  /** Says what the work is at, and how much of it is done where that is known; an empty text ends it. */
  readonly progress?: ((text: string, fraction?: number) => void) | undefined;
}

export interface Indexed {
  /** The catalog's file. */
  readonly path: string;
  readonly kernels: readonly KernelReport[];
  /** Sources of which nothing was read, and why. */
  readonly failed: KernelReport['failed'];
  /** What the running kernel has and could not be looked at, with the ways out. */
  readonly missing: readonly NotSupported[];
}

/** One broken source does not keep the others out: it is in `failed`, here or at its kernel. Throws what writing the catalog throws. */
export async function indexSources(request: IndexRequest): Promise<Indexed> {
  const { path, shared } = catalogToWrite(locationOf(request));
  const options = {
    path, shared,
    force: request.force === true,
    ...(request.name === undefined ? {} : { name: request.name }),
    progress: (at: Progress): void => { request.progress?.(...progressText(at)); },
  };
  try {
    return await interruptible(async (signal) => {
      const sources = (await Promise.all(request.sources.map(splitSource))).flat();
      if (sources.length > 0) return { path, missing: [], ...(await ingestSources(sources, { ...options, signal }, partsOf)) };
      const { missing, ...kernel } = await ingestKernel(kernelFs, { ...options, signal });
      return { path, kernels: [kernel], failed: [], missing };
    });
  } finally {
    request.progress?.('');
  }
}

/** What the line of a terminal shows. */
export function progressText({ stage, what, done, total }: Progress): [text: string, fraction?: number] {
  if (done === undefined) return [`${stage === 'write' ? 'writing' : stage === 'read' ? 'reading' : stage === 'wait' ? 'waiting:' : ''} ${what}`];
  return total === undefined ? [`module ${done}: ${what}`] : [`module ${done} of ${total}: ${what}`, done / total];
}

/** A kernel and the catalog that has it. */
export interface ListedKernel {
  readonly path: string;
  readonly id: number;
  readonly name: string;
  readonly release: string | null;
  readonly arch: string | null;
  readonly buildId: string | null;
  readonly indexedAt: string;
  readonly images: number;
  /** Facts of all images. */
  readonly counts: Readonly<Partial<Record<SourceKind, number>>>;
}

/** Kernels of every catalog in sight, the one indexed last first. */
export function listKernels(choice: { readonly db?: string | undefined }): readonly ListedKernel[] {
  return eachCatalog(choice, (catalog) => catalog.kernels().map((kernel) => listed(catalog, kernel)));
}

export interface ShownKernel extends ListedKernel {
  readonly sources: readonly ImageInfo[];
}

/** @param text number, name, release or build-id. Throws UsageError when none or several fit. */
export function showKernel(text: string, choice: { readonly db?: string | undefined }): ShownKernel {
  const { catalog, kernel } = kernelCalled(catalogsOf(choice), text);
  try {
    return { ...listed(catalog, kernel), sources: kernel.images };
  } finally {
    catalog.close();
  }
}

export interface RemovedKernel extends Removed {
  readonly path: string;
  readonly kernel: string;
}

/** Takes a kernel out of the catalog that one would write to, with all that only it had. Throws UsageError when none or several fit. */
export async function forgetKernel(text: string, choice: { readonly db?: string | undefined; readonly progress?: ((text: string) => void) | undefined }): Promise<RemovedKernel> {
  const { path, shared } = catalogToWrite(locationOf(choice));
  const { catalog, kernel } = kernelCalled(catalogsOf(choice).filter((each) => each === path), text);
  catalog.close();
  const waiting = (): void => { choice.progress?.('waiting: the catalog is being written'); };
  try {
    choice.progress?.(`removing ${kernel.name}`);
    return { path, kernel: kernel.name, ...(await removeKernel(kernel.id, { path, shared, waiting })) };
  } finally {
    choice.progress?.('');
  }
}

function eachCatalog<T>(choice: { readonly db?: string | undefined }, read: (catalog: Catalog) => readonly T[]): readonly T[] {
  return catalogsOf(choice).flatMap((path) => {
    const catalog = openCatalog(path);
    if (!catalog) return [];
    try {
      return read(catalog);
    } finally {
      catalog.close();
    }
  });
}

function listed({ path }: Catalog, { id, name, release, arch, buildId, indexedAt, images }: KernelInfo): ListedKernel {
  const counts: Partial<Record<SourceKind, number>> = {};
  for (const { sources } of images) for (const { kind, count } of sources) counts[kind] = (counts[kind] ?? 0) + count;
  return { path, id, name, release, arch, buildId, indexedAt, images: images.length, counts };
}
