// How deep a tree is: chains such as `a + b + c` are built without recursion, but everybody after the parser recurses over them.

/** True when nodes (objects with a kind) are nested in each other more than `limit` levels deep. */
export function deeperThan(limit: number, root: object): boolean {
  const open: { readonly value: object; readonly level: number }[] = [{ value: root, level: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const level = next.level + ('kind' in next.value ? 1 : 0);
    if (level > limit) return true;
    const children: Iterable<unknown> = next.value instanceof Map ? next.value.values() : Object.values(next.value);
    for (const value of children) if (typeof value === 'object' && value !== null) open.push({ value, level });
  }
  return false;
}
