// Reads sources into the catalog: a running kernel, a file. What an image has already is not read again.
import { createHash } from 'node:crypto';
import type { NotSupported } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import { readBtfFile } from '../source/btf/file.ts';
import { kernelOfFile } from './identity.ts';
import { indexKernel, type IngestOptions, type KernelReport } from './kernelindex.ts';
import { runningSources } from './running.ts';

export type { IngestOptions, Progress } from './kernelindex.ts';

export interface IngestResult extends KernelReport {
  /** What could not be looked at and why, with the ways out. */
  readonly missing: readonly NotSupported[];
}

/**
 * Everything that the running kernel tells: types of vmlinux and of loaded modules, tracepoint events, function names.
 * Throws NotSupported when it has no BTF, FormatError for BTF that breaks its rules.
 */
export async function ingestKernel(fs: KernelFs, options: IngestOptions): Promise<IngestResult> {
  const { missing, ...sources } = runningSources(fs, options.name);
  return { ...(await indexKernel(sources, options)), missing };
}

/** Types of vmlinux from a file: raw BTF or ELF, told apart by the bytes. Throws FormatError. */
export async function ingestFile(path: string, bytes: Uint8Array, options: IngestOptions): Promise<IngestResult> {
  const file = readBtfFile(path, bytes);
  const identity = { ...kernelOfFile(path, file.machine, file.buildId), ...(options.name === undefined ? {} : { name: options.name }) };
  const hash = createHash('sha256').update(file.bytes).digest('hex');
  const types = { source: { origin: path, digest: '', stamp: null }, hash, load: () => ({ ...file, hash }) };
  return { ...(await indexKernel({ identity, types, modules: { count: 0, sources: () => [] }, steps: [], late: () => [] }, options)), missing: [] };
}
