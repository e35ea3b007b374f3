import { join } from 'node:path';
import { expect, test } from 'vitest';
import { variablesIn } from '../../src/app/var.ts';
import { UsageError } from '../../src/base/errors.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const folder = scratchFolder();
const { types } = await fakeKernel(folder, {
  types(btf) {
    const int = btf.int('int', 4, 1);
    const rq = btf.struct('rq', 64, [{ name: 'x', type: int, offset: 0 }]);
    const variables = [btf.variable('runqueues', rq), btf.variable('cpu_number', int), btf.variable('run_list', btf.array(btf.ptr(rq), 4))];
    btf.datasec('.data..percpu', 128, [[variables[0] ?? 0, 0, 64], [variables[1] ?? 0, 64, 4], [variables[2] ?? 0, 96, 32]]);
  },
});

const asked = (name: string) => variablesIn(types, join(folder, 'catalog.db'), name);

test.each([
  ['runqueues', 'struct rq runqueues;                             /*      0     64 */ /* .data..percpu, vmlinux */\n'],
  ['run*', 'struct rq *run_list[4];                          /*     96     32 */ /* .data..percpu, vmlinux */\nstruct rq runqueues;                             /*      0     64 */ /* .data..percpu, vmlinux */\n'],
])('%s', (name, text) => {
  expect(asked(name).text()).toBe(text);
});

test('json', () => {
  expect(JSON.parse(asked('cpu_number').json())).toEqual([
    { name: 'cpu_number', type: 'int', declaration: 'int cpu_number', size: 4, section: '.data..percpu', offset: 64, image: 'vmlinux', id: 4 },
  ]);
});

test('near names', () => {
  expect(() => asked('runqueue')).toThrow(UsageError);
  expect(() => asked('runqueue')).toThrow(expect.objectContaining({ message: 'no per-CPU variable is called runqueue', hint: 'near it: runqueues' }));
});
