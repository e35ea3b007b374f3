import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect } from 'vitest';
import { callHelper, encode, exit, load, movImm } from '../../src/bpf/asm.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import type { Insn } from '../../src/bpf/insn.ts';
import type { Fd} from '../../src/sys/fd.ts';
import { openFds } from '../../src/sys/fd.ts';
import type { ProgOptions } from '../../src/sys/prog.ts';
import { progInfo, progLoad, progTestRun } from '../../src/sys/prog.ts';
import { rootTest } from '../help/root.ts';

function options(insns: readonly Insn[], extra: Partial<ProgOptions> = {}): ProgOptions {
  return { name: 'test', type: 'raw_tracepoint', attachType: 'none', code: encode(insns), license: 'GPL', logLevel: 0, logSize: 65536, ...extra };
}

const fds: Fd[] = [];
async function loaded(insns: readonly Insn[], later = false): Promise<Fd> {
  const result = await progLoad(options(insns), later);
  if (result.fd === undefined) throw new Error(result.log);
  fds.push(result.fd);
  return result.fd;
}

afterEach(() => {
  for (const fd of fds.splice(0)) fd.close();
  expect(openFds()).toEqual([]);
});

describe('a program', () => {
  rootTest.each([false, true])('runs once and gives its value (loaded on a worker thread: %s)', async (later) => {
    expect(progTestRun(await loaded([movImm(0, 42), exit()], later))).toBe(42);
  });

  rootTest('sees this process', async () => {
    expect(progTestRun(await loaded([callHelper(helpers.get_current_pid_tgid.id), exit()]))).toBe(process.pid);
  });

  rootTest('has the size that bpftool shows', async () => {
    const { id, xlatedSize, recursionMisses } = progInfo(await loaded([movImm(0, 1), movImm(0, 2), exit()]));
    const shown = JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show', 'id', String(id)], { encoding: 'utf8' })) as { bytes_xlated: number };
    expect(xlatedSize).toBe(shown.bytes_xlated);
    expect(recursionMisses).toBe(0n);
  });
});

describe('a program that the verifier rejects', () => {
  const bad = [load(8, 0, 1, 4096), exit()];

  rootTest('comes with a log, though none was asked for', async () => {
    const result = await progLoad(options(bad), false);
    expect(result).toMatchObject({ fd: undefined, errno: 13 });
    expect(result.log).toContain('0: (79) r0 = *(u64 *)(r1 +4096)');
  });

  rootTest('whose log does not fit gets a larger one', async () => {
    const result = await progLoad(options([...Array.from({ length: 200 }, (_, n) => movImm(0, n)), ...bad], { logSize: 256 }), false);
    expect(result).toMatchObject({ fd: undefined, errno: 13 });
    expect(result.log).toContain('200: (79) r0 = *(u64 *)(r1 +4096)');
  });
});

rootTest('a load that fails before the verifier has no log', async () => {
  expect(await progLoad(options([movImm(0, 0), exit()], { attachType: 'fentry', type: 'tracing' }), false)).toMatchObject({ fd: undefined, log: '' });
});

rootTest('log level 1 gives a log of a good program, too', async () => {
  const result = await progLoad(options([movImm(0, 0), exit()], { logLevel: 1 }), false);
  if (result.fd) fds.push(result.fd);
  expect(result.log).toContain('processed 2 insns');
});
