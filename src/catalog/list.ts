// Listings of probes and types: `-l` and `-lv`, line for line as bpftrace prints them.
import type { Probe } from '../ctype/probes.ts';
import { providerNamed, providerNames } from '../ctype/providers.ts';
import { nearest } from '../ctype/suggest.ts';
import { cDefinition } from '../resolve/cdefinition.ts';
import { providers } from './catalog.ts';
import { globMatcher, hasWildcard } from '../base/glob.ts';
import type { ProbedKernel, Provider } from './provider/provider.ts';

/** One line of a listing, and what a verbose one shows below it. */
export interface Listed {
  readonly title: string;
  /** Argument lines of a probe; undefined in a listing that is not verbose. */
  readonly lines?: readonly string[];
}

export interface Listing {
  /** Sorted, each title once. */
  readonly entries: readonly Listed[];
  /** Where nothing matched: what is near. */
  readonly near: readonly string[];
  /** Why this kernel has nothing of that kind. */
  readonly reason?: string;
}

/** @param pattern `kprobe:tcp_*`, `tcp_*` for every kind of kernel probe, `struct task_*`; undefined for all probes */
export function listing(kernel: ProbedKernel, pattern: string | undefined, verbose: boolean): Listing {
  const wanted = (pattern === undefined || pattern === '' ? '*' : pattern).trim();
  const type = /^(struct|union|enum)\s+(\S+)$/.exec(wanted);
  const [, kind, name] = type ?? [];
  if ((kind === 'struct' || kind === 'union' || kind === 'enum') && name !== undefined) return typeListing(kernel, kind, name, verbose);
  return probeListing(kernel, parsePattern(wanted), verbose);
}

/** Whole lines; arguments are indented by four blanks, a type's text has an empty line behind it. */
export function listingText({ entries }: Listing): string {
  return entries.map(({ title, lines = [] }) => `${title}\n${lines.map((line) => `    ${line}\n`).join('')}`).join('');
}

export interface ProbePattern {
  /** Words that name providers, or a wildcard over those that are shown then. */
  readonly provider: string;
  readonly parts: readonly string[];
}

/** `kprobe:tcp_*`, or `tcp_*` for every provider. */
export function parsePattern(text: string): ProbePattern {
  const [provider = '', ...parts] = text.split(':');
  return parts.length === 0 ? { provider: '*', parts: [provider] } : { provider, parts };
}

function probeListing(kernel: ProbedKernel, { provider, parts }: ProbePattern, verbose: boolean): Listing {
  const chosen = providersFor(provider);
  const entries = chosen.flatMap((each) => listed(kernel, each, parts, verbose));
  if (entries.length > 0) return { entries, near: [] };
  const reason = chosen.map((each) => each.unavailable?.(kernel)).find((each) => each !== undefined);
  return { entries, near: chosen.length === 0 ? nearProviders(provider) : nearProbes(kernel, chosen, parts), ...(reason === undefined ? {} : { reason }) };
}

function providersFor(word: string): readonly Provider[] {
  if (hasWildcard(word)) {
    const matches = globMatcher(word.toLowerCase());
    return providers.filter((each) => each.inWildcard && matches(each.name));
  }
  const name = providerNamed(word);
  return providers.filter((each) => each.name === name);
}

function listed(kernel: ProbedKernel, provider: Provider, parts: readonly string[], verbose: boolean): readonly Listed[] {
  const { scope, name } = target(provider, parts);
  const titles = new Map<string, Probe>();
  for (const probe of provider.match(kernel, scope, name)) {
    const title = provider.title(probe, scope !== undefined);
    if (!titles.has(title)) titles.set(title, probe);
  }
  const sorted = [...titles].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([title, probe]) => (verbose ? { title, lines: provider.lines(kernel, probe) } : { title }));
}

/** `[scope:]name`; what follows a name that has no scope (a count, a rate) is not looked at. */
export function target(provider: Provider, parts: readonly string[]): { scope: string | undefined; name: string } {
  const [first = '*', ...rest] = parts;
  if (!provider.scoped || rest.length === 0) return { scope: undefined, name: first === '' ? '*' : first };
  return { scope: first, name: rest.join(':') };
}

function nearProviders(word: string): readonly string[] {
  return nearest(word, providerNames(), 3).map((name) => `${name}:`);
}

function nearProbes(kernel: ProbedKernel, chosen: readonly Provider[], parts: readonly string[]): readonly string[] {
  const names = chosen.flatMap((provider) => {
    const { scope, name } = target(provider, parts);
    return provider.near(kernel, scope, name, 3).map((each) => `${provider.name}:${each}`);
  });
  return [...new Set(names)].slice(0, 3);
}

function typeListing(kernel: ProbedKernel, kind: 'struct' | 'union' | 'enum', glob: string, verbose: boolean): Listing {
  const names = kernel.types.names(kind, glob);
  if (names.length === 0) return { entries: [], near: kernel.types.near(kind, glob, 3).map((name) => `${kind} ${name}`) };
  if (!verbose) return { entries: names.map((name) => ({ title: `${kind} ${name}` })), near: [] };
  const definitions = names.flatMap((name) => kernel.types.find(kind, name));
  return { entries: definitions.map((each) => ({ title: `${each.image}: ${cDefinition(kernel.typesOf(each.image), each)}\n` })), near: [] };
}
