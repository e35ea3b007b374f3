// Puts function names into the catalog: only where they say more than BTF does. A function of BTF needs a row when the symbol table has no such
// name, or ftrace cannot attach to it; a symbol needs one when BTF has no such function (clones, assembly).
import { append } from '../base/append.ts';
import type { Database } from './database.ts';
import { kindNumber } from './kinds.ts';
import type { ImageKey } from './mergetypes.ts';
import type { SymbolSets } from './symbols.ts';

/** Inside the writer's transaction: what the symbol table of an image has; `typed` are its functions in BTF. */
export function mergeSymbols(sets: SymbolSets, image: ImageKey, names: Iterable<string>, typed: ReadonlySet<string>): number {
  const present = new Set(names);
  const set = sets.image(image.kernel, image.id);
  set.set([...present].filter((name) => !typed.has(name)), 'present', true);
  set.set([...typed].filter((name) => !present.has(name)), 'present', false);
  set.write();
  return present.size;
}

/** Inside the writer's transaction: what ftrace can attach to of an image. */
export function mergeTraceable(sets: SymbolSets, image: ImageKey, names: Iterable<string>, typed: ReadonlySet<string>): number {
  const listed = new Set(names);
  const set = sets.image(image.kernel, image.id);
  const others = [...set.states.keys()];
  const listedIds = sets.knownIds(listed);
  set.set([...listed].filter((name) => !typed.has(name)), 'traceable', true);
  set.set([...typed].filter((name) => !listed.has(name)), 'traceable', false);
  for (const id of others) if (!listedIds.has(id)) set.setId(id, 'traceable', false);
  set.write();
  return listed.size;
}

/** Names by the module that has them; null for vmlinux. */
export function byModule(symbols: Iterable<{ readonly name: string; readonly module: string | null }>): ReadonlyMap<string | null, readonly string[]> {
  const names = new Map<string | null, string[]>();
  for (const { name, module } of symbols) append(names, module, name);
  return names;
}

/** Functions of BTF by the image that has them. */
export function functionsByImage(db: Database, kernel: number): ReadonlyMap<number, ReadonlySet<string>> {
  const rows = db.prepare<[number, number], [number, string]>(
    'SELECT x.image, d.name FROM image_definition x CROSS JOIN definition d ON d.id = x.definition WHERE x.kernel = ? AND d.kind = ?',
  );
  const found = new Map<number, Set<string>>();
  for (const [image, name] of rows.raw().iterate(kernel, kindNumber.function) as IterableIterator<[number, string]>) {
    const known = found.get(image);
    if (known === undefined) found.set(image, new Set([name]));
    else known.add(name);
  }
  return found;
}
