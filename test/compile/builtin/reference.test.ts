// The records among each other, and the manual's page that is printed from them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtins } from '../../../src/compile/builtin/builtins.ts';
import { referenceText } from '../../../src/compile/builtin/reference.ts';

const records = [...builtins.values()];

test('docs/builtins.md is what the records say (node bin/reference.mjs)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../../docs/builtins.md'), 'utf8')).toBe(referenceText());
});

test('every record can be called and is explained', () => {
  for (const record of records) {
    expect(record.doc, record.name).toMatch(/^\S.*\.$/);
    expect(record.signature, record.name).not.toBe('');
    expect(record.form === 'aggregation', record.name).toBe(record.aggregation !== undefined);
    expect(record.form !== 'aggregation', record.name).toBe(record.lower !== undefined);
    expect(record.arity[0] <= record.arity[1], record.name).toBe(true);
  }
});

test('no two records answer to one name', () => {
  const names = [...new Set(records)].flatMap((record) => [record.name, ...(record.aliases ?? [])]);
  expect(names.length).toBe(builtins.size);
});
