// What happened to the members of a struct or union between two kernels. Members of anonymous records are members of the record around
// them, as they are for a script: putting a union around two of them changes nothing but offsets.
import type { CType, RecordDefinition } from '../ctype/ctype.ts';
import { declaration, typeText } from '../ctype/print.ts';
import { sizeOf, type Types } from '../ctype/types.ts';

export interface Both<T> {
  readonly before: T;
  readonly after: T;
}

export interface RecordDifference {
  /** Bytes. */
  readonly size: Both<number>;
  /** In order of the later kernel, what it has lost where it stood. */
  readonly members: readonly MemberChange[];
}

export type MemberChange = MemberCame | MemberWent | MemberChanged;

interface MemberCame {
  readonly path: string;
  readonly what: readonly ['added'];
  readonly after: MemberPlace;
}

interface MemberWent {
  readonly path: string;
  readonly what: readonly ['removed'];
  readonly before: MemberPlace;
  /** An added member that looks like the same under another name, or in another place. */
  readonly now?: string;
}

interface MemberChanged {
  readonly path: string;
  readonly what: readonly MemberAspect[];
  readonly before: MemberPlace;
  readonly after: MemberPlace;
}

/** `resized`: a type of the same name has another size; `bitfield`: the width of a bitfield, or that it is one. */
export type MemberAspect = 'moved' | 'retyped' | 'resized' | 'bitfield';

export interface MemberPlace {
  readonly type: string;
  /** The type around the path, as C declares it. */
  readonly declaration: string;
  /** Bytes from the start of the record; of what a pointer leads to where the path holds `->`. */
  readonly offset: number;
  /** Bytes, of the type. */
  readonly size: number;
  /** Bits from the start of the record, and width, of a bitfield. */
  readonly bitOffset?: number;
  readonly bitSize?: number;
}

/** undefined: no member was touched. Arrays of arrays count as one flat array, which is how most kernels' BTF has them. */
export function compareRecords(before: Types, a: RecordDefinition, after: Types, b: RecordDefinition): RecordDifference | undefined {
  const left = { types: before, members: flatten(before, a) };
  const right = { types: after, members: flatten(after, b) };
  const members = merge(left, right, a.kind === 'union');
  if (members.length === 0 && a.size === b.size) return undefined;
  return { size: { before: a.size, after: b.size }, members };
}

/** `int [2][3]` and `int [6]` are alike. */
export function flatType(type: CType): CType {
  switch (type.kind) {
    case 'array': {
      const of = flatType(type.of);
      return of.kind === 'array' ? { kind: 'array', of: of.of, count: type.count * of.count } : { ...type, of };
    }
    case 'ptr':
      return { kind: 'ptr', to: flatType(type.to) };
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'tag':
      return { ...type, of: flatType(type.of) };
    case 'function':
      return { ...type, returns: flatType(type.returns), params: type.params.map((param) => ({ ...param, type: flatType(param.type) })) };
    default:
      return type;
  }
}

export interface FlatMember {
  /** `a.b` inside a member whose record has no name, `a[].b` in an array of such, `a->b` behind a pointer. */
  readonly path: string;
  /** The record that has it, and its place there. */
  readonly of: RecordDefinition;
  readonly index: number;
  readonly type: CType;
  /** Spelling of the type, arrays of arrays flat. */
  readonly text: string;
  /** Bits from the start of the outer record. */
  readonly bitOffset: number;
  readonly bitSize: number | null;
}

/** Anonymous records nest 7 deep in real kernels; a definition that contains itself is broken data. */
const maxNesting = 64;

/** The members of a record as scripts see them: those of anonymous records among its own. */
export function flatten(types: Types, record: RecordDefinition): readonly FlatMember[] {
  const out = new Map<string, FlatMember>();
  const walk = (of: RecordDefinition, prefix: string, base: number, depth: number): void => {
    for (const [index, { name, type, bitOffset, bitSize }] of of.members.entries()) {
      const path = prefix + (name ?? '');
      if (name !== null && !out.has(path)) out.set(path, { path, of, index, type, text: typeText(flatType(type)), bitOffset: base + bitOffset, bitSize });
      const body = depth < maxNesting ? anonymousBody(types, type) : undefined;
      if (body === undefined) continue;
      const inside = name === null ? prefix : `${path}${body.suffix}`;
      walk(body.record, inside, body.throughPointer ? 0 : base + bitOffset, depth + 1);
    }
  };
  walk(record, '', 0, 0);
  return [...out.values()];
}

/** The record that is defined in place by a member's type, behind arrays and pointers too. */
function anonymousBody(types: Types, type: CType): { record: RecordDefinition; suffix: string; throughPointer: boolean } | undefined {
  let at = type;
  let suffix = '';
  let throughPointer = false;
  while (at.kind === 'ptr' || 'of' in at) {
    if (at.kind === 'ptr') throughPointer = true;
    if (at.kind === 'array') suffix += '[]';
    at = at.kind === 'ptr' ? at.to : at.of;
  }
  if ((at.kind !== 'struct' && at.kind !== 'union') || at.name !== null) return undefined;
  const record = types.definition(at);
  if (record?.kind !== 'struct' && record?.kind !== 'union') return undefined;
  return { record, suffix: suffix + (throughPointer ? '->' : '.'), throughPointer };
}

