// CPUs of this machine. Per-CPU map values have one slot a *possible* CPU; perf events open on *online* ones.
import { FormatError } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';

const folder = '/sys/devices/system/cpu';

/** Number of possible CPUs: the highest one plus 1, as the kernel lays out per-CPU values. */
export function possibleCpus(fs: KernelFs): number {
  const list = cpuList(fs, 'possible');
  return (list.at(-1) ?? 0) + 1;
}

/** Numbers of the CPUs that are online, ascending. */
export function onlineCpus(fs: KernelFs): readonly number[] {
  return cpuList(fs, 'online');
}

/** `0-3,8` */
function cpuList(fs: KernelFs, name: string): readonly number[] {
  const path = `${folder}/${name}`;
  const text = fs.text(path)?.trim() ?? '';
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) throw new FormatError(path, 0, `a list of CPUs is wanted, there is '${text}'`);
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}
