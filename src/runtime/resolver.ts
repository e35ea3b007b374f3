// Turns the numbers that programs hand over into text: symbols, stacks, times, user and group names. Everything is read when it is first asked for.
import { readFileSync } from 'node:fs';
import type { KernelFs } from '../base/kernelfs.ts';
import type { Layout } from '../bpf/layout.ts';
import type { ClockName } from '../sys/clock.ts';
import { clockNow } from '../sys/clock.ts';
import { CgroupPaths } from './cgroups.ts';
import type { StackRef } from './stacktext.ts';
import { stackText } from './stacktext.ts';
import { strftime } from './strftime.ts';
import type { KernelSymbols, Symbol } from './symbols.ts';
import { byteString } from './value.ts';

export type StackLayout = Extract<Layout, { kind: 'stack' }>;

/** Texts are byte strings. */
export interface Resolver {
  /** What stands behind a string that was cut short. */
  readonly trailer: string;
  ksym(address: bigint): string;
  usym(address: bigint, pid: number): string;
  stack(layout: StackLayout, ref: StackRef): string;
  /** @param ns of the clock */
  timestamp(format: string, ns: bigint, clock: ClockName): string;
  username(uid: bigint): string;
  cgroupPath(id: bigint, filter: string): string;
}

/** Symbols of processes: undefined where nothing is known about the address. */
export type UserSymbols = (pid: number, address: bigint) => Symbol | undefined;

export interface ResolverOptions {
  readonly fs: KernelFs;
  readonly symbols: () => KernelSymbols;
  readonly trailer: string;
  /** The frames of a stack, as the map of that name keeps them; undefined when they are not there. */
  readonly frames: (map: string, hash: bigint) => Uint8Array | undefined;
  readonly userSymbols?: UserSymbols;
}

export function makeResolver(options: ResolverOptions): Resolver {
  const users = once(userNames);
  const groups = once(() => new CgroupPaths(options.fs));
  const lookups = {
    kernel: (address: bigint) => options.symbols().find(address),
    user: (pid: number, address: bigint) => options.userSymbols?.(pid, address),
  };
  const offsets = new Map<ClockName, bigint>();
  return {
    trailer: options.trailer,
    ksym: (address) => lookups.kernel(address)?.name ?? addressText(address),
    usym: (address, pid) => lookups.user(pid, address)?.name ?? addressText(address),
    stack: (layout, ref) => stackText(layout, ref, options.frames(layout.map, ref.hash), lookups),
    timestamp: (format, ns, clock) => {
      const offset = offsets.get(clock) ?? clockNow('realtime') - clockNow(clock);
      offsets.set(clock, offset);
      return strftime(format, ns + offset);
    },
    username: (uid) => users().get(uid) ?? String(uid),
    cgroupPath: (id, filter) => byteString(groups().text(id, filter)),
  };
}

/** `0x4d2`; zero is `0`. */
export function addressText(address: bigint): string {
  return address === 0n ? '0' : `0x${address.toString(16)}`;
}

function userNames(): ReadonlyMap<bigint, string> {
  const lines = readFileSync('/etc/passwd', 'latin1').split('\n');
  return new Map(lines.flatMap((line): [bigint, string][] => {
    const [name = '', , uid = ''] = line.split(':');
    return /^\d+$/.test(uid) ? [[BigInt(uid), name]] : [];
  }).reverse());
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
