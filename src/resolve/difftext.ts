// Differences between kernels as people read them: `+` what came, `-` what went, `~` what changed.
import { unreachable } from '../base/unreachable.ts';
import type { EnumDifference, PrototypeDifference } from './diff.ts';
import type { MemberChange, MemberPlace, RecordDifference } from './diffrecord.ts';
import type { Change, Changed, ThingDifference, ThingKind } from './diffkernels.ts';
import type { FieldChange, TracepointDifference } from './difftracepoint.ts';
import { thingKinds } from './diffkernels.ts';
import type { TracepointField } from '../index/reader.ts';

/** How many things of each kind came, went and changed. */
export function countChanges(changes: readonly Change[]): Readonly<Partial<Record<ThingKind, { readonly added: number; readonly removed: number; readonly changed: number }>>> {
  const counts: Partial<Record<ThingKind, { added: number; removed: number; changed: number }>> = {};
  for (const { kind, status } of changes) {
    const count = (counts[kind] ??= { added: 0, removed: 0, changed: 0 });
    count[status]++;
  }
  return counts;
}

/** A table of the counts, then one line a thing. */
export function summaryText(changes: readonly Change[]): string {
  const counts = countChanges(changes);
  const rows = thingKinds.flatMap((kind) => {
    const count = counts[kind];
    return count === undefined ? [] : [[words[kind], String(count.added), String(count.removed), String(count.changed)]];
  });
  const table = [['', 'added', 'removed', 'changed'], ...rows].map(([head = '', ...cells]) => `${head.padEnd(13)}${cells.map((cell) => cell.padStart(9)).join('')}\n`).join('');
  return `${table}\n${changes.map(changeLine).join('')}`;
}

/** `+ struct bpf_arena`, `~ struct sock: 760 -> 768 bytes, 3 members added, 40 moved`. */
export function changeLine(change: Change): string {
  const name = title(change);
  if (change.status !== 'changed') return `${change.status === 'added' ? '+' : '-'} ${name}${remark(change)}\n`;
  return `~ ${name}: ${brief(change.difference)}\n`;
}

/** A block of lines: all that changed in a thing. */
export function changeText(change: Change): string {
  if (change.status !== 'changed') return changeLine(change);
  return `~ ${title(change)}${headline(change.difference)}\n${details(change.difference).map((line) => `    ${line}\n`).join('')}`;
}

const words: Readonly<Record<ThingKind, string>> = {
  struct: 'struct', union: 'union', enum: 'enum', constant: 'constant', typedef: 'typedef', function: 'func', variable: 'var',
  tracepoint: 'tracepoint', rawtracepoint: 'rawtracepoint', syscall: 'syscall',
};

function title(change: Change): string {
  const images = typeof change.image === 'string' ? [change.image] : [change.image.after];
  const image = images[0] === '' || images[0] === 'vmlinux' ? '' : ` (${images[0] ?? ''})`;
  const separator = change.kind === 'tracepoint' || change.kind === 'rawtracepoint' ? ':' : ' ';
  return `${words[change.kind]}${separator}${change.name}${image}`;
}

function remark(change: Exclude<Change, Changed>): string {
  if (change.variant) return ': one of several of that name';
  return change.status === 'removed' && change.untyped === true ? ': is there still, without a prototype' : '';
}

/** In one line. */
function brief(difference: ThingDifference): string {
  switch (difference.kind) {
    case 'struct':
    case 'union':
      return [sizes(difference), ...memberCounts(difference.members)].filter((part) => part !== '').join(', ');
    case 'enum':
      return [sizes(difference), ...valueCounts(difference)].filter((part) => part !== '').join(', ');
    case 'constant':
      return arrow(difference.value);
    case 'typedef':
    case 'variable':
      return arrow(difference.type);
    case 'function':
    case 'rawtracepoint':
    case 'syscall':
      return arrow(difference.prototype);
    case 'tracepoint':
      return [...fieldCounts(difference.fields), ...(difference.printFormat === undefined ? [] : ['print format changed'])].join(', ');
    default:
      return unreachable(difference);
  }
}

