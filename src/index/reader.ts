// The catalog opened for reading: which kernels it holds, and the types, functions and tracepoints of each.
// Every answer is read when it is asked for; opening reads nothing but the schema version.
import { append } from '../base/append.ts';
import { UsageError } from '../base/errors.ts';
import type { Definition, DefinitionKind, DefinitionOf, FunctionType, Param } from '../ctype/ctype.ts';
import type { Types } from '../ctype/types.ts';
import { openForReading, type Database } from './database.ts';
import type { Everything } from './everything.ts';
import { CatalogTypes } from './imagetypes.ts';
import { Search } from './search.ts';
import { ProbeSearch } from './searchprobes.ts';
import type { EventConfidence, EventSource } from './mergeevents.ts';
import { Sight } from './sight.ts';
import { Statements } from './statements.ts';
import type { SyscallSignature } from './syscalls.ts';

/**
 * Opens a catalog; undefined when there is none, or nothing was ever written to it. Throws FormatError for a file that is no catalog,
 * UsageError for one of another version, NotSupported when it may not be read.
 */
export function openCatalog(path: string): Catalog | undefined {
  const db = openForReading(path);
  return db === undefined ? undefined : new CatalogReader(path, db);
}

/** One catalog file. */
export interface Catalog {
  readonly path: string;

  /** Every kernel, newest index first. */
  kernels(): readonly KernelInfo[];

  /**
   * The view of one kernel. Throws UsageError, with what there is, when the selector fits none or several.
   * The instance caches what it has read; make one per run.
   */
  image(selector?: ImageSelector): ImageTypes;

  /** Like `image`, undefined when nothing fits. */
  findKernel(selector: KernelSelector): KernelInfo | undefined;

  /** Every kernel that a word of a person may mean, those of its best sense only: a name, a number, a release, the beginning of a name or of a build-id. */
  kernelsCalled(text: string): KernelsCalled;

  /** Questions about all types of one of the kernels at once. */
  search(kernel: KernelInfo): Search;

  /** Questions about what the probes of one of the kernels hand over. */
  probeSearch(kernel: KernelInfo): ProbeSearch;

  /** Runs reads under one lock of the file: taking it costs as much as a look-up. Keep it short, a writer waits for it. */
  together<T>(read: () => T): T;

  close(): void;
}

/** A kernel's row, its build-id, or a word of a person: see `kernelsCalled`. */
export type KernelSelector = { readonly id: number } | { readonly buildId: string } | { readonly text: string };

export interface KernelsCalled {
  /** The word is all of a name, a number or a release, not the beginning of something. */
  readonly exact: boolean;
  readonly kernels: readonly KernelInfo[];
}

export interface ImageSelector {
  /** Without it: the only kernel, or else the one indexed last. */
  readonly kernel?: KernelSelector;
  /** A module whose definitions come before those of vmlinux. */
  readonly module?: string;
}

export interface KernelInfo {
  readonly id: number;
  /** `6.1.0-54-amd64`, or the name that the index was given. */
  readonly name: string;
  /** `x86_64`, `arm64`, null when the source does not say. */
  readonly arch: string | null;
  /** Hexadecimal, of vmlinux; null when only BTF was there. */
  readonly buildId: string | null;
  /** `uname -r` of it; null when no source said it. */
  readonly release: string | null;
  /** When something was last read into it, as ISO 8601 in UTC. */
  readonly indexedAt: string;
  /** vmlinux first. Read when it is asked for: a kernel may have four thousand. */
  readonly images: readonly ImageInfo[];
}

export interface ImageInfo {
  readonly id: number;
  /** `vmlinux` or the module's name. */
  readonly name: string;
  readonly buildId: string | null;
  readonly sources: readonly SourceInfo[];
}

/** `image`: tracepoints and system calls out of the image's data; `kallsyms`: that or System.map; `headers`, `macros`: of the kernel's headers. */
export type SourceKind = 'btf' | 'tracefs' | 'image' | 'functions' | 'kallsyms' | 'headers' | 'macros';

/** One thing that was read into an image. */
export interface SourceInfo {
  readonly kind: SourceKind;
  /** Where it was read from: a path. */
  readonly origin: string;
  /** When, as ISO 8601 in UTC. */
  readonly readAt: string;
  /** How many facts it gave: types, events, functions, clones. */
  readonly count: number;
}

/** What one kernel knows, seen from one of its images: module (if one was asked for), then vmlinux, then its other modules, then its headers. */
export interface ImageTypes extends Types {
  readonly kernel: KernelInfo;

  /** Sources of the kernel that were read, over all images. */
  has(source: SourceKind): boolean;

  /** Names of definitions that match a glob (`*`, `?`, `[...]`), sorted, each once; anonymous ones have none. */
  names(kind: DefinitionKind, glob?: string): readonly string[];

