// What the catalog wants to know of one kernel module, read from its file.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { FormatError } from '../base/errors.ts';
import type { Btf } from '../source/btf/btf.ts';
import { parseModuleBtf, readModuleFile } from '../source/btf/module.ts';
import { eventsOfBtf, type BtfEvent } from '../source/tracefs/btfevents.ts';
import { scanModuleEvents } from '../source/tracefs/scan.ts';
import type { Event } from '../source/tracefs/tracefs.ts';
import { collectFacts, type CollectedFacts } from './facts.ts';

/** The vmlinux that modules stand on. */
export interface ModuleBase {
  readonly btf: Btf;
  readonly facts: CollectedFacts;
  /** `uname -r`; null when it is not known. */
  readonly release: string | null;
}

/** Which module it is. */
export interface ModuleIdentity {
  /** As the kernel spells it. */
  readonly name: string;
  /** `uname -r` of the kernel that it says it was built for. */
  readonly release: string | null;
  readonly buildId: string | null;
  /** SHA-256 of its BTF. */
  readonly hash: string;
}

export interface CollectedModule {
  readonly identity: ModuleIdentity;
  readonly facts: CollectedFacts;
  /** Raw split BTF on its kernel's vmlinux. */
  readonly bytes: Uint8Array;
  /** Tracepoint events that it brings, as its file has them. */
  readonly events: readonly Event[];
  /** What its types alone tell of them, where there is no file of it. */
  readonly typedEvents: readonly BtfEvent[];
}

/**
 * @param what its path
 * @param data a `.ko`, unpacked, or raw split BTF
 * Throws FormatError: broken, without BTF, of another kernel.
 */
export function readModule(base: ModuleBase, what: string, data: Uint8Array): CollectedModule {
  const module = readModuleFile(what, data);
  if (module.release !== null && base.release !== null && module.release !== base.release) {
    throw new FormatError(what, 0, `the module was built for ${module.release}, this kernel is ${base.release}`);
  }
  const { btf, bytes } = parseModuleBtf(module, base.btf);
  const name = (module.name ?? basename(what).replace(/\.(?:ko|btf)\b.*$/, '')).replaceAll('-', '_');
  const identity = { name, release: module.release, buildId: module.buildId, hash: createHash('sha256').update(module.btf).digest('hex') };
  const events = module.elf === undefined ? [] : scanModuleEvents(module.elf, base.btf);
  const typedEvents = module.elf === undefined ? eventsOfBtf(btf) : [];
  return { identity, facts: collectFacts(btf, base.facts), bytes, events, typedEvents };
}
