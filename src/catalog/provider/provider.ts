// What every kind of probe answers: which places match, what a program sees there, how listings print it.
import type { Arch } from '../../base/arch.ts';
import type { Probe, ProbeDetail, ProviderName } from '../../ctype/probes.ts';
import type { ImageTypes } from '../../index/reader.ts';

/** The kernel whose probes are asked for. */
export interface ProbedKernel {
  readonly types: ImageTypes;
  readonly arch: Arch;
  /** Types as a function of that image sees them. */
  typesOf(image: string): ImageTypes;
}

export interface Provider {
  readonly name: ProviderName;

  /** Whether a listing with a wildcard in the place of the provider shows it. */
  readonly inWildcard: boolean;

  /** Whether its places belong to something: a module, a tracepoint's system. */
  readonly scoped: boolean;

  /** Like `Probes.match`: sorted by scope, then name. */
  match(kernel: ProbedKernel, scope: string | undefined, name: string): readonly Probe[];

  /** Like `Probes.detail`. */
  detail(kernel: ProbedKernel, probe: Probe): ProbeDetail;

  /** Like `Probes.unavailable`. */
  unavailable?(kernel: ProbedKernel): string | undefined;

  /** Like `Probes.near`. */
  near(kernel: ProbedKernel, scope: string | undefined, name: string, limit: number): readonly string[];

  /**
   * The line that lists it: `kprobe:vfs_read`.
   * @param scoped whether the pattern named a scope
   */
  title(probe: Probe, scoped: boolean): string;

  /** Below the title in a verbose listing, one argument a line, not indented. */
  lines(kernel: ProbedKernel, probe: Probe): readonly string[];
}

export const nothingSeen: ProbeDetail = { arguments: [], returns: undefined };
