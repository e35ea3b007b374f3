// interval and profile: a program at a rate, on one CPU or on all of them. Their places are the units that a rate is written in.
import { nearest } from '../../ctype/suggest.ts';
import { globMatcher } from '../../base/glob.ts';
import { nothingSeen, type Provider } from './provider.ts';

export const interval = timerProvider('interval');
export const profile = timerProvider('profile');

const units = ['hz', 'ms', 's', 'us'];

function timerProvider(name: 'interval' | 'profile'): Provider {
  return {
    name,
    scoped: false,
    inWildcard: false,
    match(_kernel, _scope, pattern) {
      const matches = globMatcher(pattern);
      return units.filter(matches).map((each) => ({ provider: name, scope: '', name: each }));
    },
    detail: () => nothingSeen,
    near: (_kernel, _scope, pattern, limit) => nearest(pattern, units, limit),
    title: (probe) => `${name}:${probe.name}:`,
    lines: () => [],
  };
}
