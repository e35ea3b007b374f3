// How the structures of bpf(2) and perf_event_open(2) lie in memory (include/uapi/linux/bpf.h, perf_event.h): described here, packed by `pack`.
import type { Pointers } from './addon.ts';

/** `name16` is a NUL-terminated char[16], `pointer` a u64 that takes the address of a buffer. */
export type FieldType = 'u16' | 'u32' | 's32' | 'u64' | 'pointer' | 'name16';

/** Fields in order, each at its natural alignment. */
export type AttrLayout = Readonly<Record<string, FieldType>>;

type ValueOf<T extends FieldType> = T extends 'pointer' ? Uint8Array : T extends 'name16' ? string : T extends 'u64' ? number | bigint : number;

/** What `pack` takes: fields that are left out are 0. */
export type AttrValues<L extends AttrLayout> = { readonly [K in keyof L]?: ValueOf<L[K]> | undefined };

export interface Packed {
  readonly bytes: Uint8Array;
  readonly pointers: Pointers;
  /** Byte offset of a field, for what the kernel writes back. */
  readonly view: DataView;
}

const sizes: Readonly<Record<FieldType, number>> = { u16: 2, u32: 4, s32: 4, u64: 8, pointer: 8, name16: 16 };
const alignments: Readonly<Record<FieldType, number>> = { u16: 2, u32: 4, s32: 4, u64: 8, pointer: 8, name16: 1 };

/** Byte offset of a field. */
export function attrOffset<L extends AttrLayout>(layout: L, name: keyof L & string): number {
  for (const [field, , offset] of places(layout)) if (field === name) return offset;
  throw new RangeError(`no field ${name}`);
}

/** The structure ends behind the last field of the layout: kernels take a short one as if the rest were 0. */
export function pack<L extends AttrLayout>(layout: L, values: AttrValues<L>): Packed {
  const fields = places(layout);
  const [, lastType, lastOffset] = fields.at(-1) ?? ['', 'u32' as const, 0];
  const bytes = new Uint8Array(Math.ceil((lastOffset + sizes[lastType]) / 8) * 8);
  const view = new DataView(bytes.buffer);
  const pointers: (Uint8Array | number)[] = [];
  for (const [name, type, offset] of fields) {
    const value: unknown = values[name];
    if (value === undefined) continue;
    if (value instanceof Uint8Array) pointers.push(bytes, offset, value);
    else if (typeof value === 'string') bytes.set(Buffer.from(value.slice(0, 15), 'latin1'), offset);
    else writeInteger(view, type, offset, value as number | bigint);
  }
  return { bytes, pointers, view };
}

function writeInteger(view: DataView, type: FieldType, offset: number, value: number | bigint): void {
  if (type === 'u16') view.setUint16(offset, Number(value), true);
  else if (type === 's32') view.setInt32(offset, Number(value), true);
  else if (type === 'u32') view.setUint32(offset, Number(value), true);
  else view.setBigUint64(offset, BigInt(value), true);
}

type Place = readonly [name: string, type: FieldType, offset: number];

/** Worked out once a layout. */
const known = new WeakMap<AttrLayout, readonly Place[]>();

function places(layout: AttrLayout): readonly Place[] {
  const before = known.get(layout);
  if (before !== undefined) return before;
  let at = 0;
  const made = Object.entries(layout).map(([name, type]): Place => {
    const align = alignments[type];
    at = Math.ceil(at / align) * align;
    const place = [name, type, at] as const;
    at += sizes[type];
    return place;
  });
  known.set(layout, made);
  return made;
}

/** BPF_MAP_CREATE */
export const mapCreateAttr = {
  map_type: 'u32', key_size: 'u32', value_size: 'u32', max_entries: 'u32', map_flags: 'u32', inner_map_fd: 'u32', numa_node: 'u32', map_name: 'name16',
} as const satisfies AttrLayout;

/** BPF_MAP_{LOOKUP,UPDATE,DELETE}_ELEM, BPF_MAP_GET_NEXT_KEY (`value` is its next key), BPF_MAP_FREEZE */
export const mapElementAttr = { map_fd: 'u32', key: 'pointer', value: 'pointer', flags: 'u64' } as const satisfies AttrLayout;

/** BPF_MAP_{LOOKUP,DELETE}_BATCH */
export const mapBatchAttr = {
  in_batch: 'pointer', out_batch: 'pointer', keys: 'pointer', values: 'pointer', count: 'u32', map_fd: 'u32', elem_flags: 'u64', flags: 'u64',
} as const satisfies AttrLayout;

/** BPF_PROG_LOAD */
export const progLoadAttr = {
  prog_type: 'u32', insn_cnt: 'u32', insns: 'pointer', license: 'pointer', log_level: 'u32', log_size: 'u32', log_buf: 'pointer', kern_version: 'u32', prog_flags: 'u32',
  prog_name: 'name16', prog_ifindex: 'u32', expected_attach_type: 'u32', prog_btf_fd: 'u32', func_info_rec_size: 'u32', func_info: 'pointer', func_info_cnt: 'u32',
  line_info_rec_size: 'u32', line_info: 'pointer', line_info_cnt: 'u32', attach_btf_id: 'u32', attach_btf_obj_fd: 'u32', core_relo_cnt: 'u32', fd_array: 'pointer',
} as const satisfies AttrLayout;

