// Runs generated programs in the running kernel: loaded as raw tracepoint programs, run once by BPF_PROG_TEST_RUN.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SourceText } from '../../src/base/span.ts';
import type { MapType } from '../../src/bpf/spec.ts';
import { internalMaps } from '../../src/bpf/spec.ts';
import type { Generated } from '../../src/compile/codegen/codegen.ts';
import { DebugInfo } from '../../src/compile/codegen/debuginfo.ts';
import { kernelFs } from '../../src/base/kernelfs.ts';
import { btfLoad } from '../../src/sys/btf.ts';
import { possibleCpus } from '../../src/sys/cpus.ts';
import { Owner } from '../../src/sys/fd.ts';
import { BpfMap } from '../../src/sys/map.ts';
import { progInfo, progLoad, progTestRun } from '../../src/sys/prog.ts';

/** Undefined when this machine can load programs, else why not. */
export const noKernel: string | undefined = (() => {
  if (process.getuid?.() !== 0) return 'not root';
  return existsSync(join(import.meta.dirname, '../../native/build/Release/btfly.node')) ? undefined : 'native/ is not built';
})();

export interface TestMap {
  readonly type: MapType;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Values of an array, one behind the other. */
  readonly contents?: Uint8Array;
}

export interface KernelRun {
  readonly retval: number;
  /** Instructions after the verifier. */
  readonly xlated: number;
  readonly map: (name: string) => Uint8Array;
}

/** Throws with the verifier's log when the program is refused. The scratch map is made as the program wants it. */
export async function runInKernel(generated: Generated, maps: Readonly<Record<string, TestMap>>, runs = 1): Promise<KernelRun> {
  const owner = new Owner();
  try {
    const cpus = possibleCpus(kernelFs);
    const made = new Map<string, BpfMap>();
    const mapOf = (name: string): BpfMap => {
      const known = made.get(name);
      if (known) return known;
      const scratch: TestMap = { type: 'percpu_array', valueSize: Math.max(8, generated.scratchSize), maxEntries: 16 };
      const spec = name === internalMaps.scratch ? scratch : maps[name];
      if (!spec) throw new Error(`no map ${name}`);
      const map = owner.adopt(BpfMap.create({ name, ...spec, keySize: spec.type === 'ringbuf' ? 0 : 4, flags: 0 }, cpus));
      for (let index = 0; spec.contents && index < spec.maxEntries; index++) {
        map.update(keyOf(index), spec.contents.slice(index * spec.valueSize, (index + 1) * spec.valueSize));
      }
      made.set(name, map);
      return map;
    };
    for (const name of Object.keys(maps)) mapOf(name);
    const code = relocated(generated, (name) => mapOf(name).fd.number);
    const debug = new DebugInfo();
    const { functions } = debug.describe(generated, new SourceText('test', ''));
    const records = new Uint32Array(functions.flatMap(({ start, btfType }) => [start, btfType]));
    const btf = generated.needsBtf ? { fd: owner.adopt(btfLoad(debug.bytes())).number, functions: new Uint8Array(records.buffer), lines: new Uint8Array(0) } : undefined;
    const load = await progLoad({ name: 'test', type: 'raw_tracepoint', attachType: 'none', code, license: 'GPL', btf, logLevel: 0, logSize: 1 << 20 }, false);
    if (load.fd === undefined) throw new Error(`errno ${load.errno}: ${load.log.split('\n').slice(-40).join('\n')}`);
    const prog = owner.adopt(load.fd);
    let retval = 0;
    for (let run = 0; run < runs; run++) retval = progTestRun(prog);
    const results = new Map([...made].filter(([, map]) => map.isArray).map(([name, map]) => [name, Buffer.concat(Array.from({ length: map.options.maxEntries }, (_, index) => map.lookup(keyOf(index)) ?? new Uint8Array()))]));
    return { retval, xlated: progInfo(prog).xlatedSize / 8, map: (name) => results.get(name) ?? new Uint8Array() };
  } finally {
    owner.close();
  }
}

function keyOf(index: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(index).buffer);
}

function relocated(generated: Generated, mapFd: (name: string) => number): Uint8Array {
  const code = generated.code.slice();
  const view = new DataView(code.buffer);
  for (const relocation of generated.relocations) {
    const at = 8 * relocation.insn;
    if (relocation.kind !== 'map' && relocation.kind !== 'data') throw new Error(`relocation ${relocation.kind} is not known here`);
    view.setInt32(at + 4, mapFd(relocation.map), true);
    if (relocation.kind === 'data') view.setInt32(at + 12, relocation.offset, true);
  }
  return code;
}
