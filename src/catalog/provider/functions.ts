// Kernel functions as places to attach to: which there are, their prototypes, the clones that a compiler made of them.
import type { FunctionDefinition } from '../../ctype/ctype.ts';
import type { FunctionEntry } from '../../index/reader.ts';
import { globMatcher, hasWildcard } from '../../base/glob.ts';
import type { ProbedKernel } from './provider.ts';

/** Functions that ftrace can attach to, or that can be where its list was not readable, sorted by image, then name. */
export function attachableFunctions(kernel: ProbedKernel, image: string | undefined, name: string): readonly FunctionEntry[] {
  const inImage = image === undefined ? () => true : globMatcher(image);
  const found = kernel.types.functions(name).filter((each) => inImage(each.image) && isAttachable(each));
  if (hasWildcard(name)) return inOrder(found.filter((each) => !isPart(each.name)));
  return inOrder(found.length > 0 ? found : onlyClone(kernel, inImage, name));
}

function inOrder(entries: readonly FunctionEntry[]): readonly FunctionEntry[] {
  const key = (each: FunctionEntry) => `${each.image}:${each.name}`;
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function isAttachable(entry: FunctionEntry): boolean {
  return entry.traceable ?? entry.present ?? entry.typed;
}

/** Pieces that the compiler cut out of a function, not functions. */
function isPart(name: string): boolean {
  return /\.(?:part|cold)(?:\.|$)/.test(name);
}

/** The clone that took the place of the function, where it is the only one. */
function onlyClone(kernel: ProbedKernel, inImage: (name: string) => boolean, name: string): readonly FunctionEntry[] {
  if (name.includes('.')) return [];
  const clones = clonesOf(kernel, name).filter((each) => inImage(each.image));
  return clones.length === 1 ? clones : [];
}

/** Whole-function clones (`.isra`, `.constprop`) that can be attached to. */
export function clonesOf(kernel: ProbedKernel, name: string): readonly FunctionEntry[] {
  return kernel.types.functions(`${name}.*`).filter((each) => each.cloneOf === name && !isPart(each.name) && isAttachable(each));
}

/** What is known of a function's parameters. */
export interface Prototype {
  readonly definition: FunctionDefinition;
  /** Why it may not be the truth here. */
  readonly unreliable?: string;
}

/** The prototype of a function or of the one that a clone was made of; undefined where BTF has none. */
export function prototypeOf(kernel: ProbedKernel, image: string, name: string): Prototype | undefined {
  const base = name.replace(/\.[\s\S]*$/, '');
  const all = kernel.typesOf(image).find('function', base);
  const here = all.filter((each) => each.image === image);
  const [definition] = here.length > 0 ? here : all;
  if (!definition) return undefined;
  if (definition.variants > 1) {
    return { definition, unreliable: `${image} has ${definition.variants} functions called ${base}, with different prototypes` };
  }
  if (base === name || consistentFunctions(kernel)) return { definition };
  return { definition, unreliable: `${name} is a clone that the compiler made of ${base}: it may have moved or removed arguments` };
}

/**
 * Whether BTF leaves out functions whose parameters are not where their prototype says (pahole's `consistent_func`). The pahole that
 * marks kfuncs came after the one that learned it.
 */
function consistentFunctions(kernel: ProbedKernel): boolean {
  return kernel.types.kfuncs() !== undefined;
}

/** Clones of that name first, then names close to it. */
export function nearFunctions(kernel: ProbedKernel, name: string, limit: number): readonly string[] {
  if (hasWildcard(name)) return [];
  const clones = clonesOf(kernel, name).map((each) => each.name);
  const close = kernel.types.near('function', name, limit).filter((each) => each !== name);
  return [...clones, ...close].slice(0, limit);
}
