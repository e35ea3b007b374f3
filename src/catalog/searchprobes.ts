// Probes by what they hand to a program: every place where a value of some type can be had, with the words that a script gets it by.
import { UsageError } from '../base/errors.ts';
import type { CType, DefinitionKind } from '../ctype/ctype.ts';
import { typeText } from '../ctype/print.ts';
import type { ProviderName } from '../ctype/probes.ts';
import { providerNamed } from '../ctype/providers.ts';
import type { Types } from '../ctype/types.ts';
import type { FoundFunction, FoundParam, FoundPrototype, FunctionQuestion, ProbeSearch, Spellings } from '../index/searchprobes.ts';
import { trampolineProblem } from './abi.ts';
import { providers } from './catalog.ts';
import { parseType } from './fieldtype.ts';
import { globMatcher, hasWildcard } from '../base/glob.ts';
import { parsePattern, target } from './list.ts';
import { attachableFunctions, prototypeOf } from './provider/functions.ts';
import type { ProbedKernel } from './provider/provider.ts';

export interface FoundProbe {
  readonly provider: ProviderName;
  /** Image, or the system of a tracepoint. */
  readonly scope: string;
  readonly name: string;
  /** The attach point. */
  readonly title: string;
  /** Values of the wanted types, in order of the types. */
  readonly arguments: readonly FoundArgument[];
  /** What `retval` is; undefined where no return type was asked for. */
  readonly returns?: string;
}

export interface FoundArgument {
  readonly name: string;
  /** From 0 among the parameters; undefined for fields of a tracepoint. */
  readonly position?: number;
  /** As it is declared there: `const struct sock *`. */
  readonly type: string;
  /** What a script writes: `args.sk`, or `(struct sock *)arg0` where names cannot be trusted; undefined where there is no way. */
  readonly paste: string | undefined;
}

export interface ProbeQuestion {
  /** All of them must be handed over by one probe. */
  readonly args: readonly CType[];
  readonly returns: CType | undefined;
  /** An attach point with wildcards; undefined: all. */
  readonly pattern: string | undefined;
}

/** The type that a text means. Throws UsageError, with near names, for what the kernel has not. */
export function wantedType(types: Types, text: string): CType {
  const type = parseType(types, text);
  const leaf = type && leafOf(type);
  const known = leaf !== undefined && (!('key' in leaf) || types.find(leaf.kind, leaf.name ?? '').length > 0);
  if (type !== undefined && known) return type;
  const [, word, name = ''] = /^\s*(?:const\s+)?(struct|union|enum)?\s*(\w*)/.exec(text) ?? [];
  const kinds: readonly DefinitionKind[] = word === undefined ? ['typedef', 'struct'] : [word as 'struct'];
  const near = kinds.flatMap((kind) => types.near(kind, name, 3).map((each) => (kind === 'typedef' ? each : `${kind} ${each}`)));
  throw new UsageError(`no type is called '${text}'`, near.length === 0 ? undefined : `near it: ${near.slice(0, 4).join(', ')}`);
}

/** Sorted by provider, scope and name. Throws UsageError for a pattern of probes that hand over nothing. */
export function searchProbes(kernel: ProbedKernel, search: ProbeSearch, question: ProbeQuestion): readonly FoundProbe[] {
  return search.together(() => new Search(kernel, search, question).run());
}

/** Its title is made when it is known how the pattern was written. */
interface Draft extends FoundProbe {
  title: string;
}

interface Parameter extends FoundArgument {
  readonly position: number;
}

const entry: readonly ProviderName[] = ['fentry', 'kprobe', 'rawtracepoint', 'tracepoint'];
const exit: readonly ProviderName[] = ['fexit', 'kretprobe'];

class Search {
  readonly #args: readonly Spellings[];
  readonly #returns: Spellings | undefined;
  readonly #functions = new Map<string, readonly FoundFunction[]>();
  readonly #arguments = new Map<FoundPrototype, readonly Parameter[]>();
  readonly #returnsText: string | undefined;

  constructor(
    readonly kernel: ProbedKernel,
    readonly search: ProbeSearch,
    readonly question: ProbeQuestion,
  ) {
    this.#args = question.args.map((type) => search.spellings(type));
    this.#returns = question.returns && search.spellings(question.returns);
    this.#returnsText = question.returns && typeText(question.returns);
  }

