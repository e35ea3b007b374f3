// Stacks as text: a line a frame, in one of four manners.
import { toUnsigned } from '../base/bits.ts';
import type { StackMode } from '../bpf/layout.ts';
import type { StackLayout } from './resolver.ts';
import type { Symbol } from './symbols.ts';

/** What a program keeps of a stack. */
export interface StackRef {
  readonly hash: bigint;
  /** How many frames there are. */
  readonly frames: number;
  readonly tgid: number;
}

export interface Lookups {
  readonly kernel: (address: bigint) => Symbol | undefined;
  readonly user: (pid: number, address: bigint) => Symbol | undefined;
}

/** @param bytes the frames, undefined when they are not kept (the map of stacks was full) */
export function stackText(layout: StackLayout, ref: StackRef, bytes: Uint8Array | undefined, lookups: Lookups): string {
  if (bytes === undefined) return '\n';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(ref.frames, layout.limit, Math.floor(bytes.byteLength / frameSizes[layout.mode]));
  let text = '\n';
  for (let frame = 0; frame < count; frame++) text += `${frameText[layout.mode](view, frame, layout.user ? (address) => lookups.user(ref.tgid, address) : lookups.kernel)}\n`;
  return text;
}

type Find = (address: bigint) => Symbol | undefined;

/** Bytes: an address, or a struct bpf_stack_build_id. */
const frameSizes: Readonly<Record<StackMode, number>> = { bpftrace: 8, perf: 8, raw: 8, build_id: 32 };

const frameText: Readonly<Record<StackMode, (view: DataView, frame: number, find: Find) => string>> = {
  bpftrace: (view, frame, find) => {
    const address = addressAt(view, frame);
    const symbol = find(address);
    return `        ${symbol === undefined ? hex(address) : symbolText(symbol)}`;
  },
  perf: (view, frame, find) => {
    const address = addressAt(view, frame);
    const symbol = find(address);
    const module = symbol === undefined || symbol.module === null ? '' : ` (${symbol.module})`;
    return `\t${address.toString(16)} ${symbol === undefined ? '[unknown]' : symbolText(symbol)}${module}`;
  },
  raw: (view, frame) => addressAt(view, frame).toString(16),
  build_id: buildIdFrame,
};

function addressAt(view: DataView, frame: number): bigint {
  return view.getBigUint64(frame * 8, true);
}

function symbolText({ name, offset }: Symbol): string {
  return `${name}+${offset}`;
}

function hex(address: bigint): string {
  return `0x${toUnsigned(address).toString(16)}`;
}

/** { s32 status; u8 build_id[20]; u64 offset or address }; BPF_STACK_BUILD_ID_VALID is 1. */
function buildIdFrame(view: DataView, frame: number): string {
  const at = frame * frameSizes.build_id;
  const value = view.getBigUint64(at + 24, true);
  if (view.getInt32(at, true) !== 1) return hex(value);
  const id = Buffer.from(view.buffer, view.byteOffset + at + 4, 20).toString('hex');
  return `${id} ${hex(value)}`;
}
