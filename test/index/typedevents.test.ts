// Tracepoint events of kernels that are known by their types alone, in the catalog.
import { describe, expect, test } from 'vitest';
import { listing, listingText } from '../../src/catalog/list.ts';
import { providers } from '../../src/catalog/catalog.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';
import { writeEvents, writeModuleEvent } from '../help/typedevents.ts';

const format = ['int a;\toffset:8;\tsize:4;\tsigned:1'];
const tracepoint = providers.find(({ name }) => name === 'tracepoint');

describe('types alone', async () => {
  const kernel = await fakeKernel(scratchFolder(), { types: writeEvents });
  const { types } = kernel;

  test('all events, whose systems are not known', () => {
    expect(types.tracepoints('*', '*').map(({ system, name }) => `${system}:${name}`)).toEqual(['*:alike', '*:either', '*:like', '*:named', '*:own']);
    expect(types.tracepoints('*', 'o*')).toEqual([{ system: '*', name: 'own' }]);
    expect(types.tracepoints('any', 'own')).toEqual([{ system: 'any', name: 'own' }]);
    expect([types.tracepoints('any', 'o*'), types.tracepoints('an*', 'own'), types.tracepoints('any', 'none')]).toEqual([[], [], []]);
  });

  test('with fields, and how certain they are', () => {
    expect(types.tracepoint('any', 'own')).toMatchObject({
      source: 'btf', confidence: 'exact', image: 'vmlinux', printFormat: '',
      fields: [{ name: 'a', type: 'int', offset: 8, size: 4, signed: true }, { name: 'name', type: 'u8', array: '[]', location: 'dataloc', offset: 12 }, { name: 'more', location: 'relloc' }],
    });
    expect(['own', 'like', 'alike', 'named', 'either'].map((name) => types.tracepoint('*', name)?.confidence)).toEqual(['exact', 'unique', 'same-layout', 'unique', undefined]);
    expect(types.tracepointCandidates('either').map((each) => [each.class, each.fields.map(({ name }) => name)])).toEqual([['four', ['w']], ['three', ['v']]]);
    expect(types.tracepointCandidates('own')).toEqual([]);
  });

  test('a listing', () => {
    expect(listingText(listing(kernel, 't:*:own', true))).toBe('tracepoint:*:own\n    int a\n    __data_loc u8[] name\n    __rel_loc u8[] more\n');
    expect(listingText(listing(kernel, 't:*:either', true))).toBe('tracepoint:*:either\n    of one of these classes, types alone do not tell which:\n    four: u32 w\n    three: u32 v\n');
    expect(listing(kernel, 't:any:o*', false)).toMatchObject({ entries: [], reason: 'of this kernel types alone are known, which do not tell the systems of tracepoints: tracepoint:*:NAME' });
  });

  test('arguments of a script', () => {
    const detail = (name: string) => tracepoint?.detail(kernel, { provider: 'tracepoint', scope: 'any', name });
    expect(detail('like')?.arguments.map(({ name, text }) => `${text} ${name}`)).toEqual(['char[16] comm', 'unsigned long bits', 'const char * text']);
    expect(detail('either')).toMatchObject({ arguments: [], unreliable: 'types alone do not tell whether its fields are those of four or three' });
  });
});

test('a better source takes their place', async () => {
  const folder = scratchFolder();
  await fakeKernel(folder, { types: writeEvents });
  const { types } = await fakeKernel(folder, { types: writeEvents, events: { 'system:own': format, 'system:either': format } });
  expect(types.tracepoints('*', '*')).toEqual([{ system: 'system', name: 'either' }, { system: 'system', name: 'own' }]);
  expect(types.tracepoint('system', 'either')).toMatchObject({ source: 'tracefs', confidence: 'exact', fields: [{ name: 'a' }] });
  expect([types.tracepoint('other', 'own'), types.tracepointCandidates('either')]).toEqual([undefined, []]);
});

test('they are not read where a better source is there from the start', async () => {
  const { types } = await fakeKernel(scratchFolder(), { types: writeEvents, events: { 'system:own': format } });
  expect(types.tracepoints('*', '*')).toEqual([{ system: 'system', name: 'own' }]);
});

test("a module's, beside what tracefs says of vmlinux", async () => {
  const folder = scratchFolder();
  const base = new BtfWriter();
  writeEvents(base);
  const split = new BtfWriter({ base });
  writeModuleEvent(split);
  writeTree(folder, { 'sys/kernel/btf/module': split.bytes() });
  const { types } = await fakeKernel(folder, { types: writeEvents, events: { 'system:own': format } });
  expect(types.tracepoints('*', '*')).toEqual([{ system: '*', name: 'mine' }, { system: 'system', name: 'own' }]);
  expect(types.tracepoint('*', 'mine')).toMatchObject({ source: 'btf', confidence: 'exact', image: 'module', fields: [{ name: 'z', offset: 8 }] });
});
