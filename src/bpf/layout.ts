// How values of the script lie in memory: in map keys, map values and ring-buffer records.
// The compiler writes them, the runtime decodes and prints them; both read this description and nothing else. Sizes and offsets are in bytes.
import { unreachable } from '../base/unreachable.ts';

export type Layout =
  | { readonly kind: 'int'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** One byte. */
  | { readonly kind: 'bool' }
  /** Prints the enumerator's name; values without one print as numbers. */
  | { readonly kind: 'enum'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean; readonly names: readonly (readonly [value: string, name: string])[] }
  /** Eight bytes, printed in hexadecimal. */
  | { readonly kind: 'pointer' }
  /**
   * NUL-terminated inside `size` bytes; the bytes after the NUL are zero wherever the value is part of a key. Without a NUL it was cut short.
   * `cut`: made by str(), so a text that fills all but the last byte was cut short too (comm may fill its 15 bytes and be whole).
   */
  | { readonly kind: 'string'; readonly size: number; readonly cut?: true }
  /** u32 length, then `capacity` bytes. */
  | { readonly kind: 'buffer'; readonly capacity: number }
  /** u32 address family (AF_INET 2, AF_INET6 10), then 16 bytes of address in network order. */
  | { readonly kind: 'inet' }
  /** Six bytes. */
  | { readonly kind: 'macaddr' }
  /** A kernel address, eight bytes, printed as a symbol. */
  | { readonly kind: 'ksym' }
  /** u64 address, u32 pid (tgid), u32 zero. */
  | { readonly kind: 'usym' }
  /** u64 hash that keys the `stacks` map, u32 number of frames, u32 tgid (0 for kernel stacks). */
  | { readonly kind: 'stack'; readonly user: boolean; readonly map: string; readonly limit: number; readonly mode: StackMode }
  /** u64 nanoseconds since boot, printed through strftime(3) in local time. */
  | { readonly kind: 'timestamp'; readonly format: string; readonly clock: 'boot' | 'monotonic' | 'tai' | 'sw_tai' }
  /** u64 uid, printed as a name. */
  | { readonly kind: 'username' }
  /** u64 cgroup id. */
  | { readonly kind: 'cgroup_path'; readonly filter: string }
  | { readonly kind: 'array'; readonly of: Layout; readonly count: number }
  | { readonly kind: 'tuple'; readonly size: number; readonly elements: readonly Field[] }
  | { readonly kind: 'record'; readonly size: number; readonly fields: readonly NamedField[] }
  /** Nothing is stored; prints as `null` (floating point members). */
  | { readonly kind: 'none' };

export type StackMode = 'bpftrace' | 'perf' | 'raw' | 'build_id';

export interface Field {
  readonly offset: number;
  readonly layout: Layout;
}

export interface NamedField extends Field {
  readonly name: string;
  /** A bitfield: read `layout`'s integer at `offset`, shift right by `shift` bits, keep `bits` bits. */
  readonly bitfield?: { readonly shift: number; readonly bits: number };
}

export function layoutSize(layout: Layout): number {
  switch (layout.kind) {
    case 'int':
    case 'enum':
    case 'string':
    case 'tuple':
    case 'record':
      return layout.size;
    case 'bool':
      return 1;
    case 'pointer':
    case 'ksym':
    case 'timestamp':
    case 'username':
    case 'cgroup_path':
      return 8;
    case 'buffer':
      return 4 + layout.capacity;
    case 'inet':
      return 20;
    case 'macaddr':
      return 6;
    case 'usym':
    case 'stack':
      return 16;
    case 'array':
      return layout.count * layoutSize(layout.of);
    case 'none':
      return 0;
    default:
      return unreachable(layout);
  }
}

export function layoutAlign(layout: Layout): number {
  switch (layout.kind) {
    case 'int':
    case 'enum':
      return layout.size;
    case 'bool':
    case 'string':
    case 'macaddr':
    case 'none':
      return 1;
    case 'buffer':
    case 'inet':
      return 4;
    case 'array':
      return layoutAlign(layout.of);
    case 'pointer':
    case 'ksym':
    case 'usym':
    case 'stack':
    case 'timestamp':
    case 'username':
    case 'cgroup_path':
      return 8;
    case 'tuple':
      return Math.max(1, ...layout.elements.map((element) => layoutAlign(element.layout)));
    case 'record':
      return 8;
    default:
      return unreachable(layout);
  }
}

/** Puts elements one after the other at their natural alignment; the size is rounded up to the largest one. */
export function tupleLayout(elements: readonly Layout[]): Extract<Layout, { kind: 'tuple' }> {
  let offset = 0;
  let alignment = 1;
  const fields = elements.map((layout): Field => {
    const align = layoutAlign(layout);
    alignment = Math.max(alignment, align);
    offset = Math.ceil(offset / align) * align;
    const field = { offset, layout };
    offset += layoutSize(layout);
    return field;
  });
  return { kind: 'tuple', size: Math.ceil(offset / alignment) * alignment, elements: fields };
}
