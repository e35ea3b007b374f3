// Ways of attaching that only these kernels have: kprobes by name and by address, one event a function or one link for all, trampolines.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { callHelper, exit, jump, movImm } from '../../src/bpf/asm.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import type { AttachSpec, KernelFunction, ProgramType } from '../../src/bpf/spec.ts';
import { replaceSpec } from '../help/specjson.ts';
import { count, losses, number64, program, ring, spec, userMap } from '../runtime/help/specs.ts';
import { kernel } from './kernels.ts';
import type { Machine } from './machine.ts';
import { boot } from './machine.ts';
import { root } from './paths.ts';

const at = userMap({ name: '@', key: null, shape: { kind: 'count' } }, 'at');

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly phases: Readonly<Record<string, number>>;
}

describe.skipIf(inject('vmMissing') !== '').each(['6.1', '6.12'] as const)('%s', (series) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot(kernel(series));
    buildSync({ entryPoints: [join(root, 'test/vm/specrunner.ts')], bundle: true, platform: 'node', target: 'node20', format: 'cjs', outfile: join(machine.folder, 'runner.cjs'), define: { 'import.meta.dirname': '__dirname' } });
    copyFileSync(join(root, 'native/build/Release/btfly.node'), join(machine.folder, `btfly-${process.arch}-${process.versions.modules}.node`));
  });
  afterAll(async () => { await machine.close(); });

  /** Counts what the command does, and nobody else. */
  async function counted(attach: AttachSpec, command: string, type: ProgramType = 'kprobe', title = `${attach.kind}:x`): Promise<Ran> {
    const mine = [callHelper(helpers.get_current_pid_tgid.id), { code: 0x77, dst: 0, src: 0, off: 0, imm: 32 }, number64(6, { kind: 'childPid' }), jump('jne', 0, 6, 9), ...count('at')];
    const one = spec({ maps: [ring, losses, at], programs: [program('count', title, type, attach, [...mine, movImm(0, 0), exit()])] });
    writeFileSync(join(machine.folder, 'spec.json'), JSON.stringify(one, replaceSpec));
    const done = await machine.run(`cd /job && exec node runner.cjs spec.json "${command}"`);
    const lines = done.stdout.trimEnd().split('\n');
    const { phases, open } = JSON.parse(lines.pop() ?? '') as { phases: Record<string, number>; open: string[] };
    expect(open).toEqual([]);
    return { status: done.status, out: `${lines.join('\n')}\n`, err: done.stderr, phases };
  }

  const getppid = "perl -e 'for (1..777) { getppid() }'";
  const kprobe = (functions: readonly KernelFunction[], returns = false, offset = 0): AttachSpec => ({ kind: 'kprobe', returns, functions, offset });
  const vmlinux = (...names: string[]): KernelFunction[] => names.map((name) => ({ name, module: 'vmlinux' }));

  test.each([['kprobe', false], ['kretprobe', true]] as const)('a %s by name', async (_, returns) => {
    expect(await counted(kprobe(vmlinux('__x64_sys_getppid'), returns), getppid)).toMatchObject({ status: 0, out: '\n\n@: 777\n', err: 'Attached 1 probe\n' });
  });

  test('a kprobe inside a function', async () => {
    // Behind the first instruction: the 5 bytes of ftrace, which 6.12 has after an endbr64 of 4.
    const offset = series === '6.1' ? 5 : 4;
    expect(await counted(kprobe(vmlinux('__x64_sys_getppid'), false, offset), getppid)).toMatchObject({ status: 0, out: '\n\n@: 777\n', err: 'Attached 1 probe\n' });
  });

  test('a function that is not there', async () => {
    expect(await counted(kprobe(vmlinux('no_such_function')), 'true')).toMatchObject({
      status: 1, err: 'NotSupported: Could not attach kprobe:no_such_function: the running kernel has no such function\n',
    });
  });

  test.each([['kprobes', false], ['kretprobes', true]] as const)('many %s, and a function that cannot be probed among them', async (kind, returns) => {
    const listed = (await machine.run(`grep -E '^tcp_[a-z_0-9]*$' /sys/kernel/tracing/available_filter_functions | sort | uniq -u | head -100`)).stdout.trim().split('\n');
    const functions = vmlinux(...listed, '__x64_sys_getppid', 'no_such_function');
    const ran = await counted(kprobe(functions, returns), getppid);
    expect(ran).toMatchObject({ status: 0, out: '\n\n@: 777\n' });
    expect(ran.err).toMatch(new RegExp(`^(WARNING: Could not attach ${kind.slice(0, -1)}:no_such_function: .*\n)?Attached ${listed.length + 1} probes\n$`));
    console.log(`${series}: ${listed.length + 1} ${kind}: attached in ${ran.phases['attach']} ms, detached in ${ran.phases['detach']} ms`);
  });

  test('a name that several functions have: all of them', async () => {
    const names = (await machine.run(`awk '$2 ~ /[tT]/ && NF == 3 { print $3 }' /proc/kallsyms | sort | uniq -c | awk '$1 == 3 { print $2 }' > /tmp/three; awk '{ print $1 }' /sys/kernel/tracing/available_filter_functions | sort | uniq -c | awk '$1 == 3 { print $2 }' | grep -xFf /tmp/three | head -1`)).stdout.trim();
    expect(names).not.toBe('');
    expect(await counted(kprobe(vmlinux(names, names, names)), 'true')).toMatchObject({ status: 0, err: 'Attached 3 probes\n' });
  });

  test('a function of a module', async () => {
    const name = (await machine.run(`grep '\\[overlay\\]' /sys/kernel/tracing/available_filter_functions | awk '{ print $1 }' | grep -x ovl_open`)).stdout.trim();
    expect(name).toBe('ovl_open');
    const ran = await counted(kprobe([{ name, module: 'overlay' }]), `sh -c 'true < /etc/passwd; true < /etc/passwd'`);
    expect(ran).toMatchObject({ status: 0, err: 'Attached 1 probe\n' });
    expect(Number(/@: (\d+)/.exec(ran.out)?.[1])).toBeGreaterThanOrEqual(2);
  });

  test.each(['fentry', 'fexit'] as const)('%s', async (kind) => {
    const ran = await counted({ kind, function: { name: 'vfs_read', module: 'vmlinux' } }, 'cat /etc/hostname', 'tracing');
    expect(ran).toMatchObject({ status: 0, err: 'Attached 1 probe\n' });
    expect(Number(/@: (\d+)/.exec(ran.out)?.[1])).toBeGreaterThanOrEqual(2);
  });

  test('fentry of a module', async () => {
    const ran = await counted({ kind: 'fentry', function: { name: 'ovl_open', module: 'overlay' } }, 'cat /etc/passwd', 'tracing');
    expect(ran).toMatchObject({ status: 0, err: 'Attached 1 probe\n' });
    expect(Number(/@: (\d+)/.exec(ran.out)?.[1])).toBeGreaterThanOrEqual(1);
  });

  test('nothing is left behind', async () => {
    const left = await machine.run('cat /sys/kernel/debug/kprobes/list /sys/kernel/tracing/enabled_functions');
    expect(left).toEqual({ stdout: '', stderr: '', status: 0 });
  });
});
