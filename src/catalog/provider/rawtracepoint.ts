// rawtracepoint: tracepoints as the kernel calls them, with the arguments of the call (include/trace/bpf_probe.h).
import { typeText } from '../../ctype/print.ts';
import type { Argument, Probe } from '../../ctype/probes.ts';
import { nearest } from '../../ctype/suggest.ts';
import { globMatcher } from '../../base/glob.ts';
import { nothingSeen, type ProbedKernel, type Provider } from './provider.ts';

export const rawtracepoint: Provider = {
  name: 'rawtracepoint',
  scoped: true,
  inWildcard: true,
  match(kernel, scope, name): readonly Probe[] {
    const inScope = scope === undefined ? () => true : globMatcher(scope);
    const found = kernel.types.rawTracepoints(name).filter((each) => inScope(each.image));
    return found
      .map((each): Probe => ({ provider: 'rawtracepoint', scope: each.image, name: each.name }))
      .sort((a, b) => (`${a.scope}:${a.name}` < `${b.scope}:${b.name}` ? -1 : 1));
  },
  detail(kernel, probe) {
    const raw = kernel.types.rawTracepoint(probe.name);
    if (!raw) return nothingSeen;
    const args = raw.params.map((param, first): Argument => {
      const { type } = param;
      return { name: nameOf(param.name, first), type, text: typeText(type), place: { in: 'slots', first, count: 1 }, user: false };
    });
    return { arguments: args, returns: undefined };
  },
  near: (kernel, _scope, name, limit) => nearest(name, allNames(kernel), limit),
  title: (probe) => `rawtracepoint:${probe.scope}:${probe.name}`,
  lines(kernel, probe) {
    const raw = kernel.types.rawTracepoint(probe.name);
    return (raw?.params ?? []).map((param, index) => `${typeText(param.type)} ${nameOf(param.name, index)}`);
  },
};

function nameOf(name: string | null, index: number): string {
  return name ?? `arg${index}`;
}

function allNames(kernel: ProbedKernel): readonly string[] {
  return kernel.types.rawTracepoints('*').map((each) => each.name);
}
