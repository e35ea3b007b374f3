// Where a kernel has a definition: what blocks say, narrow and wide, beside the view that shows them one by one.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Membership } from '../../src/index/membership.ts';
import { Places } from '../../src/index/places.ts';
import { Statements } from '../../src/index/statements.ts';

const db = new Sqlite(':memory:');
const folder = resolve(import.meta.dirname, '../../db');
for (const file of readdirSync(folder).filter((name) => /^\d{3}_.*\.sql$/.test(name)).sort()) db.exec(readFileSync(join(folder, file), 'utf8'));
for (let id = 1; id <= 200; id++) db.prepare('INSERT INTO definition (id, kind, name, size) VALUES (?, 10, ?, 8)').run(id, `of_${id}`);

// Kernel 1: an image, with definition 70 under two ids. Kernel 2: forty images have 5 to 8 in common, and each one of its own.
const one = new Membership();
for (let id = 1; id <= 150; id++) one.add(id, 1, 1000 + 3 * id);
one.add(70, 1, 60_000);
one.write(db, 1);
const many = new Membership();
for (let image = 10; image < 50; image++) {
  for (let id = 5; id <= 8; id++) many.add(id, image, image * 100 + id);
  many.add(100 + image, image, 7);
}
many.write(db, 2);

test.each([1, 2])('kernel %i', (kernel) => {
  const places = new Places(new Statements(db));
  const shown = db.prepare('SELECT image, btf_id FROM image_definition WHERE kernel = ? AND definition = ? ORDER BY image, btf_id').raw();
  let wide = 0;
  for (let id = 1; id <= 200; id++) {
    const found = places.of(kernel, id);
    expect({ id, found }).toEqual({ id, found: shown.all(kernel, id) });
    if (found.length > 16) wide++;
  }
  expect(wide).toBe(kernel === 1 ? 0 : 4);
});
