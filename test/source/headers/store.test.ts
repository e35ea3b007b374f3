// What headers say, written and read again: the types of a whole kernel stand in for them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseBtf } from '../../../src/source/btf/btf.ts';
import { BtfDefinitions } from '../../../src/source/btf/definitions.ts';
import type { DefinitionTable, HeaderDefinition, HeaderFacts, Macro } from '../../../src/source/headers/facts.ts';
import { readFacts, writeFacts } from '../../../src/source/headers/store.ts';
import { HeaderTypes } from '../../../src/source/headers/types.ts';
import { btfFiles } from '../../help/kernels.ts';

const macros: readonly Macro[] = [
  { kind: 'integer', name: 'AF_INET', file: 'linux/socket.h', line: 190, value: 2n, type: { size: 4, signed: true } },
  { kind: 'integer', name: 'ULLONG_MAX', file: 'vdso/limits.h', line: 17, value: 18446744073709551615n, type: { size: 8, signed: false } },
  { kind: 'integer', name: 'EOF', file: 'a.h', line: 1, value: -1n, type: { size: 4, signed: true } },
  { kind: 'string', name: 'TABS', file: 'a.h', line: 2, text: 'a\tb\n\0"é' },
  { kind: 'function', name: 'MAJOR', file: 'linux/kdev_t.h', line: 10, params: ['dev'], body: '((unsigned int) ((dev) >> 20))' },
  { kind: 'function', name: 'NOTHING', file: 'a.h', line: 3, params: [], body: '0\t+ 1' },
  { kind: 'alias', name: 'sk_family', file: 'net/sock.h', line: 390, path: '__sk_common.skc_family', records: ['struct sock', 'struct sock_old'] },
];

/** The first definitions of a kernel, their leaves renumbered. */
function factsOf(path: string, limit: number): HeaderFacts {
  const btf = parseBtf(path, readFileSync(path));
  const indices = new Map<number, number>();
  const ids: number[] = [];
  const all = new BtfDefinitions(btf, { image: 'headers', key: (id) => indices.get(id) ?? null, charsByName: true });
  for (let id = 1; id < btf.endId && ids.length < limit; id++) {
    if (all.btf.kind(id) === 1 || all.definition(id) === undefined) continue;
    indices.set(id, ids.length);
    ids.push(id);
  }
  const named = new BtfDefinitions(btf, { image: 'headers', key: (id) => indices.get(id) ?? null, charsByName: true });
  const definitions = ids.flatMap((id, index): HeaderDefinition[] => {
    const definition = named.definition(id);
    return definition === undefined ? [] : [{ definition: { ...definition, id: null, variant: (index % 3) + 1, variants: 3 }, file: index % 2 === 0 ? 'a.h' : 'linux/sched.h', line: index }];
  });
  const table: DefinitionTable = { length: definitions.length, kind: (index) => nth(definitions, index).definition.kind, name: (index) => nth(definitions, index).definition.name, file: (index) => nth(definitions, index).file, at: (index) => nth(definitions, index) };
  const known = new Map(macros.map((each) => [each.name, each]));
  const macroTable = { names: () => known.keys(), find: (name: string) => known.get(name) };
  const place = { file: 'a.h', line: 4, column: 2, included: [{ file: 'b.h', line: 9 }] };
  return { types: new HeaderTypes(table, macroTable, 8), definitions: table, macros: macroTable, problems: [{ place, severity: 'error', message: 'no such thing' }], files: ['a.h', 'b.h'] };
}

function nth<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(String(index));
  return found;
}

describe.each(btfFiles().slice(-1))('$name', ({ path }) => {
  test('says the same after it has been kept', () => {
    const before = factsOf(path, 20_000);
    const after = readFacts('kept', writeFacts(before));
    expect(after.definitions.length).toBe(before.definitions.length);
    for (let index = 0; index < before.definitions.length; index++) {
      expect([after.definitions.kind(index), after.definitions.name(index)]).toEqual([before.definitions.kind(index), before.definitions.name(index)]);
      expect(after.definitions.at(index)).toEqual(before.definitions.at(index));
    }
    expect([...after.macros.names()].map((name) => after.macros.find(name))).toEqual(macros.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    expect(['', 'A', 'AF_INE', 'AF_INET6', 'zz'].map((name) => after.macros.find(name))).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect([after.problems, after.files, after.types.pointerSize]).toEqual([before.problems, before.files, 8]);
    expect(after.types.constant('AF_INET')).toEqual({ value: 2n, header: 'linux/socket.h' });
    const index = Array.from({ length: after.definitions.length }, (_, at) => at).find((at) => after.definitions.kind(at) === 'struct' && after.definitions.name(at) !== null) ?? -1;
    const { definition } = after.definitions.at(index);
    if (definition.kind !== 'struct' || definition.name === null) throw new Error('not a named struct');
    expect(after.types.find('struct', definition.name)).toContain(definition);
    expect(after.types.definition({ kind: 'struct', name: definition.name, key: index })).toBe(definition);
  });
});

test('bytes of another version', () => {
  expect(() => readFacts('kept', new Uint8Array(0))).toThrow('kept: at byte 0: not "btfly headers 3"');
  expect(() => readFacts('kept', Buffer.from('{"format":"btfly headers 0"}\n'))).toThrow('kept: at byte 0: not "btfly headers 3"');
});
