// Clocks of the kernel (clock_gettime(2)), in nanoseconds, and one for slices of time.
import { addon } from './addon.ts';

/** Numbers of <time.h>. `sw_tai` is what bpf_ktime_get_tai_ns reads without a disciplined clock: the same clock. */
const clocks = { realtime: 0, monotonic: 1, boot: 7, tai: 11, sw_tai: 11 } as const;

export type ClockName = keyof typeof clocks;

/** Milliseconds since some moment, for slices and intervals. Node's `performance` costs a millisecond before it answers. */
export function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

export function clockNow(name: ClockName): bigint {
  return addon().clock(clocks[name]);
}
