// Compiles a script against a kernel of the catalog: finds the kernel, gathers what the compiler must know, calls it.
import type { SourceText } from '../base/span.ts';
import type { Probes } from '../ctype/probes.ts';
import type { Compilation, CompileInput } from '../compile/input.ts';
import { compile } from '../compile/compile.ts';
import { environmentConfig } from './environment.ts';
import { includeFrom } from './include.ts';
import type { KernelChoice, OpenKernel } from './kernel.ts';
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
  const compilation = compileFor(kernel, request, (module) => kernel.types(module), kernel.probes);
  mark('compile');
  return compilation;
}

/** The same for a kernel that is open already. */
export function compileFor({ arch, features }: Pick<OpenKernel, 'arch' | 'features'>, request: ScriptRequest, types: CompileInput['types'], probes: Probes): Compilation {
  return compile({
    source: request.source,
    arch, features, types, probes,
    include: includeFrom(request.includeDirectories),
    positional: request.positional,
    named: request.named,
    config: environmentConfig(process.env),
    unsafe: request.unsafe,
  });
}
