// How a value of a type of the script lies in memory: what the runtime decodes out of keys, values and events.
import { tupleLayout } from '../../bpf/layout.ts';
import type { Layout, NamedField } from '../../bpf/layout.ts';
import type { CType, RecordDefinition } from '../../ctype/ctype.ts';
import { recordOf } from '../../ctype/member.ts';
import { sizeOf, strip } from '../../ctype/types.ts';
import type { Types } from '../../ctype/types.ts';
import { unreachable } from '../../base/unreachable.ts';
import { isChar, scriptTypeOf } from './ctypes.ts';
import type { ScriptType } from './stype.ts';

/** Aggregates, which have shapes, and types without values have no layout: they come out as `none`. */
export function layoutOf(types: Types, type: ScriptType): Layout {
  switch (type.kind) {
    case 'int':
      return { kind: 'int', size: type.size, signed: type.signed };
    case 'bool':
    case 'pointer':
    case 'inet':
    case 'macaddr':
    case 'ksym':
    case 'usym':
    case 'username':
      return { kind: type.kind };
    case 'string':
      return type.cut === true ? { kind: 'string', size: type.size, cut: true } : { kind: 'string', size: type.size };
    case 'buffer':
      return { kind: 'buffer', capacity: type.capacity };
    case 'record':
      return recordLayout(types, type.type);
    case 'array':
      return { kind: 'array', of: cLayout(types, type.of), count: type.count };
    case 'enum':
      return enumLayout(types, type);
    case 'tuple':
      return tupleLayout(type.elements.map((element) => layoutOf(types, element)));
    case 'named tuple': {
      const tuple = tupleLayout(type.fields.map((field) => layoutOf(types, field.type)));
      const fields = type.fields.map((field, index): NamedField => ({ name: field.name, ...(tuple.elements[index] ?? { offset: 0, layout: { kind: 'none' } }) }));
      return { kind: 'record', size: tuple.size, fields };
    }
    case 'stack':
      return { kind: 'stack', user: type.user, map: stackMapName(type), limit: type.limit, mode: type.mode };
    case 'timestamp':
      return { kind: 'timestamp', format: type.format, clock: type.clock };
    case 'cgroup_path':
      return { kind: 'cgroup_path', filter: type.filter };
    case 'aggregate':
    case 'void':
    case 'unknown':
    case 'args':
      return { kind: 'none' };
    default:
      return unreachable(type);
  }
}

/** Stacks of one depth share a map; frames of build ids are larger. */
export function stackMapName({ limit, mode }: Extract<ScriptType, { kind: 'stack' }>): string {
  return `${mode === 'build_id' ? 'buildids' : 'stacks'}_${limit}`;
}

/** Layout of a C value as it lies in the kernel's memory. */
export function cLayout(types: Types, type: CType): Layout {
  return layoutOf(types, scriptTypeOf(types, type, 'kernel', false));
}

function enumLayout(types: Types, type: Extract<ScriptType, { kind: 'enum' }>): Layout {
  const definition = type.of ?? types.definition(type.ref);
  const values = definition?.kind === 'enum' ? definition.values : [];
  return { kind: 'enum', size: type.size, signed: type.signed, names: values.map(({ name, value }) => [String(value), name] as const) };
}

/** Records nest; a definition that contains itself by value is broken data. */
const maxDepth = 16;

function recordLayout(types: Types, type: CType, depth = 0): Layout {
  const definition = recordOf(types, type);
  if (definition === undefined || depth > maxDepth) return { kind: 'record', size: sizeOf(types, type), fields: [] };
  return { kind: 'record', size: definition.size, fields: fieldsOf(types, definition, 0, depth) };
}

/** Members of anonymous records stand among the others, as scripts name them. */
function fieldsOf(types: Types, record: RecordDefinition, base: number, depth: number): readonly NamedField[] {
  return record.members.flatMap((member): readonly NamedField[] => {
    const bits = base + member.bitOffset;
    if (member.name === null) {
      const inner = member.bitSize === null ? recordOf(types, member.type) : undefined;
      return inner === undefined || depth > maxDepth ? [] : fieldsOf(types, inner, bits, depth + 1);
    }
    if (member.bitSize !== null) {
      const unit = bitfieldUnit(bits, member.bitSize);
      const under = strip(types, member.type);
      const signed = under.kind === 'int' && under.signed;
      return [{ name: member.name, offset: unit.offset, layout: { kind: 'int', size: unit.size, signed }, bitfield: { shift: unit.shift, bits: member.bitSize } }];
    }
    return [{ name: member.name, offset: bits / 8, layout: memberLayout(types, member.type, depth) }];
  });
}

function memberLayout(types: Types, type: CType, depth: number): Layout {
  const under = strip(types, type);
  if (under.kind === 'struct' || under.kind === 'union') return recordLayout(types, under, depth + 1);
  if (under.kind === 'array' && !isChar(types, under.of)) return { kind: 'array', of: memberLayout(types, under.of, depth), count: under.count };
  return cLayout(types, type);
}

/**
 * The smallest aligned integer that holds a bitfield whole.
 * @param bits from the start of the record
 */
export function bitfieldUnit(bits: number, width: number): { readonly offset: number; readonly size: 1 | 2 | 4 | 8; readonly shift: number } {
  const holds = (size: number): boolean => Math.floor(bits / (size * 8)) === Math.floor((bits + width - 1) / (size * 8));
  const size = ([1, 2, 4, 8] as const).find(holds) ?? 8;
  const offset = Math.floor(bits / (size * 8)) * size;
  return { offset, size, shift: bits - offset * 8 };
}
