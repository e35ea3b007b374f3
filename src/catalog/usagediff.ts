// What of the differences between two kernels touches a script: each thing that it used in one, looked up in the other.
import type { Arch } from '../base/arch.ts';
import type { RecordDefinition } from '../ctype/ctype.ts';
import { typeText } from '../ctype/print.ts';
import type { Argument, Probe, ProbeDetail, Probes, ProviderName } from '../ctype/probes.ts';
import type { Types } from '../ctype/types.ts';
import { compareRecords, flatten, flatType, type Both, type MemberChange } from '../resolve/diffrecord.ts';
import { memberChangeText } from '../resolve/difftext.ts';
import { hasWildcard } from '../base/glob.ts';
import type { AskedProbes, Usage, UsedProbe, UsedRecord } from './usage.ts';

/** `breaks`: it is gone, or means something else; `differs`: it is there and not the same; `moved`: what compiling again follows. */
export type Severity = 'breaks' | 'differs' | 'moved';

export interface Finding {
  readonly severity: Severity;
  /** `struct sock.sk_err`, `kprobe:tcp_sendmsg`, `tracepoint:sched:sched_switch args.prev_pid`. */
  readonly thing: string;
  readonly text: string;
}

export interface UsedKernel {
  readonly types: Types;
  readonly probes: Probes;
  readonly arch: Arch;
}

/** `arg0`, `arg1`, … that a script reads in probes of that name. */
export interface NumberedArguments {
  readonly name: string;
  readonly numbers: ReadonlySet<number>;
}

