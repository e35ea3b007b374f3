// Runs a module of irgen three ways: as IR, as eBPF on the interpreter, and (kernelbpf.ts) by the kernel.
import type { Generated } from '../../src/compile/codegen/codegen.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import type { Module } from '../../src/compile/ir/ir.ts';
import { inputSize, resultSize } from './irgen.ts';
import type { HelperFunction } from './interpreter.ts';
import { Machine } from './interpreter.ts';
import { runModule } from './irrun.ts';
import { Memory } from './memory.ts';

export const mapSizes: Readonly<Record<string, number>> = { inputs: inputSize, results: resultSize };

const defaultPid = (4321n << 32n) | 4322n;

/** What both runs find: an address of readable memory for each map, a pid, a reader of memory. */
const answers: Readonly<Partial<Record<keyof typeof helpers, HelperFunction>>> = {
  get_current_pid_tgid: () => defaultPid,
  probe_read_kernel: ([to = 0n, size = 0n, from = 0n], { memory }) => {
    const length = Number(size);
    const readable = memory.readable(from, length);
    memory.fill(to, readable ? memory.bytes(from, length) : new Uint8Array(length));
    return readable ? 0n : -14n;
  },
  map_lookup_elem: ([map = 0n]) => map,
};

function world(input: Uint8Array): { memory: Memory; maps: Map<string, bigint>; results: () => Uint8Array } {
  const memory = new Memory();
  const regions = { inputs: memory.add('inputs', 64, input), results: memory.add('results', resultSize, new Uint8Array(resultSize)), scratch: memory.add('scratch', 1 << 16) };
  return { memory, maps: new Map(Object.entries(regions).map(([name, region]) => [name, region.base])), results: () => regions.results.bytes.slice() };
}

/** @param pidTgid what the helper get_current_pid_tgid answers */
export function runAsIr(module: Module, input: Uint8Array, pidTgid = defaultPid): Uint8Array {
  const { memory, maps, results } = world(input);
  runModule(module, { memory, maps, helpers: { ...answers, get_current_pid_tgid: () => pidTgid } }, [0n]);
  return results();
}

export function runAsBpf(generated: Generated, input: Uint8Array): Uint8Array {
  const { memory, maps, results } = world(input);
  const byId = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [helpers[name as keyof typeof helpers].id, answer]));
  const relocations = new Map(
    generated.relocations.flatMap((relocation) => {
      if (relocation.kind === 'map') return [[relocation.insn, maps.get(relocation.map) ?? 0n] as const];
      return relocation.kind === 'data' ? [[relocation.insn, (maps.get(relocation.map) ?? 0n) + BigInt(relocation.offset)] as const] : [];
    }),
  );
  new Machine(generated.code, { memory, helpers: byId, relocations }).run(0n);
  return results();
}
