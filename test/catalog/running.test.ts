// The running kernel's probes against what its BTF says about the same things.
import { beforeAll, describe, expect, test } from 'vitest';
import { KernelProbes } from '../../src/catalog/catalog.ts';
import type { ProbedKernel } from '../../src/catalog/provider/provider.ts';
import { findMember } from '../../src/ctype/member.ts';
import { sizeOf } from '../../src/ctype/types.ts';
import { canReadEvents, runningKernel } from '../help/runningkernel.ts';
import { scratchFolder } from '../help/scratch.ts';

describe.skipIf(!canReadEvents())('the running kernel (needs root, BTF and tracefs)', () => {
  let kernel: ProbedKernel;
  let probes: KernelProbes;

  beforeAll(() => {
    kernel = runningKernel(scratchFolder());
    probes = new KernelProbes(kernel);
  });

  test('the type of every field of every event has the size of the field', () => {
    const wrong: string[] = [];
    let fields = 0;
    for (const probe of probes.match('tracepoint', undefined, '*')) {
      if (probe.scope === 'syscalls') continue;
      for (const argument of probes.detail(probe).arguments) {
        if (argument.place.in !== 'record') continue;
        fields++;
        const size = sizeOf(kernel.types, argument.type);
        if (size !== argument.place.size) wrong.push(`${probe.scope}:${probe.name}: ${argument.text} ${argument.name}: ${size} bytes of ${argument.place.size}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(fields).toBeGreaterThan(3000);
  });

  test('fields lie where the struct of the event has them', () => {
    const wrong: string[] = [];
    let events = 0;
    for (const probe of probes.match('tracepoint', undefined, '*')) {
      const [record] = kernel.types.find('struct', `trace_event_raw_${probe.name}`);
      if (!record || probe.scope === 'syscalls') continue;
      events++;
      for (const { name, place } of probes.detail(probe).arguments) {
        const member = findMember(kernel.types, record, place.in === 'dataloc' ? `__data_loc_${name}` : name);
        if (!('offset' in place) || member?.bitOffset !== place.offset * 8) wrong.push(`${probe.scope}:${probe.name}: ${name}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(events).toBeGreaterThan(300);
  });

  test('raw tracepoints have the parameters of their typedef, each with a name', () => {
    const found = probes.match('rawtracepoint', undefined, '*');
    const nameless = found.filter((probe) => probes.detail(probe).arguments.some((argument, index) => argument.name === `arg${index}`));
    expect(nameless.map((probe) => probe.name)).toEqual([]);
    expect(found.length).toBeGreaterThan(500);
  });

  test('every argument of every function has a place, except those that have none', () => {
    const placeless: string[] = [];
    let functions = 0;
    for (const probe of probes.match('kprobe', undefined, '*')) {
      const [definition] = kernel.types.find('function', probe.name);
      if (!definition) continue;
      functions++;
      // An empty struct takes no register.
      const wanted = definition.type.params.filter((param) => sizeOf(kernel.types, param.type) > 0);
      // Those of a system call lie behind the one that its entry function has.
      const own = probes.detail(probe).arguments.filter(({ place }) => place.in !== 'saved');
      if (own.length !== wanted.length) placeless.push(probe.name);
    }
    expect(placeless).toEqual([]);
    expect(functions).toBeGreaterThan(20_000);
  });

  test('openat, out of the registers that its entry function is given', () => {
    const detail = probes.detail({ provider: 'kprobe', scope: 'vmlinux', name: '__x64_sys_openat' });
    expect(detail.arguments.map(({ name, text, place, user }) => [name, text, place, user]).slice(1)).toEqual([
      ['dfd', 'int', { in: 'saved', offset: 112 }, false],
      ['filename', 'const char *', { in: 'saved', offset: 104 }, true],
      ['flags', 'int', { in: 'saved', offset: 96 }, false],
      ['mode', 'umode_t', { in: 'saved', offset: 56 }, false],
    ]);
  });

  test('every system call with a function in BTF has its arguments', () => {
    const entries = probes.match('kprobe', undefined, '__x64_sys_*').map((probe) => ({ probe, events: probes.match('tracepoint', 'syscalls', `sys_enter_${probe.name.slice(10)}`) }));
    const known = entries.filter(({ events }) => events.length > 0);
    const wrong = known.filter(({ probe, events: [event] }) => {
      const fields = (event ? probes.detail(event).arguments : []).filter(({ name }) => name !== '__syscall_nr');
      const saved = probes.detail(probe).arguments.filter(({ place }) => place.in === 'saved');
      return JSON.stringify(saved.map(({ name, text }) => [name, text])) !== JSON.stringify(fields.map(({ name, text }) => [name, text]));
    });
    expect(wrong.map(({ probe }) => probe.name)).toEqual([]);
    expect(known.length).toBeGreaterThan(300);
  });

  test('tcp_sendmsg, as everybody knows it', () => {
    expect(probes.detail({ provider: 'kprobe', scope: 'vmlinux', name: 'tcp_sendmsg' }).arguments.map(({ name, text, place }) => [name, text, place])).toEqual([
      ['sk', 'struct sock *', { in: 'registers', offsets: [112] }],
      ['msg', 'struct msghdr *', { in: 'registers', offsets: [104] }],
      ['size', 'size_t', { in: 'registers', offsets: [96] }],
    ]);
  });
});
