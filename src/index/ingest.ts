// Reads sources into the catalog: a running kernel, a file. What an image has already is not read again.
import { createHash } from 'node:crypto';
import { NotSupported } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import type { Btf } from '../source/btf/btf.ts';
import { readBtfFile } from '../source/btf/file.ts';
import { readFunctionSymbols, type FunctionSymbol } from '../source/ksyms/ksyms.ts';
import { findTracefs, listEvents, readEvents, readTraceableFunctions, type Event, type TraceableFunction } from '../source/tracefs/tracefs.ts';
import { mergeConstants } from './constants.ts';
import { openForReading, type Database } from './database.ts';
import { collectFacts } from './facts.ts';
import { kernelOfFile, runningKernel, type KernelIdentity } from './identity.ts';
import { KnownRows } from './known.ts';
import { Membership } from './membership.ts';
import { mergeEvents } from './mergeevents.ts';
import { mergeSymbols, mergeTraceable } from './mergesymbols.ts';
import { mergeTypes, type ImageKey } from './mergetypes.ts';
import type { SourceKind } from './reader.ts';
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
}

/** What is going on, for a line on a terminal. */
export interface Progress {
  readonly stage: 'read' | 'wait' | 'write' | 'done';
  readonly what: string;
}

export interface IngestResult {
  readonly kernel: string;
  /** Sources that were read now, with how many facts each gave; empty when all was there already. */
  readonly added: readonly { readonly kind: SourceKind; readonly count: number }[];
  /** What could not be read and why, with the ways out. */
  readonly missing: readonly NotSupported[];
}

/**
 * Everything that the running kernel tells: types of vmlinux, tracepoint events, function names.
 * Throws NotSupported when it has no BTF, FormatError for BTF that breaks its rules.
 */
export async function ingestKernel(fs: KernelFs, options: IngestOptions): Promise<IngestResult> {
  const identity = { ...runningKernel(fs), ...(options.name === undefined ? {} : { name: options.name }) };
  const plan = new Plan(identity, options);
  const missing: NotSupported[] = [];
  plan.add('btf', '/sys/kernel/btf/vmlinux', '', () => {
    const bytes = fs.bytes('/sys/kernel/btf/vmlinux');
    if (bytes === undefined) throw noBtf();
    return typesSource(readBtfFile('/sys/kernel/btf/vmlinux', bytes).btf, bytes);
  });
  plan.add('kallsyms', '/proc/kallsyms', '', () => {
    const text = fs.text('/proc/kallsyms');
    return text === undefined ? undefined : symbolsSource(readFunctionSymbols(text));
  });
  try {
    const root = findTracefs(fs);
    const names = listEvents(fs, root);
    plan.add('tracefs', `${root}/events`, sha1(names.map((each) => `${each.system}:${each.name}`).join('\n')), () => eventsSource([...readEvents(fs, root, names)]));
    plan.add('functions', `${root}/available_filter_functions`, '', () => {
      const functions = readTraceableFunctions(fs, root);
      return functions === undefined ? undefined : traceableSource(functions);
    });
  } catch (error) {
    if (!(error instanceof NotSupported)) throw error;
    missing.push(error);
  }
  return { ...(await plan.run()), missing };
}

/** Types of vmlinux from a file: raw BTF or ELF, told apart by the bytes. Throws FormatError. */
export async function ingestFile(path: string, bytes: Uint8Array, options: IngestOptions): Promise<IngestResult> {
  const file = readBtfFile(path, bytes);
  const identity = { ...kernelOfFile(path, file.machine, file.buildId), ...(options.name === undefined ? {} : { name: options.name }) };
  const plan = new Plan(identity, options, sha256(file.bytes));
  plan.add('btf', path, '', () => typesSource(file.btf, file.bytes));
  return { ...(await plan.run()), missing: [] };
}

/** What was read, and how it goes into an image. */
interface Loaded {
  readonly btf?: { readonly hash: string; readonly pointerSize: number };
  /** Returns how many facts it gave. */
  readonly merge: (db: Database, image: ImageKey, empty: boolean) => number;
}

interface Step {
  readonly kind: SourceKind;
  readonly origin: string;
  /** Changes when the source says something else than before; '' for what belongs to the build. */
  readonly digest: string;
  /** undefined: it is not there, or may not be read. */
  readonly load: () => Loaded | undefined;
}

/** The sources of one image: reads those that the catalog has not, then writes them all at once. */
class Plan {
  readonly #steps: Step[] = [];

  constructor(
    readonly identity: KernelIdentity,
    readonly options: IngestOptions,
    readonly btfHash: string | null = null,
  ) {}

  add(kind: SourceKind, origin: string, digest: string, load: () => Loaded | undefined): void {
    this.#steps.push({ kind, origin, digest, load });
  }

  async run(): Promise<{ readonly kernel: string; readonly added: IngestResult['added'] }> {
    const { path, progress, shared = false } = this.options;
    const todo = this.#missing();
    const loaded: { step: Step; source: Loaded }[] = [];
    for (const step of todo) {
      progress?.({ stage: 'read', what: step.origin });
      const source = step.load();
      if (source !== undefined) loaded.push({ step, source });
    }
    if (loaded.length === 0) return { kernel: this.identity.name, added: [] };
    const waiting = (): void => progress?.({ stage: 'wait', what: 'another index is being written' });
    const added = await writeCatalog({ path, shared, waiting }, (db, empty) => {
      progress?.({ stage: 'write', what: path });
      mergeConstants(db);
      return this.#merge(db, empty, loaded);
    });
    progress?.({ stage: 'done', what: path });
    return { kernel: this.identity.name, added };
  }

