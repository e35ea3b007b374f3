// Ids of functions and tracepoint types in the BTF of the running kernel: what a tracing program is loaded for, what a kfunc call names.
import { NotSupported } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';
import { Btf } from '../source/btf/btf.ts';
import { kindOf } from '../source/btf/kinds.ts';

const folder = '/sys/kernel/btf';

export class KernelBtf {
  readonly #fs: KernelFs;
  readonly #images = new Map<string, Btf | undefined>();

  constructor(fs: KernelFs) {
    this.#fs = fs;
  }

  /** undefined when the image (`vmlinux` or a module) has no function of that name, or there is no such image. */
  function(name: string, image: string): number | undefined {
    return this.#find(image, kindOf.FUNC, name);
  }

  typedef(name: string, image: string): number | undefined {
    return this.#find(image, kindOf.TYPEDEF, name);
  }

  /** Names of modules that have BTF. */
  modules(): readonly string[] {
    return (this.#fs.list(folder) ?? []).filter((name) => name !== 'vmlinux');
  }

  #find(image: string, kind: number, name: string): number | undefined {
    const btf = this.#image(image);
    if (btf === undefined) return undefined;
    const names = nameOffsets(btf, name);
    if (names.size === 0) return undefined;
    for (let id = btf.firstId; id < btf.endId; id++) if (btf.kind(id) === kind && names.has(btf.nameOffset(id))) return id;
    return undefined;
  }

  #image(name: string): Btf | undefined {
    if (this.#images.has(name)) return this.#images.get(name);
    const data = this.#fs.bytes(`${folder}/${name}`);
    if (data === undefined && name === 'vmlinux') {
      throw new NotSupported('btf', `this kernel has no BTF: ${folder}/vmlinux does not exist`, ['use a kernel that was built with CONFIG_DEBUG_INFO_BTF']);
    }
    const base = name === 'vmlinux' ? undefined : this.#image('vmlinux');
    const btf = data && new Btf(`${folder}/${name}`, data, base);
    this.#images.set(name, btf);
    return btf;
  }
}

/** Where that name stands in the strings of the BTF and of what it builds on. */
function nameOffsets(btf: Btf, name: string): ReadonlySet<number> {
  const offsets = new Set<number>();
  const wanted = Buffer.from(`\0${name}\0`, 'latin1');
  for (let part: Btf | undefined = btf; part !== undefined; part = part.base) {
    if (part.endString === part.firstString) continue;
    const { bytes } = part.stringBytes(part.firstString);
    const strings = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = strings.indexOf(wanted); at >= 0; at = strings.indexOf(wanted, at + 1)) offsets.add(part.firstString + at + 1);
    if (strings.subarray(0, wanted.length - 1).equals(wanted.subarray(1))) offsets.add(part.firstString);
  }
  return offsets;
}