function headline(difference: ThingDifference): string {
  const size = 'size' in difference ? sizes(difference) : '';
  return size === '' ? '' : `: ${size}`;
}

function details(difference: ThingDifference): readonly string[] {
  switch (difference.kind) {
    case 'struct':
    case 'union':
      return memberLines(difference.members);
    case 'enum':
      return valueLines(difference);
    case 'constant':
      return [arrow(difference.value)];
    case 'typedef':
    case 'variable':
      return [`- ${difference.type.before}`, `+ ${difference.type.after}`];
    case 'function':
    case 'rawtracepoint':
    case 'syscall':
      return prototypeLines(difference);
    case 'tracepoint':
      return fieldLines(difference);
    default:
      return unreachable(difference);
  }
}

function arrow({ before, after }: { readonly before: bigint | string | number; readonly after: bigint | string | number }): string {
  return `${before} -> ${after}`;
}

function sizes({ size }: Pick<RecordDifference, 'size'>): string {
  return size.before === size.after ? '' : `${arrow(size)} bytes`;
}

function memberCounts(members: readonly MemberChange[]): readonly string[] {
  return counted(members.map(({ what }) => what), ['added', 'removed', 'retyped', 'bitfield', 'resized', 'moved'], 'member');
}

function fieldCounts(fields: readonly FieldChange[]): readonly string[] {
  return counted(fields.map(({ what }) => what), ['added', 'removed', 'retyped', 'resized', 'moved'], 'field');
}

/** `2 members added, 1 retyped`. */
function counted(all: readonly (readonly string[])[], kinds: readonly string[], noun: string): readonly string[] {
  const counts = kinds.map((kind) => ({ kind, count: all.filter((what) => what.includes(kind)).length })).filter(({ count }) => count > 0);
  return counts.map(({ kind, count }, index) => `${count}${index === 0 ? ` ${noun}${count === 1 ? '' : 's'}` : ''} ${kind}`);
}

function valueCounts({ values }: EnumDifference): readonly string[] {
  const kinds = values.map(({ before, after }) => [before === undefined ? 'added' : after === undefined ? 'removed' : 'renumbered']);
  return counted(kinds, ['added', 'removed', 'renumbered'], 'value');
}

/** A run of members that only moved, all by the same distance, is one line. */
function memberLines(members: readonly MemberChange[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < members.length; ) {
    let end = at;
    while (end < members.length && shift(members[end]) !== undefined && shift(members[end]) === shift(members[at])) end++;
    if (end - at > 1) lines.push(movedLine(members.slice(at, end), shift(members[at]) ?? 0));
    else lines.push(...memberLine(members[at]));
    at = Math.max(end, at + 1);
  }
  return lines;
}

/** Bits, of a member that moved and changed in no other way. */
function shift(change: MemberChange | undefined): number | undefined {
  if (change === undefined || !('before' in change && 'after' in change) || change.what.length !== 1 || change.what[0] !== 'moved') return undefined;
  return bitOffset(change.after) - bitOffset(change.before);
}

function bitOffset({ offset, bitOffset: bits }: MemberPlace): number {
  return bits ?? offset * 8;
}

function movedLine(members: readonly MemberChange[], bits: number): string {
  const names = members.map(({ path }) => path);
  const shown = names.length <= 4 ? names.join(', ') : `${names[0] ?? ''} ... ${names.at(-1) ?? ''} (${names.length} members)`;
  return `~ ${shown}: moved by ${distance(bits)}`;
}

function distance(bits: number): string {
  const sign = bits > 0 ? '+' : '';
  return bits % 8 === 0 ? `${sign}${bits / 8} bytes` : `${sign}${bits} bits`;
}