/** BPF_PROG_TEST_RUN */
export const testRunAttr = {
  prog_fd: 'u32', retval: 'u32', data_size_in: 'u32', data_size_out: 'u32', data_in: 'pointer', data_out: 'pointer', repeat: 'u32', duration: 'u32',
  ctx_size_in: 'u32', ctx_size_out: 'u32', ctx_in: 'pointer', ctx_out: 'pointer', flags: 'u32', cpu: 'u32',
} as const satisfies AttrLayout;

/** BPF_RAW_TRACEPOINT_OPEN; without a name the program's attach_btf_id says where. */
export const rawTracepointAttr = { name: 'pointer', prog_fd: 'u32' } as const satisfies AttrLayout;

/** BPF_BTF_LOAD */
export const btfLoadAttr = { btf: 'pointer', btf_log_buf: 'pointer', btf_size: 'u32', btf_log_size: 'u32', btf_log_level: 'u32' } as const satisfies AttrLayout;

/** BPF_{BTF_GET_NEXT,BTF_GET_FD_BY}_ID */
export const idAttr = { id: 'u32', next_id: 'u32', open_flags: 'u32' } as const satisfies AttrLayout;

/** BPF_LINK_CREATE with the kprobe_multi member of its union. */
export const kprobeMultiAttr = {
  prog_fd: 'u32', target_fd: 'u32', attach_type: 'u32', flags: 'u32', multi_flags: 'u32', cnt: 'u32', syms: 'pointer', addrs: 'pointer', cookies: 'pointer',
} as const satisfies AttrLayout;

/** BPF_LINK_CREATE with the perf_event member of its union. */
export const perfLinkAttr = { prog_fd: 'u32', target_fd: 'u32', attach_type: 'u32', flags: 'u32', bpf_cookie: 'u64' } as const satisfies AttrLayout;

/** struct bpf_link_info of a kprobe.multi link; `missed` since Linux 6.7. */
export const kprobeMultiInfoLayout = {
  type: 'u32', id: 'u32', prog_id: 'u32', addrs: 'u64', count: 'u32', flags: 'u32', missed: 'u64',
} as const satisfies AttrLayout;

/** struct bpf_link_info of a perf event link on a kprobe; `missed` since Linux 6.7. */
export const kprobeInfoLayout = {
  type: 'u32', id: 'u32', prog_id: 'u32', perf_type: 'u64', func_name: 'u64', name_len: 'u32', offset: 'u32', addr: 'u64', missed: 'u64',
} as const satisfies AttrLayout;

/** struct bpf_prog_info up to recursion_misses (Linux 5.12). */
export const progInfoLayout = {
  type: 'u32', id: 'u32', tag: 'u64', jited_prog_len: 'u32', xlated_prog_len: 'u32', jited_prog_insns: 'u64', xlated_prog_insns: 'u64', load_time: 'u64',
  created_by_uid: 'u32', nr_map_ids: 'u32', map_ids: 'u64', name: 'name16', ifindex: 'u32', gpl_compatible: 'u32', netns_dev: 'u64', netns_ino: 'u64',
  nr_jited_ksyms: 'u32', nr_jited_func_lens: 'u32', jited_ksyms: 'u64', jited_func_lens: 'u64', btf_id: 'u32', func_info_rec_size: 'u32', func_info: 'u64',
  nr_func_info: 'u32', nr_line_info: 'u32', line_info: 'u64', jited_line_info: 'u64', nr_jited_line_info: 'u32', line_info_rec_size: 'u32',
  jited_line_info_rec_size: 'u32', nr_prog_tags: 'u32', prog_tags: 'u64', run_time_ns: 'u64', run_cnt: 'u64', recursion_misses: 'u64',
} as const satisfies AttrLayout;

/** struct bpf_btf_info */
export const btfInfoLayout = { btf: 'u64', btf_size: 'u32', id: 'u32', name: 'pointer', name_len: 'u32', kernel_btf: 'u32' } as const satisfies AttrLayout;

/** struct perf_event_attr up to config2 (PERF_ATTR_SIZE_VER1). `period` is a frequency where flag `freq` is set. */
export const perfEventAttr = {
  type: 'u32', size: 'u32', config: 'u64', period: 'u64', sample_type: 'u64', read_format: 'u64', flags: 'u64', wakeup_events: 'u32', bp_type: 'u32',
  config1: 'u64', config2: 'u64',
} as const satisfies AttrLayout;

/** The same with config1 as a pointer: a name, a path. */
export const perfProbeAttr = { ...perfEventAttr, config1: 'pointer' } as const satisfies AttrLayout;