  /** Every definition of a kind whose name matches, sorted by name, then variant; without a glob the anonymous ones too, last. */
  all<K extends DefinitionKind>(kind: K, glob?: string): IterableIterator<DefinitionOf<K>>;

  /** All that the images define, or one image (`vmlinux`, a module): for reading everything at once. Throws UsageError for an image that is not there. */
  everything(image?: string): Everything;

  /** The definition with that BTF type id in an image (`vmlinux` when not said). */
  byId(id: number, image?: string): Definition | undefined;

  /** Kernel functions by glob, sorted by name, then image: those with a prototype, compiler clones, and what ftrace lists. */
  functions(glob: string): readonly FunctionEntry[];

  /** vmlinux or a module has the function: by BTF, else by symbols; where there are neither, what headers declare is believed to be there. */
  hasFunction(name: string): boolean;

  /** Tracepoint events by two globs, sorted by system, then name. */
  tracepoints(system: string, name: string): readonly TracepointName[];

  /** One event with its fields; undefined when there is none. Where only types tell of it, any system fits and the answer has none. */
  tracepoint(system: string, name: string): Tracepoint | undefined;

  /** Classes that an event may be of, which types alone do not decide: it has no `tracepoint`. Empty for all others. */
  tracepointCandidates(name: string): readonly TracepointCandidate[];

  /** Events close to a misspelt one, best first, as `system:name`. */
  nearTracepoints(system: string | undefined, name: string, limit: number): readonly string[];

  /** Raw tracepoints by glob, sorted by name (`sched_switch`; those without an event, such as `pelt_cfs_tp`, too). */
  rawTracepoints(glob: string): readonly RawTracepointName[];

  /** Arguments of a raw tracepoint, without the leading `void *__data`. */
  rawTracepoint(name: string): RawTracepoint | undefined;

  /** System calls by glob, without `sys_`, sorted. */
  syscalls(glob: string): readonly string[];

  /** Arguments of a system call, named without `sys_`; undefined when it is not known. */
  syscall(name: string): SyscallSignature | undefined;

  /** Headers define that name, too, and none of their definitions is like this one of BTF. */
  differsInHeaders(definition: Definition): boolean;

  /** Functions that BPF programs may call (BTF decl tag `bpf_kfunc`); undefined when this kernel's BTF has no such tags. */
  kfuncs(): ReadonlySet<string> | undefined;
}

export interface FunctionEntry {
  /** As the symbol table has it: `tcp_sendmsg`, `finish_task_switch.isra.0`. */
  readonly name: string;
  readonly image: string;
  /** It has a prototype: `find('function', name)` answers. */
  readonly typed: boolean;
  /** The symbol table has this very name (BTF also names functions that exist as clones only); undefined when it was not read. */
  readonly present: boolean | undefined;
  /** ftrace lists it (available_filter_functions); undefined when that list was not readable. */
  readonly traceable: boolean | undefined;
  /** `finish_task_switch` for a clone that the compiler made of it, null for an ordinary function. */
  readonly cloneOf: string | null;
  /** BTF has several functions of that name in the image. Newer kernels' BTF leaves such functions out. */
  readonly several?: true;
}

export interface TracepointName {
  readonly system: string;
  readonly name: string;
}

export interface Tracepoint extends TracepointName {
  /** In order of the format file, without the `common_` fields. */
  readonly fields: readonly TracepointField[];
  /** The `common_` fields. */
  readonly common: readonly TracepointField[];
  /** The `print fmt:` text; empty where only types tell. */
  readonly printFormat: string;
  /** Where it is known from: the running kernel, the data of its image, or types alone. */
  readonly source: EventSource;
  /** `unique`: one class fits; `same-layout`: several do and are laid out alike. */
  readonly confidence: Exclude<EventConfidence, 'ambiguous'>;
  /** The image that has it. */
  readonly image: string;
}

/** A class that an event may be of whose types fit several. */
export interface TracepointCandidate {
  readonly class: string;
  /** Without the `common_` fields. */
  readonly fields: readonly TracepointField[];
}

export interface TracepointField {
  readonly name: string;
  /** C text before the name, without `__data_loc`: `struct sock *`, `char`. */
  readonly type: string;
  /** C text after the name: `[16]`, `[]`, or empty. */
  readonly array: string;
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes; 4 for `dataloc` and `relloc`, whose contents are elsewhere in the record. */
  readonly size: number;
  readonly signed: boolean;
  readonly location: 'record' | 'dataloc' | 'relloc';
}

export interface RawTracepointName {
  readonly name: string;
  readonly image: string;
}

export interface RawTracepoint extends RawTracepointName {
  /** Names come from `__traceiter_*` or `__probestub_*`, null where the kernel has neither. */
  readonly params: readonly Param[];
  readonly type: FunctionType;
}


class CatalogReader implements Catalog {
  readonly #statements: Statements;

