// What happened to the fields of a tracepoint event, and to the arguments of a raw tracepoint, between two kernels.
import type { RawTracepoint, Tracepoint, TracepointField } from '../index/reader.ts';
import { comparePrototypes, type PrototypeDifference } from './diff.ts';
import type { Both } from './diffrecord.ts';

export interface TracepointDifference {
  /** In order of the later kernel, what it has lost at the end. */
  readonly fields: readonly FieldChange[];
  /** Where both sides have it from the same kind of source. */
  readonly printFormat: Both<string> | undefined;
}

export interface FieldChange {
  readonly name: string;
  readonly what: readonly FieldAspect[];
  /** undefined on the side that has it not. */
  readonly before: TracepointField | undefined;
  readonly after: TracepointField | undefined;
}

export type FieldAspect = 'added' | 'removed' | 'moved' | 'retyped' | 'resized';

/** How far the texts of the two sides can be compared: sources spell types and print formats in ways of their own. */
export interface Comparable {
  readonly types: boolean;
  readonly printFormats: boolean;
}

/** undefined: they say the same. */
export function compareTracepoints(a: Tracepoint, b: Tracepoint, comparable: Comparable): TracepointDifference | undefined {
  const before = new Map(a.fields.map((field) => [field.name, field]));
  const after = new Map(b.fields.map((field) => [field.name, field]));
  const names = [...new Set([...after.keys(), ...before.keys()])];
  const fields = names
    .map((name) => ({ name, what: aspects(before.get(name), after.get(name), comparable), before: before.get(name), after: after.get(name) }))
    .filter(({ what }) => what.length > 0);
  const printFormat = comparable.printFormats && a.printFormat !== b.printFormat ? { before: a.printFormat, after: b.printFormat } : undefined;
  return fields.length === 0 && printFormat === undefined ? undefined : { fields, printFormat };
}

function aspects(a: TracepointField | undefined, b: TracepointField | undefined, { types }: Comparable): readonly FieldAspect[] {
  if (a === undefined) return ['added'];
  if (b === undefined) return ['removed'];
  const what: FieldAspect[] = [];
  if (a.offset !== b.offset) what.push('moved');
  if (signOf(a) !== signOf(b) || a.location !== b.location || (types && spelling(a) !== spelling(b))) what.push('retyped');
  else if (a.size !== b.size) what.push('resized');
  return what;
}

/** Whether a char has a sign is no matter of the event: kernels since 6.2 are built with -funsigned-char. */
function signOf({ type, signed }: TracepointField): boolean {
  return type === 'char' ? false : signed;
}

/** Dimensions stand as macros in some sources and as numbers in others: the size tells what they are. */
function spelling({ type, array }: TracepointField): string {
  return `${type.replace(/\s+/g, ' ').replace(/\s*\*/g, ' *').trim()}${array === '' ? '' : '[]'}`;
}

/** undefined: they say the same. */
export function compareRawTracepoints(a: RawTracepoint, b: RawTracepoint): PrototypeDifference | undefined {
  const type = ({ params, type: { returns } }: RawTracepoint) => ({ kind: 'function', returns, params, variadic: false }) as const;
  return comparePrototypes(b.name, type(a), type(b));
}
