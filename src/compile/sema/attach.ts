// From attach points to programs: reads their text, expands wildcards through the catalog, and groups functions that can share a program.
import type { DiagnosticSink } from '../../base/diagnostic.ts';
import type { Span } from '../../base/span.ts';
import { typeText as cTypeText } from '../../ctype/print.ts';
import type { Probe, ProbeDetail, Probes } from '../../ctype/probes.ts';
import { providerNames } from '../../ctype/providers.ts';
import { nearest } from '../../ctype/suggest.ts';
import type { AttachPoint, ProbeDeclaration } from '../lang/ast.ts';
import type { Builtin, CompileConfig } from './builtin.ts';
import type { Instance, ProgramNames } from './instance.ts';
import { makeInstance } from './instance.ts';
import { findProvider, listedProviders, unsupportedProvider } from './provider.ts';
import type { Provider, Target } from './provider.ts';
import { askedBy } from './asked.ts';
import type { Asked } from './asked.ts';

export interface AttachContext {
  readonly probes: Probes;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly config: CompileConfig;
  readonly unsafe: boolean;
  readonly sink: DiagnosticSink;
}

/** One instance a program, in the order of the script. */
export function expandAttachPoints(declarations: readonly ProbeDeclaration[], context: AttachContext): readonly Instance[] {
  const names: ProgramNames = new Map();
  const instances: Instance[] = [];
  let attachments = 0;
  for (const declaration of declarations) {
    const asked = askedBy(declaration, context.builtins);
    for (const point of declaration.attachPoints) {
      for (const group of expand(point, declaration, asked, context)) {
        attachments += Math.max(1, group.probes.length);
        instances.push(makeInstance(declaration, point, group, context.probes, names));
      }
    }
  }
  checkLimits(instances, attachments, context);
  return instances;
}

/** Probes that one program serves. */
export interface Group {
  readonly provider: Provider;
  readonly target: Target;
  readonly probes: readonly Probe[];
  /** What the program may know of them all; undefined: ask the catalog for the only probe there is. */
  readonly detail: ProbeDetail | null | undefined;
}

