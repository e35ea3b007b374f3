// Attaching programs through links: perf events, kprobe.multi, and BPF_RAW_TRACEPOINT_OPEN for what a program's attach_btf_id names.
import { attrOffset, kprobeInfoLayout, kprobeMultiAttr, kprobeMultiInfoLayout, pack, perfLinkAttr, rawTracepointAttr } from './attr.ts';
import { bpf, bpfResultLater, infoByFd } from './bpf.ts';
import { Fd } from './fd.ts';
import { attachTypes } from './prog.ts';
import { check } from './syserror.ts';

/** Where a kprobe.multi link goes: to addresses, or to symbols that the kernel looks up. */
export type KprobeMultiTargets = { readonly addresses: readonly bigint[] } | { readonly symbols: readonly string[] };

/** Hangs the program on an open perf event (Linux 5.15); the link keeps the event, whose own descriptor may be closed. */
export function perfEventLink(event: Fd, prog: Fd, what: string): Fd {
  const attr = pack(perfLinkAttr, { prog_fd: prog.number, target_fd: event.number, attach_type: perfEventAttachType, bpf_cookie: 0 });
  return new Fd(bpf('LINK_CREATE', attr, what), `link ${what}`);
}

/** BPF_PERF_EVENT */
const perfEventAttachType = 41;

/** BPF_F_KPROBE_MULTI_RETURN */
const returnFlag = 1;

/** One program on many functions at once; throws SysError (EOPNOTSUPP where the kernel was built without fprobe). */
export async function kprobeMulti(prog: Fd, targets: KprobeMultiTargets, returns: boolean, what: string): Promise<Fd> {
  const { addresses, symbols, pointers } = targetLists(targets);
  const attr = pack(kprobeMultiAttr, {
    prog_fd: prog.number,
    attach_type: attachTypes.kprobe_multi,
    multi_flags: returns ? returnFlag : 0,
    cnt: 'addresses' in targets ? targets.addresses.length : targets.symbols.length,
    syms: symbols,
    addrs: addresses,
  });
  const result = await bpfResultLater('LINK_CREATE', { ...attr, pointers: [...attr.pointers, ...pointers] });
  return new Fd(check('bpf(BPF_LINK_CREATE, kprobe_multi)', result, what), `link ${what}`);
}

interface TargetLists {
  readonly addresses: Uint8Array | undefined;
  readonly symbols: Uint8Array | undefined;
  /** Into the list of symbols. */
  readonly pointers: readonly (Uint8Array | number)[];
}

function targetLists(targets: KprobeMultiTargets): TargetLists {
  if ('addresses' in targets) {
    return { addresses: new Uint8Array(BigUint64Array.from(targets.addresses).buffer), symbols: undefined, pointers: [] };
  }
  const list = new Uint8Array(targets.symbols.length * 8);
  const pointers = targets.symbols.flatMap((symbol, at) => [list, at * 8, Buffer.from(`${symbol}\0`, 'latin1')]);
  return { addresses: undefined, symbols: list, pointers };
}

/** Attaches fentry, fexit and BPF_TRACE_RAW_TP programs to what they were loaded for. */
export function rawTracepointOpen(prog: Fd, what: string): Fd {
  return new Fd(bpf('RAW_TRACEPOINT_OPEN', pack(rawTracepointAttr, { prog_fd: prog.number }), what), `link ${what}`);
}

/** Like rawTracepointOpen on a worker thread: a trampoline waits for a grace period. */
export async function rawTracepointOpenLater(prog: Fd, what: string): Promise<Fd> {
  const result = await bpfResultLater('RAW_TRACEPOINT_OPEN', pack(rawTracepointAttr, { prog_fd: prog.number }));
  return new Fd(check('bpf(BPF_RAW_TRACEPOINT_OPEN)', result, what), `link ${what}`);
}

/** Runs that a kprobe or kretprobe link missed (no free instance of a kretprobe, a probe inside a probe); 0 on kernels that do not say. */
export function missedProbes(link: Fd): bigint {
  const info = pack(kprobeMultiInfoLayout, {});
  const perf = pack(kprobeInfoLayout, {});
  infoByFd(link.number, info);
  const type = info.view.getUint32(0, true);
  if (type === linkTypes.KPROBE_MULTI) return info.view.getBigUint64(attrOffset(kprobeMultiInfoLayout, 'missed'), true);
  if (type !== linkTypes.PERF_EVENT) return 0n;
  infoByFd(link.number, perf);
  const kind = perf.view.getUint32(attrOffset(kprobeInfoLayout, 'perf_type'), true);
  return perfProbes.has(kind) ? perf.view.getBigUint64(attrOffset(kprobeInfoLayout, 'missed'), true) : 0n;
}

/** enum bpf_link_type */
const linkTypes = { PERF_EVENT: 7, KPROBE_MULTI: 8 } as const;
/** BPF_PERF_EVENT_KPROBE, BPF_PERF_EVENT_KRETPROBE */
const perfProbes: ReadonlySet<number> = new Set([3, 4]);