interface Side {
  readonly types: Types;
  readonly members: readonly FlatMember[];
}

function merge(left: Side, right: Side, union: boolean): readonly MemberChange[] {
  const before = new Map(left.members.map((each) => [each.path, each]));
  const after = new Map(right.members.map((each) => [each.path, each]));
  const shifts = shiftsOf(left, after);
  const successors = newNames(left, right, before, after);
  const out: MemberChange[] = [];
  const gone = [...left.members];
  const come: MemberChange[] = [];
  const leave = (upTo: string | undefined): void => {
    const end = upTo === undefined ? gone.length : gone.findIndex(({ path }) => path === upTo);
    for (const each of gone.splice(0, Math.max(0, end))) {
      const now = successors.get(each.path);
      if (!after.has(each.path)) out.push({ path: each.path, what: ['removed'], before: placeOf(left.types, each), ...(now === undefined ? {} : { now }) });
    }
    out.push(...come.splice(0));
  };
  for (const each of right.members) {
    const old = before.get(each.path);
    if (old === undefined) {
      come.push({ path: each.path, what: ['added'], after: placeOf(right.types, each) });
      continue;
    }
    leave(each.path);
    const mayHaveGrown = union || shifts.get(each.path) === true;
    const what = aspects(left.types, old, right.types, each, mayHaveGrown);
    if (what.length > 0) out.push({ path: each.path, what, before: placeOf(left.types, old), after: placeOf(right.types, each) });
  }
  leave(undefined);
  return out;
}

function aspects(before: Types, old: FlatMember, after: Types, now: FlatMember, mayHaveGrown: boolean): MemberAspect[] {
  const what: MemberAspect[] = [];
  if (old.bitOffset !== now.bitOffset) what.push('moved');
  if (old.text !== now.text) what.push('retyped');
  else if (mayHaveGrown && sizeOf(before, old.type) !== sizeOf(after, now.type)) what.push('resized');
  if (old.bitSize !== now.bitSize) what.push('bitfield');
  return what;
}

/** Members behind which the others moved by another distance than they did themselves: they may be what grew. */
function shiftsOf(left: Side, after: ReadonlyMap<string, FlatMember>): ReadonlyMap<string, boolean> {
  const common = left.members.flatMap((old) => {
    const now = after.get(old.path);
    return now === undefined ? [] : [{ path: old.path, shift: now.bitOffset - old.bitOffset }];
  });
  return new Map(common.map(({ path, shift }, index) => [path, (common[index + 1]?.shift ?? NaN) !== shift]));
}

/**
 * Guesses what members are called now: the only added one with the same last name and type, else the one of that type that stands
 * between the same neighbours.
 */
function newNames(left: Side, right: Side, before: ReadonlyMap<string, FlatMember>, after: ReadonlyMap<string, FlatMember>): ReadonlyMap<string, string> {
  const added = right.members.filter(({ path }) => !before.has(path));
  const removed = left.members.filter(({ path }) => !after.has(path));
  if (added.length === 0 || removed.length === 0) return new Map();
  const places = { before: neighbours(left.members, after), after: neighbours(right.members, before) };
  const found = removed.flatMap((old): (readonly [string, string])[] => {
    const alike = added.filter(({ text }) => text === old.text);
    const named = alike.filter(({ path }) => lastName(path) === lastName(old.path));
    const placed = alike.filter(({ path }) => places.after.get(path) === places.before.get(old.path));
    const rivals = removed.filter(({ path, text }) => text === old.text && places.before.get(path) === places.before.get(old.path));
    const [only] = named.length === 1 ? named : placed.length === 1 && rivals.length === 1 ? placed : [];
    return only === undefined ? [] : [[old.path, only.path]];
  });
  return new Map(found);
}

/** By path: the nearest members before and behind it that the other side has too. */
function neighbours(members: readonly FlatMember[], other: ReadonlyMap<string, FlatMember>): ReadonlyMap<string, string> {
  const last: string[] = [];
  let at = '';
  for (const { path } of members) {
    last.push(at);
    if (other.has(path)) at = path;
  }
  const out = new Map<string, string>();
  let next = '';
  for (let index = members.length - 1; index >= 0; index--) {
    const path = members[index]?.path ?? '';
    out.set(path, `${last[index] ?? ''} ${next}`);
    if (other.has(path)) next = path;
  }
  return out;
}

function lastName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('.'), path.lastIndexOf('>')) + 1);
}

function placeOf(types: Types, { path, type, text, bitOffset, bitSize }: FlatMember): MemberPlace {
  const bits = bitSize === null ? {} : { bitOffset, bitSize };
  return { type: text, declaration: declaration(type, path) + (bitSize === null ? '' : `:${bitSize}`), offset: Math.floor(bitOffset / 8), size: sizeOf(types, type), ...bits };
}
