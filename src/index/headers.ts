// What kernel headers say goes into the catalog as one more image of their kernel, `headers`: types by the door of BTF, macros beside them.
// Its definitions are kept apart from those of the kernel's own images, under the kernel's number with a minus, so that questions about all
// types of a kernel do not see them; a name that nothing else has is looked for there (sight.ts). Where there is no BTF they are the kernel's types.
import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../base/errors.ts';
import { parseBtf } from '../source/btf/btf.ts';
import type { HeaderFacts, Macro } from '../source/headers/facts.ts';
import { mergeAliases } from './aliases.ts';
import { mergeConstants } from './constants.ts';
import { openExisting, type Database } from './database.ts';
import { collectFacts } from './facts.ts';
import { worldSaidNo } from './failures.ts';
import { headerBtf } from './headertypes.ts';
import type { IngestOptions, KernelReport, Merging, Step } from './kernelindex.ts';
import { hasSource, KernelRows } from './kernelrows.ts';
import { KnownRows } from './known.ts';
import { mergeMacros, type MacroFact } from './macros.ts';
import { Membership } from './membership.ts';
import { EventFormats } from './mergeevents.ts';
import { functionsByImage, mergeSymbols, mergeTraceable } from './mergesymbols.ts';
import { mergeTypes, type ImageKey } from './mergetypes.ts';
import type { SourceKind } from './reader.ts';
import { headersImage } from './sight.ts';
import { SymbolSets } from './symbols.ts';
import { writeCatalog } from './writer.ts';

/** Headers of one kernel, not yet read. */
export interface HeaderSource {
  /** The folder or archive, as it was named. */
  readonly origin: string;
  /** `uname -r` of the kernel that was built with them; null where they do not say it. */
  readonly release: string | null;
  readonly arch: string;
  /** Changes when they should be read again. */
  readonly digest: string;
  /** Folders that `#include` looks in. */
  readonly roots: readonly string[];
  readonly load: () => HeaderFacts | Promise<HeaderFacts>;
}

export interface HeaderOptions extends IngestOptions {
  /** What else is read into vmlinux's image: symbol tables, tracefs, for a kernel without BTF. */
  readonly steps?: readonly Step[];
}

export interface HeaderReport extends KernelReport {
  /** Headers that were read; 0 when all was there already. */
  readonly files: number;
  /** Errors of the headers: what is behind them may be missing. */
  readonly problems: HeaderFacts['problems'];
}

/** Throws UsageError when several kernels may be meant, or the one that is named is another. */
export async function ingestHeaders(source: HeaderSource, options: HeaderOptions): Promise<HeaderReport> {
  const say = (stage: 'read' | 'write' | 'wait' | 'done', what: string): void => options.progress?.({ stage, what });
  const steps = options.steps ?? [];
  const known = steps.length === 0 && options.force !== true ? knownKernel(source, options) : undefined;
  if (known !== undefined) return { kernel: known, called: known, added: [], modules: 0, failed: [], files: 0, problems: [] };
  say('read', source.origin);
  const facts = await source.load();
  const failed: { source: string; error: Error }[] = [];
  const loaded = await loadSteps(steps, failed);
  await turn();
  options.signal?.throwIfAborted();
  const counts = new Map<SourceKind, number>();
  let kernel = '';
  const waiting = (): void => { say('wait', 'another index is being written'); };
  await writeCatalog({ path: options.path, shared: options.shared === true, waiting }, (db, empty) => {
    say('write', options.path);
    mergeConstants(db);
    mergeAliases(db);
    const { rows, name } = kernelRows(db, source, options, facts.types.pointerSize);
    kernel = name;
    const { vmlinux } = rows;
    const image = headersRow(db, vmlinux, facts.types.pointerSize);
    const row = { origin: source.origin, digest: source.digest, stamp: null };
    for (const kind of ['headers', 'macros'] as const) rows.forget(image, kind);
    const have = new Membership();
    const counted = [...mergeSteps(db, rows, loaded, empty)];
    const symbols = new Set(db.prepare<[number], string>('SELECT name FROM symbol WHERE kernel = ? AND present = 1').pluck().all(image.kernel));
    const collected = collectFacts(parseBtf(source.origin, headerBtf(facts.definitions, (name) => symbols.has(name))));
    counts.set('headers', mergeTypes(db, image, collected, new KnownRows(db, empty), have));
    db.prepare('DELETE FROM image_block WHERE kernel IN (?, ?) AND image = ?').run(image.kernel, -image.kernel, image.id);
    have.write(db, hasSource(db, vmlinux.id, 'btf', '') ? -image.kernel : image.kernel);
    counts.set('macros', mergeMacros(db, image.kernel, macroFacts(facts, source.roots)));
    for (const [kind, count] of counts) rows.read(image, kind, row, count);
    for (const { step, count } of counted) counts.set(step.kind, count);
    rows.touch();
  });
  say('done', options.path);
  const added = [...counts].map(([kind, count]) => ({ kind, count }));
  return { kernel, called: kernel, added, modules: 0, failed, files: facts.files.length, problems: facts.problems.filter(({ severity }) => severity === 'error') };
}

