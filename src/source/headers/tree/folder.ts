// Files of a header tree, on disk or in memory: what is there, and what is in it.
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import type { Files } from '../files.ts';

/** Paths have no slash at the end. */
export interface TreeFiles extends Files {
  isFile(path: string): boolean;
  isFolder(path: string): boolean;
  /** Names of what is in a folder, sorted; empty where there is none. */
  list(folder: string): readonly string[];
  /** The path that a link stands for, the path itself when it is none or leads nowhere. */
  real(path: string): string;
  /** What a link says, undefined when it is none. */
  link(path: string): string | undefined;
  /** Changes when a file does; undefined when there is none. */
  stamp(path: string): string | undefined;
}

/** The machine's file system. */
export const disk: TreeFiles = {
  read: (path) => (disk.isFile(path) ? readFileSync(path, 'latin1') : undefined),
  isFile: (path) => existsSync(path) && statSync(path).isFile(),
  isFolder: (path) => existsSync(path) && statSync(path).isDirectory(),
  list: (folder) => (disk.isFolder(folder) ? readdirSync(folder).sort() : []),
  real: (path) => (existsSync(path) ? realpathSync(path) : path),
  link: (path) => {
    try {
      return readlinkSync(path);
    } catch {
      // EINVAL and ENOENT: no link.
      return undefined;
    }
  },
  stamp: (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? undefined : `${found.size} ${found.mtimeMs}`;
  },
};

/** Files that are held, by path; their stamp is that of what they were taken out of. */
export function memoryFiles(texts: ReadonlyMap<string, string>, stamp: string): TreeFiles {
  const folders = new Map<string, Set<string>>();
  for (const path of texts.keys()) {
    for (let at = path.length, slash = path.lastIndexOf('/'); slash > 0; at = slash, slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash);
      const known = folders.get(folder);
      if (known !== undefined) {
        known.add(path.slice(slash + 1, at));
        break;
      }
      folders.set(folder, new Set([path.slice(slash + 1, at)]));
    }
  }
  return {
    read: (path) => texts.get(path),
    isFile: (path) => texts.has(path),
    isFolder: (path) => folders.has(path),
    list: (folder) => [...(folders.get(folder) ?? [])].sort(),
    real: (path) => path,
    link: () => undefined,
    stamp: (path) => (texts.has(path) ? stamp : undefined),
  };
}
