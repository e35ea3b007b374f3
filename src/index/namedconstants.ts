// Constants and macros by name: of the kernel's own headers, else those that come with the program; enumerators of its types.
import { openForReading } from './database.ts';
import { kindNumber } from './kinds.ts';
import { KernelMacros, shippedKernel, type MacroFact } from './macros.ts';
import type { KernelInfo } from './reader.ts';
import { globPrefix, prefixEnd, Statements } from './statements.ts';

export type NamedConstant =
  /** `own`: of this kernel's headers; else what newer headers say, which came with the program. */
  | (MacroFact & { readonly what: 'macro'; readonly own: boolean })
  | { readonly what: 'enumerator'; readonly name: string; readonly value: bigint; /** null for an anonymous enum. */ readonly of: string | null; readonly image: string };

/** Sorted by name, macros first. @param path the catalog's file. Throws like `openCatalog`. */
export function constantsNamed(path: string, kernel: KernelInfo, glob: string): readonly NamedConstant[] {
  return withStatements(path, (statements) => {
    const own = new KernelMacros(statements, kernel.id).match(glob).map((fact): NamedConstant => ({ ...fact, what: 'macro', own: true }));
    const known = new Set(own.map(({ name }) => name));
    const aliases = new KernelMacros(statements, shippedKernel).match(glob).map((fact): NamedConstant => ({ ...fact, what: 'macro', own: false }));
    const shipped = [...shippedConstants(statements, kernel, glob), ...aliases].filter(({ name }) => !known.has(name));
    const macros = [...own, ...shipped].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return [...macros, ...enumerators(statements, kernel, glob)];
  });
}

/** Names that may be what a misspelt one meant: those that begin like it. */
export function constantsLike(path: string, kernel: KernelInfo, name: string): readonly string[] {
  const glob = `${name.slice(0, 3).replaceAll(/[*?[]/g, '')}*`;
  return constantsNamed(path, kernel, glob).map((each) => each.name);
}

function withStatements<T>(path: string, ask: (statements: Statements) => T): T {
  const db = openForReading(path);
  if (db === undefined) throw new RangeError(`${path}: no catalog`);
  try {
    const statements = new Statements(db);
    return statements.together(() => ask(statements));
  } finally {
    db.close();
  }
}

/** What the architecture's own header says comes before what all others say. */
function shippedConstants(statements: Statements, kernel: KernelInfo, glob: string): readonly NamedConstant[] {
  const prefix = globPrefix(glob);
  const rows = statements.allWide<readonly [string, bigint, string, bigint | null]>(
    "SELECT name, value, header, unsigned FROM constant WHERE name >= ? AND name < ? AND name GLOB ? AND arch IN ('', ?) ORDER BY name, arch DESC, header",
    prefix, prefixEnd(prefix), glob, kernel.arch ?? 'x86_64',
  );
  return rows.filter(([name], at) => rows[at - 1]?.[0] !== name).map(([name, value, header, unsigned]): NamedConstant => ({
    what: 'macro', own: false, name, header, kind: 'integer', value: unsigned === null ? value : BigInt.asUintN(64, value),
  }));
}

/** Of headers where BTF has none. */
function enumerators(statements: Statements, kernel: KernelInfo, glob: string): readonly NamedConstant[] {
  const prefix = globPrefix(glob);
  for (const key of [kernel.id, -kernel.id]) {
    const rows = statements.allWide<readonly [string, bigint, string | null, bigint | null, string, bigint]>(
      `SELECT e.name, e.value, d.name, d.signed, i.name, d.id FROM enumerator e CROSS JOIN definition d ON d.id = e."enum" AND d.kind = ${kindNumber.enum}
       CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id CROSS JOIN image i ON i.id = x.image
       WHERE e.name >= ? AND e.name < ? AND e.name GLOB ? ORDER BY e.name, i.base IS NOT NULL, i.name`,
      key, prefix, prefixEnd(prefix), glob,
    );
    const seen = new Set<string>();
    const once = rows.filter(([name, , , , , definition]) => !seen.has(`${name} ${definition}`) && seen.add(`${name} ${definition}`));
    if (once.length > 0) return once.map(([name, value, of, signed, image]) => ({ what: 'enumerator', name, value: signed === 1n ? value : BigInt.asUintN(64, value), of, image }));
  }
  return [];
}
