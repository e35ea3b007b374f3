// kprobe and kretprobe: entry and return of kernel functions (Documentation/trace/kprobes.rst).
import type { FunctionDefinition } from '../../ctype/ctype.ts';
import { typeText } from '../../ctype/print.ts';
import type { Argument, Probe, ProbeDetail } from '../../ctype/probes.ts';
import { entryPlaces } from '../abi.ts';
import { attachableFunctions, nearFunctions, prototypeOf } from './functions.ts';
import type { ProbedKernel, Provider } from './provider.ts';

const common = (name: 'kprobe' | 'kretprobe') =>
  ({
    name,
    match(kernel, scope, pattern) {
      return attachableFunctions(kernel, scope, pattern).map((each) => ({ provider: name, scope: each.image, name: each.name }));
    },
    near: (kernel, _scope, pattern, limit) => nearFunctions(kernel, pattern, limit),
    title: (probe, scoped) => (scoped ? `${name}:${probe.scope}:${probe.name}` : `${name}:${probe.name}`),
  }) satisfies Partial<Provider>;

export const kprobe: Provider = {
  ...common('kprobe'),
  scoped: true,
  inWildcard: true,
  detail(kernel, probe) {
    const prototype = prototypeOf(kernel, probe.scope, probe.name);
    if (!prototype) return { arguments: [], returns: undefined };
    const { definition, unreliable } = prototype;
    return {
      arguments: entryArguments(kernel, probe, definition),
      returns: undefined,
      ...(unreliable === undefined ? {} : { unreliable }),
    };
  },
  lines(kernel, probe) {
    const params = prototypeOf(kernel, probe.scope, probe.name)?.definition.type.params ?? [];
    return params.map((param, index) => `${typeText(param.type)} arg${index}`);
  },
};

export const kretprobe: Provider = {
  ...common('kretprobe'),
  scoped: true,
  inWildcard: false,
  detail(kernel, probe): ProbeDetail {
    const prototype = prototypeOf(kernel, probe.scope, probe.name);
    const returns = prototype?.definition.type.returns;
    return { arguments: [], returns: returns?.kind === 'void' ? undefined : returns };
  },
  lines(kernel, probe) {
    const prototype = prototypeOf(kernel, probe.scope, probe.name);
    if (!prototype) return [];
    const { returns } = prototype.definition.type;
    return [returns.kind === 'void' ? 'void' : `${typeText(returns)} retval`];
  },
};

function entryArguments(kernel: ProbedKernel, probe: Probe, { type: prototype }: FunctionDefinition): readonly Argument[] {
  return entryPlaces(kernel.typesOf(probe.scope), kernel.arch, prototype).flatMap(({ place, type }, index) => {
    const name = prototype.params[index]?.name ?? `arg${index}`;
    return place === undefined ? [] : [{ name, type, text: typeText(type), place, user: false }];
  });
}
