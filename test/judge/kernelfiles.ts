// Kernels in the test cache as folders of files: vmlinux's BTF and every module.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, series, type Series } from '../vm/kernels.ts';

export interface KernelFiles {
  readonly name: Series['name'];
  /** `6.1.0-56-amd64` */
  readonly release: string;
  /** The folder that a package was unpacked into. */
  readonly root: string;
  /** Raw BTF of vmlinux. */
  readonly btf: string;
  /** Every `.ko`, `.ko.xz`, sorted. */
  modules(): readonly string[];
}

/** Those that are here: nothing is downloaded. */
export function kernelFiles(): readonly KernelFiles[] {
  return series.flatMap(({ name }) => {
    const root = join(cacheFolder(), name);
    const btf = join(root, 'vmlinux.btf');
    if (!existsSync(btf)) return [];
    const [release = ''] = readdirSync(join(root, 'lib/modules'));
    const folder = join(root, 'lib/modules', release, 'kernel');
    const modules = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ko(\.\w+)?$/.test(file)).sort().map((file) => join(folder, file));
    return [{ name, release, root, btf, modules }];
  });
}
