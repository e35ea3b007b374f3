// fentry and fexit: entry and return of kernel functions through BPF trampolines, typed by BTF (kernel/bpf/trampoline.c).
import type { CType, FunctionDefinition } from '../../ctype/ctype.ts';
import { typeText } from '../../ctype/print.ts';
import type { Argument, Probe, ProbeDetail } from '../../ctype/probes.ts';
import { strip } from '../../ctype/types.ts';
import { slotPlaces, trampolineProblem } from '../abi.ts';
import { isSyscallBody, withSyscallArguments } from '../syscall.ts';
import { attachableFunctions, nearFunctions, prototypeOf } from './functions.ts';
import { nothingSeen, type ProbedKernel, type Provider } from './provider.ts';

const common = (name: 'fentry' | 'fexit') =>
  ({
    name,
    match(kernel: ProbedKernel, scope: string | undefined, pattern: string): readonly Probe[] {
      if (withoutBtf(kernel) !== undefined) return [];
      return attachableFunctions(kernel, scope, pattern).flatMap((each) => {
        const definition = each.typed ? typedFunction(kernel, each.image, each.name) : undefined;
        const problem = definition && trampolineProblem(kernel.typesOf(each.image), kernel.arch, definition.type);
        return definition && problem === undefined ? [{ provider: name, scope: each.image, name: each.name }] : [];
      });
    },
    unavailable: withoutBtf,
    near: (kernel, _scope, pattern, limit) => (withoutBtf(kernel) === undefined ? nearFunctions(kernel, pattern, limit) : []),
    title: (probe) => `${name}:${probe.scope}:${probe.name}`,
  }) satisfies Partial<Provider>;

export const fentry: Provider = {
  ...common('fentry'),
  scoped: true,
  inWildcard: true,
  detail: (kernel, probe) => detailOf(kernel, probe, () => undefined),
  lines: (kernel, probe) => argumentLines(typedFunction(kernel, probe.scope, probe.name)),
};

export const fexit: Provider = {
  ...common('fexit'),
  scoped: true,
  inWildcard: false,
  detail: (kernel, probe) => detailOf(kernel, probe, ({ type }) => (type.returns.kind === 'void' ? undefined : type.returns)),
  lines(kernel, probe) {
    const definition = typedFunction(kernel, probe.scope, probe.name);
    const returns = definition?.type.returns;
    return [...argumentLines(definition), ...(returns === undefined || returns.kind === 'void' ? [] : [`${typeText(returns)} retval`])];
  },
};

function detailOf(kernel: ProbedKernel, probe: Probe, returns: (definition: FunctionDefinition) => CType | undefined): ProbeDetail {
  const prototype = prototypeOf(kernel, probe.scope, probe.name);
  if (!prototype) return nothingSeen;
  const { definition, unreliable } = prototype;
  const reason = unreliable === undefined ? {} : { unreliable };
  return { arguments: slotArguments(kernel, probe, definition), returns: returns(definition), ...reason };
}

/** The kernel itself makes the trampoline from its own BTF. */
function withoutBtf({ types }: ProbedKernel): string | undefined {
  return types.has('btf') ? undefined : 'fentry and fexit need BTF in the kernel, and of this one only headers are known: kprobe and kretprobe do without';
}

/** The trampoline is made from the prototype that BTF has under the function's very name. */
function typedFunction(kernel: ProbedKernel, image: string, name: string): FunctionDefinition | undefined {
  return prototypeOf(kernel, image, name)?.definition;
}

function argumentLines(definition: FunctionDefinition | undefined): readonly string[] {
  return (definition?.type.params ?? []).map((param, index) => `${typeText(param.type)} ${param.name ?? `arg${index}`}`);
}

function slotArguments(kernel: ProbedKernel, probe: Probe, definition: FunctionDefinition): readonly Argument[] {
  const types = kernel.typesOf(probe.scope);
  const own = slotPlaces(types, definition.type).flatMap(({ place, type }, index): readonly Argument[] => {
    const name = definition.type.params[index]?.name ?? `arg${index}`;
    const user = isSyscallBody(probe.name) && strip(types, type).kind === 'ptr';
    return place === undefined ? [] : [{ name, type, text: typeText(type), place, user }];
  });
  return withSyscallArguments(kernel, probe.name, own);
}
