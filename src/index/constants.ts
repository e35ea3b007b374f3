// The table of header macros: filled from db/constants/*.tsv, and filled again when those files have changed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '../base/errors.ts';
import { Bulk } from './bulk.ts';
import { installed, type Database } from './database.ts';

/** Inside the writer's transaction. */
export function mergeConstants(db: Database): void {
  const folder = installed('db/constants');
  if (folder === undefined) return;
  const files = readdirSync(folder).filter((name) => name.endsWith('.tsv')).sort().map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const digest = createHash('sha1').update(files.map((file) => `${file.name}\n${file.text}`).join('\n')).digest('hex');
  if (db.prepare("SELECT digest FROM dataset WHERE name = 'constants'").pluck().get() === digest) return;
  db.exec('DELETE FROM constant');
  const out = new Bulk(db, 'constant', ['name', 'arch', 'header', 'value', 'unsigned']);
  for (const file of files) for (const row of parseConstants(file.name, file.text)) out.add(row.name, row.arch, row.header, BigInt.asIntN(64, row.value), row.value > maxSigned ? 1 : null);
  out.end();
  db.prepare("INSERT INTO dataset (name, digest) VALUES ('constants', ?) ON CONFLICT DO UPDATE SET digest = excluded.digest").run(digest);
}

/** Above it SQLite's integer would be negative: such values are marked as unsigned. */
const maxSigned = 2n ** 63n - 1n;

export interface Constant {
  readonly name: string;
  /** Empty where all architectures agree. */
  readonly arch: string;
  /** As `#include` names it: `linux/tcp.h`. */
  readonly header: string;
  readonly value: bigint;
}

/** Lines `name arch header value`, separated by tabs; `#` begins a comment. Throws FormatError. */
export function* parseConstants(what: string, text: string): Generator<Constant> {
  let offset = 0;
  for (const line of text.split('\n')) {
    const [name, arch, header, value, ...rest] = line.split('\t');
    if (line !== '' && !line.startsWith('#')) {
      if (!name || arch === undefined || !header || value === undefined || rest.length > 0 || !/^-?\d+$/.test(value)) {
        throw new FormatError(what, offset, `not "name arch header value": ${JSON.stringify(line)}`);
      }
      yield { name, arch, header, value: BigInt(value) };
    }
    offset += line.length + 1;
  }
}
