// Names that may be what a misspelt one meant: fetched by pieces of it, because measuring all of them takes too long.
import type { Statements } from './statements.ts';

/**
 * Names of a kind that share a piece with the misspelt one. Of k edits at most one falls into each of k + 1 pieces, unless it is a swap across
 * their border: so every name with up to two edits has one of three pieces unchanged. When that finds nothing, pairs of letters do.
 */
export function namesLike(statements: Statements, kernel: number, kind: number, name: string): readonly string[] {
  const slack = Math.max(2, Math.floor(name.length / 3));
  const close = query(statements, kernel, kind, name, pieces(name, 3), 2);
  return close.length > 0 ? close : query(statements, kernel, kind, name, pieces(name, slack + 1), slack);
}

function query(statements: Statements, kernel: number, kind: number, name: string, parts: readonly string[], slack: number): readonly string[] {
  const like = parts.map(() => 'instr(d.name, ?) > 0').join(' OR ');
  return statements
    .all<readonly [string]>(
      `SELECT DISTINCT d.name FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id
       WHERE d.kind = ? AND d.name IS NOT NULL AND length(d.name) BETWEEN ? AND ? AND (${like})`,
      kernel, kind, name.length - slack, name.length + slack, ...parts,
    )
    .map(([found]) => found);
}

function pieces(name: string, count: number): readonly string[] {
  const size = name.length / count;
  return Array.from({ length: count }, (_, index) => name.slice(Math.round(index * size), Math.round((index + 1) * size))).filter((piece) => piece !== '');
}

