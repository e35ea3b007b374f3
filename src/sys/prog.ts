// BPF programs: load, run once, read their counters.
import type { ProgramType } from '../bpf/spec.ts';
import type { Packed } from './attr.ts';
import { attrOffset, pack, progInfoLayout, progLoadAttr, testRunAttr } from './attr.ts';
import { bpf, bpfResult, bpfResultLater, infoByFd } from './bpf.ts';
import { Fd } from './fd.ts';
import { errno } from './syserror.ts';

/** enum bpf_prog_type */
const programTypes: Readonly<Record<ProgramType, number>> = { kprobe: 2, tracepoint: 5, xdp: 6, perf_event: 7, raw_tracepoint: 17, tracing: 26 };

/** enum bpf_attach_type, those that a load must name. */
export const attachTypes = { none: 0, raw_tp: 23, fentry: 24, fexit: 25, kprobe_multi: 42 } as const;

export type AttachType = keyof typeof attachTypes;

export interface ProgOptions {
  /** At most 15 characters. */
  readonly name: string;
  readonly type: ProgramType;
  readonly attachType: AttachType;
  /** Instructions, 8 bytes each, relocations resolved. */
  readonly code: Uint8Array;
  readonly license: string;
  /** The function or tracepoint of a tracing program: BTF id, and for a module the descriptor of its BTF. */
  readonly target?: { readonly id: number; readonly btfFd: number | undefined } | undefined;
  /** Program BTF with struct bpf_func_info and bpf_line_info records. */
  readonly btf?: { readonly fd: number; readonly functions: Uint8Array; readonly lines: Uint8Array } | undefined;
  /** Module BTF descriptors that calls of kernel functions name by index; entry 0 is unused. */
  readonly fdArray?: Uint8Array | undefined;
  /** 0: a log is made only when the load fails. */
  readonly logLevel: 0 | 1 | 2;
  /** Bytes. */
  readonly logSize: number;
}

/** What became of a load. The log is empty when the kernel refused before it looked at the program. */
export type ProgLoad = { readonly fd: Fd; readonly log: string } | { readonly fd: undefined; readonly errno: number; readonly log: string };

/** The largest log that a kernel takes is UINT_MAX / 4; this is plenty. */
const largestLog = 64 << 20;

/** @param later on a worker thread */
export async function progLoad(options: ProgOptions, later: boolean): Promise<ProgLoad> {
  const first = await attempt(options, options.logLevel, options.logSize, later);
  if (first.result >= 0) return { fd: new Fd(first.result, `prog ${options.name}`), log: first.log };
  let last = first;
  let size = options.logSize;
  for (let level = Math.max(1, options.logLevel); last.result < 0; size *= 8) {
    last = await attempt(options, level, Math.min(size, largestLog), later);
    if (last.result !== -errno.ENOSPC || size >= largestLog) break;
  }
  // The second attempt can succeed where memory was short, or a signal came.
  if (last.result >= 0) return { fd: new Fd(last.result, `prog ${options.name}`), log: last.log };
  return { fd: undefined, errno: -(last.result === -errno.ENOSPC ? first.result : last.result), log: last.log };
}

interface Attempt {
  readonly result: number;
  readonly log: string;
}

async function attempt(options: ProgOptions, logLevel: number, logSize: number, later: boolean): Promise<Attempt> {
  const log = logLevel === 0 ? undefined : Buffer.alloc(logSize);
  const attr = loadAttr(options, logLevel, log);
  const result = later ? await bpfResultLater('PROG_LOAD', attr) : bpfResult('PROG_LOAD', attr);
  return { result, log: log === undefined ? '' : log.toString('latin1', 0, Math.max(0, log.indexOf(0))) };
}

function loadAttr(options: ProgOptions, logLevel: number, log: Uint8Array | undefined): Packed {
  const { btf, target } = options;
  return pack(progLoadAttr, {
    prog_type: programTypes[options.type],
    insn_cnt: options.code.byteLength / 8,
    insns: options.code,
    license: Buffer.from(`${options.license}\0`, 'latin1'),
    log_level: logLevel,
    log_size: log?.byteLength,
    log_buf: log,
    prog_name: options.name,
    expected_attach_type: attachTypes[options.attachType],
    prog_btf_fd: btf?.fd,
    func_info_rec_size: btf === undefined ? undefined : 8,
    func_info: btf?.functions,
    func_info_cnt: btf === undefined ? undefined : btf.functions.byteLength / 8,
    line_info_rec_size: btf === undefined || btf.lines.byteLength === 0 ? undefined : 16,
    line_info: btf?.lines,
    line_info_cnt: btf === undefined ? undefined : btf.lines.byteLength / 16,
    attach_btf_id: target?.id,
    attach_btf_obj_fd: target?.btfFd,
    fd_array: options.fdArray,
  });
}

/**
 * BPF_PROG_TEST_RUN of a raw_tracepoint program, once, on this thread and CPU: what the program asks about the current task
 * is answered about this process. Returns the program's return value.
 */
export function progTestRun(prog: Fd, context = new Uint8Array(0)): number {
  const attr = pack(testRunAttr, {
    prog_fd: prog.number,
    ctx_in: context.byteLength === 0 ? undefined : context,
    ctx_size_in: context.byteLength,
  });
  bpf('PROG_TEST_RUN', attr, prog.what);
  return attr.view.getUint32(attrOffset(testRunAttr, 'retval'), true);
}

export interface ProgInfo {
  readonly id: number;
  /** Bytes after the verifier: 8 an instruction. */
  readonly xlatedSize: number;
  readonly jitedSize: number;
  /** Runs that were skipped because the program was already running on that CPU; 0 on kernels that do not count them. */
  readonly recursionMisses: bigint;
}

export function progInfo(prog: Fd): ProgInfo {
  const info = pack(progInfoLayout, {});
  infoByFd(prog.number, info);
  const at = (name: keyof typeof progInfoLayout): number => attrOffset(progInfoLayout, name);
  return {
    id: info.view.getUint32(at('id'), true),
    xlatedSize: info.view.getUint32(at('xlated_prog_len'), true),
    jitedSize: info.view.getUint32(at('jited_prog_len'), true),
    recursionMisses: info.view.getBigUint64(at('recursion_misses'), true),
  };
}
