// `btfly -l` and `-lv`: the probes and types of a kernel that match a pattern. Needs no rights: the catalog answers.
import { listing, listingText, type Listing } from '../catalog/list.ts';
import { openKernel, type KernelChoice } from './kernel.ts';

export interface ListOptions extends KernelChoice {
  /** Shows arguments of probes and bodies of types. */
  readonly verbose: boolean;
}

export interface ListAnswer extends Listing {
  /** As it is printed; empty where nothing matches. */
  readonly text: string;
  /** What to say then. */
  readonly hint: string | undefined;
}

/** @param pattern `kprobe:tcp_*`, `tcp_*`, `struct task_*`; undefined lists all probes */
export async function list(pattern: string | undefined, options: ListOptions): Promise<ListAnswer> {
  const kernel = await openKernel(options);
  try {
    const found = listing(kernel.probes.kernel, pattern, options.verbose);
    const hint = found.reason ?? (found.near.length === 0 ? undefined : `near it: ${found.near.join(', ')}`);
    return { ...found, text: listingText(found), hint };
  } finally {
    kernel.catalog.close();
  }
}
