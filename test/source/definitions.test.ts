// BTF decoded without a catalog, beside the reader in Python.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Member } from '../../src/ctype/ctype.ts';
import { typeText } from '../../src/ctype/print.ts';
import { parseBtf } from '../../src/source/btf/btf.ts';
import { BtfDefinitions } from '../../src/source/btf/definitions.ts';
import { btfFiles } from '../help/kernels.ts';
import { judged } from '../judge/judge.ts';

const python = spawnSync('python3', ['--version']).status === 0;

interface Line {
  readonly id: number;
  readonly kind: string;
  readonly name: string | null;
  readonly size: number;
  readonly members?: readonly Record<string, unknown>[];
  readonly signed?: boolean;
  readonly values?: readonly { readonly name: string; readonly value: number | string }[];
}

describe.skipIf(!python).each(btfFiles().slice(-1))('$name (needs python3)', ({ path }) => {
  test('every struct, union and enum', async () => {
    const btf = parseBtf(path, readFileSync(path));
    const definitions = new BtfDefinitions(btf, { image: 'vmlinux', key: (id) => id });
    let read = 0;
    for await (const text of judged([path])) {
      const { id, kind, name, size, members, signed, values } = JSON.parse(text) as Line;
      const ours = definitions.definition(id);
      const theirs = { kind, name, size, ...(members === undefined ? { signed, values: values?.map((each) => `${each.name} ${each.value}`) } : { members: members.map(plain) }) };
      if (ours?.kind === 'struct' || ours?.kind === 'union') expect({ kind: ours.kind, name: ours.name, size: ours.size, members: ours.members.map(described) }).toEqual(theirs);
      else if (ours?.kind === 'enum') expect({ kind: ours.kind, name: ours.name, size: ours.size, signed: ours.signed, values: ours.values.map((each) => `${each.name} ${each.value}`) }).toEqual(theirs);
      else throw new Error(`type ${id} is a ${ours?.kind ?? 'nothing'}`);
      read++;
    }
    expect(read).toBeGreaterThan(5000);
  });
});

function plain({ name, type, bitOffset, bitSize }: Record<string, unknown>): object {
  return { name, type, bitOffset, bitSize };
}

function described({ name, type, bitOffset, bitSize }: Member): object {
  return { name, type: typeText(type), bitOffset, bitSize };
}
