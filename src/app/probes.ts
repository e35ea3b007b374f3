// `btfly probes --arg 'struct sock *'`: the probes that hand one a value of some type.
import { UsageError } from '../base/errors.ts';
import { searchProbes, wantedType, type FoundArgument, type FoundProbe } from '../catalog/searchprobes.ts';
import type { ProbedKernel } from '../catalog/provider/provider.ts';
import type { ProbeSearch } from '../index/searchprobes.ts';
import { openKernel, type KernelChoice } from './kernel.ts';

export interface ProbesRequest {
  /** Types; a probe must hand over one of each. */
  readonly args: readonly string[];
  readonly returns: string | undefined;
  /** `tcp_*`, `t:sock:*`; undefined: all probes. */
  readonly pattern: string | undefined;
}

export interface ProbesAnswer {
  readonly probes: readonly FoundProbe[];
  text(): string;
  /** One array; with a line end. */
  json(): string;
}

/** Throws UsageError for a type that the kernel has not, and where nothing is asked for. */
export async function probes(request: ProbesRequest, choice: KernelChoice): Promise<ProbesAnswer> {
  const kernel = await openKernel(choice);
  try {
    return probesIn(kernel.probes.kernel, kernel.catalog.probeSearch(kernel.image.kernel), request);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for a kernel that is open already. */
export function probesIn(kernel: ProbedKernel, search: ProbeSearch, { args, returns, pattern }: ProbesRequest): ProbesAnswer {
  if (args.length === 0 && returns === undefined) throw new UsageError('which type?', "btfly probes --arg 'struct sock *', btfly probes --returns 'struct file *'");
  const question = { args: args.map((text) => wantedType(kernel.types, text)), returns: returns === undefined ? undefined : wantedType(kernel.types, returns), pattern };
  const found = searchProbes(kernel, search, question);
  return { probes: found, text: () => table(found), json: () => `${JSON.stringify(found, undefined, 2)}\n` };
}

/** A line a probe: the attach point, what a script writes, and at which place of the parameter list it comes from. */
function table(found: readonly FoundProbe[]): string {
  const rows = found.map(({ title, arguments: args, returns }) => {
    const words = [...args.map(({ paste }) => paste ?? '-'), ...(returns === undefined ? [] : ['retval'])];
    return [title, words.join(', '), [...args.map(place), ...(returns === undefined ? [] : [returns])].join(', ')];
  });
  const widths = [0, 1].map((at) => Math.min(56, Math.max(0, ...rows.map((row) => row[at]?.length ?? 0))));
  return rows.map(([title = '', words = '', types = '']) => `${title.padEnd(widths[0] ?? 0)}  ${words.padEnd(widths[1] ?? 0)}  ${types}\n`).join('');
}

function place({ position, type }: FoundArgument): string {
  return position === undefined ? type : `${position}: ${type}`;
}
