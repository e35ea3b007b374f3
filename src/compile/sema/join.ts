// The smallest type that holds values of two types: what a variable, a map's key or value, a ternary becomes when both go in.
import type { Shape } from '../../bpf/shape.ts';
import type { CType } from '../../ctype/ctype.ts';
import { typeText as cTypeText } from '../../ctype/print.ts';
import type { IntType, ScriptType } from './stype.ts';
import { s64, u64 } from './stype.ts';

/**
 * undefined: the two have nothing in common. `unknown` gives way to anything.
 * @param anySign integers that no wider one holds both of become int64
 */
export function join(a: ScriptType, b: ScriptType, anySign = false): ScriptType | undefined {
  if (a.kind === 'unknown') return b;
  if (b.kind === 'unknown') return a;
  if (a.kind === 'int' && b.kind === 'int') return joinInts(a, b) ?? (anySign ? s64 : undefined);
  if (a.kind === 'int' && (b.kind === 'bool' || b.kind === 'enum')) return joinInts(a, asInt(b));
  if (b.kind === 'int' && (a.kind === 'bool' || a.kind === 'enum')) return joinInts(asInt(a), b);
  if (a.kind !== b.kind) return undefined;
  return joinSameKind(a, b, anySign);
}

/** What the type is once nothing more goes in: literals become 64 bits wide. */
export function settle(type: ScriptType): ScriptType {
  switch (type.kind) {
    case 'int':
      return type.literal ? (type.signed ? s64 : u64) : type;
    case 'tuple':
      return { ...type, elements: type.elements.map(settle) };
    case 'named tuple':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: settle(field.type) })) };
    default:
      return type;
  }
}

/** The type of a literal: the smallest that holds it. */
export function literalType(value: bigint): IntType {
  const negative = value < 0n;
  const size = ([1, 2, 4, 8] as const).find((bytes) => (negative ? BigInt.asIntN(bytes * 8, value) : BigInt.asUintN(bytes * 8, value)) === value) ?? 8;
  return { kind: 'int', size, signed: negative, literal: negative || value >> BigInt(size * 8 - 1) === 0n ? 'low' : 'high' };
}

/** The integer that bools and enums are in arithmetic. */
export function asInt(type: Extract<ScriptType, { kind: 'int' | 'bool' | 'enum' }>): IntType {
  if (type.kind === 'bool') return { kind: 'int', size: 1, signed: false };
  return type.kind === 'int' ? type : { kind: 'int', size: type.size, signed: type.signed };
}

function joinInts(a: IntType, b: IntType): IntType | undefined {
  const size = a.size > b.size ? a.size : b.size;
  if (a.literal && b.literal) {
    if (a.signed === b.signed) return a.size === b.size ? (a.literal === 'high' ? a : b) : a.size > b.size ? a : b;
    return mixed(a.signed ? a : b, a.signed ? b : a, 'low');
  }
  if (a.literal || b.literal) return a.literal ? withLiteral(b, a) : withLiteral(a, b);
  if (a.signed === b.signed) return { kind: 'int', size, signed: a.signed };
  return mixed(a.signed ? a : b, a.signed ? b : a) ?? s64;
}

/** The integer that a literal is by itself: the smallest signed one, uint64 above int64. */
export function literalInt(type: IntType): IntType {
  if (type.signed || type.literal === undefined) return type;
  if (type.literal === 'low') return { kind: 'int', size: type.size, signed: true };
  return type.size === 8 ? u64 : { kind: 'int', size: doubled[type.size], signed: true };
}

/** A literal that is not negative takes the sign of the other side, when it fits there. */
function withLiteral(firm: IntType, literal: IntType): IntType | undefined {
  const size = firm.size > literal.size ? firm.size : literal.size;
  if (firm.signed === literal.signed || (!literal.signed && size > literal.size)) return { kind: 'int', size, signed: firm.signed };
  return firm.signed && literal.size === 8 ? undefined : mixed(firm.signed ? firm : literal, firm.signed ? literal : firm);
}

function mixed(signed: IntType, unsigned: IntType, literal?: IntType['literal']): IntType | undefined {
  if (unsigned.size === 8) return undefined;
  const wider = doubled[unsigned.size];
  const size = signed.size > wider ? signed.size : wider;
  return { kind: 'int', size, signed: true, ...(literal === undefined ? {} : { literal }) };
}

