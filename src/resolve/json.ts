// Definitions as plain JSON objects, for `--json` and for programs. Offsets and sizes are in bytes and count from the start of the
// definition that was asked for, also inside anonymous members; `bitOffset` and `bitSize` are in bits.
import type {
  CType, Definition, EnumDefinition, FunctionDefinition, RecordDefinition, TypedefDefinition, VariableDefinition,
} from '../ctype/ctype.ts';
import { typeText } from '../ctype/print.ts';
import { sizeOf, type Types } from '../ctype/types.ts';
import { unreachable } from '../base/unreachable.ts';
import { cachelineSize, type Layout, type Layouts, type MemberLayout } from './layout.ts';

interface Origin {
  /** BTF type id, null where it did not come from BTF. */
  readonly id: number | null;
  readonly image: string;
  /** Which of several definitions of this kind and name, from 1, and how many there are. */
  readonly variant: number;
  readonly variants: number;
}

export interface MemberJson {
  /** null for anonymous members. */
  readonly name: string | null;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly bitOffset?: number;
  readonly bitSize?: number;
  /** Of a struct or union that is defined in place. */
  readonly members?: readonly MemberJson[];
  readonly holes?: readonly HoleJson[];
  readonly bitHoles?: readonly BitHoleJson[];
  readonly padding?: number;
}

/** Unused bytes between members. */
export interface HoleJson {
  readonly offset: number;
  readonly size: number;
}

/** Unused bits beside bitfields. */
export interface BitHoleJson {
  readonly bitOffset: number;
  readonly bitSize: number;
}

export interface RecordJson extends Origin {
  readonly kind: 'struct' | 'union';
  readonly name: string | null;
  readonly size: number;
  /** Cachelines that it covers when it starts at one. */
  readonly cachelines: number;
  readonly packed: boolean;
  readonly members: readonly MemberJson[];
  readonly holes: readonly HoleJson[];
  readonly bitHoles: readonly BitHoleJson[];
  /** Unused bytes, and bits, at the end. */
  readonly padding: number;
  readonly bitPadding: number;
}

export interface EnumJson extends Origin {
  readonly kind: 'enum';
  readonly name: string | null;
  readonly size: number;
  readonly signed: boolean;
  /** A value beyond 2^53 is a decimal string. */
  readonly values: readonly { readonly name: string; readonly value: number | string }[];
}

export interface TypedefJson extends Origin {
  readonly kind: 'typedef';
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** What each typedef on the way stands for, the last one that is no typedef. */
  readonly chain: readonly string[];
  /** Of an anonymous struct or union at the end of the chain. */
  readonly members?: readonly MemberJson[];
}

export interface FunctionJson extends Origin {
  readonly kind: 'function';
  readonly name: string;
  readonly returns: string;
  readonly params: readonly { readonly name: string | null; readonly type: string }[];
  readonly variadic: boolean;
}

export interface VariableJson extends Origin {
  readonly kind: 'variable';
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Inside the per-CPU area. */
  readonly offset: number;
}

export type DefinitionJson = RecordJson | EnumJson | TypedefJson | FunctionJson | VariableJson;

export function definitionJson(layouts: Layouts, definition: Definition): DefinitionJson {
  switch (definition.kind) {
    case 'struct':
    case 'union':
      return recordJson(layouts, definition);
    case 'enum':
      return enumJson(definition);
    case 'typedef':
      return typedefJson(layouts, definition);
    case 'function':
      return functionJson(definition);
    case 'variable':
      return variableJson(layouts.types, definition);
    default:
      return unreachable(definition);
  }
}

function recordJson(layouts: Layouts, record: RecordDefinition): RecordJson {
  const layout = layouts.of(record);
  return {
    kind: record.kind,
    name: record.name,
    ...origin(record),
    size: record.size,
    cachelines: Math.ceil(record.size / cachelineSize),
    packed: layout.packed,
    members: memberList(layouts, layout, 0),
    ...gapLists(layout, 0),
    padding: layout.padding,
    bitPadding: layout.bitPadding,
  };
}

