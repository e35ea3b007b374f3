// Which headers a tree has, under the names that `#include` asks for.
import type { HeaderTree } from './tree.ts';

/**
 * Headers for the kernel and for programs, under `linux`, `net`, `uapi` and `asm` unless other folders are named: those of the kernel first, those that others
 * stand on before those that lie deeper. A name that several folders have is the first one's, as for the compiler.
 */
export function headerNames(tree: HeaderTree, folders: readonly string[] = tree.kind === 'uapi' ? ['linux', 'asm', 'asm-generic'] : ['linux', 'net', 'asm', 'uapi']): readonly string[] {
  const found: string[] = [];
  for (const folder of folders) {
    const names = new Set<string>();
    for (const root of tree.config.system) collect(tree, root, folder, names);
    found.push(...[...names].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)));
  }
  return found;
}

function depth(name: string): number {
  return name.split('/').length;
}

/** Links to folders above would go round: nothing lies this deep. */
const maxDepth = 8;

function collect(tree: HeaderTree, root: string, folder: string, names: Set<string>): void {
  if (depth(folder) > maxDepth) return;
  for (const name of tree.files.list(`${root}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (name.endsWith('.h')) names.add(path);
    else if (!name.includes('.') && tree.files.isFolder(`${root}/${path}`)) collect(tree, root, path, names);
  }
}
