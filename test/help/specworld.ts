// Runs the programs of a Spec on the eBPF interpreter: one CPU, maps in make-believe memory, events collected.
import type { HelperName } from '../../src/bpf/helpers.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import type { EventSpec, MapSpec, ProgramSpec, Relocation, Spec } from '../../src/bpf/spec.ts';
import { eventHeaderSize } from '../../src/bpf/spec.ts';
import { decoder } from '../../src/runtime/decode.ts';
import { memoryOf } from '../../src/runtime/decode.ts';
import type { Value } from '../../src/runtime/value.ts';
import type { HelperFunction } from './interpreter.ts';
import { Machine } from './interpreter.ts';
import type { Region } from './memory.ts';
import { Memory } from './memory.ts';

export interface SpecEvent {
  readonly event: EventSpec;
  readonly payload: Uint8Array;
}

interface WorldMap {
  readonly spec: MapSpec;
  /** What stands for the map itself. */
  readonly handle: Region;
  /** Values by the bytes of their keys, in hexadecimal. */
  readonly values: Map<string, Region>;
}

/** BPF_NOEXIST, BPF_EXIST; ENOENT, E2BIG, EEXIST. */
const [noExist, exist] = [1n, 2n];
const [notThere, tooBig, isThere] = [-2n, -7n, -17n];

const nobody = { comm: 'somebody', pidTgid: (4321n << 32n) | 4322n };

export class SpecWorld {
  readonly events: SpecEvent[] = [];
  /** Called before an element is put into a map: what another CPU does at that moment. */
  onUpdate: ((map: string, key: Uint8Array) => void) | undefined;
  /** Calls by the names of the helpers. */
  readonly calls = new Map<string, number>();
  readonly #memory = new Memory();
  readonly #maps = new Map<string, WorldMap>();
  readonly #reserved = new Map<bigint, Region>();
  #clock = 5_000_000_000n;