  /** Steps whose source the catalog does not have. */
  #missing(): readonly Step[] {
    if (this.options.force === true) return this.#steps;
    const db = openForReading(this.options.path);
    if (db === undefined) return this.#steps;
    try {
      const image = findImage(db, this.identity.buildId, this.btfHash);
      return this.#steps.filter((step) => image === undefined || !hasSource(db, image.id, step));
    } finally {
      db.close();
    }
  }

  /** Somebody else may have written the same since we looked: then nothing is left to do. */
  #merge(db: Database, empty: boolean, loaded: readonly { step: Step; source: Loaded }[]): IngestResult['added'] {
    const btf = loaded.find(({ source }) => source.btf !== undefined)?.source.btf;
    const known = findImage(db, this.identity.buildId, btf?.hash ?? this.btfHash);
    const image = known ?? this.#insertImage(db, btf?.pointerSize ?? 8);
    if (btf !== undefined) {
      db.prepare('UPDATE image SET btf_hash = ?, pointer_size = ?, build_id = coalesce(build_id, ?) WHERE id = ?').run(btf.hash, btf.pointerSize, this.identity.buildId, image.id);
    }
    const added: { kind: SourceKind; count: number }[] = [];
    for (const { step, source } of loaded) {
      if (this.options.force !== true && hasSource(db, image.id, step)) continue;
      forget(db, image, step.kind);
      const count = source.merge(db, image, empty);
      db.prepare('INSERT INTO source (image, kind, origin, digest, read_at, count) VALUES (?, ?, ?, ?, ?, ?)').run(
        image.id, step.kind, step.origin, step.digest, new Date().toISOString(), count,
      );
      added.push({ kind: step.kind, count });
    }
    return added;
  }

  #insertImage(db: Database, pointerSize: number): ImageKey {
    const { name, arch, buildId } = this.identity;
    const kernel = db.prepare('INSERT INTO kernel (name, arch, indexed_at) VALUES (?, ?, ?)').run(name, arch, new Date().toISOString());
    const image = db.prepare("INSERT INTO image (kernel, name, build_id, pointer_size) VALUES (?, 'vmlinux', ?, ?)").run(kernel.lastInsertRowid, buildId, pointerSize);
    return { kernel: Number(kernel.lastInsertRowid), id: Number(image.lastInsertRowid) };
  }
}

/** The vmlinux image with that build-id, else with that very BTF and no other build-id. */
function findImage(db: Database, buildId: string | null, btfHash: string | null): ImageKey | undefined {
  const byId = db.prepare<[string | null], ImageKey>('SELECT kernel, id FROM image WHERE base IS NULL AND build_id = ?').get(buildId);
  if (byId !== undefined) return byId;
  return db
    .prepare<[string | null, string | null], ImageKey>(
      'SELECT kernel, id FROM image WHERE base IS NULL AND btf_hash = ? AND (build_id IS NULL OR ? IS NULL) ORDER BY id',
    )
    .get(btfHash, buildId);
}

function hasSource(db: Database, image: number, step: Step): boolean {
  return db.prepare('SELECT 1 FROM source WHERE image = ? AND kind = ? AND digest = ?').get(image, step.kind, step.digest) !== undefined;
}

/** What an image has from a source; the shared definitions and formats stay. */
const forgetting: Readonly<Record<SourceKind, readonly string[]>> = {
  btf: [
    'DELETE FROM image_block WHERE kernel = @kernel AND image = @id',
    'DELETE FROM settlement WHERE image = @id',
    'DELETE FROM variable WHERE image = @id',
    'DELETE FROM tag WHERE image = @id',
  ],
  tracefs: ['DELETE FROM event WHERE kernel = @kernel AND image = @id'],
  kallsyms: ['UPDATE symbol SET present = NULL WHERE kernel = @kernel AND image = @id'],
  functions: ['UPDATE symbol SET traceable = NULL WHERE kernel = @kernel AND image = @id'],
};

function forget(db: Database, image: ImageKey, kind: SourceKind): void {
  for (const sql of forgetting[kind]) db.prepare(sql).run(image);
  db.prepare('DELETE FROM source WHERE image = ? AND kind = ?').run(image.id, kind);
}

function typesSource(btf: Btf, bytes: Uint8Array): Loaded {
  const facts = collectFacts(btf);
  return {
    btf: { hash: sha256(bytes), pointerSize: btf.pointerSize },
    merge: (db, image, empty) => {
      const have = new Membership();
      const count = mergeTypes(db, image, facts, new KnownRows(db, empty), have);
      have.write(db, image.kernel);
      return count;
    },
  };
}

function symbolsSource(symbols: readonly FunctionSymbol[]): Loaded {
  return { merge: (db, image) => mergeSymbols(db, image, symbols, null) };
}

function eventsSource(events: readonly Event[]): Loaded {
  return { merge: (db, image, empty) => mergeEvents(db, image, events, empty) };
}

function traceableSource(functions: readonly TraceableFunction[]): Loaded {
  return { merge: (db, image) => mergeTraceable(db, image, functions, null) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

function noBtf(): NotSupported {
  return new NotSupported('btf', 'this kernel has no BTF: /sys/kernel/btf/vmlinux is not there (it is built without CONFIG_DEBUG_INFO_BTF)', [
    'btfly index FILE, with the BTF of this very kernel build (raw, or a vmlinux ELF with a .BTF section)',
    'a kernel package of your distribution that has BTF',
  ]);
}
