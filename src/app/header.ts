// `btfly header`: all types of a kernel as one C header, vmlinux.h.
import type { Definition } from '../ctype/ctype.ts';
import type { ImageTypes } from '../index/reader.ts';
import { headerOf } from '../resolve/header.ts';
import { openKernel, type KernelChoice } from './kernel.ts';

export interface HeaderQuestion {
  /** A module, whose types stand behind those of vmlinux. */
  readonly module?: string | undefined;
}

/** The text of the header. Throws UsageError for a module that is not there. */
export async function header({ module }: HeaderQuestion, choice: KernelChoice): Promise<string> {
  const kernel = await openKernel(choice);
  try {
    return headerText(kernel.types(module ?? null), module);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for types that are open already. */
export function headerText(types: ImageTypes, module?: string): string {
  const [image] = types.everything(module ?? 'vmlinux').images();
  if (image === undefined) return '';
  const definitions: Definition[] = [...image.definitions(['struct', 'union', 'enum', 'typedef'])];
  const kfuncs = module === undefined ? [...(types.kfuncs() ?? [])].sort().flatMap((name) => types.find('function', name).slice(0, 1)) : [];
  return headerOf(image, definitions, { guard: '__VMLINUX_H__', kfuncs });
}
