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

/** The same for types that are open already: as the module sees them, if one is asked for. */
export function headerText(types: ImageTypes, module?: string): string {
  const [image] = types.everything(module ?? 'vmlinux').images();
  if (image === undefined) return '';
  const whole = image.definitions(['struct', 'union', 'enum', 'typedef']);
  if (module !== undefined) return headerOf(types, own(types, whole), { guard: `__${module.toUpperCase()}_H__` });
  const kfuncs = [...(types.kfuncs() ?? [])].sort().flatMap((name) => types.find('function', name).slice(0, 1));
  return headerOf(image, whole, { guard: '__VMLINUX_H__', kfuncs });
}

/** What a module defines, as it is seen among the types that it stands on: leaves of a whole image are known to that image alone. */
function* own(types: ImageTypes, whole: Iterable<Definition>): IterableIterator<Definition> {
  for (const { kind, name, id, image } of whole) {
    const found = name === null ? types.byId(id ?? 0, image) : types.find(kind, name).find((each) => each.id === id && each.image === image);
    if (found !== undefined) yield found;
  }
}
