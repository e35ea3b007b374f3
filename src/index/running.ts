// Everything that the running kernel tells: types of vmlinux and of loaded modules, tracepoint events, system calls, function names.
import { createHash } from 'node:crypto';
import { Bytes } from '../base/bytes.ts';
import { NotSupported } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import { readBtfFile } from '../source/btf/file.ts';
import { buildIdOf } from '../source/elf/notes.ts';
import { readFunctionSymbols } from '../source/ksyms/ksyms.ts';
import { findTracefs } from '../source/tracefs/tracefs.ts';
import { runningKernel, type KernelIdentity } from './identity.ts';
import type { BaseTypes, KernelSources, Step } from './kernelindex.ts';
import type { ModuleSource } from './moduleloader.ts';
import { symbolsMerging } from './steps.ts';
import { digestOf, tracingSteps } from './tracing.ts';

/** `missing`: what could not be looked at and why, with the ways out. */
export interface RunningSources extends KernelSources {
  readonly missing: readonly NotSupported[];
}

export function runningSources(fs: KernelFs, name: string | undefined): RunningSources {
  const running = runningKernel(fs);
  const identity: KernelIdentity = { ...running, ...(name === undefined ? {} : { name }) };
  const modules = loadedModules(fs);
  const names = modules.map((module) => module.name).join('\n');
  const steps: Step[] = [{
    kind: 'kallsyms', origin: '/proc/kallsyms', stamp: null, digest: digestOf(names),
    load: () => {
      const text = fs.text('/proc/kallsyms');
      return text === undefined ? undefined : symbolsMerging(readFunctionSymbols(text));
    },
  }];
  const missing: NotSupported[] = [];
  try {
    const root = findTracefs(fs);
    steps.push(...tracingSteps(fs, root, root, names));
  } catch (error) {
    if (!(error instanceof NotSupported)) throw error;
    missing.push(error);
  }
  return { identity, types: runningTypes(fs), modules: { count: modules.length, sources: () => modules }, steps, late: () => [], missing };
}

const vmlinux = '/sys/kernel/btf/vmlinux';

function runningTypes(fs: KernelFs): BaseTypes {
  return {
    source: { origin: vmlinux, digest: '', stamp: null },
    hash: null,
    load: () => {
      const bytes = fs.bytes(vmlinux);
      if (bytes === undefined) throw noBtf();
      return { ...readBtfFile(vmlinux, bytes), hash: createHash('sha256').update(bytes).digest('hex') };
    },
  };
}

function loadedModules(fs: KernelFs): readonly ModuleSource[] {
  const names = (fs.list('/sys/kernel/btf') ?? []).filter((name) => name !== 'vmlinux');
  return names.map((name) => {
    const origin = `/sys/kernel/btf/${name}`;
    const notes = fs.bytes(`/sys/module/${name}/notes/.note.gnu.build-id`);
    return {
      origin, name, stamp: null, file: fs.locate(origin),
      buildId: notes === undefined ? null : (buildIdOf(new Bytes(origin, notes)) ?? null),
      load: (): Uint8Array => {
        const bytes = fs.bytes(origin);
        if (bytes === undefined) throw new NotSupported('module', `${origin}: the module has been unloaded`);
        return bytes;
      },
    };
  });
}

function noBtf(): NotSupported {
  return new NotSupported('btf', 'this kernel has no BTF: /sys/kernel/btf/vmlinux is not there (it is built without CONFIG_DEBUG_INFO_BTF)', [
    'btfly index FILE, with the BTF of this very kernel build (raw, or a vmlinux ELF with a .BTF section)',
    'btfly index --headers, with the headers of this kernel installed (linux-headers packages, /lib/modules/$(uname -r)/build)',
    'a kernel package of your distribution that has BTF',
  ]);
}
