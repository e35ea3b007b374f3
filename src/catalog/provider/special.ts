// begin, end and self: the start and the end of the trace, and signals to the tracer. There is one place each.
import type { ProviderName } from '../../ctype/probes.ts';
import { globMatcher } from '../../base/glob.ts';
import { nothingSeen, type Provider } from './provider.ts';

export const begin = specialProvider('begin', '');
export const end = specialProvider('end', '');
export const self = specialProvider('self', 'signal:SIGUSR1');

function specialProvider(name: ProviderName, place: string): Provider {
  return {
    name,
    scoped: true,
    inWildcard: false,
    match(_kernel, scope, pattern) {
      const wanted = scope === undefined ? pattern : `${scope}:${pattern}`;
      return globMatcher(wanted)(place) ? [{ provider: name, scope: '', name: place }] : [];
    },
    detail: () => nothingSeen,
    near: () => [],
    title: () => (place === '' ? name : `${name}:${place}`),
    lines: () => [],
  };
}
