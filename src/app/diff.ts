// `btfly diff K1 K2 [NAME]`: what a kernel has that another has not, as data, text and JSON.
import { UsageError } from '../base/errors.ts';
import { providerNamed } from '../ctype/providers.ts';
import { nearest } from '../ctype/suggest.ts';
import { Difference } from '../index/difference.ts';
import type { ImageTypes } from '../index/reader.ts';
import type { Both } from '../resolve/diffrecord.ts';
import { compareKernels, thingKinds, type Change, type Question, type ThingKind } from '../resolve/diffkernels.ts';
import { changeText, countChanges, summaryText } from '../resolve/difftext.ts';
import { openKernel, type KernelChoice, type OpenKernel } from './kernel.ts';

export interface Differences {
  /** Names of the two kernels. */
  readonly kernels: Both<string>;
  readonly changes: readonly Change[];
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
  text(): string;
  /** One object; with a line end. */
  json(): string;
}

/**
 * @param name `struct sock`, `tcp_*`, `t:sched:*`, `rt:sched_switch`, `syscall openat`; undefined: everything
 * Throws UsageError for kernels of two catalogs, and for a name that neither has.
 */
export async function diff(names: Both<string>, name: string | undefined, choice: Omit<KernelChoice, 'kernel'>): Promise<Differences> {
  return await withKernels(names, choice, (before, after) => diffIn(before.image, after.image, before.catalog.path, name));
}

/** The same for kernels that are open already. @param catalog the file that has both */
export function diffIn(before: ImageTypes, after: ImageTypes, catalog: string, name: string | undefined): Differences {
  const question = name === undefined ? { kinds: thingKinds, glob: undefined, system: undefined } : readName(name);
  const difference = new Difference(catalog);
  try {
    const { changes, notes } = compareKernels(before, after, difference, question);
    if (changes.length === 0 && name !== undefined) checkName(before, after, question, name);
    const kernels = { before: before.kernel.name, after: after.kernel.name };
    return {
      kernels, changes, notes,
      text: () => text(kernels, name, changes),
      json: () => `${JSON.stringify({ before: kernels.before, after: kernels.after, notes, counts: countChanges(changes), changes }, (_key, value: unknown) => (typeof value === 'bigint' ? plain(value) : value), 2)}\n`,
    };
  } finally {
    difference.close();
  }
}

/** Opens both kernels, which must stand in one catalog, and closes them. */
export async function withKernels<T>(names: Both<string>, choice: Omit<KernelChoice, 'kernel'>, use: (before: OpenKernel, after: OpenKernel) => T | Promise<T>): Promise<T> {
  const before = await openKernel({ ...choice, kernel: kernelWord(names.before) });
  const after = await openKernel({ ...choice, kernel: kernelWord(names.after) });
  try {
    if (before.catalog.path !== after.catalog.path) {
      throw new UsageError(`${before.image.kernel.name} stands in ${before.catalog.path}, ${after.image.kernel.name} in ${after.catalog.path}`, 'btfly index --db FILE puts both into one catalog');
    }
    return await use(before, after);
  } finally {
    before.catalog.close();
    after.catalog.close();
  }
}

/** `running` is the kernel of this machine. */
function kernelWord(word: string): string | undefined {
  return word === 'running' ? undefined : word;
}

function text({ before, after }: Both<string>, name: string | undefined, changes: readonly Change[]): string {
  if (changes.length === 0) return `${name ?? 'everything'}: no difference between ${before} and ${after}\n`;
  const head = `${before} -> ${after}\n\n`;
  return head + (name === undefined ? summaryText(changes) : changes.map(changeText).join('\n'));
}

/** A value beyond 2^53 is a decimal string. */
function plain(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function readName(name: string): Question {
  const [, word, rest] = /^(struct|union|enum|typedef|func|function|var|syscall)\s+(\S+)$/.exec(name.trim()) ?? [];
  if (word !== undefined && rest !== undefined) return { kinds: [kindWords[word] ?? 'struct'], glob: rest, system: undefined };
  const parts = name.trim().split(':');
  if (parts.length === 1) return { kinds: thingKinds, glob: name.trim(), system: undefined };
  const provider = providerNamed(parts[0] ?? '');
  const last = parts.at(-1) ?? '';
  if (provider === 'tracepoint') return { kinds: ['tracepoint'], glob: last, system: parts.length > 2 ? parts[1] : undefined };
  if (provider === 'rawtracepoint') return { kinds: ['rawtracepoint'], glob: last, system: undefined };
  if (provider !== undefined && functionProviders.has(provider)) return { kinds: ['function'], glob: last, system: undefined };
  throw new UsageError(`'${name}' names nothing that can be compared`, 'struct sock, tcp_sendmsg, t:sched:sched_switch, rt:sched_switch, k:tcp_*, syscall openat');
}

const kindWords: Readonly<Record<string, ThingKind>> = {
  struct: 'struct', union: 'union', enum: 'enum', typedef: 'typedef', func: 'function', function: 'function', var: 'variable', syscall: 'syscall',
};

const functionProviders: ReadonlySet<string> = new Set(['kprobe', 'kretprobe', 'fentry', 'fexit']);

/** No difference is an answer only where there is something that could differ. */
function checkName(before: ImageTypes, after: ImageTypes, { kinds, glob = '*', system }: Question, name: string): void {
  for (const types of [before, after]) {
    for (const kind of kinds) {
      if (has[kind](types, glob, system)) return;
    }
  }
  const near = [...new Set(kinds.flatMap((kind) => nearNames(after, kind, glob, system)))].slice(0, 5);
  throw new UsageError(`neither ${before.kernel.name} nor ${after.kernel.name} has ${name}`, near.length === 0 ? undefined : `near it: ${near.join(', ')}`);
}

function definitions(kind: Exclude<ThingKind, 'constant' | 'tracepoint' | 'rawtracepoint' | 'syscall'>): (types: ImageTypes, glob: string) => boolean {
  return (types, glob) => types.names(kind, glob).length > 0;
}

const has: Readonly<Record<ThingKind, (types: ImageTypes, glob: string, system: string | undefined) => boolean>> = {
  struct: definitions('struct'),
  union: definitions('union'),
  enum: definitions('enum'),
  typedef: definitions('typedef'),
  function: definitions('function'),
  variable: definitions('variable'),
  constant: (types, glob) => types.enumerators(glob).length > 0,
  tracepoint: (types, glob, system = '*') => types.tracepoints(system, glob).length > 0,
  rawtracepoint: (types, glob) => types.rawTracepoints(glob).length > 0,
  syscall: (types, glob) => types.syscalls(glob).length > 0,
};

function nearNames(types: ImageTypes, kind: ThingKind, name: string, system: string | undefined): readonly string[] {
  if (kind === 'tracepoint') return types.nearTracepoints(system, name, 3);
  if (kind === 'syscall') return nearest(name, types.syscalls('*'), 3);
  return kind === 'constant' || kind === 'rawtracepoint' ? [] : types.near(kind, name, 3);
}