  run(): readonly FoundProbe[] {
    const { provider: word, parts } = parsePattern(this.question.pattern ?? '*');
    return this.#providers(word).flatMap((name) => {
      const provider = providers.find((each) => each.name === name);
      if (provider === undefined) return [];
      const { scope, name: pattern } = target(provider, parts);
      const found = this.#of(name, scope, pattern).sort((a, b) => (a.scope === b.scope ? compare(a.name, b.name) : compare(a.scope, b.scope)));
      for (const probe of found) probe.title = provider.title(probe, scope !== undefined);
      return found;
    });
  }

  /** Return values are had at the exit, and there fexit alone has the arguments too. */
  #providers(word: string): readonly ProviderName[] {
    const possible = this.question.returns === undefined ? [...entry, 'fexit' as const] : this.question.args.length > 0 ? (['fexit'] as const) : exit;
    if (hasWildcard(word)) {
      const matches = globMatcher(word.toLowerCase());
      return possible.filter((name) => matches(name) && (this.question.returns !== undefined || name !== 'fexit'));
    }
    const name = providerNamed(word);
    const chosen = possible.filter((each) => each === name);
    if (chosen.length === 0) throw new UsageError(`${name ?? word} probes do not hand over ${this.question.returns === undefined ? 'arguments' : 'what is asked for'}`, `these do: ${possible.join(', ')}`);
    return chosen;
  }

  #of(name: ProviderName, scope: string | undefined, pattern: string): Draft[] {
    if (name === 'tracepoint') return this.#tracepoints(scope ?? '*', pattern);
    if (name === 'rawtracepoint') return this.#rawTracepoints(scope, pattern);
    const found: Draft[] = [];
    for (const each of this.#functionsOf(scope, pattern)) found.push(...this.#function(name, each));
    return name === 'kretprobe' || this.question.returns !== undefined ? found : [...found, ...this.#syscalls(name, scope, pattern)];
  }

  /** Arguments that lie in the registers of the process, which entry functions of system calls are given. */
  #syscalls(provider: ProviderName, scope: string | undefined, pattern: string): Draft[] {
    const matches = globMatcher(pattern);
    return this.search.syscalls(this.#texts(this.search.syscallTypes())).flatMap(({ name, wanted }) => {
      const entry = `${this.kernel.arch.syscallPrefix}sys_${name}`;
      if (!matches(entry)) return [];
      const functions = attachableFunctions(this.kernel, scope, entry).filter(({ typed }) => provider === 'kprobe' || typed);
      const args = wanted.flat().map((argument) => ({ name: argument.name, position: argument.position, type: argument.type, paste: `args.${argument.name}` }));
      return functions.map((found) => ({ provider, scope: found.image, name: found.name, arguments: args, title: '' }));
    });
  }

  /** Of texts those that mean each of the wanted types. */
  #texts(all: readonly string[]): readonly (readonly string[])[] {
    const { types } = this.kernel;
    const texts = all.map((text) => ({ text, type: parseType(types, text) }));
    return this.question.args.map((arg) => texts.filter(({ type }) => type !== undefined && means(types, type, arg)).map(({ text }) => text));
  }

  #functionsOf(image: string | undefined, name: string): readonly FoundFunction[] {
    const key = `${image ?? ''}:${name}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const found = this.search.functions(this.#question(image, name));
    this.#functions.set(key, found);
    return found;
  }

  #question(image: string | undefined, name: string): FunctionQuestion {
    return { args: this.#args, returns: this.#returns, image, name };
  }

  #function(provider: ProviderName, found: FoundFunction): Draft[] {
    const trampoline = provider === 'fentry' || provider === 'fexit';
    // Of several functions of one name nobody knows which one a trampoline is made for.
    if (trampoline && (found.ambiguous || !this.#hasTrampoline(found))) return [];
    const attachable = found.traceable ?? found.present ?? true;
    const names = attachable ? [found.name] : trampoline ? [] : this.#clones(found);
    const args = provider === 'kretprobe' ? [] : found.ambiguous ? this.#numbered(found.prototype) : this.#named(found.prototype);
    const returns = this.#returnsText;
    return names.map((name) => (returns === undefined ? { provider, scope: found.image, name, arguments: args, title: '' } : { provider, scope: found.image, name, arguments: args, returns, title: '' }));
  }

  /** Only kernels whose BTF leaves out functions that the compiler changed tell where the arguments of a clone are. */
  #clones(found: FoundFunction): readonly string[] {
    return this.search.clones(found.name, found.image).filter((name) => prototypeOf(this.kernel, found.image, name)?.unreliable === undefined);
  }

  #hasTrampoline({ prototype: { params, variadic, unusual }, image, name }: FoundFunction): boolean {
    if (variadic || params.length > this.kernel.arch.argumentRegisters.length) return false;
    if (!unusual) return true;
    const definition = prototypeOf(this.kernel, image, name)?.definition;
    return definition !== undefined && trampolineProblem(this.kernel.typesOf(image), this.kernel.arch, definition.type) === undefined;
  }

  /** Once for all functions of the prototype. */
  #named(prototype: FoundPrototype): readonly Parameter[] {
    let args = this.#arguments.get(prototype);
    if (args === undefined) {
      args = distinct(prototype.wanted).map(({ position, type }) => {
        const name = prototype.params[position] ?? `arg${position}`;
        return { name, position, type, paste: `args.${name}` };
      });
      this.#arguments.set(prototype, args);
    }
    return args;
  }

  /** Of a function whose prototype may be that of another: by register. */
  #numbered(prototype: FoundPrototype): readonly FoundArgument[] {
    const registers = prototype.unusual ? 0 : this.kernel.arch.argumentRegisters.length;
    return this.#named(prototype).map((each) => ({ ...each, paste: each.position < registers ? `(${each.type})arg${each.position}` : undefined }));
  }

  #rawTracepoints(scope: string | undefined, pattern: string): Draft[] {
    const inScope = scope === undefined ? () => true : globMatcher(scope);
    return this.search.rawTracepoints(this.#question(undefined, pattern)).filter(({ image }) => inScope(image)).map(({ name, image, params, wanted }) => {
      const args = distinct(wanted).map(({ position, type }) => {
        const word = params[position] ?? `arg${position}`;
        return { name: word, position, type, paste: `args.${word}` };
      });
      return { provider: 'rawtracepoint', scope: image, name, arguments: args, title: '' };
    });
  }

  #tracepoints(system: string, pattern: string): Draft[] {
    return this.search.events(this.#texts(this.search.fieldTypes()), system, pattern).map((event) => {
      const args = event.wanted.flat().map(({ name, type }) => ({ name, type, paste: `args.${name}` }));
      // Types alone do not tell the system.
      return { provider: 'tracepoint', scope: event.system === '' ? '*' : event.system, name: event.name, arguments: args, title: '' };
    });
  }
}

/** A parameter that several of the wanted types describe is told once. */
function distinct(wanted: readonly (readonly FoundParam[])[]): readonly FoundParam[] {
  const [only = []] = wanted;
  return wanted.length < 2 ? only : [...new Map(wanted.flat().map((param) => [param.position, param])).values()];
}

/** Whether a type is the wanted one: qualified, through a typedef, of a const target. */
function means(types: Types, type: CType, wanted: CType): boolean {
  const bare = unqualified(type);
  const other = unqualified(wanted);
  if (bare.kind === 'typedef') {
    if (other.kind === 'typedef' && other.name === bare.name) return true;
    const definition = types.definition(bare);
    return definition?.kind === 'typedef' && means(types, definition.type, other);
  }
  if (bare.kind !== other.kind) return false;
  if (bare.kind === 'ptr' && other.kind === 'ptr') return means(types, bare.to, other.to);
  return !('name' in bare && 'name' in other) || bare.name === other.name;
}

function unqualified(type: CType): CType {
  let at = type;
  while (at.kind === 'const' || at.kind === 'volatile' || at.kind === 'restrict' || at.kind === 'tag') at = at.of;
  return at;
}

function leafOf(type: CType): CType {
  let at = type;
  while (at.kind === 'ptr' || 'of' in at) at = at.kind === 'ptr' ? at.to : at.of;
  return at;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
