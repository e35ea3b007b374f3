// Bytes of a Layout → Value: one closure a layout, made when a run starts.
import type { Layout, NamedField } from '../bpf/layout.ts';
import { layoutSize } from '../bpf/layout.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Resolver } from './resolver.ts';
import type { Value } from './value.ts';
import { byteString } from './value.ts';

/** Bytes with both ways of reading them. */
export interface Memory {
  readonly view: DataView;
  readonly bytes: Buffer;
}

export function memoryOf(view: DataView | Uint8Array): Memory {
  return {
    view: view instanceof DataView ? view : new DataView(view.buffer, view.byteOffset, view.byteLength),
    bytes: Buffer.from(view.buffer, view.byteOffset, view.byteLength),
  };
}

/** Throws RangeError where the value would lie past the end. */
export type Decoder = (memory: Memory, offset: number) => Value;

export function decoder(layout: Layout, resolver: Resolver): Decoder {
  switch (layout.kind) {
    case 'int': {
      const read = integer(layout.size, layout.signed);
      return (memory, at) => ({ kind: 'int', value: read(memory.view, at) });
    }
    case 'bool':
      return (memory, at) => ({ kind: 'bool', value: memory.view.getUint8(at) !== 0 });
    case 'enum':
      return enumeration(layout);
    case 'pointer':
      return (memory, at) => ({ kind: 'pointer', value: memory.view.getBigUint64(at, true) });
    case 'string':
      return string(layout, resolver.trailer);
    case 'buffer':
      return (memory, at) => buffer(memory, at, layout.capacity);
    case 'inet':
      return text((memory, at) => inet(memory.view.getUint32(at, true), memory.bytes.subarray(at + 4, at + 20)));
    case 'macaddr':
      return text((memory, at) => [...memory.bytes.subarray(at, at + 6)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(':'));
    case 'ksym':
      return text((memory, at) => resolver.ksym(memory.view.getBigUint64(at, true)));
    case 'usym':
      return text((memory, at) => resolver.usym(memory.view.getBigUint64(at, true), memory.view.getUint32(at + 8, true)));
    case 'stack':
      return text((memory, at) =>
        resolver.stack(layout, { hash: memory.view.getBigUint64(at, true), frames: memory.view.getUint32(at + 8, true), tgid: memory.view.getUint32(at + 12, true) }),
      );
    case 'timestamp':
      return text((memory, at) => resolver.timestamp(layout.format, memory.view.getBigUint64(at, true), layout.clock));
    case 'username':
      return text((memory, at) => resolver.username(memory.view.getBigUint64(at, true)));
    case 'cgroup_path':
      return text((memory, at) => resolver.cgroupPath(memory.view.getBigUint64(at, true), layout.filter));
    case 'array':
      return array(layout, resolver);
    case 'tuple': {
      const elements = layout.elements.map((field) => ({ offset: field.offset, decode: decoder(field.layout, resolver) }));
      return (memory, at) => ({ kind: 'tuple', elements: elements.map(({ offset, decode }) => decode(memory, at + offset)) });
    }
    case 'record': {
      const fields = layout.fields.map((field) => ({ name: byteString(field.name), decode: member(field, resolver) }));
      return (memory, at) => ({ kind: 'record', fields: fields.map(({ name, decode }) => [name, decode(memory, at)] as const) });
    }
    case 'none':
      return () => ({ kind: 'none' });
    default:
      return unreachable(layout);
  }
}

type ReadInteger = (view: DataView, offset: number) => bigint;

/** @param size bytes */
export function integer(size: 1 | 2 | 4 | 8, signed: boolean): ReadInteger {
  return (signed ? signedReaders : unsignedReaders)[size];
}

const signedReaders: Readonly<Record<1 | 2 | 4 | 8, ReadInteger>> = {
  1: (view, at) => BigInt(view.getInt8(at)),
  2: (view, at) => BigInt(view.getInt16(at, true)),
  4: (view, at) => BigInt(view.getInt32(at, true)),
  8: (view, at) => view.getBigInt64(at, true),
};

const unsignedReaders: Readonly<Record<1 | 2 | 4 | 8, ReadInteger>> = {
  1: (view, at) => BigInt(view.getUint8(at)),
  2: (view, at) => BigInt(view.getUint16(at, true)),
  4: (view, at) => BigInt(view.getUint32(at, true)),
  8: (view, at) => view.getBigUint64(at, true),
};

function text(read: (memory: Memory, offset: number) => string): Decoder {
  return (memory, at) => ({ kind: 'text', text: read(memory, at) });
}

function enumeration(layout: Extract<Layout, { kind: 'enum' }>): Decoder {
  const read = integer(layout.size, layout.signed);
  const names = new Map(layout.names.map(([value, name]) => [BigInt(value), byteString(name)]));
  return (memory, at) => {
    const value = read(memory.view, at);
    return { kind: 'enum', value, name: names.get(value) };
  };
}

function string(layout: Extract<Layout, { kind: 'string' }>, trailer: string): Decoder {
  const { size } = layout;
  const whole = layout.cut === true ? size - 2 : size - 1;
  return (memory, at) => {
    const bytes = memory.bytes.subarray(at, at + size);
    if (bytes.byteLength < size) throw new RangeError(`a string of ${size} bytes at ${at} ends past ${memory.bytes.byteLength}`);
    const end = bytes.indexOf(0);
    const length = end < 0 ? size : end;
    return { kind: 'string', text: bytes.toString('latin1', 0, length), trailer: length > whole && size > 1 ? trailer : '' };
  };
}

function buffer(memory: Memory, at: number, capacity: number): Value {
  const length = Math.min(memory.view.getUint32(at, true), capacity);
  return { kind: 'buffer', bytes: memory.bytes.subarray(at + 4, at + 4 + length) };
}

/** AF_INET is 2, AF_INET6 is 10 on every architecture. */
export function inet(family: number, address: Uint8Array): string {
  if (family === 2) return address.subarray(0, 4).join('.');
  if (family === 10) return inet6(address);
  return '';
}

/** inet_ntop(3): the longest run of zero groups becomes `::`, mapped and compatible addresses end in dotted form. */
function inet6(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, n) => ((address[2 * n] ?? 0) << 8) | (address[2 * n + 1] ?? 0));
  const run = longestZeros(groups);
  const dotted = run.start === 0 && (run.length === 6 || (run.length === 5 && groups[5] === 0xffff));
  const words = groups.map((group) => group.toString(16));
  const tail = dotted ? [address.subarray(12, 16).join('.')] : words.slice(6);
  const parts = [...words.slice(0, 6), ...tail];
  if (run.length < 2) return parts.join(':');
  return `${parts.slice(0, run.start).join(':')}::${parts.slice(run.start + run.length).join(':')}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}

function array(layout: Extract<Layout, { kind: 'array' }>, resolver: Resolver): Decoder {
  const decode = decoder(layout.of, resolver);
  const size = layoutSize(layout.of);
  return (memory, at) => ({ kind: 'array', elements: Array.from({ length: layout.count }, (_, n) => decode(memory, at + n * size)) });
}

function member(field: NamedField, resolver: Resolver): Decoder {
  const { bitfield, layout, offset } = field;
  if (bitfield === undefined || layout.kind !== 'int') {
    const decode = decoder(layout, resolver);
    return (memory, at) => decode(memory, at + offset);
  }
  const read = integer(layout.size, false);
  const shift = BigInt(bitfield.shift);
  const cut = layout.signed ? BigInt.asIntN : BigInt.asUintN;
  return (memory, at) => ({ kind: 'int', value: cut(bitfield.bits, read(memory.view, at + offset) >> shift) });
}
