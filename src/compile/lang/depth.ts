// How deep a tree is: chains such as `a + b + c` are built without recursion, but everybody after the parser recurses over them.

/** True when nodes (objects with a kind) are nested in each other more than `limit` levels deep. */
export function deeperThan(limit: number, root: unknown): boolean {
  const open: { readonly value: unknown; readonly level: number }[] = [{ value: root, level: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isObject(next.value)) continue;
    const level = next.level + ('kind' in next.value ? 1 : 0);
    if (level > limit) return true;
    for (const [key, value] of Object.entries(next.value)) {
      if (typeof value === 'object' && key !== 'span' && key !== 'nameSpan') open.push({ value, level });
    }
  }
  return false;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
