// Compiles a script against a kernel of the catalog: finds the kernel, gathers what the compiler must know, calls it.
import type { SourceText } from '../base/span.ts';
import type { Compilation } from '../compile/input.ts';
import { compile } from '../compile/compile.ts';
import { environmentConfig } from './environment.ts';
import { includeFrom } from './include.ts';
import type { KernelChoice } from './kernel.ts';
import { openKernel } from './kernel.ts';
import { mark } from './timing.ts';

export interface ScriptRequest {
  readonly source: SourceText;
  /** $1, $2, … */
  readonly positional: readonly string[];
  /** `--name=value` behind `--`. */
  readonly named: ReadonlyMap<string, string>;
  /** -I, in order. */
  readonly includeDirectories: readonly string[];
  readonly unsafe: boolean;
}

export async function compileScript(request: ScriptRequest, choice: KernelChoice): Promise<Compilation> {
  mark('start');
  const kernel = await openKernel(choice);
  mark('catalog');
  const compilation = compile({
    source: request.source,
    arch: kernel.arch,
    features: kernel.features,
    types: (module) => kernel.types(module),
    probes: kernel.probes,
    include: includeFrom(request.includeDirectories),
    positional: request.positional,
    named: request.named,
    config: environmentConfig(process.env),
    unsafe: request.unsafe,
  });
  mark('compile');
  return compilation;
}
