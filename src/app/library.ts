// `import { openCatalog } from 'btfly'`: every question of the command line as a function, over one catalog that stays open.
// An answer is plain data; text() is what the command prints, json() what it prints with --json. Offsets and sizes are in bytes.
import { existsSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { listing, type Listing } from '../catalog/list.ts';
import type { DefinitionKind } from '../ctype/ctype.ts';
import type { Types } from '../ctype/types.ts';
import { Queries, type Cell } from '../index/query.ts';
import { openCatalog as openReader, type Catalog as CatalogReader, type ImageTypes, type KernelInfo } from '../index/reader.ts';
import type { FindQuestion } from '../resolve/find.ts';
import { find as findIn } from '../resolve/find.ts';
import { Layouts, type Layout } from '../resolve/layout.ts';
import type { WaysOptions } from '../resolve/ways.ts';
import { atIn, type AtAnswer } from './at.ts';
import { constantsIn, type ConstantsAnswer } from './const.ts';
import { describe, type DescribeKind, type Description } from './describe.ts';
import { diffIn, type Differences } from './diff.ts';
import { findAnswer, type FindAnswer } from './find.ts';
import { headerText } from './header.ts';
import { catalogsOf, openKernel as openForCommand, OpenKernel, type KernelChoice } from './kernel.ts';
import { offsetIn, type OffsetAnswer } from './offset.ts';
import { pathIn, type PathAnswer } from './path.ts';
import { probesIn, type ProbesAnswer, type ProbesRequest } from './probes.ts';
import { namedRecords, typeName } from './typename.ts';
import { variablesIn, type VariablesAnswer } from './var.ts';

export { FormatError, NotSupported, SysError, UsageError } from '../base/errors.ts';
export { indexSources as index } from './index.ts';
export { indexHeaders } from './indexheaders.ts';
export type { Catalog, Cell, Kernel, KernelInfo, Layout, Listing };
export type { AtAnswer, ConstantsAnswer, Description, Differences, FindAnswer, FindQuestion, KernelChoice, OffsetAnswer, PathAnswer, ProbesAnswer, ProbesRequest, VariablesAnswer, WaysOptions };

/**
 * Opens a catalog that is there: `db`, else BTFLY_DB, /var/lib/btfly/catalog.db, or the user's. Nothing is read before a question asks for it.
 * Throws UsageError where there is none, FormatError for a file that is no catalog, NotSupported where it may not be read.
 */
export function openCatalog(options: { readonly db?: string } = {}): Catalog {
  for (const path of catalogsOf(options)) {
    const reader = existsSync(path) ? openReader(path) : undefined;
    if (reader !== undefined) return new Catalog(reader);
  }
  throw new UsageError(`${options.db ?? 'the catalog'} is empty`, 'btfly index reads the running kernel into it');
}

/** The running kernel, or one that is named; like a command it indexes the running one where that is not there yet. Its catalog is closed with `kernel.catalog.close()`. */
export async function openKernel(choice: KernelChoice = {}): Promise<Kernel> {
  const opened = await openForCommand(choice);
  return new Kernel(opened, new Catalog(opened.catalog));
}

/** One file with many kernels. What it was asked once it keeps: open it again to see what another process has indexed since. */
class Catalog {
  readonly #reader: CatalogReader;
  readonly #kernels = new Map<number, Kernel>();
  #queries: Queries | undefined;

  constructor(reader: CatalogReader) {
    this.#reader = reader;
  }

  /** The file. */
  get path(): string {
    return this.#reader.path;
  }

  /** The one indexed last first. */
  kernels(): readonly KernelInfo[] {
    return this.#reader.kernels();
  }

  /** @param name as `--kernel` takes it: a name, the beginning of one, a build-id; without it the kernel indexed last. Throws UsageError where none or several fit. */
  kernel(name?: string): Kernel {
    const image = name === undefined ? this.#reader.image() : this.#image(name);
    const known = this.#kernels.get(image.kernel.id);
    if (known !== undefined) return known;
    const made = new Kernel(new OpenKernel(this.#reader, image), this);
    this.#kernels.set(image.kernel.id, made);
    return made;
  }

  /** What the later kernel has that the earlier has not, and the other way round. @param name `struct sock`, `tcp_*`, `t:sched:*`; without it everything */
  diff(before: string, after: string, name?: string): Differences {
    return diffIn(this.#image(before), this.#image(after), this.path, name);
  }

  /** One reading statement over the views of db/README.md. Integers that a double cannot hold are bigint. */
  sql(query: string): readonly Readonly<Record<string, Cell>>[] {
    this.#queries ??= new Queries(this.path, undefined);
    const { columns, rows } = this.#queries.ask(query);
    return [...rows].map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])));
  }

  close(): void {
    this.#queries?.close();
    this.#reader.close();
  }

  #image(kernel: string): ImageTypes {
    return this.#reader.image({ kernel: { text: kernel } });
  }
}

