// What a definition says in one kernel and not in another: members, enumerators, parameters. Two definitions are compared by what they
// say themselves: a struct that an unchanged member leads to is compared under its own name.
import type { Definition, EnumDefinition, FunctionType, TypedefDefinition, VariableDefinition } from '../ctype/ctype.ts';
import { declaration, typeText } from '../ctype/print.ts';
import type { Types } from '../ctype/types.ts';
import type { SyscallSignature } from '../index/syscalls.ts';
import { compareRecords, flatType, type Both, type RecordDifference } from './diffrecord.ts';

export type DefinitionDifference =
  | ({ readonly kind: 'struct' | 'union' } & RecordDifference)
  | ({ readonly kind: 'enum' } & EnumDifference)
  | ({ readonly kind: 'function' } & PrototypeDifference)
  | { readonly kind: 'typedef' | 'variable'; readonly type: Both<string> };

export interface EnumDifference {
  /** Bytes. */
  readonly size: Both<number>;
  readonly values: readonly ValueChange[];
}

/** undefined on the side that has it not. */
export interface ValueChange {
  readonly name: string;
  readonly before: bigint | undefined;
  readonly after: bigint | undefined;
}

export interface PrototypeDifference {
  /** Whole prototypes, with the function's name. */
  readonly prototype: Both<string>;
  readonly returns: Both<string> | undefined;
  readonly params: readonly ParamChange[];
}

export interface ParamChange {
  /** From 0, in the kernel that has it; in the earlier one where both have it. */
  readonly position: number;
  readonly before: ParamText | undefined;
  readonly after: ParamText | undefined;
}

export interface ParamText {
  readonly name: string | null;
  readonly type: string;
}

/** undefined: they say the same. The two are of one kind, structs and unions taken together. */
export function compareDefinitions(before: Types, a: Definition, after: Types, b: Definition): DefinitionDifference | undefined {
  if ((a.kind === 'struct' || a.kind === 'union') && (b.kind === 'struct' || b.kind === 'union')) {
    const records = compareRecords(before, a, after, b);
    return records && { kind: b.kind, ...records };
  }
  if (a.kind === 'enum' && b.kind === 'enum') return compareEnums(a, b);
  if (a.kind === 'function' && b.kind === 'function') {
    const prototypes = comparePrototypes(b.name, a.type, b.type);
    return prototypes && { kind: 'function', ...prototypes };
  }
  if ((a.kind === 'typedef' || a.kind === 'variable') && a.kind === b.kind) return compareTypes(before, a, after, b as typeof a);
  throw new RangeError(`${a.kind} ${a.name ?? ''} compared with a ${b.kind}`);
}

/** A typedef of an anonymous record is compared by its members, in words of one line. */
function compareTypes(before: Types, a: TypedefDefinition | VariableDefinition, after: Types, b: TypedefDefinition | VariableDefinition): DefinitionDifference | undefined {
  const left = typeText(flatType(a.type));
  const right = typeText(flatType(b.type));
  if (left !== right) return { kind: b.kind, type: { before: left, after: right } };
  const inner = { before: anonymous(before, a), after: anonymous(after, b) };
  if (inner.before === undefined || inner.after === undefined) return undefined;
  const difference = compareDefinitions(before, inner.before, after, inner.after);
  return difference?.kind === 'function' ? undefined : difference;
}

function anonymous(types: Types, { type }: TypedefDefinition | VariableDefinition): Definition | undefined {
  return 'key' in type && type.name === null ? types.definition(type) : undefined;
}

function compareEnums(a: EnumDefinition, b: EnumDefinition): DefinitionDifference | undefined {
  const before = new Map(a.values.map(({ name, value }) => [name, value]));
  const after = new Map(b.values.map(({ name, value }) => [name, value]));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const values = names.map((name) => ({ name, before: before.get(name), after: after.get(name) })).filter((each) => each.before !== each.after);
  return values.length === 0 && a.size === b.size ? undefined : { kind: 'enum', size: { before: a.size, after: b.size }, values };
}

/** undefined: the same types, and the same names where both sides know one. */
export function comparePrototypes(name: string, a: FunctionType, b: FunctionType): PrototypeDifference | undefined {
  const returns = { before: typeText(flatType(a.returns)), after: typeText(flatType(b.returns)) };
  const params = compareParams(paramsOf(a), paramsOf(b));
  if (params.length === 0 && returns.before === returns.after) return undefined;
  return {
    prototype: { before: declaration(a, name), after: declaration(b, name) },
    returns: returns.before === returns.after ? undefined : returns,
    params,
  };
}

function paramsOf(type: FunctionType): readonly ParamText[] {
  const params = type.params.map((param) => ({ name: param.name, type: typeText(flatType(param.type)) }));
  return type.variadic ? [...params, { name: null, type: '...' }] : params;
}

/** What SYSCALL_DEFINE() says of a system call, on both sides. undefined: the same. */
export function compareSyscalls(a: SyscallSignature, b: SyscallSignature): PrototypeDifference | undefined {
  const params = compareParams(a.args, b.args);
  return params.length === 0 ? undefined : { prototype: { before: syscallText(a), after: syscallText(b) }, returns: undefined, params };
}

function syscallText({ name, args }: SyscallSignature): string {
  return `${name}(${args.map((arg) => `${arg.type}${arg.type.endsWith('*') ? '' : ' '}${arg.name}`).join(', ')})`;
}

/** Parameters are the same while name and type are; a run of others between them came, went, or changed place by place. */
function compareParams(before: readonly ParamText[], after: readonly ParamText[]): readonly ParamChange[] {
  const out: ParamChange[] = [];
  let left = 0;
  let right = 0;
  const until = (leftEnd: number, rightEnd: number): void => {
    for (; left < leftEnd && right < rightEnd; left++, right++) out.push({ position: left, before: before[left], after: after[right] });
    for (; left < leftEnd; left++) out.push({ position: left, before: before[left], after: undefined });
    for (; right < rightEnd; right++) out.push({ position: right, before: undefined, after: after[right] });
  };
  for (const [i, j] of commonParams(before, after)) {
    until(i, j);
    left = i + 1;
    right = j + 1;
  }
  until(before.length, after.length);
  return out;
}

/** The longest common subsequence, as pairs of positions. */
function commonParams(before: readonly ParamText[], after: readonly ParamText[]): readonly (readonly [number, number])[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = lengths[i] ?? [];
      row[j] = alike(before[i], after[j]) ? 1 + (lengths[i + 1]?.[j + 1] ?? 0) : Math.max(lengths[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (alike(before[i], after[j])) pairs.push([i++, j++]);
    else if ((lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0)) i++;
    else j++;
  }
  return pairs;
}

function alike(a: ParamText | undefined, b: ParamText | undefined): boolean {
  return a !== undefined && b !== undefined && a.type === b.type && (a.name === b.name || a.name === null || b.name === null);
}
