// How what was read besides types goes into the images of a kernel.
import type { FunctionSymbol } from '../source/ksyms/ksyms.ts';
import type { ScannedEvents } from '../source/tracefs/scan.ts';
import type { Event, TraceableFunction } from '../source/tracefs/tracefs.ts';
import { kindNumber } from './kinds.ts';
import type { Merging, MergeTarget } from './kernelindex.ts';
import { mergeEvents, mergeSyscalls, syscallsOfEvents } from './mergeevents.ts';
import { byModule, mergeSymbols, mergeTraceable } from './mergesymbols.ts';
import type { ImageKey } from './mergetypes.ts';

/** Events that tracefs tells of: each belongs to the image whose BTF has its tracepoint, vmlinux where none has. */
export function eventsMerging(events: readonly Event[]): Merging {
  return ({ db, rows, formats }) => {
    const { kernel, id } = rows.vmlinux;
    const homes = tracepointHomes({ db, rows });
    const known = events.map((event) => ({ ...event, image: homes.get(event.name) ?? id, confidence: 'exact' as const, candidates: [] }));
    mergeSyscalls(db, kernel, 'tracefs', syscallsOfEvents(events));
    return mergeEvents(db, kernel, 'tracefs', known, formats);
  };
}

/** Events and system calls that lie ready in vmlinux's image. */
export function imageMerging({ events, syscalls }: ScannedEvents): Merging {
  return ({ db, rows, formats }) => {
    const { kernel, id } = rows.vmlinux;
    mergeSyscalls(db, kernel, 'image', syscalls.map(({ name, number, args }) => ({ name, number: number ?? null, args })));
    return mergeEvents(db, kernel, 'image', events.map((event) => ({ ...event, image: id, confidence: 'exact', candidates: [] })), formats);
  };
}

/** Tracepoints that modules have, by name. BPF programs attach through the typedef: include/trace/bpf_probe.h. */
function tracepointHomes({ db, rows }: Pick<MergeTarget, 'db' | 'rows'>): ReadonlyMap<string, number> {
  const found = db.prepare<[number, number, string, string, number], [string, number]>(
    `SELECT d.name, x.image FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id
     WHERE d.kind = ? AND d.name >= ? AND d.name < ? AND x.image <> ? ORDER BY x.image`,
  );
  const { kernel, id } = rows.vmlinux;
  const homes = found.raw().all(kernel, kindNumber.typedef, tracepointPrefix, `${tracepointPrefix}\u{10ffff}`, id) as [string, number][];
  return new Map(homes.map(([name, image]) => [name.slice(tracepointPrefix.length), image]));
}

const tracepointPrefix = 'btf_trace_';

/** Function names of the symbol table, those of modules too. */
export function symbolsMerging(symbols: readonly FunctionSymbol[]): Merging {
  const names = byModule(symbols);
  return (target) => eachImage(target, names, 'kallsyms', (image, own) => mergeSymbols(target.symbols, image, own, target.functions(image)));
}

export function traceableMerging(functions: readonly TraceableFunction[]): Merging {
  const names = byModule(functions);
  return (target) => eachImage(target, names, 'functions', (image, own) => mergeTraceable(target.symbols, image, own, target.functions(image)));
}

/** vmlinux, and those modules of the kernel that were loaded. Returns the sum. */
function eachImage(
  { rows }: MergeTarget, names: ReadonlyMap<string | null, readonly string[]>, kind: 'kallsyms' | 'functions', merge: (image: ImageKey, names: readonly string[]) => number,
): number {
  const modules = rows.modules();
  let count = 0;
  for (const [module, own] of names) {
    const image = module === null ? rows.vmlinux : modules.get(module);
    if (image === undefined) continue;
    if (module !== null) rows.forget(image, kind);
    const merged = merge(image, own);
    if (module !== null) rows.read(image, kind, { origin: kind === 'kallsyms' ? '/proc/kallsyms' : 'available_filter_functions', digest: '', stamp: null }, merged);
    count += merged;
  }
  return count;
}