  constructor(readonly spec: Spec) {
    for (const map of spec.maps) {
      const known: WorldMap = { spec: map, handle: this.#memory.add(map.name, 8), values: new Map() };
      this.#maps.set(map.name, known);
      if (map.type !== 'array' && map.type !== 'percpu_array') continue;
      // Entries of an array lie behind each other; what the tests look at is in the first ones.
      for (let index = 0; index < Math.min(map.maxEntries, 4096); index++) this.#put(known, number(index, 4), (index === 0 ? map.contents : undefined) ?? new Uint8Array(map.valueSize));
    }
  }

  /** Runs all programs of the Spec, in order. */
  run(): void {
    for (const program of this.spec.programs) this.runProgram(program);
  }

  runProgram(program: ProgramSpec): bigint {
    const relocations = new Map(program.relocations.map((each) => [each.insn, this.#relocated(each)] as const));
    const byId = Object.fromEntries(Object.entries(this.#answers()).map(([name, answer]) => [helpers[name as HelperName].id, this.#counted(name, answer)]));
    const context = this.#memory.add('context', 512, new Uint8Array(512));
    return new Machine(program.code, { memory: this.#memory, helpers: byId, relocations }).run(context.base);
  }

  /** What `print` was given, in order. */
  printed(): readonly Value[] {
    return this.events.flatMap(({ event, payload }) => (event.kind === 'print' ? [decoder(event.payload, nothing)(memoryOf(payload), 0)] : []));
  }

  /** Puts an element into a map, as somebody else would. */
  put(map: string, key: Uint8Array, value: Uint8Array): void {
    this.#put(this.#map(map), key, value);
  }

  /** Keys (in hexadecimal) and values of a map. */
  contents(map: string): readonly (readonly [key: string, value: Uint8Array])[] {
    return [...this.#map(map).values].map(([key, { bytes }]) => [key, bytes] as const);
  }

  #map(name: string): WorldMap {
    const found = this.#maps.get(name);
    if (found === undefined) throw new Error(`the Spec has no map ${name}`);
    return found;
  }

  #put({ spec, values }: WorldMap, key: Uint8Array, value: Uint8Array): void {
    values.set(hex(key), this.#memory.add(`${spec.name} value`, spec.valueSize, value));
  }

  #relocated(relocation: Relocation): bigint {
    if (relocation.kind === 'map') return this.#map(relocation.map).handle.base;
    if (relocation.kind === 'data') return (this.#map(relocation.map).values.get('00000000')?.base ?? 0n) + BigInt(relocation.offset);
    return relocation.kind === 'cpus' ? 1n : 0n;
  }

  #counted(name: string, answer: HelperFunction): HelperFunction {
    return (args, machine) => {
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
      return answer(args, machine);
    };
  }

  #answers(): Partial<Record<HelperName, HelperFunction>> {
    const memory = this.#memory;
    const byHandle = (handle: bigint): WorldMap => [...this.#maps.values()].find((map) => map.handle.base === handle) ?? fail('no such map');
    const keyOf = ({ spec }: WorldMap, key: bigint): Uint8Array => memory.bytes(key, spec.keySize);
    const read: HelperFunction = ([to = 0n, size = 0n, from = 0n]) => {
      const readable = memory.readable(from, Number(size));
      memory.fill(to, readable ? memory.bytes(from, Number(size)) : new Uint8Array(Number(size)));
      return readable ? 0n : -14n;
    };
    return {
      get_current_pid_tgid: () => nobody.pidTgid,
      get_current_comm: ([to = 0n, size = 0n]) => {
        memory.fill(to, Buffer.from(`${nobody.comm.slice(0, Number(size) - 1)}\0`, 'latin1'));
        return 0n;
      },
      get_smp_processor_id: () => 0n,
      ktime_get_ns: () => this.#clock++,
      ktime_get_boot_ns: () => this.#clock++,
      probe_read_kernel: read,
      probe_read_user: read,
      map_lookup_elem: ([handle = 0n, key = 0n]) => {
        const map = byHandle(handle);
        return map.values.get(hex(keyOf(map, key)))?.base ?? 0n;
      },
      map_lookup_percpu_elem: ([handle = 0n, key = 0n, cpu = 0n]) => {
        const map = byHandle(handle);
        return cpu === 0n ? (map.values.get(hex(keyOf(map, key)))?.base ?? 0n) : 0n;
      },
      map_update_elem: ([handle = 0n, key = 0n, value = 0n, flags = 0n]) => {
        const map = byHandle(handle);
        const bytes = keyOf(map, key);
        this.onUpdate?.(map.spec.name, bytes);
        const there = map.values.get(hex(bytes));
        if (there !== undefined && flags === noExist) return isThere;
        if (there === undefined && flags === exist) return notThere;
        if (there === undefined && map.values.size >= map.spec.maxEntries) return tooBig;
        this.#put(map, bytes, memory.bytes(value, map.spec.valueSize));
        return 0n;
      },
      map_delete_elem: ([handle = 0n, key = 0n]) => {
        const map = byHandle(handle);
        return map.values.delete(hex(keyOf(map, key))) ? 0n : notThere;
      },
      ringbuf_reserve: ([, size = 0n]) => {
        const region = memory.add('record', Number(size));
        this.#reserved.set(region.base, region);
        return region.base;
      },
      ringbuf_submit: ([record = 0n]) => {
        const region = this.#reserved.get(record) ?? fail('nothing was reserved there');
        const bytes = memory.bytes(record, region.bytes.byteLength);
        const event = this.spec.events[Number(Buffer.from(bytes).readBigUInt64LE())] ?? fail('no such event');
        this.events.push({ event, payload: bytes.slice(eventHeaderSize) });
        return 0n;
      },
      ringbuf_discard: () => 0n,
    };
  }
}

/** Integers need nothing of the machine to be read. */
const nothing = { trailer: '..' } as Parameters<typeof decoder>[1];

/** Little endian. */
export function number(value: number | bigint, size: 4 | 8): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes.subarray(0, size);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fail(message: string): never {
  throw new Error(message);
}
