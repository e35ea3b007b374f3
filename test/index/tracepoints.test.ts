import { expect, test } from 'vitest';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const names = Array.from({ length: 200 }, (_, at) => `${at % 2 === 0 ? 'net' : 'sched'}:event_${at}`);

test('many events are read at once as one by one', async () => {
  const events = Object.fromEntries(names.map((name, at) => [name, [
    `int value_${at % 50};\toffset:8;\tsize:4;\tsigned:1`, `__data_loc char[] text;\toffset:12;\tsize:4;\tsigned:0`, 'char bytes[8];\toffset:16;\tsize:8;\tsigned:0',
  ]]));
  const { types } = await fakeKernel(scratchFolder(), { types: (btf) => btf.int('int', 4, 1), events });
  const each = () => names.map((name) => types.tracepoint(...(name.split(':') as [string, string])));
  const before = each();
  expect(types.tracepoints('*', '*').length).toBe(200);
  expect(each()).toEqual(before);
  expect(before[51]?.fields.map(({ name, type, array, location }) => [name, type, array, location])).toEqual([
    ['value_1', 'int', '', 'record'], ['text', 'char', '[]', 'dataloc'], ['bytes', 'char', '[8]', 'record'],
  ]);
  expect([types.tracepoint('net', 'event_1'), types.tracepoint('none', 'event_1')]).toEqual([undefined, undefined]);
});
