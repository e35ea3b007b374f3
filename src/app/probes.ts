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
  let [titles, words] = [0, 0];
  const columns = new Map<FoundProbe['arguments'], readonly [words: string, places: string]>();
  for (const { title, arguments: args, returns } of found) {
    titles = Math.max(titles, title.length);
    if (columns.has(args)) continue;
    const wordsOf = [...args.map(({ paste }) => paste ?? '-'), ...(returns === undefined ? [] : ['retval'])].join(', ');
    words = Math.max(words, wordsOf.length);
    columns.set(args, [wordsOf, [...args.map(place), ...(returns === undefined ? [] : [returns])].join(', ')]);
  }
  const ends = new Map([...columns].map(([args, [wordsOf, places]]) => [args, `  ${wordsOf.padEnd(Math.min(widest, words))}  ${places}\n`]));
  return found.map(({ title, arguments: args }) => title.padEnd(Math.min(widest, titles)) + (ends.get(args) ?? '')).join('');
}

/** Columns, of what is longer the next one stands apart. */
const widest = 56;

function place({ position, type }: FoundArgument): string {
  return position === undefined ? type : `${position}: ${type}`;
}
