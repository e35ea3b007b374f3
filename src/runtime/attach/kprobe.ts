// kprobes and kretprobes: one link for many functions where the kernel has kprobe.multi, else one perf event a function.
// Functions are attached by address where their name is not unique, and by name where the kernel can find them itself.
import { NotSupported, SysError } from '../../base/errors.ts';
import type { AttachSpec, KernelFunction } from '../../bpf/spec.ts';
import { kprobeMulti } from '../../sys/link.ts';
import type { ProbePmu } from '../../sys/perf.ts';
import { kprobeEvent, probePmu } from '../../sys/perf.ts';
import type { Program } from '../load.ts';
import { hiddenSymbols } from '../relocate.ts';
import type { AttachContext } from './context.ts';
import { attachEventLater } from './context.ts';
import { traceableFunctions } from './traceable.ts';

type KprobeAttach = Extract<AttachSpec, { kind: 'kprobe' }>;

export async function attachKprobes(program: Program, attach: KprobeAttach, context: AttachContext): Promise<number> {
  return program.multi ? await attachMulti(program, attach, context) : await attachEach(program, attach, context);
}

/** A function that ftrace does not list spoils the whole link: then the list is read, and the rest is tried. */
async function attachMulti(program: Program, attach: KprobeAttach, context: AttachContext): Promise<number> {
  try {
    return await linkMulti(program, attach, attach.functions, context);
  } catch (error) {
    if (!(error instanceof SysError) || error.code === 'EPERM') throw error;
    const traceable = traceableFunctions(context.machine.fs);
    const possible = attach.functions.filter(({ name }) => traceable?.has(name) !== false);
    if (possible.length === 0 || possible.length === attach.functions.length) throw error;
    const left = attach.functions.filter((one) => !possible.includes(one));
    complain(left.map(({ name }) => ({ name, reason: 'it is not traceable' })), attach, context);
    return await linkMulti(program, attach, possible, context);
  }
}

async function linkMulti(program: Program, attach: KprobeAttach, functions: readonly KernelFunction[], context: AttachContext): Promise<number> {
  const { symbols } = context.machine;
  const addresses = symbols.hidden ? undefined : [...new Set(symbols.functionsOf(functions))];
  const targets = addresses === undefined ? { symbols: functions.map(({ name }) => name) } : { addresses };
  context.adopt(await kprobeMulti(program.fd, targets, attach.returns, program.spec.title));
  return addresses?.length ?? functions.length;
}

/** From so many functions on, attaching takes long enough to be told about. */
const progressFrom = 50;

async function attachEach(program: Program, attach: KprobeAttach, context: AttachContext): Promise<number> {
  const { functions, returns } = attach;
  const pmu = probePmu(context.machine.fs, 'kprobe');
  let done = 0;
  const different = [...new Map(functions.map((one) => [`${one.module}:${one.name}`, one])).values()];
  const attached = await sideBySide(different, async (one): Promise<Outcome> => {
    if (context.stopping()) return { name: one.name, probes: 0, reason: undefined };
    const outcome = await attempt(one, async () => await attachFunction(program, one, pmu, returns, attach.offset, context));
    done++;
    if (functions.length >= progressFrom) context.progress?.(`Attaching to ${functions.length} functions`, done / functions.length);
    return outcome;
  });
  if (functions.length >= progressFrom) context.progress?.('');
  const failed = attached.flatMap(({ name, reason }) => (reason === undefined ? [] : [{ name, reason }]));
  complain(failed, attach, context);
  return attached.reduce((sum, { probes }) => sum + probes, 0);
}

/** More at once than libuv has threads; few enough that Ctrl-C need not wait for all that are queued. */
const atOnce = 16;

/** All that began are waited for before the first failure is thrown. */
async function sideBySide<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const rest = list.values();
  const workers = Array.from({ length: Math.min(atOnce, list.length) }, async () => {
    for (const one of rest) results.push(await work(one));
  });
  for (const settled of await Promise.allSettled(workers)) if (settled.status === 'rejected') throw settled.reason;
  return results;
}

interface Outcome {
  readonly name: string;
  readonly probes: number;
  /** Why it could not be attached. */
  readonly reason: string | undefined;
}

async function attempt({ name }: KernelFunction, run: () => Promise<number>): Promise<Outcome> {
  try {
    return { name, probes: await run(), reason: undefined };
  } catch (error) {
    if (error instanceof SysError && refusals[error.code] !== undefined) return { name, probes: 0, reason: refusals[error.code] };
    throw error;
  }
}

/** What the kernel answers when it is the function's fault. */
const refusals: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'the running kernel has no such function',
  EINVAL: 'the kernel does not let it be probed',
  EADDRNOTAVAIL: 'the name is not unique',
  EILSEQ: 'there is no instruction at that offset',
  EOPNOTSUPP: 'the kernel does not let it be probed',
};

/** One function alone must be there; of many some may be missing, as the script's missing_probes says. */
function complain(failed: readonly { readonly name: string; readonly reason: string }[], attach: KprobeAttach, context: AttachContext): void {
  const [first] = failed;
  if (first === undefined) return;
  const kind = attach.returns ? 'kretprobe' : 'kprobe';
  const all = failed.length === attach.functions.length;
  if (all && context.missingProbes === 'error') throw new NotSupported(`${kind}:${first.name}`, `Could not attach ${kind}:${first.name}: ${first.reason}`);
  if (context.missingProbes === 'ignore') return;
  for (const { name, reason } of failed.slice(0, mostWarnings)) context.warn(`Could not attach ${kind}:${name}: ${reason}`);
  if (failed.length > mostWarnings) context.warn(`… and ${failed.length - mostWarnings} more`);
}

const mostWarnings = 10;

/** @returns number of places: more than one where the name is not unique */
async function attachFunction(program: Program, one: KernelFunction, pmu: ProbePmu, returns: boolean, offset: number, context: AttachContext): Promise<number> {
  const what = `${returns ? 'kretprobe' : 'kprobe'}:${one.name}${offset === 0 ? '' : `+${offset}`}`;
  const scope = { cpu: context.machine.anyCpu };
  if (one.several !== true) {
    try {
      const symbol = one.module === 'vmlinux' ? one.name : `${one.module}:${one.name}`;
      await attachEventLater(program, kprobeEvent(pmu, { symbol, offset }, returns), scope, what, context);
      return 1;
    } catch (error) {
      if (!mayHaveAddress(error, one)) throw error;
    }
  }
  const { symbols } = context.machine;
  if (symbols.hidden) throw hiddenSymbols();
  const addresses = symbols.functions(one.name, one.module);
  if (addresses.length === 0) throw new SysError('perf_event_open', 2, 'ENOENT', what);
  await Promise.all(addresses.map((address) => attachEventLater(program, kprobeEvent(pmu, { address: address + BigInt(offset) }, returns), scope, what, context)));
  return addresses.length;
}

/** Kernels from 6.7 on refuse a name that is not unique; some do not take `module:function`. */
function mayHaveAddress(error: unknown, { module }: KernelFunction): boolean {
  return error instanceof SysError && (error.code === 'EADDRNOTAVAIL' || (error.code === 'ENOENT' && module !== 'vmlinux'));
}