  constructor(
    readonly path: string,
    readonly db: Database,
  ) {
    this.#statements = new Statements(db);
  }

  kernels(): readonly KernelInfo[] {
    return this.#kernels('ORDER BY k.indexed_at DESC, k.id DESC');
  }

  findKernel(selector: KernelSelector): KernelInfo | undefined {
    const found = this.#candidates(selector);
    return found.length === 1 ? found[0] : undefined;
  }

  image(selector: ImageSelector = {}): ImageTypes {
    const kernel = this.#only(selector.kernel);
    const [pointerSize] = this.#statements.get<readonly [number]>("SELECT pointer_size FROM image WHERE kernel = ? AND name = 'vmlinux'", kernel.id) ?? [8];
    return new CatalogTypes(this.#statements, new Sight(kernel, this.#statements, selector.module), pointerSize);
  }

  search(kernel: KernelInfo): Search {
    return new Search(this.#statements, kernel.id);
  }

  probeSearch(kernel: KernelInfo): ProbeSearch {
    return new ProbeSearch(this.#statements, kernel.id);
  }

  together<T>(read: () => T): T {
    return this.#statements.together(read);
  }

  close(): void {
    this.db.close();
  }

  #only(selector: KernelSelector | undefined): KernelInfo {
    const found = selector === undefined ? this.kernels().slice(0, 1) : this.#candidates(selector);
    const [kernel] = found;
    if (kernel !== undefined && found.length === 1) return kernel;
    const wanted = selector === undefined ? 'any kernel' : 'text' in selector ? selector.text : 'id' in selector ? `kernel ${selector.id}` : `build-id ${selector.buildId}`;
    const names = (found.length > 1 ? found : this.kernels()).map((each) => `${each.id}: ${each.name}`).join(', ');
    if (found.length > 1) throw new UsageError(`${this.path}: ${wanted} may mean several kernels: ${names}`);
    throw new UsageError(`${this.path}: ${wanted} is not in the catalog`, names === '' ? 'btfly index makes one' : `there are ${names}`);
  }

  kernelsCalled(text: string): KernelsCalled {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    for (const [condition, value] of [['k.name = ?', text], ['k.id = ?', number], ['k.release = ?', text]] as const) {
      const kernels = this.#kernels(`WHERE ${condition}`, value);
      if (kernels.length > 0) return { exact: true, kernels };
    }
    // A part of a number or a word is no beginning: 6.1 is 6.1.0-56-amd64 and not 6.12.
    const digits = /^[0-9a-f]{6,}$/.test(text) ? text : '-';
    const beginning = "substr(k.name, 1, length(?)) = ? AND substr(k.name, length(?) + 1, 1) NOT GLOB '[0-9A-Za-z]'";
    return { exact: false, kernels: text === '' ? [] : this.#kernels(`WHERE ${beginning} OR substr(i.build_id, 1, length(?)) = ? ORDER BY k.id`, text, text, text, digits, digits) };
  }

  #candidates(selector: KernelSelector): readonly KernelInfo[] {
    if ('id' in selector) return this.#kernels('WHERE k.id = ?', selector.id);
    return 'buildId' in selector ? this.#kernels('WHERE i.build_id = ?', selector.buildId) : this.kernelsCalled(selector.text).kernels;
  }

  #kernels(rest: string, ...values: readonly (string | number)[]): readonly KernelInfo[] {
    const select = "SELECT k.id, k.name, k.arch, i.build_id, k.release, k.indexed_at FROM kernel k LEFT JOIN image i ON i.kernel = k.id AND i.name = 'vmlinux'";
    return this.#statements.all<readonly [number, string, string | null, string | null, string | null, string]>(`${select} ${rest}`, ...values).map(
      ([id, name, arch, buildId, release, indexedAt]) => {
        let images: readonly ImageInfo[] | undefined;
        const read = (): readonly ImageInfo[] => (images ??= this.#images(id));
        return { id, name, arch, buildId, release, indexedAt, get images(): readonly ImageInfo[] { return read(); } };
      },
    );
  }

  #images(kernel: number): readonly ImageInfo[] {
    const sources = new Map<number, SourceInfo[]>();
    const rows = this.#statements.all<readonly [number, SourceKind, string, string, number]>(
      'SELECT s.image, s.kind, s.origin, s.read_at, s.count FROM image i JOIN source s ON s.image = i.id WHERE i.kernel = ? ORDER BY s.image, s.kind', kernel,
    );
    for (const [image, kind, origin, readAt, count] of rows) {
      append(sources, image, { kind, origin, readAt, count });
    }
    return this.#statements
      .all<readonly [number, string, string | null]>('SELECT id, name, build_id FROM image WHERE kernel = ? ORDER BY id', kernel)
      .map(([id, name, buildId]) => ({ id, name, buildId, sources: sources.get(id) ?? [] }));
  }
}
