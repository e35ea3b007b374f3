// Reads of one kernel what the catalog has not, and writes it with one transaction.
import { setImmediate as turn } from 'node:timers/promises';
import type { Btf } from '../source/btf/btf.ts';
import { eventsOfBtf, type BtfEvent } from '../source/tracefs/btfevents.ts';
import type { Event } from '../source/tracefs/tracefs.ts';
import { mergeAliases } from './aliases.ts';
import { mergeConstants } from './constants.ts';
import { openExisting, type Database } from './database.ts';
import { collectFacts, type CollectedFacts } from './facts.ts';
import { worldSaidNo } from './failures.ts';
import { setHeadersAside } from './headers.ts';
import type { KernelIdentity } from './identity.ts';
import { KernelRows, findVmlinux, hasSource, kernelName, type SourceRow } from './kernelrows.ts';
import { KnownRows } from './known.ts';
import { Membership } from './membership.ts';
import { EventFormats, mergeEvents, type KnownEvent } from './mergeevents.ts';
import { functionsByImage } from './mergesymbols.ts';
import { mergeTypes, type ImageKey } from './mergetypes.ts';
import { loadModules, type LoadedModule, type ModuleSource } from './moduleloader.ts';
import type { SourceKind } from './reader.ts';
import { SymbolSets } from './symbols.ts';
import { writeCatalog } from './writer.ts';

export interface IngestOptions {
  /** The catalog's file. */
  readonly path: string;
  /** Readable for everybody on the machine. */
  readonly shared?: boolean;
  /** Read everything again. */
  readonly force?: boolean;
  /** Instead of the kernel's release, or the file's name. */
  readonly name?: string;
  readonly progress?: (progress: Progress) => void;
  /** Ends the work between two of its steps: its reason is thrown, and the catalog is as it was. */
  readonly signal?: AbortSignal | undefined;
}

/** What is going on, for a line on a terminal. */
export interface Progress {
  readonly stage: 'read' | 'wait' | 'write' | 'done';
  readonly what: string;
  /** So many modules are done, of so many where that is known. */
  readonly done?: number;
  readonly total?: number;
}

/** Something that is read into vmlinux's image. */
export interface Step extends SourceRow {
  readonly kind: SourceKind;
  /** Changes when the source says something else than before; '' for what belongs to the build. */
  readonly digest: string;
  /** undefined: it is not there, or may not be read. */
  load(): Merging | undefined | Promise<Merging | undefined>;
}

/** Puts what was read into the catalog; returns how many facts that are. */
export type Merging = (target: MergeTarget) => number;

export interface MergeTarget {
  readonly db: Database;
  readonly rows: KernelRows;
  readonly formats: EventFormats;
  readonly symbols: SymbolSets;
  /** Functions in BTF of an image. */
  functions(image: ImageKey): ReadonlySet<string>;
}

/** BTF of vmlinux. */
export interface BaseTypes {
  readonly source: SourceRow;
  /** SHA-256, where it is known without reading. */
  readonly hash: string | null;
  load(): LoadedTypes | Promise<LoadedTypes>;
}

export interface LoadedTypes {
  readonly btf: Btf;
  /** Raw. */
  readonly bytes: Uint8Array;
  /** SHA-256 of it. */
  readonly hash: string;
}

/** All that is at hand of one kernel. */
export interface KernelSources {
  readonly identity: KernelIdentity;
  readonly types: BaseTypes;
  readonly modules: {
    /** undefined where only reading tells. */
    readonly count: number | undefined;
    sources(): AsyncIterable<ModuleSource> | Iterable<ModuleSource>;
  };
  readonly steps: readonly Step[];
  /** Steps that came to light while modules were read. */
  late(): readonly Step[];
}

export interface KernelReport {
  /** As the catalog has it: by its build-id or types it may be one that is called otherwise there. */
  readonly kernel: string;
  /** What it would have been called. */
  readonly called: string;
  /** What was read now, with how many facts each kind gave; empty when all was there already. */
  readonly added: readonly { readonly kind: SourceKind; readonly count: number }[];
  /** Modules whose types were read now. */
  readonly modules: number;
  /** Sources that could not be read; the others were. */
  readonly failed: readonly { readonly source: string; readonly error: Error }[];
}

/** Throws what reading vmlinux's types throws; what else is broken is in the report. */
export async function indexKernel(sources: KernelSources, options: IngestOptions): Promise<KernelReport> {
  return await new KernelIndex(sources, options).run();
}

class KernelIndex {
  readonly #failed: { source: string; error: Error }[] = [];
  readonly #added = new Map<SourceKind, number>();
  #types: LoadedTypes | undefined;
  #facts: CollectedFacts | undefined;
  #modules = 0;
  /** Types of vmlinux that were not in the catalog before. */
  #vmlinuxRead: Btf | undefined;
  readonly #typedEvents: KnownEvent[] = [];
  /** In the catalog; undefined as long as it is not there. */
  #name: string | undefined;

  constructor(
    readonly sources: KernelSources,
    readonly options: IngestOptions,
  ) {}

