// What code the records become: what is asked for once, what is known while compiling, what lies in the Spec beside the code.
import { expect, test } from 'vitest';
import { arches } from '../../../src/base/arch.ts';
import { SourceText } from '../../../src/base/span.ts';
import type { Spec } from '../../../src/bpf/spec.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Compilation } from '../../../src/compile/input.ts';
import { allFeatures, smallKernel, smallProbes } from './analysed.ts';

function compiled(script: string, arch: 'x86_64' | 'arm64' = 'x86_64'): Compilation & { readonly spec: Spec } {
  const compilation = compile({
    source: new SourceText('stdin', script), arch: arches[arch], features: allFeatures, types: () => smallKernel, probes: smallProbes,
    readC: undefined, positional: [], named: new Map(), config: {}, unsafe: true,
  });
  if (compilation.spec === undefined) throw new Error(compilation.diagnostics.map((each) => each.message).join('\n'));
  return { ...compilation, spec: compilation.spec };
}

/** How often the first program calls a helper. */
function calls(script: string, helper: string): number {
  return [...compiled(script).dump('asm').matchAll(/call (?:bpf_)?(\w+)/g)].filter(([, name]) => name === helper).length;
}

test('a stack is taken once on a path, again where the first one may not have been taken', () => {
  expect(calls('kprobe:vfs_read { @a[kstack] = count(); @b = kstack; printf("%s", kstack); }', 'get_stack')).toBe(1);
  expect(calls('kprobe:vfs_read { @a[kstack] = count(); if (pid) { @b = kstack; } else { @c = kstack; } }', 'get_stack')).toBe(1);
  expect(calls('kprobe:vfs_read { if (pid) { @b = kstack; } @c = kstack; }', 'get_stack')).toBe(2);
  expect(calls('kprobe:vfs_read { @a[kstack, ustack, kstack(3)] = count(); }', 'get_stack')).toBe(3);
});

test('comm needs no copy where its buffer is the destination', () => {
  expect(calls('kprobe:vfs_read { @[comm] = count(); }', 'get_current_comm')).toBe(1);
  expect(calls('kprobe:vfs_read /comm == "a"/ { @[comm] = count(); }', 'get_current_comm')).toBe(1);
  expect(calls('kprobe:vfs_read { @a[comm] = count(); @b[comm] = count(); @c[pid, comm] = count(); printf("%s", comm); }', 'get_current_comm')).toBe(1);
});

test('each number of frames has its map of stacks', () => {
  const { spec } = compiled('kprobe:vfs_read { @a[kstack(3)] = count(); @b = kstack; @c = ustack(build_id, 5); }');
  expect(spec.maps.filter((map) => map.user === undefined && map.type === 'hash').map(({ name, keySize, valueSize }) => [name, keySize, valueSize])).toEqual([
    ['stacks_3', 8, 24],
    ['stacks_127', 8, 1016],
    ['buildids_5', 8, 160],
  ]);
});

test('one function is known by its name, several are asked for', () => {
  const one = compiled('kprobe:vfs_read { @[func] = count(); }');
  expect(one.spec.programs[0]?.relocations).toContainEqual(expect.objectContaining({ kind: 'ksym', symbol: 'vfs_read' }));
  expect(calls('kprobe:vfs_read { @[func] = count(); }', 'get_func_ip')).toBe(0);
  expect(calls('kprobe:vfs_* { @[func] = count(); }', 'get_func_ip')).toBe(1);
});

test('what only the running machine knows is left to it', () => {
  const { spec } = compiled('BEGIN { print((ncpus, cpid, elapsed, kaddr("x"), cgroupid("/sys/fs/cgroup"))); }');
  const kinds = spec.programs[0]?.relocations.map(({ kind }) => kind).filter((kind) => kind !== 'map' && kind !== 'data');
  expect(new Set(kinds)).toEqual(new Set(['cpus', 'childPid', 'startTime', 'ksym', 'cgroup']));
});

test('names lie in a read-only map', () => {
  const { spec } = compiled('BEGIN { print(syscall_name(1)); print(strerror(1)); }');
  const tables = spec.maps.filter((map) => map.readOnly);
  expect(tables.map(({ name }) => name)).toEqual(['syscall_name', 'strerror']);
  const at = (index: number, text: string): string => Buffer.from(tables[index]?.contents ?? []).subarray(64, 64 + text.length + 1).toString('latin1');
  expect([at(0, 'write'), at(1, 'Operation')]).toEqual(['write\0', 'Operation ']);
  expect(Buffer.from(compiled('BEGIN { print(syscall_name(1)); }', 'arm64').spec.maps.find((map) => map.readOnly)?.contents ?? []).subarray(64 * 64, 64 * 64 + 6).toString('latin1')).toBe('write\0');
});

test('events carry what the runtime needs', () => {
  const { spec } = compiled('BEGIN { @a[1] = stats(1); @b = 1; print(@a, 2, 3); print(@b); print(@a[1]); print(1); clear(@a); zero(@b); time("x"); join(0, ","); cat("%s", comm); exit(3); }');
  expect(spec.events.map((event) => ({ ...event, span: undefined, payload: undefined, format: undefined }))).toMatchObject([
    { kind: 'printMap', map: 'at_a' },
    { kind: 'printMap', map: 'at_b' },
    { kind: 'printElement', map: 'at_a' },
    { kind: 'print' },
    { kind: 'clear', map: 'at_a' },
    { kind: 'zero', map: 'at_b' },
    { kind: 'time' },
    { kind: 'join', separator: ',' },
    { kind: 'cat' },
    { kind: 'exit' },
  ]);
  expect(spec.events.find((event) => event.kind === 'time')).toMatchObject({ format: 'x' });
  expect(spec.events.find((event) => event.kind === 'cat')).toMatchObject({ format: [{ text: '', conversion: { type: 's' } }], payload: { size: 16 } });
});

test.each([
  ['kprobe:vfs_read { @ = count(); }', 12],
  ['kprobe:vfs_read { @ = hist(arg2); }', 40],
  ['kprobe:vfs_read { @ = stats(arg2); }', 14],
  ['kprobe:vfs_read { @[pid, comm] = count(); }', 44],
  ['kprobe:vfs_read { @[kstack] = count(); }', 88],
  ['tracepoint:syscalls:sys_enter_openat { @ = lhist(pid, 0, 100, 10); }', 30],
])('%s takes at most %i instructions', (script, most) => {
  expect((compiled(script).spec.programs[0]?.code.length ?? 0) / 8).toBeLessThanOrEqual(most);
});
