// Small Specs made by hand: programs of a few instructions, so that the runtime is tested without a compiler.
import { atomicAdd, callHelper, encode, exit, jumpImm, loadImm64, mov, movImm, store, storeImm } from '../../../src/bpf/asm.ts';
import { helpers } from '../../../src/bpf/helpers.ts';
import type { Insn } from '../../../src/bpf/insn.ts';
import { BPF_PSEUDO_MAP_FD, slots } from '../../../src/bpf/insn.ts';
import type { Layout } from '../../../src/bpf/layout.ts';
import { layoutSize } from '../../../src/bpf/layout.ts';
import type { UserMap } from '../../../src/bpf/shape.ts';
import { storeMap } from '../../../src/bpf/shape.ts';
import type { AttachSpec, EventSpec, MapSpec, ProgramSpec, ProgramType, Relocation, RunConfig, Spec } from '../../../src/bpf/spec.ts';
import { internalMaps, lossKinds } from '../../../src/bpf/spec.ts';

type Pending = Relocation extends infer R ? (R extends Relocation ? Omit<R, 'insn'> : never) : never;

/** An instruction, or one whose immediate the runtime fills in. */
export type Step = Insn | { readonly insn: Insn; readonly relocation: Pending };

export const span = { start: 0, end: 5 };

export const ring: MapSpec = { name: internalMaps.ring, type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 0, flags: 0 };
export const losses: MapSpec = { name: internalMaps.losses, type: 'array', keySize: 4, valueSize: 8 * lossKinds.length, maxEntries: 1, flags: 0 };

export const config: RunConfig = {
  printMapsOnExit: true, truncationTrailer: '..', maxCatBytes: 10240, ringPages: undefined, missingProbes: 'error', verifierLogSize: 1_000_000,
};

export const int = (size: 1 | 2 | 4 | 8 = 8, signed = true): Layout => ({ kind: 'int', size, signed });

export function userMap(user: UserMap, kernelName: string, maxEntries = 4096): MapSpec {
  return storeMap(user, kernelName, maxEntries);
}

export function program(name: string, title: string, type: ProgramType, attach: AttachSpec, steps: readonly Step[]): ProgramSpec {
  const insns: Insn[] = [];
  const relocations: Relocation[] = [];
  let slot = 0;
  for (const step of steps) {
    const insn = 'insn' in step ? step.insn : step;
    if ('relocation' in step) relocations.push({ insn: slot, ...step.relocation } as Relocation);
    insns.push(insn);
    slot += slots(insn);
  }
  const spans = Array.from({ length: slot }, (_, at) => ({ start: at, end: at + 1 }));
  return { name, title, type, code: encode(insns), functions: [], spans, lines: [], relocations, attach, span };
}

export const begin = (...steps: readonly Step[]): ProgramSpec => program('begin_1', 'BEGIN', 'raw_tracepoint', { kind: 'begin' }, [...steps, movImm(0, 0), exit()]);
export const end = (...steps: readonly Step[]): ProgramSpec => program('end_1', 'END', 'raw_tracepoint', { kind: 'end' }, [...steps, movImm(0, 0), exit()]);
export const interval = (ms: number, ...steps: readonly Step[]): ProgramSpec =>
  program('interval_1', `interval:ms:${ms}`, 'perf_event', { kind: 'timer', everyCpu: false, ns: ms * 1_000_000 }, [...steps, movImm(0, 0), exit()]);

/** r1 = the map. */
export const mapTo = (register: number, map: string): Step => ({ insn: loadImm64(register, 0n, BPF_PSEUDO_MAP_FD), relocation: { kind: 'map', map } });

export const number64 = (register: number, relocation: Pending): Step => ({ insn: loadImm64(register, 0n), relocation });

/** An event whose payload is these u64 words. */
export function event(id: number, ...words: readonly (number | bigint)[]): readonly Step[] {
  return eventFrom(id, words.map((word, at) => [loadImm64(1, BigInt(word)), store(8, 10, -8 * (words.length - at), 1)]).flat(), words.length * 8);
}

/** An event whose payload the steps put at r10 - size. */
export function eventFrom(id: number, steps: readonly Step[], size: number): readonly Step[] {
  const total = size + 8;
  return [
    ...steps,
    loadImm64(1, BigInt(id)),
    store(8, 10, -total, 1),
    mapTo(1, internalMaps.ring),
    mov(2, 10),
    addTo(2, -total),
    movImm(3, total),
    movImm(4, 0),
    callHelper(helpers.ringbuf_output.id),
  ];
}

export function addTo(register: number, value: number): Insn {
  return { code: 0x07, dst: register, src: 0, off: 0, imm: value };
}

/** map[key] += 1, for a map of u64 counters that has the key (an array). `key` is a u32. */
export function count(map: string, key = 0): readonly Step[] {
  return [
    storeImm(4, 10, -4, key),
    mapTo(1, map),
    mov(2, 10),
    addTo(2, -4),
    callHelper(helpers.map_lookup_elem.id),
    jumpImm('jeq', 0, 0, 2),
    movImm(1, 1),
    atomicAdd(8, 0, 0, 1),
  ];
}

/** map[key] = value, keys and values of u64 words. */
export function put(map: string, key: readonly (number | bigint)[], value: readonly (number | bigint)[]): readonly Step[] {
  const words = [...key, ...value];
  const at = -8 * words.length;
  return [
    ...words.flatMap((word, index) => [loadImm64(1, BigInt.asUintN(64, BigInt(word))), store(8, 10, at + 8 * index, 1)]),
    mapTo(1, map),
    mov(2, 10),
    addTo(2, at),
    mov(3, 10),
    addTo(3, at + 8 * key.length),
    movImm(4, 0),
    callHelper(helpers.map_update_elem.id),
  ];
}

export function spec(parts: { readonly programs: readonly ProgramSpec[]; readonly maps?: readonly MapSpec[]; readonly events?: readonly EventSpec[]; readonly config?: Partial<RunConfig>; readonly text?: string }): Spec {
  return {
    version: 1,
    arch: 'x86_64',
    license: 'GPL',
    source: { name: 'stdin', text: parts.text ?? 'BEGIN { exit(); }' },
    maps: parts.maps ?? [],
    programs: parts.programs,
    events: parts.events ?? [],
    btf: new Uint8Array(),
    config: { ...config, ...parts.config },
  };
}

export function tuple(...elements: readonly Layout[]): Extract<Layout, { kind: 'tuple' }> {
  let offset = 0;
  const fields = elements.map((layout) => {
    const field = { offset, layout };
    offset += Math.ceil(layoutSize(layout) / 8) * 8;
    return field;
  });
  return { kind: 'tuple', size: offset, elements: fields };
}

export const exitEvent: EventSpec = { kind: 'exit', payload: int(), span };

