import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../src/base/errors.ts';
import { kernelFs, kernelFsAt } from '../../src/base/kernelfs.ts';
import { onlineCpus, possibleCpus } from '../../src/sys/cpus.ts';

function withTree<T>(possible: string, online: string, run: (fs: ReturnType<typeof kernelFsAt>) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'btfly-cpus-'));
  try {
    mkdirSync(join(root, 'sys/devices/system/cpu'), { recursive: true });
    writeFileSync(join(root, 'sys/devices/system/cpu/possible'), possible);
    writeFileSync(join(root, 'sys/devices/system/cpu/online'), online);
    return run(kernelFsAt(root));
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('lists of CPUs', () => {
  test.each([
    ['0\n', '0\n', 1, [0]],
    ['0-3\n', '0-3\n', 4, [0, 1, 2, 3]],
    // A hole: slots are counted to the highest possible CPU.
    ['0-1,4-5\n', '0,4\n', 6, [0, 4]],
    ['0-127\n', '0-1,126\n', 128, [0, 1, 126]],
  ])('%j, %j', (possible, online, slots, cpus) => {
    withTree(possible, online, (fs) => {
      expect(possibleCpus(fs)).toBe(slots);
      expect(onlineCpus(fs)).toEqual(cpus);
    });
  });

  test.each(['', 'x', '1-', '0-3,'])('%j is no list', (text) => {
    withTree(text, '0', (fs) => { expect(() => possibleCpus(fs)).toThrow(FormatError); });
  });

  test('this machine has as many online as /proc/cpuinfo lists', () => {
    const listed = readFileSync('/proc/cpuinfo', 'utf8').match(/^processor\s*:/gm)?.length;
    expect(onlineCpus(kernelFs)).toHaveLength(listed ?? -1);
  });
});
