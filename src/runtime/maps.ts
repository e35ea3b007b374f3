// Makes the maps of a Spec: sizes, contents, freezing.
import { totalmem } from 'node:os';
import type { MapSpec, ProgramSpec, Spec } from '../bpf/spec.ts';
import { internalMaps } from '../bpf/spec.ts';
import type { Owner } from '../sys/fd.ts';
import { BpfMap } from '../sys/map.ts';

export type Maps = ReadonlyMap<string, BpfMap>;

/** Throws SysError. @param cpus number of possible CPUs */
export function createMaps(spec: Spec, cpus: number, owner: Owner): Maps {
  const maps = new Map<string, BpfMap>();
  for (const map of spec.maps) maps.set(map.name, createMap(spec, map, cpus, owner));
  return maps;
}

function createMap(spec: Spec, map: MapSpec, cpus: number, owner: Owner): BpfMap {
  const ring = map.type === 'ringbuf';
  const made = owner.adopt(
    BpfMap.create(
      {
        name: kernelName(map.name),
        type: map.type,
        keySize: ring ? 0 : map.keySize,
        valueSize: ring ? 0 : map.valueSize,
        maxEntries: ring && map.maxEntries === 0 ? ringSize(spec) : map.maxEntries,
        flags: map.flags,
      },
      cpus,
    ),
  );
  if (map.contents !== undefined) {
    const value = new Uint8Array(map.valueSize);
    value.set(map.contents);
    made.update(new Uint8Array(map.keySize), value);
  }
  if (map.readOnly === true) made.freeze();
  return made;
}

/** The kernel takes [A-Za-z0-9_.] only. */
function kernelName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.]/g, '_').slice(0, 15);
}

/** bpftrace's limits: 64 and 4096 pages of 4 KB. */
const smallestRing = 256 << 10;
const largestRing = 16 << 20;
/** Enough where only BEGIN, END and intervals write: one thread at a time, drained between. A ring's pages cost 0.3 ms a megabyte. */
const quietRing = 1 << 20;

/** Bytes, a power of two: what the script says, else by the machine's memory. */
function ringSize(spec: Spec): number {
  const { ringPages } = spec.config;
  if (ringPages !== undefined) return powerOfTwo(ringPages * 4096);
  const byMemory = Math.min(largestRing, Math.max(smallestRing, powerOfTwo(totalmem() / 1024)));
  return spec.programs.every((program) => isQuiet(program) || !writesEvents(program)) ? Math.min(quietRing, byMemory) : byMemory;
}

function isQuiet({ attach }: ProgramSpec): boolean {
  return attach.kind === 'begin' || attach.kind === 'end' || attach.kind === 'signal' || (attach.kind === 'timer' && !attach.everyCpu);
}

function writesEvents(program: ProgramSpec): boolean {
  return program.relocations.some((relocation) => relocation.kind === 'map' && relocation.map === internalMaps.ring);
}

/** The next one up. */
function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(4096, size)));
}
