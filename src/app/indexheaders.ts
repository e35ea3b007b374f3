// `btfly index --headers`: what kernel headers say, into the catalog beside what else is known of that kernel.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { kernelFs } from '../base/kernelfs.ts';
import { ingestHeaders, type HeaderReport, type HeaderSource } from '../index/headers.ts';
import { runningSteps, sortSources } from '../index/headersteps.ts';
import { runningKernel } from '../index/identity.ts';
import { catalogToWrite } from '../index/location.ts';
import { ingestSources } from '../index/sources.ts';
import type { HeaderFacts } from '../source/headers/facts.ts';
import { openTree, type HeaderTree } from '../source/headers/tree/tree.ts';
import { readTree } from '../source/headers/whole.ts';
import { partsOf } from '../source/image/parts.ts';
import { progressText, type Indexed, type IndexRequest } from './index.ts';
import { interruptible } from './interrupt.ts';
import { locationOf } from './kernel.ts';

export interface HeadersRequest extends IndexRequest {
  /** A folder or archive with headers; undefined: those of the running kernel. */
  readonly headers: string | undefined;
  /** autoconf.h or .config of another place. */
  readonly config?: string | undefined;
}

export interface HeadersIndexed extends Indexed {
  readonly headers: {
    /** How many were read; 0 when all was there already. */
    readonly files: number;
    /** What could not be read of them. */
    readonly problems: HeaderReport['problems'];
    /** What the tree says of itself that one should know. */
    readonly notes: readonly string[];
  };
}

/** Reads all headers of a tree. */
export type ReadTree = (tree: HeaderTree) => HeaderFacts;

/** Throws UsageError for headers that are not there, not configured, or of another kernel than the one that is named. */
export async function indexHeaders(request: HeadersRequest, read: ReadTree = readTree): Promise<HeadersIndexed> {
  const { path, shared } = catalogToWrite(locationOf(request));
  const tree = await openTree(request.headers ?? ownHeaders(), { config: request.config });
  const source = headerSource(tree, read);
  const options = {
    path, shared,
    force: request.force === true,
    ...(request.name === undefined ? {} : { name: request.name }),
    progress: (at: Parameters<typeof progressText>[0]): void => { request.progress?.(...progressText(at)); },
  };
  try {
    return await interruptible(async (signal) => {
      const { steps, others } = await sortSources(request.sources, partsOf);
      const before = others.length === 0 ? { kernels: [], failed: [] } : await ingestSources(others, { ...options, signal }, partsOf);
      const { files, problems, ...kernel } = await ingestHeaders(source, { ...options, signal, steps: steps.length > 0 ? steps : runningSteps(kernelFs, source.release) });
      return { path, missing: [], failed: before.failed, kernels: [...before.kernels, kernel], headers: { files, problems, notes: tree.notes } };
    });
  } finally {
    request.progress?.('');
  }
}

function headerSource(tree: HeaderTree, read: ReadTree): HeaderSource {
  const { path: origin, release = null, config } = tree;
  return { origin, release, arch: config.arch, digest: digestOf(tree), roots: config.system, load: () => read(tree) };
}

/** Other headers are of another release, or configured otherwise. */
function digestOf({ files, config }: HeaderTree): string {
  const generated = config.system.flatMap((folder) => ['autoconf.h', 'utsrelease.h', 'compile.h'].map((name) => files.read(`${folder}/generated/${name}`) ?? ''));
  return createHash('sha1').update(JSON.stringify([readerVersion, config, generated])).digest('hex');
}

/** Another number, and headers that are known are read again. */
const readerVersion = 1;

/** Where the headers of the running kernel are. Throws UsageError where they are not. */
function ownHeaders(): string {
  const { release } = runningKernel(kernelFs);
  const places = [`/lib/modules/${release ?? ''}/build`, '/sys/kernel/kheaders.tar.xz'];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new UsageError(`the headers of the running kernel (${release ?? ''}) are not here: neither ${places.join(' nor ')}`, 'install its linux-headers package, modprobe kheaders, or say --headers DIR');
  return found;
}
