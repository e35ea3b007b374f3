// Names close to a misspelt one, by edit distance.

/**
 * At most `limit` of the candidates, nearest first, equals in order of the alphabet. A candidate is near when it needs at most a third
 * of the wanted name's length in edits (a swap of two neighbours is one edit), or when one contains the other.
 */
export function nearest(wanted: string, candidates: Iterable<string>, limit: number): readonly string[] {
  const scored: { name: string; score: number }[] = [];
  const target = wanted.toLowerCase();
  const budget = Math.max(1, Math.floor(wanted.length / 3));
  for (const name of new Set(candidates)) {
    const score = distance(target, name.toLowerCase(), budget);
    if (score !== undefined) scored.push({ name, score });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return scored.slice(0, limit).map((each) => each.name);
}

/** How far apart two names are; undefined when farther than `budget` and neither contains the other. */
function distance(a: string, b: string, budget: number): number | undefined {
  const edits = Math.abs(a.length - b.length) > budget ? undefined : editDistance(a, b, budget);
  if (edits !== undefined) return edits;
  const shorter = a.length < b.length ? a : b;
  const longer = shorter === a ? b : a;
  if (shorter.length < 3 || !longer.includes(shorter)) return undefined;
  return budget + 1 + (longer.length - shorter.length) / 100;
}

/** Optimal string alignment distance, undefined as soon as it must exceed `budget`. */
export function editDistance(a: string, b: string, budget: number): number | undefined {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    let best = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min((last[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      line.push(cost);
      best = Math.min(best, cost);
    }
    if (best > budget) return undefined;
    beforeLast = last;
    last = line;
  }
  const edits = last[b.length] ?? 0;
  return edits > budget ? undefined : edits;
}