  async run(): Promise<KernelReport> {
    const { identity, types } = this.sources;
    const lacking = this.#lacking();
    const modules = await Lookahead.of(filtered(this.sources.modules.sources(), lacking.module));
    if (lacking.types || modules.any) {
      this.#say('read', types.source.origin);
      this.#types = await types.load();
      this.#facts = collectFacts(this.#types.btf);
    }
    const steps = await this.#load(this.sources.steps.filter(lacking.step));
    if (lacking.types || modules.any || steps.length > 0) await this.#write(modules, steps, lacking.step);
    const added = [...this.#added].map(([kind, count]) => ({ kind, count }));
    return { kernel: this.#name ?? identity.name, called: identity.name, added, modules: this.#modules, failed: this.#failed };
  }

  /** What the catalog does not have, as it is before the writer has its turn. */
  #lacking(): Lacking {
    const { types, identity } = this.sources;
    const db = this.options.force === true ? undefined : openExisting(this.options.path);
    if (db === undefined) return lackingAll;
    try {
      const image = findVmlinux(db, identity.buildId, types.hash);
      if (image === undefined) return lackingAll;
      this.#name = kernelName(db, image.kernel);
      const known = knownModules(db, image.kernel);
      const has = new Set(db.prepare<[number], { kind: string; digest: string }>('SELECT kind, digest FROM source WHERE image = ?').all(image.id).map((row) => `${row.kind} ${row.digest}`));
      return { types: !has.has('btf '), module: (module) => !known(module), step: (step) => !has.has(`${step.kind} ${step.digest}`) };
    } finally {
      db.close();
    }
  }

  async #load(steps: readonly Step[]): Promise<readonly LoadedStep[]> {
    const loaded: LoadedStep[] = [];
    for (const step of steps) {
      this.#say('read', step.origin);
      await this.#pause();
      try {
        const merge = await step.load();
        if (merge !== undefined) loaded.push({ step, merge });
      } catch (error) {
        this.#failed.push({ source: step.origin, error: worldSaidNo(error) });
      }
    }
    return loaded;
  }

  async #write(modules: Lookahead<ModuleSource>, steps: readonly LoadedStep[], lacks: Lacking['step']): Promise<void> {
    const { path, shared = false } = this.options;
    const waiting = (): void => { this.#say('wait', 'another index is being written'); };
    await writeCatalog({ path, shared, waiting }, async (db, empty) => {
      this.#say('write', path);
      await this.#pause();
      mergeConstants(db);
      mergeAliases(db);
      const rows = new KernelRows(db, this.sources.identity, { hash: this.#types?.hash ?? this.sources.types.hash, pointerSize: this.#types?.btf.pointerSize ?? 8 });
      this.#name = kernelName(db, rows.vmlinux.kernel);
      const formats = new EventFormats(db, empty);
      await this.#mergeTypes(db, rows, empty, modules, formats);
      await this.#mergeSteps(db, rows, formats, [...steps, ...(await this.#load(this.sources.late().filter(lacks)))]);
      this.#mergeTypedEvents(db, rows.vmlinux, formats);
      formats.end();
      if (this.#added.size > 0) rows.touch();
    });
    this.#say('done', path);
  }

  async #mergeTypes(db: Database, rows: KernelRows, empty: boolean, modules: Lookahead<ModuleSource>, formats: EventFormats): Promise<void> {
    const [types, facts] = [this.#types, this.#facts];
    if (types === undefined || facts === undefined) return;
    const merging: Merger = { db, rows, known: new KnownRows(db, empty), have: new Membership(), events: [] };
    // Somebody else may have written the same since we looked.
    if (this.options.force === true || !hasSource(db, rows.vmlinux.id, 'btf', '')) {
      rows.forget(rows.vmlinux, 'btf');
      this.#mergeImage(merging, rows.vmlinux, facts, this.sources.types.source);
      this.#vmlinuxRead = types.btf;
    }
    if (modules.any) {
      const { btf, bytes } = types;
      const base = { btf, facts, release: this.sources.identity.release };
      const { count } = this.sources.modules;
      let done = 0;
      for await (const module of loadModules(modules, { base, bytes, count })) {
        this.#mergeModule(merging, module);
        this.#say('read', module.source.origin, ++done, count);
        await this.#pause();
      }
    }
    merging.have.write(db, rows.vmlinux.kernel);
    setHeadersAside(db, rows.vmlinux);
    if (merging.events.length > 0) this.#count('image', mergeEvents(db, rows.vmlinux.kernel, 'image', merging.events, formats));
  }

  #mergeModule(merging: Merger, module: LoadedModule): void {
    const { source } = module;
    if ('failure' in module) {
      this.#failed.push({ source: source.origin, error: module.failure });
      return;
    }
    const { name, hash } = module.identity;
    const buildId = module.identity.buildId ?? source.buildId;
    try {
      const image = merging.rows.module(name, { buildId, hash }, this.options.force === true);
      const row = { origin: source.origin, digest: '', stamp: source.stamp };
      if (image.known && this.options.force !== true) merging.rows.seen(image, row);
      else {
        if (!image.fresh) for (const kind of ['btf', 'image'] as const) merging.rows.forget(image, kind);
        this.#mergeImage(merging, image, module.facts, row);
        this.#addEvents(merging, image, module.events, row);
        this.#addTypedEvents(image.id, module.typedEvents);
        this.#modules++;
      }
    } catch (error) {
      this.#failed.push({ source: source.origin, error: worldSaidNo(error) });
    }
  }

  #mergeImage({ db, rows, known, have }: Merger, image: ImageKey, facts: Parameters<typeof mergeTypes>[2], row: SourceRow): void {
    const count = mergeTypes(db, image, facts, known, have);
    rows.read(image, 'btf', row, count);
    this.#count('btf', count);
  }

  #addEvents({ rows, events }: Merger, image: ImageKey, found: readonly Event[], row: SourceRow): void {
    if (found.length === 0) return;
    rows.read(image, 'image', row, found.length);
    for (const event of found) events.push({ ...event, image: image.id, confidence: 'exact', candidates: [] });
  }

