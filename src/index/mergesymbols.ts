// Puts function names into the catalog: only where they say more than BTF does. A function of BTF needs a row when the symbol table has no such
// name, or ftrace cannot attach to it; a symbol needs one when BTF has no such function (clones, assembly).
import type { FunctionSymbol } from '../source/ksyms/ksyms.ts';
import type { TraceableFunction } from '../source/tracefs/tracefs.ts';
import type { Database } from './database.ts';
import { kindNumber } from './kinds.ts';
import type { ImageKey } from './mergetypes.ts';

/** Inside the writer's transaction: what the symbol table of vmlinux (`module` null) or a module has. */
export function mergeSymbols(db: Database, image: ImageKey, symbols: readonly FunctionSymbol[], module: string | null): number {
  const present = new Set(symbols.filter((symbol) => symbol.module === module).map((symbol) => symbol.name));
  const typed = functionNames(db, image);
  const put = db.prepare('INSERT INTO symbol (kernel, name, image, present) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET present = excluded.present');
  for (const name of present) if (!typed.has(name)) put.run(image.kernel, name, image.id, 1);
  for (const name of typed) if (!present.has(name)) put.run(image.kernel, name, image.id, 0);
  return present.size;
}

/** Inside the writer's transaction: what ftrace can attach to. */
export function mergeTraceable(db: Database, image: ImageKey, functions: readonly TraceableFunction[], module: string | null): number {
  const listed = new Set(functions.filter((each) => each.module === module).map((each) => each.name));
  const others = db.prepare<[number, number], string>('SELECT name FROM symbol WHERE kernel = ? AND image = ?').pluck().all(image.kernel, image.id);
  const put = db.prepare('INSERT INTO symbol (kernel, name, image, traceable) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET traceable = excluded.traceable');
  const typed = functionNames(db, image);
  for (const name of listed) if (!typed.has(name)) put.run(image.kernel, name, image.id, 1);
  for (const name of new Set([...typed, ...others])) if (!listed.has(name)) put.run(image.kernel, name, image.id, 0);
  return listed.size;
}

function functionNames(db: Database, image: ImageKey): Set<string> {
  const names = db.prepare<[number, number, number], string>(
    'SELECT d.name FROM image_definition x JOIN definition d ON d.id = x.definition WHERE x.kernel = ? AND x.image = ? AND d.kind = ?',
  );
  return new Set(names.pluck().all(image.kernel, image.id, kindNumber.function));
}