function memberLine(change: MemberChange | undefined): readonly string[] {
  if (change === undefined) return [];
  if (!('before' in change)) return [declared('+', change.after)];
  if (!('after' in change)) return [declared('-', change.before) + (change.now === undefined ? '' : ` now ${change.now}?`)];
  return [`~ ${change.path}: ${memberAspects(change).join(', ')}`];
}

function memberAspects({ what, before, after }: Extract<MemberChange, { before: MemberPlace; after: MemberPlace }>): readonly string[] {
  return [
    ...(what.includes('retyped') ? [arrow({ before: before.type, after: after.type })] : []),
    ...(what.includes('resized') ? [`${after.type}, size ${arrow({ before: before.size, after: after.size })}`] : []),
    ...(what.includes('bitfield') ? [`bits ${arrow({ before: before.bitSize ?? 'none', after: after.bitSize ?? 'none' })}`] : []),
    ...(what.includes('moved') ? [`offset ${arrow({ before: offsetText(before), after: offsetText(after) })}`] : []),
  ];
}

/** What happened to one member, without its name. */
export function memberChangeText(change: MemberChange): string {
  if (!('before' in change)) return 'added';
  if (!('after' in change)) return change.now === undefined ? 'gone' : `gone; now ${change.now}?`;
  return memberAspects(change).join(', ');
}

function offsetText(place: MemberPlace): string {
  return place.bitOffset === undefined ? String(place.offset) : `${place.offset}:${place.bitOffset % 8}`;
}

/** Offset and size in the columns that layouts have them in. */
function declared(sign: '+' | '-', place: MemberPlace): string {
  return `${sign} ${`${place.declaration};`.padEnd(48)} /* ${offsetText(place).padStart(5)} ${String(place.size).padStart(5)} */`;
}

function valueLines({ values }: EnumDifference): readonly string[] {
  return values.map(({ name, before, after }) => {
    if (before === undefined) return `+ ${name} = ${after ?? ''}`;
    return after === undefined ? `- ${name} = ${before}` : `~ ${name}: ${arrow({ before, after })}`;
  });
}

function prototypeLines({ prototype }: PrototypeDifference): readonly string[] {
  return [`- ${prototype.before}`, `+ ${prototype.after}`];
}

function fieldLines({ fields, printFormat }: TracepointDifference): readonly string[] {
  const format = printFormat === undefined ? [] : [`- print fmt: ${printFormat.before}`, `+ print fmt: ${printFormat.after}`];
  return [...fields.map(fieldLine), ...format];
}

function fieldLine({ name, what, before, after }: FieldChange): string {
  if (before === undefined || after === undefined) {
    const field = before ?? after;
    return field === undefined ? name : `${before === undefined ? '+' : '-'} ${`${declaredField(field)};`.padEnd(48)} /* ${String(field.offset).padStart(5)} ${String(field.size).padStart(5)} */`;
  }
  const parts = [
    ...(what.includes('retyped') ? [retyped(before, after)] : []),
    ...(what.includes('resized') || (what.includes('retyped') && before.size !== after.size) ? [`size ${arrow({ before: before.size, after: after.size })}`] : []),
    ...(what.includes('moved') ? [`offset ${arrow({ before: before.offset, after: after.offset })}`] : []),
  ];
  return `~ ${name}: ${parts.join(', ')}`;
}

function declaredField(field: TracepointField): string {
  return `${prefix(field)}${field.type} ${field.name}${field.array}`;
}

/** Where the words are the same, the sign is not. */
function retyped(before: TracepointField, after: TracepointField): string {
  const types = { before: fieldType(before), after: fieldType(after) };
  if (types.before !== types.after) return arrow(types);
  return arrow({ before: `${types.before} (${before.signed ? 'signed' : 'unsigned'})`, after: `${types.after} (${after.signed ? 'signed' : 'unsigned'})` });
}

function fieldType(field: TracepointField): string {
  return `${prefix(field)}${field.type}${field.array}`;
}

function prefix({ location }: TracepointField): string {
  return { record: '', dataloc: '__data_loc ', relloc: '__rel_loc ' }[location];
}