  async #mergeSteps(db: Database, rows: KernelRows, formats: EventFormats, steps: readonly LoadedStep[]): Promise<void> {
    let functions: ReadonlyMap<number, ReadonlySet<string>> | undefined;
    const target: MergeTarget = {
      db, rows, formats, symbols: new SymbolSets(db),
      functions: (image) => (functions ??= functionsByImage(db, image.kernel)).get(image.id) ?? new Set(),
    };
    for (const { step, merge } of steps) {
      await this.#pause();
      if (this.options.force !== true && hasSource(db, rows.vmlinux.id, step.kind, step.digest)) continue;
      rows.forget(rows.vmlinux, step.kind);
      const count = merge(target);
      rows.read(rows.vmlinux, step.kind, step, count);
      this.#count(step.kind, count);
    }
  }

  /** What types alone tell of tracepoints, for those of which nothing better is known now. */
  #mergeTypedEvents(db: Database, { kernel, id }: ImageKey, formats: EventFormats): void {
    if (this.#vmlinuxRead !== undefined && db.prepare("SELECT 1 FROM event WHERE kernel = ? AND image = ? AND source <> 'btf'").get(kernel, id) === undefined) {
      this.#addTypedEvents(id, eventsOfBtf(this.#vmlinuxRead));
    }
    if (this.#typedEvents.length > 0) mergeEvents(db, kernel, 'btf', this.#typedEvents, formats);
  }

  #addTypedEvents(image: number, events: readonly BtfEvent[]): void {
    for (const event of events) this.#typedEvents.push({ ...event, image, system: '' });
  }

  #count(kind: SourceKind, count: number): void {
    this.#added.set(kind, (this.#added.get(kind) ?? 0) + count);
  }

  /** Signals are heard here. */
  async #pause(): Promise<void> {
    await turn();
    this.options.signal?.throwIfAborted();
  }

  #say(stage: Progress['stage'], what: string, done?: number, total?: number): void {
    this.options.progress?.({ stage, what, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) });
  }
}

interface Lacking {
  readonly types: boolean;
  readonly module: (module: ModuleSource) => boolean;
  readonly step: (step: Step) => boolean;
}

const lackingAll: Lacking = { types: true, module: () => true, step: () => true };

async function* filtered<T>(values: AsyncIterable<T> | Iterable<T>, wanted: (value: T) => boolean): AsyncGenerator<T> {
  for await (const value of values) if (wanted(value)) yield value;
}

/** A sequence of which is known whether it has anything. */
class Lookahead<T> implements AsyncIterable<T> {
  static async of<T>(values: AsyncGenerator<T>): Promise<Lookahead<T>> {
    return new Lookahead(values, await values.next());
  }

  private constructor(
    readonly values: AsyncGenerator<T>,
    readonly first: IteratorResult<T>,
  ) {}

  get any(): boolean {
    return this.first.done !== true;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    if (this.first.done === true) return;
    yield this.first.value;
    yield* this.values;
  }
}

interface LoadedStep {
  readonly step: Step;
  readonly merge: Merging;
}

interface Merger {
  readonly db: Database;
  readonly rows: KernelRows;
  readonly known: KnownRows;
  readonly have: Membership;
  /** Of modules, for all at once. */
  readonly events: KnownEvent[];
}

/** Tells modules that need not be opened: the file is the same as then, or the kernel says the build-id. */
function knownModules(db: Database, kernel: number): (module: ModuleSource) => boolean {
  const rows = db.prepare<[number], { name: string; build_id: string | null; origin: string; stamp: string | null }>(
    "SELECT i.name, i.build_id, s.origin, s.stamp FROM image i JOIN source s ON s.image = i.id AND s.kind = 'btf' WHERE i.kernel = ? AND i.base IS NOT NULL",
  ).all(kernel);
  const stamps = new Map(rows.map((row) => [row.origin, row.stamp]));
  const builds = new Set(rows.map((row) => `${row.name} ${row.build_id ?? ''}`));
  return (module) =>
    (module.stamp !== null && stamps.get(module.origin) === module.stamp) || (module.name !== null && module.buildId !== null && builds.has(`${module.name} ${module.buildId}`));
}
