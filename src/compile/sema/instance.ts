// One program to be: a probe's code at one attach point, or at several functions that can share it.
import type { Span } from '../../base/span.ts';
import type { AttachSpec, ProgramType } from '../../bpf/spec.ts';
import type { ProbeDetail, Probes } from '../../ctype/probes.ts';
import type { AttachPoint, ProbeDeclaration } from '../lang/ast.ts';
import type { Group } from './attach.ts';
import type { ProbeContext } from './builtin.ts';

export interface Instance {
  readonly declaration: ProbeDeclaration;
  /** Unique in the Spec, at most 15 characters of [A-Za-z0-9_.]. */
  readonly programName: string;
  readonly programType: ProgramType;
  readonly probe: ProbeContext;
  readonly attach: AttachSpec;
  /** Kernel module whose types come first, null for vmlinux. */
  readonly module: string | null;
  /** Place of the attach point. */
  readonly span: Span;
}

/** @param names program names in use; the new one is added */
export function makeInstance(declaration: ProbeDeclaration, point: AttachPoint, group: Group, catalog: Probes, names: ProgramNames): Instance {
  const { provider, target, probes } = group;
  const [first] = probes;
  if (first === undefined) throw new Error('an attach point without probes has no instance');
  const title = probes.length === 1 ? provider.title(first, target) : provider.title({ ...first, name: target.name, scope: target.scope ?? '' }, target);
  const space = provider.space(first);
  const functions = probes.map((each) => each.name);
  let detail: ProbeDetail | null | undefined = group.detail;
  const probe: ProbeContext = {
    provider: provider.name, title, space, functions,
    get detail() {
      detail ??= detail === undefined ? catalog.detail(first) : detail;
      return detail;
    },
  };
  const scopes = new Set(probes.map((each) => each.scope));
  const module = provider.inImage && scopes.size === 1 && first.scope !== 'vmlinux' ? first.scope : null;
  return { declaration, programName: programName(title, names), programType: provider.programType, probe, attach: provider.attach(probes, target), module, span: point.span };
}

/** Names in use, and how many programs asked for each. */
export type ProgramNames = Map<string, number>;

function programName(title: string, names: ProgramNames): string {
  const base = (title.replace(/^(\w)\w*:/, '$1_').replace(/[^A-Za-z0-9_.]+/g, '_').replace(/_+$/, '') || 'prog').slice(0, longestName);
  let count = names.get(base) ?? 0;
  let name = base;
  while (names.has(name)) {
    const suffix = `_${++count}`;
    name = base.slice(0, longestName - suffix.length) + suffix;
  }
  names.set(base, count);
  if (name !== base) names.set(name, 0);
  return name;
}

/** BPF_OBJ_NAME_LEN without the NUL. */
const longestName = 15;
