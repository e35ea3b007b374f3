// Runs a module of irgen three ways: as IR, as eBPF on the interpreter, and (kernelbpf.ts) by the kernel.
import type { Generated } from '../../src/compile/codegen/codegen.ts';
import type { HelperName } from '../../src/bpf/helpers.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import type { Module } from '../../src/compile/ir/ir.ts';
import type { HelperFunction } from './interpreter.ts';
import { Machine } from './interpreter.ts';
import { inputSize, resultSize, tableEntries } from './irgen.ts';
import { runModule } from './irrun.ts';
import type { TestMap } from './kernelbpf.ts';
import { Memory } from './memory.ts';

/** The maps that the programs use, as the kernel makes them. */
export function testMaps(input: Uint8Array): Readonly<Record<string, TestMap>> {
  return {
    inputs: { type: 'array', valueSize: inputSize, maxEntries: 1, contents: input },
    results: { type: 'array', valueSize: resultSize, maxEntries: 1 },
    table: { type: 'array', valueSize: 8, maxEntries: tableEntries, contents: table },
    ring: { type: 'ringbuf', valueSize: 0, maxEntries: 4096 },
  };
}

const table = new Uint8Array(BigUint64Array.from({ length: tableEntries }, (_, index) => BigInt(1000 * index + 7)).buffer);

/** What the machine tells of itself. */
export interface Self {
  readonly pidTgid: bigint;
  readonly comm: string;
}

const nobody: Self = { pidTgid: (4321n << 32n) | 4322n, comm: 'somebody' };

interface World {
  readonly memory: Memory;
  readonly maps: ReadonlyMap<string, bigint>;
  readonly answers: Readonly<Partial<Record<HelperName, HelperFunction>>>;
  /** Contents of `results`, then of `table`. */
  readonly results: () => Uint8Array;
}

function world(input: Uint8Array, self: Self): World {
  const memory = new Memory();
  const regions = {
    inputs: memory.add('inputs', inputSize, input), results: memory.add('results', resultSize, new Uint8Array(resultSize)),
    table: memory.add('table', table.byteLength, table), ring: memory.add('ring', 8), scratch: memory.add('scratch', 1 << 16),
  };
  const element = (key: bigint): bigint | undefined => {
    const index = memory.read(key, 4);
    return index < BigInt(tableEntries) ? regions.table.base + 8n * index : undefined;
  };
  let clock = 5_000_000_000n;
  const answers: World['answers'] = {
    get_current_pid_tgid: () => self.pidTgid,
    get_current_comm: ([to = 0n, size = 0n]) => {
      // Up to 6.1 the kernel leaves alone what is behind the name's end.
      memory.fill(to, Buffer.from(`${self.comm.slice(0, Number(size) - 1)}\0`, 'latin1'));
      return 0n;
    },
    probe_read_kernel: ([to = 0n, size = 0n, from = 0n]) => {
      const length = Number(size);
      const readable = memory.readable(from, length);
      memory.fill(to, readable ? memory.bytes(from, length) : new Uint8Array(length));
      return readable ? 0n : -14n;
    },
    map_lookup_elem: ([map = 0n, key = 0n]) => (map === regions.table.base ? (element(key) ?? 0n) : map),
    map_update_elem: ([, key = 0n, value = 0n, flags = 0n]) => {
      const to = element(key);
      const bytes = memory.bytes(value, 8);
      if (to === undefined) return -7n;
      if (flags === 1n) return -17n;
      memory.fill(to, bytes);
      return 0n;
    },
    ringbuf_reserve: ([, size = 0n]) => memory.add('record', Number(size)).base,
    ringbuf_discard: () => 0n,
    ringbuf_submit: () => 0n,
    map_delete_elem: () => 0n,
    get_smp_processor_id: () => 1n,
    ktime_get_ns: () => clock++,
  };
  const maps = new Map(Object.entries(regions).map(([name, region]) => [name, region.base]));
  return { memory, maps, answers, results: () => Buffer.concat([regions.results.bytes, regions.table.bytes]) };
}

export function runAsIr(module: Module, input: Uint8Array, self: Self = nobody): Uint8Array {
  const { memory, maps, answers, results } = world(input, self);
  runModule(module, { memory, maps, helpers: answers }, [0n]);
  return results();
}

/** What a module returns and leaves behind; its context is the input, twice. */
export function outcome(module: Module, input: Uint8Array): { readonly returned: bigint; readonly results: Uint8Array } {
  const { memory, maps, answers, results } = world(input, nobody);
  const context = memory.add('context', 2 * inputSize, Buffer.concat([input, input]));
  return { returned: runModule(module, { memory, maps, helpers: answers }, [context.base]), results: results() };
}

export function runAsBpf(generated: Generated, input: Uint8Array): Uint8Array {
  const { memory, maps, answers, results } = world(input, nobody);
  const byId = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [helpers[name as HelperName].id, answer]));
  const relocations = new Map(
    generated.relocations.flatMap((relocation) => {
      if (relocation.kind === 'map') return [[relocation.insn, maps.get(relocation.map) ?? 0n] as const];
      return relocation.kind === 'data' ? [[relocation.insn, (maps.get(relocation.map) ?? 0n) + BigInt(relocation.offset)] as const] : [];
    }),
  );
  new Machine(generated.code, { memory, helpers: byId, relocations }).run(0n);
  return results();
}
