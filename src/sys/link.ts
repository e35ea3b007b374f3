// Attaching programs through links: kprobe.multi, and BPF_RAW_TRACEPOINT_OPEN for what a program's attach_btf_id names.
import { kprobeMultiAttr, pack, rawTracepointAttr } from './attr.ts';
import { bpf, bpfResultLater } from './bpf.ts';
import { Fd } from './fd.ts';
import { attachTypes } from './prog.ts';
import { check } from './syserror.ts';

/** Where a kprobe.multi link goes: to addresses, or to symbols that the kernel looks up. */
export type KprobeMultiTargets = { readonly addresses: readonly bigint[] } | { readonly symbols: readonly string[] };

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
