// The places that can be traced, of one kernel of the catalog: what matches a pattern, and what a program sees there.
import type { Arch } from '../base/arch.ts';
import type { Probe, ProbeDetail, Probes, ProviderName } from '../ctype/probes.ts';
import type { ImageTypes } from '../index/reader.ts';
import { hardware, software } from './provider/event.ts';
import { fentry, fexit } from './provider/fentry.ts';
import { kprobe, kretprobe } from './provider/kprobe.ts';
import type { ProbedKernel, Provider } from './provider/provider.ts';
import { nothingSeen } from './provider/provider.ts';
import { rawtracepoint } from './provider/rawtracepoint.ts';
import { begin, end, self } from './provider/special.ts';
import { interval, profile } from './provider/timer.ts';
import { tracepoint } from './provider/tracepoint.ts';

/** In order of their names, as listings print them. Probes of user programs are found in the programs, not in the catalog. */
export const providers: readonly Provider[] = [
  begin, end, fentry, fexit, hardware, interval, kprobe, kretprobe, profile, rawtracepoint, self, software, tracepoint,
];

/**
 * @param types the kernel as vmlinux sees it
 * @param ofModule the same kernel as one of its modules sees it
 */
export function probedKernel(types: ImageTypes, arch: Arch, ofModule: (name: string) => ImageTypes): ProbedKernel {
  const seen = new Map<string, ImageTypes>([['vmlinux', types]]);
  return {
    types,
    arch,
    typesOf(image) {
      const known = seen.get(image);
      if (known) return known;
      const made = ofModule(image);
      seen.set(image, made);
      return made;
    },
  };
}

/** The probes of a kernel; answers to `detail` are kept. */
export class KernelProbes implements Probes {
  readonly #details = new Map<string, ProbeDetail>();

  constructor(readonly kernel: ProbedKernel) {}

  match(provider: ProviderName, scope: string | undefined, name: string): readonly Probe[] {
    return byName(provider)?.match(this.kernel, scope, name) ?? [];
  }

  detail(probe: Probe): ProbeDetail {
    const key = `${probe.provider}:${probe.scope}:${probe.name}`;
    const known = this.#details.get(key);
    if (known) return known;
    const detail = byName(probe.provider)?.detail(this.kernel, probe) ?? nothingSeen;
    this.#details.set(key, detail);
    return detail;
  }

  unavailable(provider: ProviderName): string | undefined {
    return byName(provider)?.unavailable?.(this.kernel);
  }

  near(provider: ProviderName, scope: string | undefined, name: string, limit: number): readonly string[] {
    return byName(provider)?.near(this.kernel, scope, name, limit) ?? [];
  }
}

function byName(name: ProviderName): Provider | undefined {
  return providers.find((each) => each.name === name);
}
