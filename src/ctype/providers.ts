// Kinds of probes by the words that scripts and listings call them: full name, short name, older name.
import type { ProviderName } from './probes.ts';

export interface ProviderWords {
  readonly aliases: readonly string[];
  /** What may follow `name:`, for messages; empty where nothing may. */
  readonly forms: readonly string[];
}

export const providerWords: Readonly<Record<ProviderName, ProviderWords>> = {
  begin: { aliases: [], forms: [] },
  end: { aliases: [], forms: [] },
  self: { aliases: [], forms: ['signal:SIGUSR1'] },
  kprobe: { aliases: ['k'], forms: ['[module:]function', '[module:]function+offset'] },
  kretprobe: { aliases: ['kr'], forms: ['[module:]function'] },
  fentry: { aliases: ['f', 'kfunc'], forms: ['[module:]function'] },
  fexit: { aliases: ['fr', 'kretfunc'], forms: ['[module:]function'] },
  tracepoint: { aliases: ['t'], forms: ['system:event'] },
  rawtracepoint: { aliases: ['rt'], forms: ['[module:]event'] },
  software: { aliases: ['s'], forms: ['event:', 'event:count'] },
  hardware: { aliases: ['h'], forms: ['event:', 'event:count'] },
  interval: { aliases: ['i'], forms: ['hz:rate', 's:count', 'ms:count', 'us:count', 'duration'] },
  profile: { aliases: ['p'], forms: ['hz:rate', 's:count', 'ms:count', 'us:count', 'duration'] },
  uprobe: { aliases: ['u'], forms: ['file:function', 'file:function+offset', 'file:offset'] },
  uretprobe: { aliases: ['ur'], forms: ['file:function'] },
};

/** `BEGIN`, `kr`, `Kprobe` → the provider's name; undefined for other words. Upper and lower case are alike. */
export function providerNamed(word: string): ProviderName | undefined {
  return byWord().get(word.toLowerCase());
}

/** Every word that names a provider. */
export function providerNames(): readonly string[] {
  return [...byWord().keys()];
}

let words: ReadonlyMap<string, ProviderName> | undefined;

function byWord(): ReadonlyMap<string, ProviderName> {
  words ??= new Map(typedEntries().flatMap(([name, { aliases }]) => [name, ...aliases].map((word) => [word, name] as const)));
  return words;
}

function typedEntries(): [ProviderName, ProviderWords][] {
  return Object.entries(providerWords) as [ProviderName, ProviderWords][];
}