function expand(point: AttachPoint, declaration: ProbeDeclaration, asked: Asked, context: AttachContext): readonly Group[] {
  if (/[*?[]/.test(point.provider)) {
    return listedProviders()
      .filter((provider) => matchesGlob(provider.name, point.provider))
      .flatMap((provider) => expandWith(provider, point, declaration, asked, context, true));
  }
  const provider = findProvider(point.provider);
  if (provider === undefined) {
    complainProvider(point, context.sink);
    return [];
  }
  return expandWith(provider, point, declaration, asked, context, false);
}

function complainProvider(point: AttachPoint, sink: DiagnosticSink): void {
  const known = unsupportedProvider(point.provider);
  if (known !== undefined) {
    sink.error('probe-type', point.span, `${known} probes are not supported yet`);
    return;
  }
  const near = nearest(point.provider, providerNames(), 1)[0];
  sink.error('probe-type', point.span, `Invalid probe type: ${point.provider}`, near === undefined ? {} : { hint: `Did you mean ${near}?` });
}

function expandWith(provider: Provider, point: AttachPoint, declaration: ProbeDeclaration, asked: Asked, context: AttachContext, quiet: boolean): readonly Group[] {
  const target = provider.read(point);
  if ('wrong' in target) {
    if (!quiet) context.sink.error('attach-point', point.span, target.wrong, target.hint === undefined ? {} : { hint: target.hint });
    return [];
  }
  if (!provider.listed) {
    return [{ provider, target, probes: [{ provider: provider.name, scope: target.scope ?? '', name: target.name }], detail: { arguments: [], returns: undefined } }];
  }
  const probes = context.probes.match(provider.name, target.scope, target.name);
  if (probes.length === 0) {
    if (!quiet) complainMissing(provider, target, point, declaration, context);
    return [];
  }
  warnClone(target, probes, point, context.sink);
  noteSeveral(target, probes, point, context.sink);
  return group(provider, target, probes, asked, point.span, context);
}

/** bpftrace's words; under a wildcard that finds nothing the other attach points go on. */
function complainMissing(provider: Provider, target: Target, point: AttachPoint, declaration: ProbeDeclaration, { probes, config, sink }: AttachContext): void {
  if (config.missingProbes === 'ignore') return;
  const message = `No matches for ${provider.name} ${target.scope === undefined ? '' : `${target.scope}:`}${target.name}`;
  const wildcard = hasWildcard(target.name) || hasWildcard(target.scope ?? '');
  const near = wildcard ? [] : probes.near(provider.name, target.scope, target.name, 3);
  const reason = probes.unavailable?.(provider.name);
  const extra = reason !== undefined ? { hint: reason } : near.length === 0 ? {} : { hint: `Did you mean ${near.join(', ')}?` };
  if (config.missingProbes === 'warn' || (wildcard && declaration.attachPoints.length > 1)) sink.warn('missing-probe', point.span, `${message}. Skipping.`, extra);
  else sink.error('missing-probe', point.span, `${message}.`, extra);
}

/** An exact name that exists only as a compiler's clone is answered with that clone. */
function warnClone(target: Target, probes: readonly Probe[], point: AttachPoint, sink: DiagnosticSink): void {
  const [only] = probes;
  if (only === undefined || hasWildcard(target.name) || only.name === target.name) return;
  sink.warn('clone', point.span, `${target.name} is not a function of this kernel, only its clone ${only.name} is: attaching to that`);
}

/** One name, several functions: the kernel tells them apart by address only. Under a wildcard nobody asked for one of them. */
function noteSeveral(target: Target, probes: readonly Probe[], { span }: AttachPoint, sink: DiagnosticSink): void {
  if (hasWildcard(target.name)) return;
  for (const { provider, scope, name, several } of probes) {
    if (several === true) sink.add({ code: 'several', severity: 'note', span, message: `${provider}:${name}: ${scope} has several functions of that name, all of them are traced` });
  }
}

function group(provider: Provider, target: Target, probes: readonly Probe[], asked: Asked, span: Span, context: AttachContext): readonly Group[] {
  const usable = asked.arguments.size > 0 && probes.length > 1 ? withArguments(probes, asked, span, context) : probes;
  if (!provider.shared || usable.length === 1) return usable.map((probe) => ({ provider, target, probes: [probe], detail: undefined }));
  if (!asked.name && !asked.returns && !asked.everyArgument && asked.arguments.size === 0) return [{ provider, target, probes: usable, detail: null }];
  const groups = new Map<string, { probes: Probe[]; detail: ProbeDetail }>();
  for (const probe of usable) {
    const detail = context.probes.detail(probe);
    const key = asked.name || asked.everyArgument ? `${probe.scope}:${probe.name}` : likeness(detail, asked);
    const same = groups.get(key);
    if (same === undefined) groups.set(key, { probes: [probe], detail });
    else same.probes.push(probe);
  }
  return [...groups.values()].map(({ probes: members, detail }) => ({ provider, target, probes: members, detail }));
}

/** Leaves out probes that lack an argument that is asked for, and says so once. */
function withArguments(probes: readonly Probe[], asked: Asked, span: Span, { probes: catalog, sink }: AttachContext): readonly Probe[] {
  const lacking = (probe: Probe): string | undefined => {
    const has = new Set(catalog.detail(probe).arguments.map((argument) => argument.name));
    return [...asked.arguments].find((name) => !has.has(name));
  };
  const usable = probes.filter((probe) => lacking(probe) === undefined);
  const [first] = probes;
  if (usable.length === probes.length || usable.length === 0) return usable.length === 0 && first !== undefined ? [first] : usable;
  const example = probes.find((probe) => lacking(probe) !== undefined) ?? first;
  const name = example === undefined ? '' : lacking(example);
  sink.warn('argument', span, `${probes.length - usable.length} of ${probes.length} matches have no argument ${name ?? ''} (${example?.name ?? ''} is one): they are left out`);
  return usable;
}

/** Equal texts mean that one program serves both. */
function likeness(detail: ProbeDetail, asked: Asked): string {
  const words: string[] = [];
  if (asked.returns) words.push(detail.returns === undefined ? '?' : cTypeText(detail.returns));
  for (const name of asked.arguments) {
    const argument = detail.arguments.find((each) => each.name === name);
    words.push(argument === undefined ? '?' : `${argument.text} ${JSON.stringify(argument.place)} ${argument.user}`);
  }
  if (detail.unreliable !== undefined && asked.arguments.size > 0) words.push(detail.unreliable);
  return words.join('\n');
}

function checkLimits(instances: readonly Instance[], attachments: number, { config, sink }: AttachContext): void {
  const last = instances.at(-1);
  if (last === undefined) return;
  if (instances.length > config.maxPrograms) {
    sink.error('limit', last.span, `Your program is trying to generate more than ${instances.length} BPF programs, which exceeds the current limit of ${config.maxPrograms}`, {
      hint: 'You can increase the limit through the BPFTRACE_MAX_BPF_PROGS environment variable.',
    });
  }
  if (attachments > config.maxProbes) {
    sink.error('limit', last.span, `Can't attach to ${attachments} probes because it exceeds the current limit of ${config.maxProbes} probes.`, {
      hint: 'You can increase the limit through the BPFTRACE_MAX_PROBES environment variable, but BE CAREFUL since a high number of probes attached can cause your system to crash.',
    });
  }
}

export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

function matchesGlob(name: string, glob: string): boolean {
  const pattern = glob.toLowerCase().replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(name);
}