const doubled = { 1: 2, 2: 4, 4: 8 } as const;

function joinSameKind(a: ScriptType, b: ScriptType, anySign: boolean): ScriptType | undefined {
  if (a.kind === 'string' && b.kind === 'string') return a.size > b.size || (a.size === b.size && a.cut === true) ? a : b;
  if (a.kind === 'buffer' && b.kind === 'buffer') return a.capacity >= b.capacity ? a : b;
  if (a.kind === 'pointer' && b.kind === 'pointer') {
    if (a.space !== b.space || cTypeText(unqualified(a.to)) !== cTypeText(unqualified(b.to))) return undefined;
    return { ...a, trusted: a.trusted && b.trusted };
  }
  if (a.kind === 'record' && b.kind === 'record') {
    if (a.type.kind !== b.type.kind || a.type.name !== b.type.name || (a.type.name === null && a.type.key !== b.type.key)) return undefined;
    return { ...a, trusted: a.trusted && b.trusted };
  }
  if (a.kind === 'array' && b.kind === 'array') return a.count === b.count && cTypeText(a.of) === cTypeText(b.of) ? a : undefined;
  if (a.kind === 'enum' && b.kind === 'enum') {
    return sameEnum(a, b) ? a : joinInts(asInt(a), asInt(b));
  }
  if (a.kind === 'tuple' && b.kind === 'tuple') return joinTuples(a, b, anySign);
  if (a.kind === 'named tuple' && b.kind === 'named tuple') return joinNamedTuples(a, b);
  if (a.kind === 'stack' && b.kind === 'stack') return a.user === b.user && a.limit === b.limit && a.mode === b.mode ? a : undefined;
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return a.format === b.format && a.clock === b.clock ? a : undefined;
  if (a.kind === 'cgroup_path' && b.kind === 'cgroup_path') return a.filter === b.filter ? a : undefined;
  if (a.kind === 'aggregate' && b.kind === 'aggregate') {
    const shape = joinShapes(a.shape, b.shape);
    return shape && { kind: 'aggregate', shape };
  }
  return a;
}

/** `const struct timespec *` and `struct timespec *` go together. */
function unqualified(type: CType): CType {
  return type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' ? unqualified(type.of) : type;
}

type EnumType = Extract<ScriptType, { kind: 'enum' }>;

/** Anonymous enums are told apart by what they hold. */
function sameEnum(a: EnumType, b: EnumType): boolean {
  if (a.ref.name !== null || b.ref.name !== null) return a.ref.name === b.ref.name;
  const names = ({ of }: EnumType): string => (of?.values ?? []).map((each) => each.name).join();
  return names(a) === names(b);
}

function joinTuples(a: Extract<ScriptType, { kind: 'tuple' }>, b: Extract<ScriptType, { kind: 'tuple' }>, anySign: boolean): ScriptType | undefined {
  if (a.elements.length !== b.elements.length) return undefined;
  const elements: ScriptType[] = [];
  for (const [index, element] of a.elements.entries()) {
    const other = b.elements[index];
    const joined = other && join(element, other, anySign);
    if (joined === undefined) return undefined;
    elements.push(joined);
  }
  return { kind: 'tuple', elements };
}

/** Fields are matched by name; the order is that of the first one. */
function joinNamedTuples(a: Extract<ScriptType, { kind: 'named tuple' }>, b: Extract<ScriptType, { kind: 'named tuple' }>): ScriptType | undefined {
  if (a.fields.length !== b.fields.length) return undefined;
  const fields: { name: string; type: ScriptType }[] = [];
  for (const field of a.fields) {
    const other = b.fields.find((each) => each.name === field.name);
    const type = other && join(field.type, other.type);
    if (type === undefined) return undefined;
    fields.push({ name: field.name, type });
  }
  return { kind: 'named tuple', fields };
}

type Aggregate = Exclude<Shape, { kind: 'value' }>;

/** Shapes of one kind differ in their parameters, which must be equal, or in their sign: one signed value makes the map signed. */
function joinShapes(a: Aggregate, b: Aggregate): Aggregate | undefined {
  const signed = 'signed' in a && 'signed' in b ? { signed: a.signed || b.signed } : {};
  return JSON.stringify({ ...a, ...signed }) === JSON.stringify({ ...b, ...signed }) ? { ...a, ...signed } : undefined;
}
