// The machine itself: every series boots, is the kernel it says, and has what the other tests stand on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel, series } from './kernels.ts';
import type { Machine } from './machine.ts';
import { boot } from './machine.ts';
import { vmTools } from './tools.ts';

describe.skipIf(!vmTools).each(series.map(({ name }) => name))('%s', (name) => {
  let machine: Machine;
  beforeAll(async () => { machine = await boot(kernel(name)); });
  afterAll(async () => { await machine.close(); });

  test('is the kernel it says', async () => {
    expect(await machine.run('uname -r; cat /sys/kernel/tracing/current_tracer; test -s /sys/kernel/btf/vmlinux && echo BTF')).toEqual({
      stdout: `${kernel(name).release}\nnop\nBTF\n`,
      stderr: '',
      status: 0,
    });
  });

  test('has kprobes, and reports the status of a job', async () => {
    const script = 'echo p:btfly_test tcp_sendmsg > /sys/kernel/tracing/kprobe_events && grep -c btfly_test /sys/kernel/tracing/kprobe_events; echo > /sys/kernel/tracing/kprobe_events; exit 7';
    expect(await machine.run(script)).toEqual({ stdout: '1\n', stderr: '', status: 7 });
  });
});
