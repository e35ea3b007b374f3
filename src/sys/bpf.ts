// bpf(2) (include/uapi/linux/bpf.h): one function a command lives in map.ts, prog.ts, link.ts and btf.ts; the numbers they share are here.
import { addon } from './addon.ts';
import type { Packed } from './attr.ts';
import { check } from './syserror.ts';

/** enum bpf_cmd */
export const commands = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  MAP_GET_NEXT_KEY: 4,
  PROG_LOAD: 5,
  PROG_TEST_RUN: 10,
  OBJ_GET_INFO_BY_FD: 15,
  RAW_TRACEPOINT_OPEN: 17,
  BTF_LOAD: 18,
  BTF_GET_FD_BY_ID: 19,
  MAP_FREEZE: 22,
  BTF_GET_NEXT_ID: 23,
  MAP_LOOKUP_BATCH: 24,
  MAP_DELETE_BATCH: 27,
  LINK_CREATE: 28,
} as const;

export type BpfCommand = keyof typeof commands;

/** What the kernel returned, or minus errno. */
export function bpfResult(command: BpfCommand, attr: Packed): number {
  return addon().bpf(commands[command], attr.bytes, attr.pointers);
}

/** Like bpfResult on a worker thread: for calls that take the kernel long. */
export function bpfResultLater(command: BpfCommand, attr: Packed): Promise<number> {
  return addon().bpfLater(commands[command], attr.bytes, attr.pointers);
}

/** Throws SysError. */
export function bpf(command: BpfCommand, attr: Packed, detail?: string): number {
  return check(`bpf(BPF_${command})`, bpfResult(command, attr), detail);
}

/** bpf_obj_get_info_by_fd: fills as much of `info` as the kernel knows. */
export function infoByFd(fd: number, info: Packed): void {
  const pointers = [...info.pointers];
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, fd, true);
  view.setUint32(4, info.bytes.byteLength, true);
  bpf('OBJ_GET_INFO_BY_FD', { bytes, view, pointers: [bytes, 8, info.bytes, ...pointers] });
}
