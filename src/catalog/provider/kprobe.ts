// kprobe and kretprobe: entry and return of kernel functions (Documentation/trace/kprobes.rst).
import type { FunctionDefinition } from '../../ctype/ctype.ts';
import { typeText } from '../../ctype/print.ts';
import type { Argument, Probe, ProbeDetail } from '../../ctype/probes.ts';
import { strip } from '../../ctype/types.ts';
import { entryPlaces } from '../abi.ts';
import { isSyscallBody, syscallArguments, withSyscallArguments } from '../syscall.ts';
import { attachableFunctions, nearFunctions, prototypeOf } from './functions.ts';
import type { ProbedKernel, Provider } from './provider.ts';

const common = (name: 'kprobe' | 'kretprobe') =>
  ({
    name,
    match(kernel, scope, pattern) {
      return attachableFunctions(kernel, scope, pattern).map((each) => ({ provider: name, scope: each.image, name: each.name, ...(each.several === true ? { several: true } : {}) }));
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
    if (!prototype) return { arguments: syscallArguments(kernel, probe.name), returns: undefined };
    const { definition, unreliable } = prototype;
    return {
      arguments: entryArguments(kernel, probe, definition),
      returns: undefined,
      ...(unreliable === undefined ? {} : { unreliable }),
    };
  },
  lines(kernel, probe) {
    const params = prototypeOf(kernel, probe.scope, probe.name)?.definition.type.params ?? [];
    const ofCall = syscallArguments(kernel, probe.name).map(({ name, text }) => `${text} ${name}`);
    return [...params.map((param, index) => `${typeText(param.type)} arg${index}`), ...ofCall];
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
  const types = kernel.typesOf(probe.scope);
  const own = entryPlaces(types, kernel.arch, prototype).flatMap(({ place, type }, index): readonly Argument[] => {
    const name = prototype.params[index]?.name ?? `arg${index}`;
    const user = isSyscallBody(probe.name) && strip(types, type).kind === 'ptr';
    return place === undefined ? [] : [{ name, type, text: typeText(type), place, user }];
  });
  return withSyscallArguments(kernel, probe.name, own);
}
