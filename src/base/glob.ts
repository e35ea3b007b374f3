// Wildcards for names that no index holds: `*`, `?` and `[..]` as in SQLite's GLOB.

/** Whether a name holds a wildcard. */
export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

/** A test of whole names. */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob === '*') return () => true;
  const pattern = glob.replace(/\[\^?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replaceAll('\\', '\\\\');
    return part.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  });
  const expression = new RegExp(`^${pattern}$`, 's');
  return (name) => expression.test(name);
}
