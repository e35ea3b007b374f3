// Where a per-CPU variable lies: the section of its image, and how much of it.
import { openForReading } from './database.ts';
import type { KernelInfo } from './reader.ts';
import { Statements } from './statements.ts';

export interface VariablePlace {
  readonly section: string;
  /** Bytes from the start of the section. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** In order of the variables that are asked for. @param path the catalog's file. Throws like `openCatalog`. */
export function variablePlaces(path: string, kernel: KernelInfo, wanted: readonly { readonly image: string; readonly id: number | null }[]): readonly (VariablePlace | undefined)[] {
  const db = openForReading(path);
  if (db === undefined) throw new RangeError(`${path}: no catalog`);
  try {
    const statements = new Statements(db);
    return statements.together(() => wanted.map(({ image, id }) => {
      const row = statements.get<readonly [string, number, number]>(
        'SELECT v.section, v."offset", v.size FROM image i JOIN variable v ON v.image = i.id AND v.btf_id = ? WHERE i.kernel = ? AND i.name = ?', id, kernel.id, image,
      );
      return row && { section: row[0], offset: row[1], size: row[2] };
    }));
  } finally {
    db.close();
  }
}
