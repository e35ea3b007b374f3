// Opens one kernel of the catalog for a command: the running one, indexed on first use, or one that the user names.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Arch } from '../base/arch.ts';
import { archOfNode, arches } from '../base/arch.ts';
import { NotSupported, SysError, UsageError } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import { kernelFs } from '../base/kernelfs.ts';
import type { Features } from '../bpf/features.ts';
import { featuresOf } from '../catalog/features.ts';
import { KernelProbes, probedKernel } from '../catalog/catalog.ts';
import { OldCatalog } from '../index/database.ts';
import { runningKernel } from '../index/identity.ts';
import type { LocationOptions } from '../index/location.ts';
import { catalogToWrite, catalogsToRead } from '../index/location.ts';
import type { Catalog, ImageTypes, KernelSelector } from '../index/reader.ts';
import { openCatalog } from '../index/reader.ts';
import { kernelCalled } from './called.ts';
import { interruptible } from './interrupt.ts';

/** Which kernel a command is about. */
export interface KernelChoice {
  /** --db */
  readonly db?: string | undefined;
  /** --kernel: a name, a number of `btfly kernels`, a build-id; undefined: the running one. */
  readonly kernel?: string | undefined;
  /** Says what long work is at; an empty text ends it. */
  readonly progress?: ((text: string) => void) | undefined;
}

export class OpenKernel {
  readonly arch: Arch;
  readonly #modules = new Map<string, ImageTypes>();
  #probes: KernelProbes | undefined;
  #features: Features | undefined;

  /** @param image the kernel as vmlinux sees it */
  constructor(
    readonly catalog: Catalog,
    readonly image: ImageTypes,
  ) {
    const { arch } = image.kernel;
    this.arch = (arch === 'x86_64' || arch === 'arm64' ? arches[arch] : archOfNode(process.arch)) ?? arches.x86_64;
  }

  /** Types as a probe in that module sees them; null is vmlinux. */
  types(module: string | null): ImageTypes {
    if (module === null || module === 'vmlinux') return this.image;
    const known = this.#modules.get(module);
    if (known) return known;
    const made = this.catalog.image({ kernel: { id: this.image.kernel.id }, module });
    this.#modules.set(module, made);
    return made;
  }

  get probes(): KernelProbes {
    this.#probes ??= new KernelProbes(probedKernel(this.image, this.arch, (module) => this.types(module)));
    return this.#probes;
  }

  get features(): Features {
    this.#features ??= featuresOf(this.image);
    return this.#features;
  }
}

/** Throws UsageError for a kernel that is not in the catalog, NotSupported when the running one has no BTF and its headers are not there either. */
export async function openKernel(choice: KernelChoice, fs: KernelFs = kernelFs): Promise<OpenKernel> {
  const catalogs = catalogsOf(choice);
  if (choice.kernel !== undefined) return openNamed(catalogs, choice.kernel);
  const { buildId, name } = runningKernel(fs);
  const selector: KernelSelector = buildId === null ? { text: name } : { buildId };
  const found = findCurrent(catalogs, selector);
  if (found && (found.image.has('tracefs') || !tracefsReadable(fs))) return found;
  found?.catalog.close();
  const alone = fs.head('/sys/kernel/btf/vmlinux', 1) === undefined ? findCurrent(catalogs, { text: name }) : undefined;
  if (alone?.image.has('headers') === true) return alone;
  alone?.catalog.close();
  const location = locationOf(choice);
  await index(location, choice, fs);
  const indexed = find(catalogs, selector);
  if (!indexed) throw new NotSupported('catalog', `the running kernel (${name}) is not in ${catalogToWrite(location).path} after indexing it`);
  return indexed;
}

/** The catalogs to read, the first that has the kernel wins. Throws UsageError for one that the user names and that is not there. */
export function catalogsOf(choice: KernelChoice): readonly string[] {
  const { db } = choice;
  if (db !== undefined && !existsSync(db)) throw new UsageError(`there is no catalog ${db}`, `btfly index --db ${db} reads the running kernel into a new one`);
  return catalogsToRead(locationOf(choice));
}

/** Where catalogs are, from the words of the user and the process that asks. */
export function locationOf(choice: KernelChoice): LocationOptions {
  return { env: process.env, home: homedir(), uid: process.geteuid?.() ?? -1, ...(choice.db === undefined ? {} : { db: choice.db }) };
}

function find(catalogs: readonly string[], selector: KernelSelector): OpenKernel | undefined {
  for (const path of catalogs) {
    const catalog = openCatalog(path);
    if (!catalog) continue;
    if (catalog.findKernel(selector)) return new OpenKernel(catalog, catalog.image({ kernel: selector }));
    catalog.close();
  }
  return undefined;
}

/** A catalog of an earlier version is brought up to date by the index that follows. */
function findCurrent(catalogs: readonly string[], selector: KernelSelector): OpenKernel | undefined {
  try {
    return find(catalogs, selector);
  } catch (error) {
    if (error instanceof OldCatalog) return undefined;
    throw error;
  }
}

function openNamed(catalogs: readonly string[], text: string): OpenKernel {
  const { catalog, kernel } = kernelCalled(catalogs, text);
  return new OpenKernel(catalog, catalog.image({ kernel: { id: kernel.id } }));
}

/** First use: what was indexed without tracefs (by somebody who may not read it) gains it when it can be read. */
export function tracefsReadable(fs: KernelFs): boolean {
  try {
    return (fs.list('/sys/kernel/tracing/events') ?? fs.list('/sys/kernel/debug/tracing/events')) !== undefined;
  } catch (error) {
    // EACCES: not for this user; the catalog answers with what it has.
    if (error instanceof SysError) return false;
    throw error;
  }
}

async function index(location: LocationOptions, choice: KernelChoice, fs: KernelFs): Promise<void> {
  // Only a first use pays for loading the readers.
  const { ingestKernel } = await import('../index/ingest.ts');
  const { path, shared } = catalogToWrite(location);
  try {
    await interruptible((signal) => ingestKernel(fs, { path, shared, signal, progress: ({ what }) => { choice.progress?.(`indexing the running kernel: ${what}`); } }));
  } finally {
    choice.progress?.('');
  }
}
