// The text of a value: what print() shows, what `%s` takes, what stands in a map's key. Byte strings.
import { unreachable } from '../../base/unreachable.ts';
import type { ElementValue, Value } from '../value.ts';

export function valueText(value: ElementValue): string {
  switch (value.kind) {
    case 'int':
      return String(value.value);
    case 'bool':
      return String(value.value);
    case 'enum':
      return value.name ?? String(value.value);
    case 'pointer':
      return `0x${value.value.toString(16)}`;
    case 'string':
      return value.text + value.trailer;
    case 'buffer':
      return bufferText(value.bytes);
    case 'text':
      return value.text;
    case 'array':
      return `[${value.elements.map(valueText).join(',')}]`;
    case 'tuple':
      return `(${value.elements.map(valueText).join(', ')})`;
    case 'record':
      return members(value.fields);
    case 'none':
      return 'null';
    case 'stats':
      return `{ .count = ${value.count}, .average = ${value.average}, .total = ${value.total} }`;
    case 'hist':
      return value.buckets.map((bucket) => `${bucket.label} ${bucket.count}`).join(', ');
    default:
      return unreachable(value);
  }
}

/** A key as it stands between the brackets: the parts of a tuple without its parentheses. */
export function keyText(key: readonly Value[]): string {
  return key.map(valueText).join(', ');
}

/** `%r`: printable ASCII as it is, every other byte as `\xNN`. */
export function bufferText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${hexByte(byte)}`)).join('');
}

export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function members(fields: readonly (readonly [name: string, value: Value])[]): string {
  if (fields.length === 0) return '{}';
  return `{ ${fields.map(([name, value]) => `.${name} = ${valueText(value)}`).join(', ')} }`;
}
