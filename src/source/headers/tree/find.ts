// Where the two halves of a header tree are: the source, and the folder that was configured, which may be one.
import { UsageError } from '../../../base/errors.ts';
import type { TreeFiles } from './folder.ts';

export interface Found {
  readonly kind: 'kernel' | 'uapi';
  /** Has include/linux/kconfig.h and arch/. */
  readonly source: string;
  /** Has include/generated. */
  readonly build: string;
}

/** Throws UsageError: no headers there, several kernels, or one half without the other. */
export function find(files: TreeFiles, path: string): Found {
  return kernel(files, path) ?? uapi(files, path) ?? fail(path);
}

function kernel(files: TreeFiles, path: string): Found | undefined {
  const source = isSource(files, path);
  const build = isBuild(files, path);
  if (source && build) return { kind: 'kernel', source: path, build: path };
  if (build) return { kind: 'kernel', source: sourceOf(files, path), build: path };
  if (source) return { kind: 'kernel', source: path, build: buildOf(files, path) ?? path };
  return linked(files, path) ?? below(files, path);
}

function isSource(files: TreeFiles, path: string): boolean {
  return files.isFile(`${path}/include/linux/kconfig.h`);
}

function isBuild(files: TreeFiles, path: string): boolean {
  return files.isFile(`${path}/include/generated/autoconf.h`);
}

/** The `source` link of a build folder, what its Makefile includes, the same under the root that the packages were unpacked to, or the package beside. */
function sourceOf(files: TreeFiles, build: string): string {
  const included = /^include\s+(\/\S+)\/Makefile\s*$/m.exec(files.read(`${build}/Makefile`) ?? '')?.[1];
  const here = files.real(build);
  const above = here.slice(0, here.lastIndexOf('/'));
  const beside = here.slice(above.length + 1);
  const names = [beside.replace(/-[^-]+$/, '-common'), beside.replace(/-[^-]+$/, '')];
  const places = [
    ...(included === undefined ? [] : [`${above}/${included.slice(included.lastIndexOf('/') + 1)}`, included]),
    `${build}/source`,
    ...names.map((name) => `${above}/${name}`),
  ];
  const found = places.find((place) => isSource(files, place));
  if (found === undefined) throw new UsageError(`'${build}' is the configured half of a pair, and the other one is not there`, `install the package with the common headers: ${included ?? `${above}/${names[0] ?? ''}`}`);
  return found;
}

/** The package that stands beside a -common one. undefined: there is none. */
function buildOf(files: TreeFiles, source: string): string | undefined {
  const here = files.real(source);
  const slash = here.lastIndexOf('/');
  const above = here.slice(0, slash);
  const stem = here.slice(slash + 1).replace(/-common$/, '');
  const beside = files.list(above).filter((name) => name.startsWith(`${stem}-`)).map((name) => `${above}/${name}`).filter((folder) => isBuild(files, folder));
  return only(source, beside);
}

/** /lib/modules/V. */
function linked(files: TreeFiles, path: string): Found | undefined {
  const build = `${path}/build`;
  if (files.isFolder(build)) return kernel(files, files.real(build));
  const link = files.link(build) ?? (path.endsWith('/build') ? files.link(path) : undefined);
  if (link === undefined) return undefined;
  // A root that packages were unpacked to: links that begin at / mean that root.
  const root = /^(.*?)(?:\/usr)?\/lib\/modules\/[^/]+(?:\/build)?$/.exec(path)?.[1];
  const moved = root === undefined || !link.startsWith('/') ? undefined : `${root}${link}`;
  if (moved !== undefined && files.isFolder(moved)) return kernel(files, moved);
  throw new UsageError(`'${path}' leads to '${link}', which is not there`, 'install the header packages of that kernel');
}

/** The root that a pair was unpacked to, or a folder with such: usr/src. */
function below(files: TreeFiles, path: string): Found | undefined {
  const places = [path, `${path}/usr/src`].filter((folder) => files.isFolder(folder));
  const builds = places.flatMap((folder) => files.list(folder).map((name) => `${folder}/${name}`)).filter((folder) => isBuild(files, folder));
  const build = only(path, builds);
  return build === undefined ? undefined : { kind: 'kernel', source: isSource(files, build) ? build : sourceOf(files, build), build };
}

function only(path: string, builds: readonly string[]): string | undefined {
  if (builds.length > 1) throw new UsageError(`'${path}' goes with ${builds.length} configured kernels`, `name one of them: ${builds.join(', ')}`);
  return builds[0];
}

/** Headers for programs: linux/types.h without linux/kconfig.h. */
function uapi(files: TreeFiles, path: string): Found | undefined {
  const folder = [path, `${path}/include`, `${path}/usr/include`].find((place) => files.isFile(`${place}/linux/types.h`) && !files.isFile(`${place}/linux/kconfig.h`));
  return folder === undefined ? undefined : { kind: 'uapi', source: folder, build: folder };
}

function fail(path: string): never {
  throw new UsageError(`'${path}' has no kernel headers`, 'name a build folder (/lib/modules/VERSION/build), a linux-headers folder, a configured source tree, or kheaders.tar.xz');
}