/** Types of a vmlinux arrived: from now on those of headers stand apart, and symbols are rows only where they say more than BTF. */
export function setHeadersAside(db: Database, vmlinux: ImageKey): void {
  const { kernel, id } = vmlinux;
  const moved = db.prepare('UPDATE image_block SET kernel = -kernel WHERE kernel = ? AND image = (SELECT id FROM image WHERE kernel = ? AND name = ?)').run(kernel, kernel, headersImage);
  if (moved.changes === 0) return;
  const typed = functionsByImage(db, kernel).get(id) ?? new Set();
  const names = (column: string): string[] => db.prepare<[number, number], string>(`SELECT name FROM symbol WHERE kernel = ? AND image = ? AND ${column} = 1`).pluck().all(kernel, id);
  const tables = [['kallsyms', 'present', mergeSymbols], ['functions', 'traceable', mergeTraceable]] as const;
  const before = tables.map(([kind, column]) => (db.prepare('SELECT 1 FROM source WHERE image = ? AND kind = ?').get(id, kind) === undefined ? undefined : names(column)));
  db.prepare('DELETE FROM symbol_block WHERE kernel = ? AND image = ?').run(kernel, id);
  const sets = new SymbolSets(db);
  for (const [at, [, , merge]] of tables.entries()) {
    const found = before[at];
    if (found !== undefined) merge(sets, vmlinux, found, typed);
  }
}

/** The name of the kernel that has these very headers. */
function knownKernel(source: HeaderSource, options: HeaderOptions): string | undefined {
  const db = openExisting(options.path);
  if (db === undefined) return undefined;
  try {
    const found = findKernel(db, source, options.name);
    const image = found && db.prepare<[number, string], number>('SELECT id FROM image WHERE kernel = ? AND name = ?').pluck().get(found.kernel, headersImage);
    return image !== undefined && hasSource(db, image, 'headers', source.digest) ? found?.name : undefined;
  } finally {
    db.close();
  }
}

interface FoundKernel {
  readonly kernel: number;
  readonly name: string;
  readonly release: string | null;
  readonly arch: string | null;
  /** Row of its vmlinux. */
  readonly id: number;
}

/** The kernel of that name; without one, that of the same release. */
function findKernel(db: Database, { origin, release, arch }: HeaderSource, name: string | undefined): FoundKernel | undefined {
  const select = "SELECT k.id AS kernel, k.name, k.release, k.arch, i.id FROM kernel k JOIN image i ON i.kernel = k.id AND i.name = 'vmlinux'";
  const found = name === undefined
    ? db.prepare<[string | null, string | null], FoundKernel>(`${select} WHERE k.release = ? OR (k.release IS NULL AND k.name = ?)`).all(release, release)
    : db.prepare<[string], FoundKernel>(`${select} WHERE k.name = ?`).all(name);
  const [only, ...more] = found.filter((each) => name !== undefined || each.arch === null || each.arch === arch);
  if (more.length > 0) throw new UsageError(`${origin}: there are several kernels ${name ?? release ?? ''}: ${found.map((each) => `${each.kernel}: ${each.name}`).join(', ')}`, '--name says which of them, or what to call another');
  if (only === undefined) return undefined;
  const wrong = only.arch !== null && only.arch !== arch ? ['architecture', only.arch, arch] : only.release !== null && release !== null && only.release !== release ? ['release', only.release, release] : undefined;
  if (wrong !== undefined) throw new UsageError(`${origin}: kernel ${only.name} is of ${wrong[0] ?? ''} ${wrong[1] ?? ''}, these headers are of ${wrong[2] ?? ''}`, '--name NAME takes another name for their kernel');
  return only;
}

