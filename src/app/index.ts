// `btfly index` and `btfly kernels`: fills the catalog and says what is in it.
import { readFileSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { kernelFs } from '../base/kernelfs.ts';
import type { IngestResult } from '../index/ingest.ts';
import { ingestFile, ingestKernel } from '../index/ingest.ts';
import { catalogToWrite, catalogsToRead } from '../index/location.ts';
import type { KernelInfo } from '../index/reader.ts';
import { openCatalog } from '../index/reader.ts';
import type { KernelChoice } from './kernel.ts';
import { locationOf } from './kernel.ts';

export interface IndexRequest extends KernelChoice {
  /** Raw BTF, or an ELF with `.BTF`; undefined: the running kernel. */
  readonly file: string | undefined;
  readonly name: string | undefined;
  readonly force: boolean;
}

export interface Indexed extends IngestResult {
  /** The catalog's file. */
  readonly path: string;
}

export async function indexKernel(request: IndexRequest): Promise<Indexed> {
  const { path, shared } = catalogToWrite(locationOf(request));
  const options = {
    path,
    shared,
    force: request.force,
    ...(request.name === undefined ? {} : { name: request.name }),
    progress: ({ what }: { readonly what: string }): void => { request.progress?.(`indexing ${request.file ?? 'the running kernel'}: ${what}`); },
  };
  try {
    const result = request.file === undefined ? await ingestKernel(kernelFs, options) : await ingestFile(request.file, readSource(request.file), options);
    return { ...result, path };
  } finally {
    request.progress?.('');
  }
}

/** Kernels of every catalog in sight, with the file that has each. */
export function listKernels(choice: KernelChoice): readonly { readonly path: string; readonly kernel: KernelInfo }[] {
  return catalogsToRead(locationOf(choice)).flatMap((path) => {
    const catalog = openCatalog(path);
    if (!catalog) return [];
    const kernels = catalog.kernels().map((kernel) => ({ path, kernel }));
    catalog.close();
    return kernels;
  });
}

function readSource(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read '${file}': ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}