/** In order: what breaks, what differs, what moved. */
export function compareUsage(usage: Usage, before: UsedKernel, after: UsedKernel, numbered: readonly NumberedArguments[]): readonly Finding[] {
  const kernels = { before, after };
  const findings = [
    ...usage.asked.flatMap((asked) => comparePlaces(asked, kernels)),
    ...usage.probes.flatMap((used) => compareDetail(used, kernels)),
    ...usage.asked.flatMap((asked) => numbered.filter(({ name }) => name === asked.name).flatMap(({ numbers }) => compareNumbered(asked, numbers, kernels))),
    ...usage.records.flatMap((used) => compareRecord(used, usage, after.types)),
    ...[...usage.enumerators].flatMap((name) => compareEnumerator(name, kernels)),
  ];
  const order: readonly Severity[] = ['breaks', 'differs', 'moved'];
  const unique = new Map(findings.map((finding) => [`${finding.severity} ${finding.thing} ${finding.text}`, finding]));
  return [...unique.values()].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** Providers whose places belong to a kernel. */
const ofKernel: ReadonlySet<ProviderName> = new Set(['kprobe', 'kretprobe', 'fentry', 'fexit', 'tracepoint', 'rawtracepoint']);

function comparePlaces({ provider, scope, name, found }: AskedProbes, { after }: Both<UsedKernel>): readonly Finding[] {
  if (!ofKernel.has(provider) || found.length === 0) return [];
  const there = after.probes.match(provider, scope, name);
  const thing = [provider, ...(scope === undefined ? [] : [scope]), name].join(':');
  if (there.length === 0) {
    const near = hasWildcard(name) ? [] : after.probes.near(provider, scope, name, 3);
    return [{ severity: 'breaks', thing, text: near.length === 0 ? 'gone' : `gone; near it: ${near.join(', ')}` }];
  }
  const names = (probes: readonly Probe[]): readonly string[] => [...new Set(probes.map((probe) => probe.name))];
  const [before, now] = [names(found), names(there)];
  const same = before.length === now.length && before.every((each) => now.includes(each));
  if (same) return [];
  return [{ severity: 'differs', thing, text: before.length === 1 && now.length === 1 ? `${before[0] ?? ''} -> ${now[0] ?? ''}` : `matches ${before.length} -> ${now.length}` }];
}

function otherOf(probe: Probe, after: UsedKernel): Probe | undefined {
  const found = after.probes.match(probe.provider, probe.provider === 'tracepoint' ? probe.scope : undefined, probe.name);
  return found.find(({ scope }) => scope === probe.scope) ?? found[0];
}

function titleOf({ provider, scope, name }: Probe): string {
  return provider === 'tracepoint' ? `${provider}:${scope}:${name}` : `${provider}:${name}`;
}

function compareDetail({ probe, arguments: used, returns }: UsedProbe, { before, after }: Both<UsedKernel>): readonly Finding[] {
  const other = otherOf(probe, after);
  if (other === undefined) return [];
  const details = { before: before.probes.detail(probe), after: after.probes.detail(other) };
  const names = details.before.arguments.filter(({ name }) => used.has(name));
  const trust = details.before.unreliable === undefined && details.after.unreliable !== undefined && names.length > 0
    ? [{ severity: 'breaks' as const, thing: titleOf(probe), text: `arguments by name cannot be trusted: ${details.after.unreliable}` }] : [];
  return [...trust, ...names.flatMap((argument) => compareArgument(probe, argument, details.after)), ...(returns ? compareReturns(probe, details) : [])];
}

function compareArgument(probe: Probe, argument: Argument, after: ProbeDetail): readonly Finding[] {
  const thing = `${titleOf(probe)} args.${argument.name}`;
  const now = after.arguments.find(({ name }) => name === argument.name);
  if (now === undefined) return [{ severity: 'breaks', thing, text: after.arguments.length === 0 ? 'gone' : `gone; there are ${after.arguments.map(({ name }) => name).join(', ')}` }];
  const types = { before: typeText(flatType(argument.type)), after: typeText(flatType(now.type)) };
  if (types.before !== types.after) return [{ severity: 'differs', thing, text: `${types.before} -> ${types.after}` }];
  return JSON.stringify(argument.place) === JSON.stringify(now.place) ? [] : [{ severity: 'moved', thing, text: `${placeText(argument)} -> ${placeText(now)}` }];
}

function placeText({ place }: Argument): string {
  if (place.in === 'slots') return `slot ${place.first}`;
  if (place.in === 'registers') return `pt_regs + ${place.offsets.join(', ')}`;
  return `${{ saved: 'saved pt_regs', stack: 'stack', record: 'record', dataloc: 'record', relloc: 'record' }[place.in]} + ${place.offset}`;
}

function compareReturns(probe: Probe, { before, after }: Both<ProbeDetail>): readonly Finding[] {
  if (before.returns === undefined) return [];
  const texts = { before: typeText(flatType(before.returns)), after: after.returns === undefined ? 'void' : typeText(flatType(after.returns)) };
  if (texts.before === texts.after) return [];
  return [{ severity: after.returns === undefined ? 'breaks' : 'differs', thing: `${titleOf(probe)} retval`, text: `${texts.before} -> ${texts.after}` }];
}

/** A number goes on to mean something else without a word from the compiler. */
function compareNumbered(asked: AskedProbes, numbers: ReadonlySet<number>, { before, after }: Both<UsedKernel>): readonly Finding[] {
  return asked.found.flatMap((probe) => {
    const other = otherOf(probe, after);
    if (other === undefined) return [];
    const details = { before: before.probes.detail(probe), after: after.probes.detail(other) };
    return [...numbers].flatMap((number): readonly Finding[] => {
      const old = numberedArgument(details.before, number, before.arch);
      const now = numberedArgument(details.after, number, after.arch);
      const thing = `${titleOf(probe)} arg${number}`;
      if (old === undefined || (old.name === now?.name && old.text === now.text)) return [];
      if (now === undefined) return details.after.arguments.length === 0 ? [] : [{ severity: 'breaks', thing, text: `was ${old.text} ${old.name}, is no argument now` }];
      return [{ severity: old.text === now.text ? 'differs' : 'breaks', thing, text: `was ${old.text} ${old.name}, is ${now.text} ${now.name}` }];
    });
  });
}

function numberedArgument({ arguments: args }: ProbeDetail, number: number, arch: Arch): Argument | undefined {
  return args.find(({ place }) => (place.in === 'registers' && place.offsets[0] === arch.argumentRegisters[number]) || (place.in === 'slots' && place.first === number));
}

function compareRecord({ record, types, size }: UsedRecord, usage: Usage, after: Types): readonly Finding[] {
  const used = new Set(flatten(types, record).filter(({ of, index }) => usage.usesMember(of, index)).map(({ path }) => path));
  if (used.size === 0 && !size) return [];
  const thing = `${record.kind} ${record.name ?? ''}`;
  const other: RecordDefinition | undefined = after.find('struct', record.name ?? '')[0] ?? after.find('union', record.name ?? '')[0];
  if (other === undefined) return [{ severity: 'breaks', thing, text: 'gone' }];
  const difference = compareRecords(types, record, after, other);
  if (difference === undefined) return [];
  const members = difference.members.filter(({ path }) => used.has(path)).map((change): Finding => ({ severity: severityOf(change), thing: `${thing}.${change.path}`, text: memberChangeText(change) }));
  const sizes = difference.size;
  return [...members, ...(size && sizes.before !== sizes.after ? [{ severity: 'moved' as const, thing, text: `size ${sizes.before} -> ${sizes.after}` }] : [])];
}

function severityOf({ what }: MemberChange): Severity {
  const words: readonly string[] = what;
  if (words.includes('removed')) return 'breaks';
  return words.includes('retyped') || words.includes('bitfield') ? 'differs' : 'moved';
}

function compareEnumerator(name: string, { before, after }: Both<UsedKernel>): readonly Finding[] {
  const values = ({ types }: UsedKernel): string => [...new Set(types.enumerators(name).map(({ enumerator }) => String(enumerator.value)))].join(', ');
  const texts = { before: values(before), after: values(after) };
  if (texts.before === texts.after) return [];
  if (texts.after !== '') return [{ severity: 'moved', thing: `constant ${name}`, text: `${texts.before} -> ${texts.after}` }];
  return [{ severity: after.types.constant(name) === undefined ? 'breaks' : 'differs', thing: `constant ${name}`, text: after.types.constant(name) === undefined ? 'gone' : 'a macro now' }];
}
