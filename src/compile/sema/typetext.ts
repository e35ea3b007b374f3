// Names of the script's types as messages spell them.
import { strip, type Types } from '../../ctype/types.ts';
import type { CType } from '../../ctype/ctype.ts';
import type { Shape } from '../../bpf/shape.ts';
import { literalInt } from './join.ts';
import type { ScriptType } from './stype.ts';

/** The whole type: `int32`, `string[16]`, `struct task_struct *`, `(int8,string[2])`, `kstack_bpftrace_127`. */
export function typeText(types: Types, type: ScriptType): string {
  switch (type.kind) {
    case 'int': {
      const { size, signed } = literalInt(type);
      return intText(size, signed);
    }
    case 'string':
      return `string[${stringSize(type)}]`;
    case 'buffer':
      return `buffer[${type.capacity}]`;
    case 'pointer':
      return `${ctypeText(types, type.to)} *`;
    case 'record':
      return ctypeText(types, type.type);
    case 'array':
      return `${ctypeText(types, type.of)}[${type.count}]`;
    case 'enum':
      return `enum ${type.ref.name ?? '{...}'}`;
    case 'tuple':
      return `(${type.elements.map((element) => typeText(types, element)).join(',')})`;
    case 'named tuple':
      return type.fields.length === 0 ? 'record {}' : `record { ${type.fields.map((field) => `.${field.name} = ${typeText(types, field.type)}`).join(', ')} }`;
    case 'stack':
      return `${kindText(type)}_${type.mode}_${type.limit}`;
    default:
      return kindText(type);
  }
}

/** Bytes that sizeof() tells. */
export function stringSize({ size, cut }: Extract<ScriptType, { kind: 'string' }>): number {
  return cut === true ? size - 1 : size;
}

/** The kind alone, where the size does not matter: `int`, `string`, `pointer`, `tuple`. */
export function kindText(type: ScriptType): string {
  switch (type.kind) {
    case 'unknown':
      return 'none';
    case 'enum':
      return 'int';
    case 'record':
      return 'c_type';
    case 'named tuple':
      return 'record';
    case 'stack':
      return type.user ? 'ustack' : 'kstack';
    case 'macaddr':
      return 'mac_address';
    case 'ksym':
    case 'usym':
    case 'username':
    case 'cgroup_path':
      return `${type.kind}_t`;
    case 'aggregate':
      return aggregateText(type.shape);
    default:
      return type.kind;
  }
}

/** `count_t`, `sum_t`, and `usum_t` where the values are unsigned. */
export function aggregateText(shape: Exclude<Shape, { kind: 'value' }>): string {
  const unsigned = 'signed' in shape && !shape.signed && shape.kind !== 'stats';
  return `${unsigned ? 'u' : ''}${shape.kind}_t`;
}

function intText(size: number, signed: boolean): string {
  return `${signed ? '' : 'u'}int${size * 8}`;
}

/** C types appear as the script sees them: integers by their size, typedefs and qualifiers seen through. */
function ctypeText(types: Types, type: CType): string {
  const under = strip(types, type);
  switch (under.kind) {
    case 'int':
      return under.encoding === 'bool' ? 'bool' : intText(under.size, under.signed);
    case 'ptr':
      return `${ctypeText(types, under.to)} *`;
    case 'array':
      return `${ctypeText(types, under.of)}[${under.count}]`;
    case 'struct':
    case 'union':
    case 'enum':
      return `${under.kind} ${under.name ?? '{...}'}`;
    case 'float':
      return under.name;
    case 'typedef':
      return under.name ?? 'none';
    default:
      return 'void';
  }
}
