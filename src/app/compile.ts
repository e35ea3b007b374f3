// Compiles a script against a kernel of the catalog: finds the kernel, gathers what the compiler must know, calls it.
import type { SourceText } from '../base/span.ts';
import type { Probes } from '../ctype/probes.ts';
import type { Compilation, CompileInput } from '../compile/input.ts';
import { compile } from '../compile/compile.ts';
import { hasC } from '../compile/lang/preamble/pieces.ts';
import type { ReadC } from '../ctype/cpart.ts';
import { headerCache, type LocationOptions } from '../index/location.ts';
import { environmentConfig } from './environment.ts';
import type { CPlace } from './cpart.ts';
import type { KernelChoice, OpenKernel } from './kernel.ts';
import { locationOf, openKernel } from './kernel.ts';
import { mark } from './timing.ts';

export interface ScriptRequest {
  readonly source: SourceText;
  /** $1, $2, … */
  readonly positional: readonly string[];
  /** `--name=value` behind `--`. */
  readonly named: ReadonlyMap<string, string>;
  /** -I, in order. */
  readonly includeDirectories: readonly string[];
  /** Reads the C of scripts that have some: the reader of headers is large, and most scripts have none. */
  readonly openC: (place: CPlace, text: string) => Promise<ReadC>;
  readonly unsafe: boolean;
}

export async function compileScript(request: ScriptRequest, choice: KernelChoice): Promise<Compilation> {
  mark('start');
  const kernel = await openKernel(choice);
  mark('catalog');
  const compilation = await compileOn(kernel, request, locationOf(choice));
  mark('compile');
  return compilation;
}

/** The same for a kernel that is open already; its headers are looked for on this machine. */
export async function compileOn(kernel: OpenKernel, request: ScriptRequest, location: LocationOptions): Promise<Compilation> {
  const { release } = kernel.image.kernel;
  const readC = await readerOfC(kernel, request, release === null ? undefined : `/lib/modules/${release}/build`, location);
  return compileFor({ arch: kernel.arch, features: kernel.features, readC }, request, (module) => kernel.types(module), kernel.probes);
}

/** @param headers of the kernel that the script is for, if they are there */
export async function readerOfC({ arch, image }: Pick<OpenKernel, 'arch' | 'image'>, { source, includeDirectories, openC }: ScriptRequest, headers: string | undefined, location: LocationOptions): Promise<ReadC | undefined> {
  if (!hasC(source.text)) return undefined;
  return await openC({ directories: includeDirectories, arch: arch.name, headers, known: JSON.stringify(image.kernel), cache: headerCache(location) }, source.text);
}

/** The same with all that is needed of a kernel at hand. */
export function compileFor({ arch, features, readC }: Pick<OpenKernel, 'arch' | 'features'> & Pick<CompileInput, 'readC'>, request: ScriptRequest, types: CompileInput['types'], probes: Probes): Compilation {
  return compile({
    source: request.source,
    arch, features, types, probes, readC,
    positional: request.positional,
    named: request.named,
    config: environmentConfig(process.env),
    unsafe: request.unsafe,
  });
}
