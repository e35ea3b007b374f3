// Scripts compiled against a real kernel's catalog, and given to this machine's verifier or run on it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { arches } from '../../src/base/arch.ts';
import type { ArchName } from '../../src/base/arch.ts';
import { renderDiagnostic } from '../../src/base/diagnostic.ts';
import { kernelFs } from '../../src/base/kernelfs.ts';
import { SourceText } from '../../src/base/span.ts';
import type { Spec } from '../../src/bpf/spec.ts';
import { KernelProbes } from '../../src/catalog/catalog.ts';
import { featuresOf } from '../../src/catalog/features.ts';
import type { ProbedKernel } from '../../src/catalog/provider/provider.ts';
import { compile } from '../../src/compile/compile.ts';
import type { Compilation, CompileInput } from '../../src/compile/input.ts';
import { loadPrograms } from '../../src/runtime/load.ts';
import { Machine } from '../../src/runtime/machine.ts';
import { createMaps } from '../../src/runtime/maps.ts';
import { run } from '../../src/runtime/runtime.ts';
import { Owner } from '../../src/sys/fd.ts';
import { readerOfC } from './readc.ts';
import { recordScript } from './recorded.ts';

export type Given = Partial<Pick<CompileInput, 'positional' | 'named' | 'config' | 'unsafe' | 'readC'>>;

export function compileFor(kernel: ProbedKernel, script: string, given: Given = {}, arch: ArchName = 'x86_64'): Compilation {
  return compile({
    source: new SourceText('stdin', script),
    arch: arches[arch],
    features: featuresOf(kernel.types),
    types: (module) => kernel.typesOf(module ?? 'vmlinux'),
    probes: new KernelProbes({ ...kernel, arch: arches[arch], typesOf: (image) => kernel.typesOf(image) }),
    readC: readerOfC(),
    positional: [], named: new Map(), config: {}, unsafe: false,
    ...given,
  });
}

/** Diagnostics as the user sees them. */
export function complaints(compilation: Compilation, script: string): string {
  const source = new SourceText('stdin', script);
  return compilation.diagnostics.map((diagnostic) => renderDiagnostic(source, diagnostic)).join('');
}

/** The Spec; complaints are thrown. */
export function specOf(kernel: ProbedKernel, script: string, given: Given = {}, arch: ArchName = 'x86_64'): Spec {
  const compilation = compileFor(kernel, script, given, arch);
  if (compilation.spec === undefined) throw new Error(complaints(compilation, script));
  return compilation.spec;
}

/** Program types that this machine loads: it refuses trampolines. */
const loadable: ReadonlySet<string> = new Set(['kprobe', 'tracepoint', 'raw_tracepoint', 'perf_event']);

/** Gives the programs to the verifier; a rejection is thrown with its log. @param record as for `outputOf` @returns how many were loaded */
export async function load(spec: Spec, record = true): Promise<number> {
  const owner = new Owner();
  try {
    const machine = new Machine(kernelFs, 0);
    const maps = createMaps(spec, machine.cpus, owner);
    const programs = spec.programs.filter((program) => loadable.has(program.type));
    await loadPrograms({ ...spec, programs }, { machine, maps, owner, onLog: undefined });
    if (record) recordScript(spec.source.text);
    return programs.length;
  } finally {
    owner.close();
  }
}

let runs = 0;

/**
 * Runs a script that exits by itself; what it prints on standard output.
 * @param record false for scripts made at random, of which there would be no end
 */
export async function outputOf(kernel: ProbedKernel, folder: string, script: string, given: Given = {}, record = true): Promise<string> {
  const spec = specOf(kernel, script, given);
  const output = join(folder, `output-${runs++}`);
  await run(spec, { format: 'text', output, buffering: 'line', quiet: true, verbose: false, warnings: true, verifierLog: false, dryRun: false });
  if (record) recordScript(script);
  return readFileSync(output, 'latin1');
}
