// What a user names that is several sources: a folder of packages and archives, a root with several kernels. Each is a source of its own.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSystemError } from '../../base/errors.ts';
import { filesBelow, lookAt } from './files.ts';
import { folderParts, installedKernels, isTracefs } from './folder.ts';

/** The path itself where it is one source, or cannot be read: who reads it will say why. */
export async function splitSource(path: string): Promise<readonly string[]> {
  try {
    return await split(path);
  } catch (error) {
    if (isSystemError(error)) return [path];
    throw error;
  }
}

async function split(path: string): Promise<readonly string[]> {
  if (lookAt(path)?.isDirectory() !== true || isTracefs(path) || isOneKernel(path)) return [path];
  const kernels = installedKernels(path);
  if (kernels.length > 0) return kernels.length === 1 && !isFolderOfKernels(path) ? [path] : kernels;
  const archives = [...filesBelow(path)].filter((file) => archiveName.test(file));
  if (archives.length === 0) return [path];
  return (await hasParts(path)) ? [path, ...archives] : archives;
}

/** What is in them, their bytes say. */
const archiveName = /\.(?:d?deb|tar|tar\.\w+|tgz|txz)$/;

/** /lib/modules/V. */
function isOneKernel(path: string): boolean {
  return basename(dirname(path)) === 'modules' && existsSync(join(path, 'kernel'));
}

/** /lib/modules. */
function isFolderOfKernels(path: string): boolean {
  return basename(path) === 'modules';
}

async function hasParts(folder: string): Promise<boolean> {
  const parts = folderParts(folder);
  const { done } = await parts.next();
  await parts.return(undefined);
  return done !== true;
}