function memberList(layouts: Layouts, layout: Layout, base: number): MemberJson[] {
  return layout.members.map((each) => memberJson(layouts, each, base));
}

/** @param base bytes from the start of the definition that was asked for to the record that has the member */
function memberJson(layouts: Layouts, member: MemberLayout, base: number): MemberJson {
  const bitOffset = base * 8 + member.bitOffset;
  const offset = Math.floor(bitOffset / 8);
  const bits = member.bitSize === null ? {} : { bitOffset, bitSize: member.bitSize };
  return { name: member.name, type: typeText(member.type), offset, size: member.size, ...bits, ...inlineBody(layouts, member.type, offset) };
}

/** The members of an anonymous record that a member's type (or its elements' type) is. */
function inlineBody(layouts: Layouts, type: CType, base: number): Pick<MemberJson, 'members' | 'holes' | 'bitHoles' | 'padding'> {
  let at = type;
  while ('of' in at) at = at.of;
  if ((at.kind !== 'struct' && at.kind !== 'union') || at.name !== null) return {};
  const record = layouts.types.definition(at);
  if (record?.kind !== 'struct' && record?.kind !== 'union') return {};
  const layout = layouts.of(record);
  const gaps = record.kind === 'struct' ? { ...gapLists(layout, base), padding: layout.padding } : {};
  return { members: memberList(layouts, layout, base), ...gaps };
}

function gapLists(layout: Layout, base: number): { holes: HoleJson[]; bitHoles: BitHoleJson[] } {
  const holes: HoleJson[] = [];
  const bitHoles: BitHoleJson[] = [];
  const add = (start: number, gap: { hole: number; bitHole: number }) => {
    if (gap.bitHole > 0) bitHoles.push({ bitOffset: start, bitSize: gap.bitHole });
    if (gap.hole > 0) holes.push({ offset: Math.floor((start + gap.bitHole) / 8), size: gap.hole });
  };
  add(base * 8, { hole: layout.leadingHole, bitHole: layout.leadingBitHole });
  for (const each of layout.members) add(base * 8 + each.bitOffset + (each.bitSize ?? each.size * 8), each);
  return { holes, bitHoles };
}

function enumJson(definition: EnumDefinition): EnumJson {
  const { kind, name, size, signed } = definition;
  return { kind, name, ...origin(definition), size, signed, values: definition.values.map((each) => ({ name: each.name, value: plain(each.value) })) };
}

function plain(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function typedefJson(layouts: Layouts, definition: TypedefDefinition): TypedefJson {
  const { types } = layouts;
  return {
    kind: 'typedef',
    name: definition.name,
    ...origin(definition),
    type: typeText(definition.type),
    size: sizeOf(types, definition.type),
    chain: typedefChain(types, definition).map((each) => typeText(each.type)),
    ...inlineBody(layouts, definition.type, 0),
  };
}

/** The typedef and those that it stands for, in order, up to the one that stands for something else. */
export function typedefChain(types: Types, definition: TypedefDefinition): readonly TypedefDefinition[] {
  const chain = [definition];
  for (let at = definition.type; at.kind === 'typedef' && chain.length < 64; ) {
    const next = types.definition(at);
    if (next?.kind !== 'typedef') break;
    chain.push(next);
    at = next.type;
  }
  return chain;
}

function functionJson(definition: FunctionDefinition): FunctionJson {
  const { returns, params, variadic } = definition.type;
  return {
    kind: 'function',
    name: definition.name,
    ...origin(definition),
    returns: typeText(returns),
    params: params.map((each) => ({ name: each.name, type: typeText(each.type) })),
    variadic,
  };
}

function variableJson(types: Types, definition: VariableDefinition): VariableJson {
  const { kind, name, type, offset } = definition;
  return { kind, name, ...origin(definition), type: typeText(type), size: sizeOf(types, type), offset };
}

function origin({ id, image, variant, variants }: Definition): Origin {
  return { id, image, variant, variants };
}
