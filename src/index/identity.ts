// Which kernel this is: its build-id, its release, its architecture.
import { basename } from 'node:path';
import { archOfNode, arches } from '../base/arch.ts';
import { Bytes } from '../base/bytes.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import { buildIdOf } from '../source/elf/notes.ts';

export interface KernelIdentity {
  readonly name: string;
  readonly arch: string | null;
  /** Hexadecimal; null where it is not known. */
  readonly buildId: string | null;
  /** `uname -r`; null where it is not known. */
  readonly release: string | null;
}

/** The kernel that runs: /sys/kernel/notes and /proc/sys/kernel. */
export function runningKernel(fs: KernelFs): KernelIdentity {
  const notes = fs.bytes('/sys/kernel/notes');
  const release = fs.text('/proc/sys/kernel/osrelease')?.trim();
  const machine = fs.text('/proc/sys/kernel/arch')?.trim();
  return {
    name: release ?? 'running kernel',
    arch: machine === undefined ? (archOfNode(process.arch)?.name ?? null) : machine === 'aarch64' ? 'arm64' : machine,
    buildId: notes === undefined ? null : (buildIdOf(new Bytes('/sys/kernel/notes', notes)) ?? null),
    release: release ?? null,
  };
}

/** A kernel from a file: `vmlinux-6.1.0-54-amd64` and `6.1.0-54-amd64.btf` are both called `6.1.0-54-amd64`. */
export function kernelOfFile(path: string, machine: number | undefined, buildId: string | undefined): KernelIdentity {
  const stem = basename(path).replace(/^vmlinux-/, '').replace(/\.btf$/, '');
  const arch = Object.values(arches).find((each) => each.elfMachine === machine);
  return { name: stem === '' ? basename(path) : stem, arch: arch?.name ?? null, buildId: buildId ?? null, release: null };
}
