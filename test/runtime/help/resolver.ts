// A resolver without a machine: symbols are spelled from their numbers.
import type { Resolver } from '../../../src/runtime/resolver.ts';

export const plainResolver: Resolver = {
  trailer: '..',
  ksym: (address) => `ksym_${address.toString(16)}`,
  usym: (address, pid) => `usym_${address.toString(16)}_${pid}`,
  stack: (_, { hash, frames }) => `\n        frame_${hash}_${frames}+1\n`,
  timestamp: (format, ns, clock) => `${format}@${clock}:${ns}`,
  username: (uid) => `user${uid}`,
  cgroupPath: (id, filter) => `${filter}:/group${id}`,
};