function kernelRows(db: Database, source: HeaderSource, options: HeaderOptions, pointerSize: number): { readonly rows: KernelRows; readonly name: string } {
  const found = findKernel(db, source, options.name);
  const name = found?.name ?? options.name ?? source.release;
  if (name === null) throw new UsageError(`${source.origin}: these headers do not say of which kernel they are`, '--name NAME says it');
  const identity = { name, arch: source.arch, buildId: null, release: source.release };
  return { rows: new KernelRows(db, identity, { hash: null, pointerSize }, found ?? null), name };
}

function headersRow(db: Database, { kernel, id: base }: ImageKey, pointerSize: number): ImageKey {
  const known = db.prepare<[number, string], number>('SELECT id FROM image WHERE kernel = ? AND name = ?').pluck().get(kernel, headersImage);
  if (known !== undefined) return { kernel, id: known };
  const made = db.prepare('INSERT INTO image (kernel, name, base, pointer_size) VALUES (?, ?, ?, ?)').run(kernel, headersImage, base, pointerSize);
  return { kernel, id: Number(made.lastInsertRowid) };
}

interface LoadedStep {
  readonly step: Step;
  readonly merge: Merging;
}

async function loadSteps(steps: readonly Step[], failed: { source: string; error: Error }[]): Promise<readonly LoadedStep[]> {
  const loaded: LoadedStep[] = [];
  for (const step of steps) {
    try {
      const merge = await step.load();
      if (merge !== undefined) loaded.push({ step, merge });
    } catch (error) {
      failed.push({ source: step.origin, error: worldSaidNo(error) });
    }
  }
  return loaded;
}

function* mergeSteps(db: Database, rows: KernelRows, loaded: readonly LoadedStep[], empty: boolean): Generator<{ readonly step: Step; readonly count: number }> {
  let functions: ReadonlyMap<number, ReadonlySet<string>> | undefined;
  const formats = new EventFormats(db, empty);
  const symbols = new SymbolSets(db);
  for (const { step, merge } of loaded) {
    rows.forget(rows.vmlinux, step.kind);
    const count = merge({ db, rows, formats, symbols, functions: (image) => (functions ??= functionsByImage(db, image.kernel)).get(image.id) ?? new Set() });
    rows.read(rows.vmlinux, step.kind, step, count);
    yield { step, count };
  }
  formats.end();
}

function* macroFacts({ macros }: HeaderFacts, roots: readonly string[]): Generator<MacroFact> {
  const longestFirst = [...roots].sort((a, b) => b.length - a.length);
  for (const name of macros.names()) {
    const macro = macros.find(name);
    if (macro !== undefined) yield macroFact(macro, headerName(macro.file, longestFirst));
  }
}

function macroFact(macro: Macro, header: string): MacroFact {
  const { name, kind } = macro;
  switch (kind) {
    case 'integer':
      return { name, header, kind, value: macro.value };
    case 'string':
      return { name, header, kind, text: macro.text };
    case 'function':
      return { name, header, kind, params: macro.params, body: macro.body };
    case 'alias':
      return { name, header, kind, path: macro.path };
  }
}

/** As `#include` names it. */
function headerName(file: string, roots: readonly string[]): string {
  const root = roots.find((each) => file.startsWith(`${each}/`));
  return root === undefined ? file : file.slice(root.length + 1);
}
