// Many sources of many kernels into the catalog: grouped by kernel, one kernel after the other, past what is broken.
import { createHash } from 'node:crypto';
import { UsageError } from '../base/errors.ts';
import { kernelFsAt } from '../base/kernelfs.ts';
import { parseBtf } from '../source/btf/btf.ts';
import type { Part } from '../source/image/parts.ts';
import { imageSymbolsText } from '../source/ksyms/image.ts';
import { readFunctionSymbols } from '../source/ksyms/ksyms.ts';
import { scanEvents } from '../source/tracefs/scan.ts';
import { openExisting } from './database.ts';
import { worldSaidNo } from './failures.ts';
import { groupSources, stampOf, type KernelParts, type ModuleParts, type PartOf } from './grouping.ts';
import type { KernelIdentity } from './identity.ts';
import { indexKernel, type BaseTypes, type IngestOptions, type KernelReport, type KernelSources, type LoadedTypes, type Merging, type Step } from './kernelindex.ts';
import type { ModuleSource } from './moduleloader.ts';
import { imageMerging, symbolsMerging } from './steps.ts';
import { tracingSteps } from './tracing.ts';
import type { TypesFile } from './typesfile.ts';

export interface SourcesReport {
  readonly kernels: readonly KernelReport[];
  /** Sources of which nothing was read. */
  readonly failed: KernelReport['failed'];
}

/** The parts of a path, vmlinux before modules. */
export type OpenSource = (path: string) => AsyncGenerator<Part>;

/** Throws UsageError for a name for several kernels, and what writing the catalog throws; what is broken among the sources is in the report. */
export async function ingestSources(sources: readonly string[], options: IngestOptions, open: OpenSource): Promise<SourcesReport> {
  const unread = options.force === true ? sources : sources.filter((source) => !wholeArchiveKnown(options.path, source));
  const { kernels, failed } = await groupSources(unread, open);
  if (options.name !== undefined && kernels.length > 1) {
    throw new UsageError(`--name ${options.name}: the sources are of ${kernels.length} kernels`, 'index them one by one');
  }
  const reports: KernelReport[] = [];
  const broken = [...failed];
  for (const kernel of kernels) {
    try {
      reports.push(await indexKernel(await kernelSources(kernel, options, open), options));
    } catch (error) {
      broken.push({ source: kernel.types?.part.path ?? kernel.modules[0]?.source ?? kernel.release ?? '', error: worldSaidNo(error) });
    } finally {
      kernel.types?.close();
    }
  }
  return { kernels: reports, failed: broken };
}

/** Modules that came out of this very archive are there, and so is the rest of it. */
function wholeArchiveKnown(path: string, source: string): boolean {
  const stamp = stampOf(source, source);
  const db = stamp === null ? undefined : openExisting(path);
  if (db === undefined) return false;
  try {
    return db.prepare("SELECT 1 FROM source WHERE stamp = ? AND substr(origin, 1, length(?)) = ? AND kind = 'btf'").get(stamp, `${source}: `, `${source}: `) !== undefined;
  } finally {
    db.close();
  }
}

async function kernelSources(parts: KernelParts, options: IngestOptions, open: OpenSource): Promise<KernelSources> {
  const { types: file } = parts;
  const { types, identity } = file === undefined ? knownTypes(parts, options, open) : await fileTypes(file, options);
  const named: KernelIdentity = { ...identity, ...(options.name === undefined || file === undefined ? {} : { name: options.name }) };
  return {
    identity: named, types,
    modules: { count: moduleCount(parts.modules), sources: () => moduleSources(parts.modules) },
    steps: [...(file?.part.kind === 'vmlinux' ? imageSteps(file) : []), ...symbolSteps(parts.symbols), ...tracefsSteps(parts.tracefs)],
    late: () => symbolSteps(parts.modules.flatMap(({ late }) => late.filter((part) => part.kind === 'symbols'))),
  };
}

interface Head {
  readonly types: BaseTypes;
  readonly identity: KernelIdentity;
}

/** The very file that was read before is opened again only if something is wanted of it. */
async function fileTypes(file: TypesFile, { path, force }: IngestOptions): Promise<Head> {
  const { stamp, part: { path: origin } } = file;
  const known = force === true || stamp === null ? undefined : findKernel(path, 's.origin = @origin AND s.stamp = @stamp', { origin, stamp });
  const { identity, hash } = known === undefined ? await file.open() : { identity: known, hash: known.hash };
  return { types: { source: { origin, digest: '', stamp }, hash, load: () => file.open() }, identity };
}

