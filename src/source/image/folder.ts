// Folders: of an installed kernel (/lib/modules/V, or a package's files unpacked), a tracefs tree, or any other with files of a kernel in it.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { filesBelow, fileStream } from './files.ts';
import { isModuleName, modulePart, partOf, type Part } from './part.ts';
import { isPacked, unpackStream } from './unpack.ts';
import { sniff, sniffSize } from './sniff.ts';

/** vmlinux and symbols first, then modules by path. */
export async function* folderParts(folder: string): AsyncGenerator<Part> {
  if (isTracefs(folder)) {
    yield { kind: 'tracefs', path: folder };
    return;
  }
  const { images, modules } = looksInstalled(folder) ?? { images: [], modules: folder };
  const seen = new Set<string>();
  for (const path of images) {
    if (!existsSync(path)) continue;
    const part = await filePart(path);
    if (part === undefined || seen.has(part.kind)) continue;
    seen.add(part.kind);
    yield part;
  }
  const later: Part[] = [];
  for (const path of filesBelow(modules)) {
    if (images.includes(path)) continue;
    const part = await filePart(path);
    if (part === undefined || (images.length > 0 && part.kind !== 'module')) continue;
    if (part.kind === 'module') later.push(part);
    else yield part;
  }
  yield* later;
}

export function isTracefs(folder: string): boolean {
  return existsSync(join(folder, 'events')) && (existsSync(join(folder, 'available_events')) || existsSync(join(folder, 'events/header_page')));
}

interface Installed {
  /** Where vmlinux and symbols may be, best first. */
  readonly images: readonly string[];
  /** The folder with the modules. */
  readonly modules: string;
}

/** /lib/modules/V, or the root above it. Throws UsageError for a root with several kernels. */
function looksInstalled(folder: string): Installed | undefined {
  if (basename(dirname(folder)) === 'modules' && existsSync(join(folder, 'kernel'))) {
    const above = dirname(dirname(dirname(folder)));
    return installed(basename(above) === 'usr' ? dirname(above) : above, folder);
  }
  const found = installedKernels(folder);
  if (found.length > 1) {
    throw new UsageError(`'${folder}' has ${found.length} kernels: ${found.map((path) => basename(path)).join(', ')}`, `name one of them: ${found[0] ?? ''}`);
  }
  return found[0] === undefined ? undefined : installed(folder, found[0]);
}

/** Folders of modules below a root, or in /lib/modules itself. */
export function installedKernels(folder: string): readonly string[] {
  const places = basename(folder) === 'modules' ? [folder] : [join(folder, 'lib/modules'), join(folder, 'usr/lib/modules')];
  // /lib may be a link to /usr/lib: the same versions twice.
  return [...new Map(places.flatMap(versions).map((path) => [basename(path), path] as const).reverse()).values()].reverse();
}

function versions(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => join(folder, name)).filter((path) => existsSync(join(path, 'kernel')) || existsSync(join(path, 'vmlinuz')));
}

function installed(root: string, modules: string): Installed {
  const release = basename(modules);
  const boot = join(root, 'boot');
  return {
    modules,
    images: [
      join(modules, 'vmlinux'), join(root, 'usr/lib/debug/boot', `vmlinux-${release}`), join(boot, `vmlinuz-${release}`), join(boot, `vmlinux-${release}`),
      join(modules, 'vmlinuz'), join(boot, `Image-${release}`), join(modules, 'build/vmlinux'), join(boot, `System.map-${release}`), join(modules, 'System.map'),
    ],
  };
}

/** Modules are not unpacked for a look: their name says that they are to be looked at, and loading says what they are. */
async function filePart(path: string): Promise<Part | undefined> {
  const read = (): Promise<Uint8Array> => Promise.resolve(readFileSync(path));
  const file = fileStream(path);
  try {
    const packed = isPacked(sniff(await file.peek(sniffSize)));
    if (packed && isModuleName(path)) return modulePart(path, read);
    const { content, source } = await unpackStream(file);
    // An empty one, say: loading tells what is wrong with it.
    return (await partOf(path, content, source, read)) ?? (isModuleName(path) ? modulePart(path, read) : undefined);
  } finally {
    await file.close();
  }
}
