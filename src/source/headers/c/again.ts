// What is defined twice, in different ways (C11 6.7 p3): the first one counts, but for a script's own definition of what its headers have.
import type { Context } from './context.ts';

/**
 * @param what `struct sock`
 * @param first index of the definition that is known
 * @param file of the other one
 * @returns whether the other one counts
 */
export function replaces({ cursor, list, own }: Context, what: string, first: number, file: string): boolean {
  const before = list.file(first);
  const wins = file === own && before !== own;
  cursor.complain(wins ? `'${what}' is not what its header has; this one counts` : `'${what}' is defined twice, in different ways`, wins ? 'warning' : 'error');
  return wins;
}