/** One kernel of an open catalog. Names may say more: `workspace#2` is the second of that name, `nf_conn@nf_conntrack` a module's. What is not there throws UsageError, with what is near. */
class Kernel {
  readonly #open: OpenKernel;
  readonly #layouts = new Map<unknown, Layouts>();

  constructor(
    open: OpenKernel,
    readonly catalog: Catalog,
  ) {
    this.#open = open;
  }

  get info(): KernelInfo {
    return this.#open.image.kernel;
  }

  /** Its types as vmlinux sees them, for walks of one's own. */
  get types(): Types {
    return this.#open.image;
  }

  /** Names of definitions that match a glob, sorted, each once. */
  names(kind: DefinitionKind, glob = '*'): readonly string[] {
    return this.#open.image.names(kind, glob);
  }

  /** Where the members of a struct, a union or a typedef of one lie, with holes and alignment; of an ambiguous name every one. */
  layout(name: string): readonly Layout[] {
    const wanted = typeName(name);
    const types = this.#open.types(wanted.image ?? null);
    let layouts = this.#layouts.get(types);
    if (layouts === undefined) this.#layouts.set(types, layouts = new Layouts(types));
    return this.#open.catalog.together(() => namedRecords(types, wanted).map(({ record }) => layouts.of(record)));
  }

  /** A name, a glob, or the way to a member: `sock.__sk_common.skc_daddr`. */
  struct(name: string): Description {
    return this.#describe('struct', name);
  }

  union(name: string): Description {
    return this.#describe('union', name);
  }

  enum(name: string): Description {
    return this.#describe('enum', name);
  }

  /** A function's prototype. */
  func(name: string): Description {
    return this.#describe('func', name);
  }

  /** What a name of any kind stands for. */
  type(name: string): Description {
    return this.#describe('type', name);
  }

  /** Where members lie. @param members behind the type: `__sk_common.skc_daddr`, `sk_socket->file` */
  offset(type: string, ...members: readonly string[]): OffsetAnswer {
    return offsetIn((image) => this.#open.types(image), [type, ...members]);
  }

  /** What lies at a byte of a type. @param width bytes that are looked at */
  at(type: string, offset: number, width = 1): AtAnswer {
    return atIn((image) => this.#open.types(image), { type, offset, width });
  }

  /** Members, structs and functions by what they are like. */
  find(question: FindQuestion): FindAnswer {
    return findAnswer(findIn({ search: this.#open.catalog.search(this.info), types: (image) => this.#open.types(image) }, question));
  }

  /** The nearest ways from one type to another. */
  path(from: string, to: string, { max = 10, hops = 4 }: Partial<WaysOptions> = {}): PathAnswer {
    return pathIn(this.#open.catalog.search(this.info), this.#open.image, { from, to }, { max, hops });
  }

  /** Probes that hand over values of types. */
  probes({ args = [], returns, pattern }: Partial<ProbesRequest>): ProbesAnswer {
    return probesIn(this.#open.probes.kernel, this.#open.catalog.probeSearch(this.info), { args, returns, pattern });
  }

  /** Probes and types that match, as `btfly -l` lists them: `kprobe:tcp_*`, `t:sched:*`, `struct task_*`. @param verbose with arguments and members, as -lv */
  list(pattern: string, verbose = false): Listing {
    return listing(this.#open.probes.kernel, pattern, verbose);
  }

  /** Macros of headers, and enumerators. */
  constants(name: string): ConstantsAnswer {
    return constantsIn(this.catalog.path, this.info, name);
  }

  /** Per-CPU variables. */
  variables(name: string): VariablesAnswer {
    return variablesIn(this.#open.image, this.catalog.path, name);
  }

  /** All its types as C, vmlinux.h; or a module's. */
  header(module?: string): string {
    return headerText(this.#open.types(module ?? null), module);
  }

  #describe(kind: DescribeKind, name: string): Description {
    return this.#open.catalog.together(() => describe(this.#open, kind, name));
  }
}
