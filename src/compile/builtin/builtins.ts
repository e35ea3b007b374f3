// All builtins, functions and aggregations of the language, by name: one record each, which the passes ask.
import type { Builtin } from '../sema/builtin.ts';
import { args, ctx, numberedArguments, reg, retval, usermode } from './arguments.ts';
import { averages } from './average.ts';
import { bswap } from './bswap.ts';
import { buf } from './buf.ts';
import { cgroupid, cgroupPath, username } from './cgroup.ts';
import { wholeMapCalls } from './clear.ts';
import { comm } from './comm.ts';
import { count, sum } from './count.ts';
import { exit } from './exit.ts';
import { extremes } from './extreme.ts';
import { func } from './func.ts';
import { hist } from './hist.ts';
import { identities } from './identity.ts';
import { join } from './join.ts';
import { lhist } from './lhist.ts';
import { hasChild, machineNumbers } from './machine.ts';
import { macaddr } from './macaddr.ts';
import { deleteElement, hasKey, len } from './mapelement.ts';
import { nameTables } from './names.ts';
import { elapsed, nsecs } from './nsecs.ts';
import { ntop } from './ntop.ts';
import { print } from './print.ts';
import { formatted } from './printf.ts';
import { probe, probetype } from './probe.ts';
import { override, signals } from './signal.ts';
import { spaces } from './space.ts';
import { stacks } from './stack.ts';
import { str } from './str.ts';
import { defaultStringLength, strlen } from './strlen.ts';
import { strncmp } from './strncmp.ts';
import { strcontains, strstr } from './strstr.ts';
import { kaddr, ksym, usym } from './symbol.ts';
import { curtask, relatives } from './task.ts';
import { strftime, time } from './time.ts';

/** In the order of the manual. */
const records: readonly Builtin[] = [
  ...identities, comm, username, curtask, ...relatives, ...machineNumbers, hasChild,
  nsecs, elapsed, ...stacks, func, probe, probetype,
  args, ...numberedArguments, retval, ctx, reg, usermode,
  count, sum, ...averages, ...extremes, hist, lhist,
  ...formatted, print, time, join, ...wholeMapCalls, deleteElement, hasKey, len, exit,
  str, buf, strlen, strncmp, strstr, strcontains, defaultStringLength, ...nameTables,
  ksym, usym, kaddr, ...spaces, bswap, ntop, macaddr, strftime, cgroupid, cgroupPath,
  ...signals, override,
];

export const builtins: ReadonlyMap<string, Builtin> = new Map(records.flatMap((record) => [record.name, ...(record.aliases ?? [])].map((name) => [name, record] as const)));
