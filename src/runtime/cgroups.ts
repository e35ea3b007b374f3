// Paths of control groups by id: the id is the inode number of the group's folder, in whatever hierarchy is mounted.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelFs } from '../base/kernelfs.ts';

/** The id of the group whose folder is `path` (`/sys/fs/cgroup/…`); undefined when there is none. */
export function cgroupId(fs: KernelFs, path: string): bigint | undefined {
  return statSync(fs.locate(path), { bigint: true, throwIfNoEntry: false })?.ino;
}

interface Hierarchy {
  /** `unified` for cgroup2, else the controllers. */
  readonly name: string;
  readonly root: string;
}

export class CgroupPaths {
  readonly #fs: KernelFs;
  #known = new Map<string, Map<bigint, string>>();

  constructor(fs: KernelFs) {
    this.#fs = fs;
  }

  /** `unified:/user.slice,…`: a part for each hierarchy that has a group of that id; `filter` is a glob over hierarchy names. */
  text(id: bigint, filter: string): string {
    const wanted = filter === '' ? undefined : globPattern(filter);
    return hierarchies(this.#fs)
      .filter(({ name }) => wanted === undefined || wanted.test(name))
      .flatMap((hierarchy) => {
        const path = this.#path(hierarchy, id);
        return path === undefined ? [] : [`${hierarchy.name}:${path}`];
      })
      .join(',');
  }

  /** Groups come and go: the tree is walked again for an id that is not known. */
  #path(hierarchy: Hierarchy, id: bigint): string | undefined {
    const known = this.#known.get(hierarchy.root)?.get(id);
    if (known !== undefined) return known;
    const paths = walk(this.#fs.locate(hierarchy.root));
    this.#known.set(hierarchy.root, paths);
    return paths.get(id);
  }
}

/** cgroup2 first, then the others by name. */
function hierarchies(fs: KernelFs): readonly Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const line of (fs.text('/proc/self/mounts') ?? '').split('\n')) {
    const [, root = '', type = '', options = ''] = line.split(' ');
    if (type === 'cgroup2') found.push({ name: 'unified', root });
    else if (type === 'cgroup') found.push({ name: options.split(',').filter((option) => !mountOptions.test(option)).join(',').replace(/^name=/, ''), root });
  }
  return found.sort((a, b) => Number(b.name === 'unified') - Number(a.name === 'unified') || (a.name < b.name ? -1 : 1));
}

const mountOptions = /^(rw|ro|nosuid|nodev|noexec|relatime|noatime|mode=.*|xattr|clone_children|release_agent=.*|nsdelegate)$/;

function walk(root: string): Map<bigint, string> {
  const paths = new Map<bigint, string>([[statSync(root, { bigint: true }).ino, '/']]);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const ino = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
    if (ino !== undefined) paths.set(ino, path.slice(root.length));
  }
  return paths;
}

function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
