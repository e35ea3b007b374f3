// What is read beside headers, for a kernel without BTF: function names of symbol tables, and what the running kernel shows.
import type { KernelFs } from '../base/kernelfs.ts';
import type { Part } from '../source/image/parts.ts';
import { imageSymbolsText } from '../source/ksyms/image.ts';
import { readFunctionSymbols } from '../source/ksyms/ksyms.ts';
import { worldSaidNo } from './failures.ts';
import { runningKernel } from './identity.ts';
import type { Step } from './kernelindex.ts';
import { runningSources } from './running.ts';
import type { OpenSource } from './sources.ts';
import { symbolsMerging } from './steps.ts';

/** Function names of a symbol table's text; of a table without functions nothing. */
export function symbolStep(origin: string, text: () => string | Promise<string>): Step {
  return {
    // A table that comes with BTF is another source, and is read when it comes.
    kind: 'kallsyms', origin, digest: 'beside headers', stamp: null,
    load: async () => {
      const found = readFunctionSymbols(await text());
      return found.length === 0 ? undefined : symbolsMerging(found);
    },
  };
}

export interface Sorted {
  /** Symbol tables, and those that lie in images without BTF. */
  readonly steps: readonly Step[];
  /** Sources with anything else in them. */
  readonly others: readonly string[];
}

/** A source that cannot be looked into is one of the others, which say why. */
export async function sortSources(sources: readonly string[], open: OpenSource): Promise<Sorted> {
  const steps: Step[] = [];
  const others: string[] = [];
  for (const source of sources) {
    const found = await symbolsOf(source, open);
    if (found === undefined) others.push(source);
    else steps.push(...found);
  }
  return { steps, others };
}

async function symbolsOf(source: string, open: OpenSource): Promise<readonly Step[] | undefined> {
  const steps: Step[] = [];
  try {
    for await (const part of open(source)) {
      const step = await symbolPart(part);
      if (step === undefined) return undefined;
      steps.push(step);
    }
  } catch (error) {
    // Who reads it next meets the same, and reports it.
    worldSaidNo(error);
    return undefined;
  }
  return steps.length === 0 ? undefined : steps;
}

async function symbolPart(part: Part): Promise<Step | undefined> {
  if (part.kind === 'symbols') return symbolStep(part.path, () => part.load());
  if (part.kind !== 'vmlinux') return undefined;
  const { btf, memory } = await part.load();
  return btf === undefined && memory !== undefined ? symbolStep(part.path, () => imageSymbolsText(memory)) : undefined;
}

/** What the running kernel tells of itself, where it is that one and has no BTF: its functions and tracepoints. */
export function runningSteps(fs: KernelFs, release: string | null): readonly Step[] {
  if (release === null || runningKernel(fs).release !== release || fs.head('/sys/kernel/btf/vmlinux', 1) !== undefined) return [];
  return runningSources(fs, undefined).steps;
}
