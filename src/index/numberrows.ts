// Many rows of numbers as one text that SQLite strings together: a row costs more to fetch than to read out of a text.
import type { Statements } from './statements.ts';

/**
 * Runs a query of one row whose first column is `group_concat(a || ',' || b, ',')`, of numbers; one behind the other.
 * A second column of names, `group_concat(name, char(10))`, comes back split. Node's own parsers read them: a loop here would be compiled first.
 */
export function packedRows(statements: Statements, sql: string, ...values: readonly (number | string)[]): { readonly numbers: readonly number[]; readonly names: readonly string[] } {
  const [text, names] = statements.get<readonly (string | null)[]>(sql, ...values) ?? [];
  return { numbers: JSON.parse(`[${text ?? ''}]`) as readonly number[], names: typeof names === 'string' ? names.split('\n') : [] };
}
