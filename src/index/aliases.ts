// The table of members' other names that comes with the program: put in from db/aliases/aliases.tsv, and again when that file has changed.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '../base/errors.ts';
import { installed, type Database } from './database.ts';
import { mergeMacros, shippedKernel, type MacroFact } from './macros.ts';

/** Inside the writer's transaction. */
export function mergeAliases(db: Database): void {
  const folder = installed('db/aliases');
  if (folder === undefined) return;
  const text = readFileSync(join(folder, 'aliases.tsv'), 'utf8');
  const digest = createHash('sha1').update(text).digest('hex');
  if (db.prepare("SELECT digest FROM dataset WHERE name = 'aliases'").pluck().get() === digest) return;
  mergeMacros(db, shippedKernel, parseAliases('aliases.tsv', text));
  db.prepare("INSERT INTO dataset (name, digest) VALUES ('aliases', ?) ON CONFLICT DO UPDATE SET digest = excluded.digest").run(digest);
}

/** Lines `name header path`, separated by tabs; `#` begins a comment. Throws FormatError. */
export function* parseAliases(what: string, text: string): Generator<MacroFact> {
  let offset = 0;
  for (const line of text.split('\n')) {
    if (line !== '' && !line.startsWith('#')) {
      const [name, header, path, ...rest] = line.split('\t');
      if (!name || !header || !path || rest.length > 0) throw new FormatError(what, offset, `not "name header path": ${JSON.stringify(line)}`);
      yield { name, header, kind: 'alias', path };
    }
    offset += line.length + 1;
  }
}
