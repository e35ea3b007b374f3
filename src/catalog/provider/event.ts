// software and hardware: events that perf counts (perf_event_open(2), PERF_TYPE_SOFTWARE and PERF_TYPE_HARDWARE).
import { hardwareEvents, softwareEvents, type PerfEvent } from '../../bpf/events.ts';
import { nearest } from '../../ctype/suggest.ts';
import { globMatcher } from '../../base/glob.ts';
import { nothingSeen, type Provider } from './provider.ts';

export const software = eventProvider('software', softwareEvents);
export const hardware = eventProvider('hardware', hardwareEvents);

function eventProvider(name: 'software' | 'hardware', events: readonly PerfEvent[]): Provider {
  const names = events.flatMap((event) => [event.name, ...event.aliases]).sort();
  return {
    name,
    scoped: false,
    inWildcard: true,
    match(_kernel, _scope, pattern) {
      const matches = globMatcher(pattern);
      return names.filter(matches).map((each) => ({ provider: name, scope: '', name: each }));
    },
    detail: () => nothingSeen,
    near: (_kernel, _scope, pattern, limit) => nearest(pattern, names, limit),
    title: (probe) => `${name}:${probe.name}:`,
    lines: () => [],
  };
}
