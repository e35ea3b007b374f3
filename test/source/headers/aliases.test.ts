import { describe, expect, test } from 'vitest';
import type { CType, Definition, Member, Ref } from '../../../src/ctype/ctype.ts';
import type { DefinitionTable, HeaderDefinition } from '../../../src/source/headers/facts.ts';
import { MemberIndex, memberPath } from '../../../src/source/headers/macros/aliases.ts';
import { HeaderTypes } from '../../../src/source/headers/types.ts';

const int: CType = { kind: 'int', name: 'int', size: 4, signed: true, encoding: 'int' };
const list: Definition[] = [];

function record(name: string | null, members: Readonly<Record<string, CType>>): Ref {
  const all = Object.entries(members).map(([key, type], index): Member => ({ name: key.startsWith('#') ? null : key, type, bitOffset: 64 * index, bitSize: null }));
  list.push({ kind: 'struct', name, id: null, image: 'headers', variant: 1, variants: 1, size: 8 * all.length, members: all });
  return { kind: 'struct', name, key: list.length - 1 };
}

const common = record('sock_common', { skc_family: int, '#pair': record(null, { skc_daddr: int }) });
record('sock', { __sk_common: common, sk_tail: { kind: 'array', of: common, count: 3 }, sk_next: { kind: 'ptr', to: common } });
record('timewait_sock', { __tw_common: common });
record('sock_lookalike', { __sk_common: int });
const anonymous = record(null, { __sk_common: common });
list.push({ kind: 'typedef', name: 'sock_t', id: null, image: 'headers', variant: 1, variants: 1, type: anonymous });

const definitions: DefinitionTable = { length: list.length, kind: (index) => at(index).definition.kind, name: (index) => at(index).definition.name, file: (index) => at(index).file, at };

function at(index: number): HeaderDefinition {
  const definition = list[index];
  if (definition === undefined) throw new RangeError(String(index));
  return { definition, file: 'a.h', line: 1 };
}

const index = new MemberIndex(definitions, new HeaderTypes(definitions, { names: () => [], find: () => undefined }, 8));

describe('a path of members', () => {
  test.each([
    ['__sk_common . skc_family', ['sock_t', 'struct sock']],
    ['( __sk_common . skc_family )', ['sock_t', 'struct sock']],
    ['__sk_common . skc_daddr', ['sock_t', 'struct sock']],
    ['__tw_common . skc_family', ['struct timewait_sock']],
    ['sk_tail [ 0 ] . skc_family', ['struct sock']],
    ['sk_next -> skc_family', ['struct sock']],
    ['sk_next . skc_family', []],
    ['__sk_common . skc_nothing', []],
    ['nowhere . skc_family', []],
  ])('%s', (text, expected) => {
    const path = memberPath(text.split(' '));
    if (path === undefined) throw new Error('not a path');
    expect(index.records(path)).toEqual(expected);
  });

  test('is spelled without spaces', () => {
    expect(memberPath('sk_tail [ 0 ] . skc_family'.split(' '))?.text).toBe('sk_tail[0].skc_family');
  });

  test.each(['', 'alone', '( alone )', 'a [ 0 ]', 'a . b ( c )', 'a + b', '1 . b', 'a .', 'a . 5', 'a [ i ] . b', '. b'])('not: %j', (text) => {
    expect(memberPath(text === '' ? [] : text.split(' '))).toBeUndefined();
  });
});
