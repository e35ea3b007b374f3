// `btfly --info`: this machine, its kernel, and what scripts may count on there.
import { archOfNode } from '../base/arch.ts';
import { SysError } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import { kernelFs } from '../base/kernelfs.ts';
import { helpers } from '../bpf/helpers.ts';
import { kprobeMultiWorks } from '../runtime/features.ts';
import type { KernelChoice } from './kernel.ts';
import { openKernel } from './kernel.ts';

/** Text of all sections; works without rights, and then says what it could not try. */
export async function info(choice: KernelChoice, fs: KernelFs = kernelFs): Promise<string> {
  const kernel = await openKernel(choice);
  const { features, image, catalog } = kernel;
  const sources = image.kernel.images.flatMap((each) => each.sources);
  const text = [
    section('System', [
      ['Kernel', image.kernel.name],
      ['Architecture', archOfNode(process.arch)?.name ?? process.arch],
      ['Node', process.version],
    ]),
    section('Catalog', [
      ['File', catalog.path],
      ['Build-id', image.kernel.buildId ?? 'not known'],
      ...sources.map(({ kind, count, origin }): Row => [kind, `${count} from ${origin}`]),
    ]),
    section('Rights', [
      ['CapEff', field(fs, 'CapEff')],
      ['Lockdown', /\[(\w+)\]/.exec(readable(fs, '/sys/kernel/security/lockdown') ?? '')?.[1] ?? 'none'],
      ['kptr_restrict', readable(fs, '/proc/sys/kernel/kptr_restrict')?.trim() ?? 'not readable'],
      ['perf_event_paranoid', readable(fs, '/proc/sys/kernel/perf_event_paranoid')?.trim() ?? 'not readable'],
      ['tracefs', fs.list('/sys/kernel/tracing/events') === undefined ? 'not mounted: mount -t tracefs tracefs /sys/kernel/tracing' : 'mounted'],
    ]),
    section('Kernel helpers', Object.keys(helpers).map((name): Row => [name, yes(features.helpers.has(name))])),
    section('Map types', ['hash', 'percpu_hash', 'array', 'percpu_array', 'ringbuf', 'lru_hash'].map((name): Row => [name, yes(features.mapTypes.has(name))])),
    section('Probes', [
      ['kprobe.multi', await tried()],
      ['fentry', String(features.fentry).replace('true', 'yes').replace('false', 'no')],
    ]),
  ];
  catalog.close();
  return text.join('\n');
}

type Row = readonly [name: string, value: string];

function section(title: string, rows: readonly Row[]): string {
  return `${title}\n${rows.map(([name, value]) => `  ${name}: ${value}\n`).join('')}`;
}

function yes(has: boolean): string {
  return has ? 'yes' : 'no';
}

/** Only trying the link tells; without rights nothing can be tried. */
async function tried(): Promise<string> {
  try {
    return yes(await kprobeMultiWorks('vfs_read'));
  } catch (error) {
    if (error instanceof SysError) return `not tried (${error.code})`;
    throw error;
  }
}

function field(fs: KernelFs, name: string): string {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(readable(fs, '/proc/self/status') ?? '')?.[1] ?? 'not readable';
}

function readable(fs: KernelFs, path: string): string | undefined {
  try {
    return fs.text(path);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}