/** A kernel that the catalog has: its vmlinux is opened again where it was read. */
function knownTypes({ release }: KernelParts, options: IngestOptions, open: OpenSource): Head {
  const wanted = options.name ?? release;
  const row = wanted === null ? undefined : findKernel(options.path, 'k.name = @wanted OR k.release = @wanted', { wanted });
  const hint = 'btfly index VMLINUX and these together';
  if (row === undefined) throw new UsageError(`vmlinux of ${wanted ?? 'their kernel'} is neither among the sources nor in the catalog`, hint);
  const load = async (): Promise<LoadedTypes> => {
    for await (const part of open(row.origin.split(': ')[0] ?? row.origin)) {
      const bytes = part.kind === 'vmlinux' ? (await part.load()).btf : part.kind === 'btf' ? await part.load() : undefined;
      if (bytes !== undefined && sha256(bytes) === row.hash) return { btf: parseBtf(part.path, bytes), bytes, hash: row.hash };
      if (part.kind === 'module') break;
    }
    throw new UsageError(`${row.origin}: the BTF of ${row.name} is not there any more`, hint);
  };
  return { types: { source: { origin: row.origin, digest: '', stamp: null }, hash: row.hash, load }, identity: { ...row, release: row.release ?? release } };
}

interface KnownKernel extends KernelIdentity {
  readonly hash: string;
  readonly origin: string;
}

function findKernel(path: string, condition: string, values: Readonly<Record<string, string>>): KnownKernel | undefined {
  const db = openExisting(path);
  if (db === undefined) return undefined;
  try {
    return db
      .prepare<[Readonly<Record<string, string>>], KnownKernel>(
        `SELECT k.name, k.arch, k.release, i.build_id AS buildId, i.btf_hash AS hash, s.origin
         FROM kernel k JOIN image i ON i.kernel = k.id AND i.name = 'vmlinux' JOIN source s ON s.image = i.id AND s.kind = 'btf'
         WHERE ${condition} ORDER BY k.indexed_at DESC`,
      )
      .get(values);
  } finally {
    db.close();
  }
}

function moduleCount(modules: readonly ModuleParts[]): number | undefined {
  return modules.some(({ count }) => count === undefined) ? undefined : modules.reduce((sum, { count }) => sum + (count ?? 0), 0);
}

async function* moduleSources(modules: readonly ModuleParts[]): AsyncGenerator<ModuleSource> {
  for (const { source, parts } of modules) {
    for await (const part of parts()) {
      const own = stampOf(part.path, part.path);
      yield {
        origin: part.path, name: null, buildId: null, stamp: own ?? stampOf(source, source),
        file: own === null ? undefined : part.path, load: () => part.load(),
      };
    }
  }
}

/** Tracepoints and system calls out of the image's data. */
function imageSteps(file: TypesFile): readonly Step[] {
  return [{
    kind: 'image', origin: file.part.path, digest: '', stamp: file.stamp,
    load: async () => {
      const { memory, btf } = await file.open();
      return memory === undefined ? undefined : imageMerging(scanEvents(memory, btf));
    },
  }, {
    kind: 'kallsyms', origin: file.part.path, digest: '', stamp: file.stamp,
    load: async () => {
      const { memory } = await file.open();
      return memory === undefined ? undefined : symbols(imageSymbolsText(memory));
    },
  }];
}

function symbolSteps(tables: readonly PartOf<'symbols'>[]): readonly Step[] {
  return tables.slice(0, 1).map((part) => ({
    kind: 'kallsyms', origin: part.path, digest: '', stamp: null,
    load: async () => symbols(await part.load()),
  }));
}

/** A table without functions says nothing: it was left out of the kernel, or is a stub. */
function symbols(text: string): Merging | undefined {
  const found = readFunctionSymbols(text);
  return found.length === 0 ? undefined : symbolsMerging(found);
}

function tracefsSteps(folders: readonly PartOf<'tracefs'>[]): readonly Step[] {
  return folders.slice(0, 1).flatMap(({ path }) => tracingSteps(kernelFsAt(path), '', path, ''));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
