// Why the kernel said no: called only after something failed, reads what the machine tells about this process's rights, and names one cause.
import { NotSupported, SysError } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';

/** Bits of CapEff in /proc/self/status (include/uapi/linux/capability.h). CAP_SYS_ADMIN holds both of the first. */
const capabilities = { CAP_PERFMON: 38n, CAP_BPF: 39n } as const;
const sysAdmin = 21n;

/** A refusal with its cause and the ways out; every other error as it is. */
export function explain(error: unknown, fs: KernelFs): unknown {
  if (!(error instanceof SysError)) return error;
  if (error.code === 'ENOSYS' && error.call.startsWith('bpf')) {
    return new NotSupported('bpf', 'this kernel has no bpf(2): it was built without CONFIG_BPF_SYSCALL', [], { cause: error });
  }
  if (error.code !== 'EPERM' && error.code !== 'EACCES') return error;
  for (const cause of causes) {
    const found = cause(fs);
    if (found !== undefined) return new NotSupported(found.feature, `${found.text} (${error.message})`, found.ways, { cause: error });
  }
  return new NotSupported('rights', `the kernel refused, though this process has CAP_BPF and CAP_PERFMON (${error.message})`, [
    'a security module (SELinux, AppArmor) or lockdown may forbid it: look into the kernel\'s log (dmesg)',
  ], { cause: error });
}

interface Cause {
  readonly feature: string;
  readonly text: string;
  readonly ways: readonly string[];
}

/** In order of likelihood. */
const causes: readonly ((fs: KernelFs) => Cause | undefined)[] = [missingCapability, userNamespace, seccomp, lockdown];

function missingCapability(fs: KernelFs): Cause | undefined {
  const effective = BigInt(`0x${status(fs, 'CapEff') ?? '0'}`);
  if (((effective >> sysAdmin) & 1n) === 1n) return undefined;
  const missing = Object.entries(capabilities).filter(([, bit]) => ((effective >> bit) & 1n) === 0n).map(([name]) => name).sort();
  if (missing.length === 0) return undefined;
  return {
    feature: 'capabilities',
    text: `tracing needs CAP_BPF and CAP_PERFMON, this process lacks ${missing.join(' and ')}`,
    ways: ['run as root: sudo btfly …', 'give a user both, as root: setpriv --reuid USER --init-groups --inh-caps +bpf,+perfmon --ambient-caps +bpf,+perfmon btfly …'],
  };
}

/** Capabilities inside a user namespace count for nothing outside; the first namespace maps all ids to themselves. */
function userNamespace(fs: KernelFs): Cause | undefined {
  const map = fs.text('/proc/self/uid_map')?.trim().split(/\s+/) ?? [];
  if (map.length === 0 || (map.length === 3 && map[0] === '0' && map[1] === '0' && map[2] === '4294967295')) return undefined;
  return {
    feature: 'user namespace',
    text: 'this process runs inside a user namespace (a rootless container), whose root may not trace the kernel',
    ways: ['run it on the host, as root'],
  };
}

/** 2 is SECCOMP_MODE_FILTER. */
function seccomp(fs: KernelFs): Cause | undefined {
  if (status(fs, 'Seccomp') !== '2') return undefined;
  return {
    feature: 'seccomp',
    text: 'a seccomp filter (of a container, usually) forbids bpf(2) or perf_event_open(2)',
    ways: ['start the container with --privileged, or with --security-opt seccomp=unconfined'],
  };
}

function lockdown(fs: KernelFs): Cause | undefined {
  const mode = /\[(integrity|confidentiality)\]/.exec(fs.text('/sys/kernel/security/lockdown') ?? '')?.[1];
  if (mode === undefined) return undefined;
  return {
    feature: 'lockdown',
    text: `the kernel is locked down (${mode})`,
    ways: [mode === 'confidentiality' ? 'boot without lockdown=confidentiality' : 'boot without secure boot or lockdown=integrity'],
  };
}

function status(fs: KernelFs, field: string): string | undefined {
  return new RegExp(`^${field}:\\s*(\\S+)`, 'm').exec(fs.text('/proc/self/status') ?? '')?.[1];
}
